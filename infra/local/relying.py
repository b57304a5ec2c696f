"""Systems that rely on the register, in the closure demo: one acknowledges, one is chased, one nobody knew of."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from infra.local.closing import ClosingError, wait_until
from infra.local.enrolment import instruct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.enrolment import Enrolled, Enrolling
    from infra.local.scene import Scene
    from infra.local.stack import Stack
    from infra.local.timeline import Timeline

_SPOKESMAN = {"id": "SYS-4", "name": "Ines Marlow", "role": "records_officer"}
_ASKS_EVERY = 1.0
_WITHIN = 60.0


@dataclass(frozen=True)
class Relying:
    """Two of those who ask are written down, each with a system; the asker's is not."""

    timeline: Timeline
    scene: Scene
    enrolled: Mapping[str, Enrolled]

    def write_down(self, stack: Stack) -> None:
        """Before anything is announced. Then the hourly look through the access log."""
        for name, owner in self._systems().items():
            answer = instruct(
                stack,
                {
                    "action": "register-dependent",
                    "dependent": name,
                    "name": name,
                    "owner": owner.code,
                    "contact": f"{name}@{owner.code.lower()}.example",
                    "calls": ["lookUp"],
                    "clients": [self.enrolled[owner.code].client_id],
                },
            )
            _require(answer.get("ok"), f"{name} is written down", answer)
            self.timeline.say(f"{owner.name} answers for [bold]{name}[/], which relies on the register")
        invoked = stack.functions.invoke(FunctionName=stack.function_name("access"), Payload=b'{"action": "seal"}')
        _require("FunctionError" not in invoked, "the access log is looked through", {})

    def tell(self, stack: Stack) -> None:
        """Once it is announced: each owner gets a notice, the first acknowledges, and operators see who has not."""
        # what else a run does takes longer, and nobody waits for it
        stack.functions.invoke(
            FunctionName=stack.function_name("expiry"), InvocationType="Event", Payload=b'{"action": "tick"}'
        )
        (name, first), *_ = self._systems().items()
        for owner in self._systems().values():
            notice = self._notice(stack, owner)
            self.timeline.say(f"A notice to {owner.name}: {notice['kind']}, {notice['notice_id']}")
        said = self._call(
            stack,
            first,
            "POST",
            f"/dependents/{name}/acknowledgement",
            {
                "practitioner": _SPOKESMAN,
                "state": "adapting",
                "ready_by": datetime.now(UTC).date().isoformat(),
            },
        )
        self.timeline.say(f"{first.name} acknowledges: {said['name']} is {said['state']}, ready by {said['ready_by']}")
        listed = instruct(stack, {"action": "dependents"})
        _require(listed.get("ok"), "operators see who relies on it", listed)
        self._show(listed)

    def _show(self, listed: Mapping[str, Any]) -> None:
        for dependent in listed["dependents"]:
            if dependent["outstanding"]:
                self.timeline.say(
                    f"[yellow]Outstanding:[/] {dependent['dependent']}. In earnest it is reminded 30, 14, 7 and 1 days "
                    f"before; operators ask {dependent['contact']}"
                )
        unknown = self.enrolled[self.scene.asker.code].client_id
        (caller,) = (caller for caller in listed["unregistered"] if caller["client_id"] == unknown)
        self.timeline.say(
            f"[yellow]Unknown:[/] a client of {caller['organisation']} has called, and nobody wrote down what relies on it"
        )

    def _systems(self) -> dict[str, Enrolling]:
        others = [o for o in self.scene.organisations if o.code != self.scene.asker.code]
        return dict(zip(("e-caf", "portal"), others, strict=False))

    def _notice(self, stack: Stack, owner: Enrolling) -> Mapping[str, Any]:
        found: list[Mapping[str, Any]] = []

        def comes() -> bool:
            notices = self._call(stack, owner, "GET", "/notices")["notices"]
            found.extend(notice for notice in notices if notice["kind"] == "closing")
            if not found:
                time.sleep(_ASKS_EVERY)  # how often may be asked is limited
            return bool(found)

        wait_until(comes, f"{owner.name} is told that the register closes", within=_WITHIN)
        return found[0]

    def _call(
        self, stack: Stack, owner: Enrolling, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        client = self.enrolled[owner.code]
        answer = httpx.request(
            method,
            f"{stack.api_url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {stack.token(client.client_id, client.client_secret)}"},
            timeout=60,
        )
        _require(answer.is_success, f"{method} {path} is answered", {"status": answer.status_code})
        told: dict[str, Any] = answer.json()
        return told


def _require(is_so: object, what: str, answer: Mapping[str, Any]) -> None:
    if not is_so:
        message = f"Not so: {what}. {json.dumps(answer)}"
        raise ClosingError(message)
