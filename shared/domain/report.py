"""What a person is told who asks what the register holds of a child (UK GDPR, article 15).

Other people's data are left out, and so is whatever would tell of a service that holds something in confidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.domain import shield
from shared.domain.access import Answered, Shown
from shared.domain.involvement import in_order_of_use

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import datetime

    from shared.domain.access import AccessRecord
    from shared.domain.child import ChildDetails
    from shared.domain.directory import Organisation
    from shared.domain.involvement import Involvement, Service

REASON = ("subject_access", "uk_gdpr_article_15")
"""Purpose and legal basis of the access record of an operator who has a report made."""

MOST_ACCESSES = 5000
"""How many access records one report lists: what an answer of Lambda's, 6 MB, has room for. The rest is asked for after."""

IN_CONFIDENCE = (
    "Services that see a child in confidence answer for themselves what they hold. This report says nothing of them: "
    "not whether there is one, either. Ask the service."
)
"""Stands in every report, whether there is such a service or not."""

LEFT_OUT = (
    "The names and numbers of practitioners, and the addresses by which to write to them: they are other people's.",
    "The notes that practitioners gave with their questions: they may speak of other people.",
    "The keys by which organisations know their own records.",
)
"""What every report leaves out, and why (UK GDPR, article 15(4); Data Protection Act 2018, schedule 2, paragraph 16)."""

_AS_TOLD: dict[str, str] = {
    Shown.WITH_SENSITIVE_SERVICES: Shown.CHILD_AND_INVOLVEMENTS,
    Shown.SHIELDED_CHILD_AND_INVOLVEMENTS: Shown.CHILD_AND_INVOLVEMENTS,
    # that somebody was shown the child and no involvements tells that it was shielded
    Shown.CHILD: Shown.CHILD_AND_INVOLVEMENTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A report that an operator asks for, about a child by its id or by its details.

    `operator` is who asks, `reference` of the request that was made, neither a name. `shield_team` is the organisation
    whose shield team has agreed, if the child is shielded. `after` is the `next` of a report before.
    """

    about: str | ChildDetails
    operator: str
    reference: str
    shield_team: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that may be told of a child. `involvements` and `accesses` are redacted.

    `next` is where the list of accesses goes on, None if it is whole.
    """

    child_id: str
    made_at: datetime
    involvements: Sequence[Involvement]
    accesses: Sequence[AccessRecord]
    names: dict[str, str]
    """Of organisations, by their codes."""
    next: str | None = None


def told_of_service(service: Service) -> Service:
    """Without what is another person's: an address may be a name."""
    return replace(service, practitioner_name=None, duty_email=None)


def told_of(involvements: Iterable[Involvement]) -> list[Involvement]:
    """What each organisation says, in the order in which lookups show it."""
    return [
        replace(involvement, service=told_of_service(involvement.service))
        for involvement in sorted(involvements, key=in_order_of_use)
        if not involvement.service.service_type.is_sensitive
    ]


def told_of_accesses(
    records: Iterable[AccessRecord], *, in_confidence: Container[str], by_shield_team: bool
) -> list[AccessRecord]:
    """Who asked about the child and was answered, without practitioners and notes.

    That sensitive services were shown is told as that the child was, and organisations that provide nothing else
    (`in_confidence`) are left out. Likewise of a shield, unless its team has agreed to the report: who set or opened it
    is left out, and whatever was shown of a shielded child is told as of any other.
    """
    told = []
    for record in records:
        if record.answered is not Answered.ANSWERED or record.organisation in in_confidence:
            continue
        if by_shield_team:
            shown = Shown.CHILD_AND_INVOLVEMENTS if record.shown == Shown.WITH_SENSITIVE_SERVICES else record.shown
        elif record.purpose == shield.PURPOSE or record.outcome == shield.OPENED:
            continue
        else:
            shown = _AS_TOLD.get(record.shown, record.shown)
        told.append(
            replace(record, shown=shown, practitioner_id=None, on_behalf_of_id=None, note=None, override_id=None)
        )
    return told


def provides_in_confidence(organisation: Organisation) -> bool:
    """Whether its services are all sensitive, so that its name alone tells what is wrong."""
    provided = organisation.permissions.service_types
    return bool(provided) and all(service_type.is_sensitive for service_type in provided)
