"""A child moves to another authority's area and comes to a school there: who learns of it, when, and how."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from shared.api.operations import PRACTITIONER_HEADER
from shared.domain.notices import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.local.scene import ChildAsked

_REFERENCE = "PUPIL-2201"
_LEAD = {"id": "DSL-7", "name": "Tamsin Achebe", "role": "designated_safeguarding_lead"}
_REASON = {"purpose": "move_between_areas", "legal_basis": "children_act_2004_s10"}
_WITHIN = 60.0
_QUIET_FOR = 1.5
"""Seconds without another notice, after which all have been told who are told."""
_LOOK_EVERY = 0.05

IN_PLAIN_WORDS = {
    NoticeKind.INVOLVEMENT_ELSEWHERE: "a service of another area works with the child",
    NoticeKind.MOVED: "the child has moved to another authority's area",
}


class MovingError(Exception):
    """A call was not answered as the story has it, or nobody was told; the message says which."""


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation that takes part, with its client's token. Its calls raise MovingError."""

    name: str
    api_url: str
    token: str = field(repr=False)

    def put(self, reference: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a registration."""
        return self._call("PUT", f"/involvements/{reference}", body)

    def withdraw(self, reference: str) -> None:
        """What was registered under this reference."""
        self._call("DELETE", f"/involvements/{reference}")

    def listed(self, after: str | None = None) -> tuple[list[dict[str, Any]], str | None]:
        """Its notices from after the cursor on, and the cursor after the last of them."""
        notices: list[dict[str, Any]] = []
        while True:
            page = self._call("GET", "/notices" + (f"?after={after}" if after else ""))
            if not page["notices"]:
                return notices, after
            notices += page["notices"]
            after = page["next"]

    def fetched(self, notice_id: str) -> dict[str, Any]:
        """The rest of a notice, as it may be shown now."""
        return self._call("GET", f"/notices/{notice_id}")

    def acknowledge(self, notice_id: str) -> None:
        """It is not listed any more."""
        self._call("POST", f"/notices/{notice_id}/ack")

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", PRACTITIONER_HEADER: _LEAD["id"]}
        answer = httpx.request(method, f"{self.api_url}{path}", json=body, headers=headers, timeout=60)
        if not answer.is_success:
            route = path.partition("?")[0].rpartition("/")[0] or path
            message = f"{self.name}: {method} {route}/… was answered {answer.status_code}: {answer.text}"
            raise MovingError(message)
        return dict(answer.json()) if answer.content else {}


@dataclass(frozen=True, slots=True)
class Learnt:
    """One organisation has learnt of one thing, so many seconds after it happened."""

    who: Member
    notice: Mapping[str, Any]
    seconds: float


@dataclass
class Moving:
    """The story, step by step. `others` are those who may be told."""

    school: Member
    others: Sequence[Member]
    cursors: dict[str, str | None] = field(default_factory=dict)

    def begin(self) -> None:
        """From here on what is new is of this story."""
        self.cursors = {member.name: member.listed()[1] for member in self.others}

    def arrives(self, child: ChildAsked, new_home: str) -> dict[str, Any]:
        """The school registers the child under its new postcode; what the answer says of who else works with it."""
        number = {"nhs_number": child.nhs_number} if child.nhs_number else {}
        body = {
            "child": {**child.by_details(), **number, "postcode": new_home},
            "service_type": "education",
            "team": "Oakroyd Primary School",
            "duty_phone": "0113 496 0127",
            "asking": {"reason": _REASON, "practitioner": _LEAD},
        }
        answer = self.school.put(_REFERENCE, body)
        if "elsewhere" not in answer:
            message = f"{self.school.name} was not told who else works with the child."
            raise MovingError(message)
        told: dict[str, Any] = answer["elsewhere"]
        return told

    def leaves(self) -> None:
        """As if the child had never come there: the story can be told again."""
        self.school.withdraw(_REFERENCE)

    def learnt(self) -> list[Learnt]:
        """All that was told to anybody since it began, in the order in which it could be read, once it is quiet."""
        found: list[Learnt] = []
        deadline = last = time.monotonic()
        deadline += _WITHIN
        while not found or time.monotonic() - last < _QUIET_FOR:
            if time.monotonic() > deadline:
                message = f"Nobody was told within {_WITHIN:.0f} s: look at the log of NotifyFunction."
                raise MovingError(message)
            for member in self.others:
                notices, self.cursors[member.name] = member.listed(self.cursors[member.name])
                now = datetime.now(UTC)
                found += [
                    Learnt(member, notice, (now - datetime.fromisoformat(notice["at"])).total_seconds())
                    for notice in notices
                ]
                last = time.monotonic() if notices else last
            time.sleep(_LOOK_EVERY)
        return found
