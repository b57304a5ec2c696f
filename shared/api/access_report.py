"""A subject-access report, as JSON and as a page that a person can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.api import cursors
from shared.domain.report import IN_CONFIDENCE, LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.domain.access import AccessRecord
    from shared.domain.child import ChildDetails
    from shared.domain.involvement import Involvement
    from shared.domain.report import Report


def report_answer(report: Report) -> dict[str, Any]:
    """As JSON types. What is not known is left out."""
    return {
        "child_id": report.child_id,
        "made_at": report.made_at.isoformat(),
        "involvements": [_involvement(involvement, report.names) for involvement in report.involvements],
        "accesses": [_access(record, report.names) for record in report.accesses],
        **({"next": cursors.written(report.next)} if report.next else {}),
        "in_confidence": IN_CONFIDENCE,
        "left_out": list(LEFT_OUT),
    }


def report_lines(report: Report) -> list[str]:
    """The same, line by line, to print."""
    return list(_lines(report_answer(report)))


def _involvement(involvement: Involvement, names: dict[str, str]) -> dict[str, Any]:
    service, disputed = involvement.service, involvement.disputed
    return _known(
        {
            "organisation": involvement.organisation,
            "organisation_name": names.get(involvement.organisation),
            "service_type": service.service_type,
            "standing": service.standing,
            "team": service.team,
            "practitioner_role": service.practitioner_role,
            "duty_phone": service.duty_phone,
            "started": service.started,
            "ended": service.ended,
            "last_contact": service.last_contact,
            "lead_professional": service.lead_professional,
            "assessment_held": service.assessment_held,
            "source_system": service.source_system,
            "says_of_the_child": _details(involvement.child),
            "recorded_at": involvement.recorded_at,
            "refreshed_at": involvement.refreshed_at,
            "disputed": disputed and {"dispute": disputed.dispute.value, "since": disputed.since.isoformat()},
        }
    )


def _details(child: ChildDetails) -> dict[str, Any]:
    return _known(
        {
            "given_name": child.given_name,
            "family_name": child.family_name,
            "date_of_birth": child.date_of_birth,
            "expected_date": child.expected_date,
            "sex": child.sex,
            "postcode": child.postcode,
            **{identifier.kind.value: identifier.value for identifier in child.identifiers},
            "former_names": [
                _known({"given_name": name.given_name, "family_name": name.family_name}) for name in child.former_names
            ]
            or None,
            "date_of_death": child.date_of_death,
        }
    )


def _access(record: AccessRecord, names: dict[str, str]) -> dict[str, Any]:
    return _known(
        {
            "at": record.at,
            "organisation": record.organisation,
            "organisation_name": names.get(record.organisation),
            "practitioner_role": record.practitioner_role,
            "on_behalf_of_role": record.on_behalf_of_role,
            "purpose": record.purpose,
            "legal_basis": record.legal_basis,
            "outcome": record.outcome,
            "shown": record.shown,
            "access_id": record.access_id,
        }
    )


def _known(said: dict[str, Any]) -> dict[str, Any]:
    """Without what is not known; dates and instants as text."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in said.items()
        if value is not None
    }


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    yield f"What the register holds of child {answer['child_id']}, on {answer['made_at']}"
    yield ""
    yield f"Services that work, or worked, with the child: {len(answer['involvements'])}"
    for involvement in answer["involvements"]:
        yield ""
        yield from _as_lines(involvement, "  ")
    yield ""
    yield f"Who has asked about the child, the latest first: {len(answer['accesses'])}"
    for access in answer["accesses"]:
        yield ""
        yield from _as_lines(access, "  ")
    if "next" in answer:
        yield ""
        yield f"There are more: ask again with after={answer['next']}"
    yield ""
    yield answer["in_confidence"]
    yield ""
    yield "Left out of this report:"
    yield from (f"  {what}" for what in answer["left_out"])


def _as_lines(said: dict[str, Any], margin: str) -> Iterator[str]:
    for name, value in said.items():
        called = name.replace("_", " ")
        match value:
            case dict():
                yield f"{margin}{called}:"
                yield from _as_lines(value, margin + "  ")
            case list():
                yield f"{margin}{called}: {'; '.join(' '.join(entry.values()) for entry in value)}"
            case bool():
                yield f"{margin}{called}: {'yes' if value else 'no'}"
            case _:
                yield f"{margin}{called}: {value}"
