"""A child is shielded, its shield is opened by the police, and lifted: what the demo shows of it, through the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from shared.api.operations import PRACTITIONER_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOCIAL_WORKER = {"id": "SWE-4471", "name": "Nadia Brandt", "role": "social_worker"}
_OFFICER = {"id": "PC-2291", "name": "Owen Sharma", "role": "police_officer"}
_REASON = {"purpose": "safeguarding_concern", "legal_basis": "children_act_1989_s47", "note": "incident 2026-1187"}


class ShieldingError(Exception):
    """A call was not answered as the demo shows it; the message says how it was."""


@dataclass(frozen=True, slots=True)
class Shielding:
    """Calls of a shield team and of a police officer, each with its client's token. All raise ShieldingError."""

    api_url: str
    team: str = field(repr=False)
    police: str = field(repr=False)

    def shield(self, child_id: str) -> None:
        """Until tomorrow."""
        ends = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        body = {"practitioner": _SOCIAL_WORKER, "reason": "court_order", "ends": ends}
        self._call(self.team, "PUT", f"/shields/{child_id}", body)

    def lift(self, child_id: str) -> None:
        """The child is found as any other."""
        self._call(self.team, "POST", f"/shields/{child_id}/lifting", {"practitioner": _SOCIAL_WORKER})

    def alerts(self) -> list[dict[str, Any]]:
        """What the shield team has to look at, the latest first."""
        listed: list[dict[str, Any]] = self._call(self.team, "GET", "/alerts")["alerts"]
        return listed

    def opened(self, child_id: str, warning: str) -> str:
        """The id of an override, with which the officer sees behind the shield."""
        body = {"practitioner": _OFFICER, "reason": _REASON, "warning": warning}
        return str(self._call(self.police, "POST", f"/children/{child_id}/overrides", body)["override_id"])

    def asked_by_police(self, child: Mapping[str, str], override_id: str | None = None) -> dict[str, Any]:
        """The answer to the officer."""
        body: dict[str, Any] = {"reason": _REASON, "practitioner": _OFFICER, "child": child}
        return self._call(self.police, "POST", "/lookups", body | ({"override": override_id} if override_id else {}))

    def _call(self, token: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer = httpx.request(
            method,
            f"{self.api_url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}", PRACTITIONER_HEADER: _SOCIAL_WORKER["id"]},
            timeout=30,
        )
        if not answer.is_success:
            message = f"{method} {path.rpartition('/')[0]}/… was answered {answer.status_code}: {answer.text}"
            raise ShieldingError(message)
        return dict(answer.json()) if answer.content else {}
