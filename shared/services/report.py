"""What does the register hold of this child, and who has looked? For a person who has a right to know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.domain import disclosure, report
from shared.domain.access import AccessRecord, Answered, Shown, note_names_somebody
from shared.domain.accesses import OPERATOR
from shared.domain.errors import ChildNotFound, NotPermitted, refusal_code
from shared.domain.likeness import likenesses
from shared.domain.matching import decide

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.accesses import AccessReading
    from shared.domain.child import ChildDetails
    from shared.domain.held import HeldChild
    from shared.domain.matching import Thresholds
    from shared.domain.ports import AccessLog, Directory, Register
    from shared.domain.pseudonym import Pseudonyms
    from shared.services.gate import Gate

REPORTED = "report_made"
"""What the access record says was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeReport:
    """The use case and its ports. `register` is that of ordinary services: the others' is not even read."""

    register: Register
    reading: AccessReading
    access_log: AccessLog
    directory: Directory
    pseudonyms: Pseudonyms
    thresholds: Thresholds
    gate: Gate

    def __call__(self, wanted: report.Wanted, *, access_id: str, request_id: str) -> report.Report:
        """The report. That it was made is recorded before anything is returned.

        Raises ChildNotFound (recorded as refused) if there is no such child, if the details do not surely mean one, and
        if it is shielded and its team has not agreed: the three are told alike. Raises NotPermitted (recorded likewise)
        for a reference that names the child; RegisterClosed, AccessNotRecorded and Unavailable.
        """
        now = self.gate.open_at()
        record = _record(wanted, access_id, request_id, now)
        try:
            held = self._held(wanted, now)
        except ChildNotFound as refusal:
            self.access_log.append(replace(record, answered=Answered.REFUSED, outcome=refusal_code(refusal)))
            raise
        if any(note_names_somebody(wanted.reference, involvement.child) for involvement in held.involvements):
            named = NotPermitted("the reference repeats what identifies the child: give a number instead", "/reference")
            refused = replace(record, answered=Answered.REFUSED, outcome=refusal_code(named), note=None)
            self.access_log.append(refused)
            raise named
        self.access_log.append(replace(record, shown=Shown.REPORT, child_id=held.child_id))
        known_as = {held.child_id, *held.formerly, *([wanted.about] if isinstance(wanted.about, str) else ())}
        page = self.reading.of_child(sorted(known_as), wanted.after, report.MOST_ACCESSES)
        organisations = self.directory.organisations()
        told = report.Report(
            child_id=held.child_id,
            made_at=now,
            involvements=report.told_of(held.involvements),
            accesses=report.told_of_accesses(
                page.records,
                in_confidence={o.code for o in organisations if report.provides_in_confidence(o)},
                by_shield_team=held.shield is not None,
            ),
            names={organisation.code: organisation.name for organisation in organisations},
            next=page.next,
        )
        self.gate.open_at()
        return told

    def _held(self, wanted: report.Wanted, now: datetime) -> HeldChild:
        """The child, if the report may be made."""
        if isinstance(wanted.about, str):
            held = self.register.held_by_id(wanted.about, now)
        else:
            held = self._found(wanted.about, wanted.shield_team, now)
        if held is None or not report.told_of(held.involvements):
            raise ChildNotFound
        # also of a shield that has run out: that there was one is not for everybody
        if held.shield and held.shield.organisation != wanted.shield_team:
            raise ChildNotFound
        return held

    def _found(self, asked: ChildDetails, shield_team: str | None, now: datetime) -> HeldChild | None:
        """The child that these details surely mean. A shielded one is not there, unless its team has agreed."""
        candidates = (
            candidate
            for candidate in self.register.candidates(asked, now)
            if any(not service_type.is_sensitive for service_type in candidate.service_types)
            and (candidate.shield is None or candidate.shield.organisation == shield_team)
        )
        finding = decide(likenesses(asked, self.pseudonyms), list(candidates), self.thresholds)
        return self.register.held_of(finding.lies_in, now) if finding.child_id else None


def _record(wanted: report.Wanted, access_id: str, request_id: str, now: datetime) -> AccessRecord:
    """That a report was made, but for the child."""
    purpose, legal_basis = report.REASON
    return AccessRecord(
        access_id=access_id,
        at=now,
        request_id=request_id,
        organisation=OPERATOR,
        client_id=OPERATOR,
        answered=Answered.ANSWERED,
        outcome=REPORTED,
        shown=Shown.NOTHING,
        practitioner_id=wanted.operator,
        purpose=purpose,
        legal_basis=legal_basis,
        note=wanted.reference,
        policy=disclosure.RULES,
    )
