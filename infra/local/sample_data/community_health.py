"""The NHS trust's extract, in the register's own columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from infra.local.sample_data import education, rows, social_care
from infra.local.sample_data.draws import Draws
from infra.local.sample_data.facts import LOCAL_AUTHORITY, STORY
from infra.local.sample_data.numbering import desk_telephone, upn
from infra.local.sample_data.population import age, load

if TYPE_CHECKING:
    from infra.local.sample_data.population import Child

DOMAIN = "northmoor-community.example"
LAYOUT = rows.Layout(
    header=(
        "source_reference",
        "nhs_number",
        "upn",
        "local_authority",
        "local_authority_child_id",
        "given_name",
        "family_name",
        "date_of_birth",
        "expected_date",
        "sex",
        "postcode",
        "service_type",
        "team",
        "practitioner_name",
        "practitioner_role",
        "duty_phone",
        "duty_email",
        "started",
        "ended",
        "last_contact",
        "lead_professional",
        "assessment_held",
        "source_system",
    ),
    reference="source_reference",
    telephone="duty_phone",
    postcode="postcode",
    born="date_of_birth",
    nhs_number="nhs_number",
)
_SCHOOL_AGE = 5
_TALKING_AGE = 2


@dataclass(frozen=True, slots=True)
class _Service:
    """A service of the trust: how its references begin, what its practitioners are called, and its teams."""

    prefix: str
    role: str
    teams: tuple[str, ...]


_SERVICES = {
    "health_visiting": _Service("HV", "Health Visitor", ("Health Visiting North", "Health Visiting South")),
    "school_nursing": _Service("SN", "School Nurse", ("School Nursing",)),
    "midwifery": _Service("MW", "Community Midwife", ("Hazel Midwives", "Willow Midwives")),
    "community_paediatrics": _Service("CP", "Consultant Community Paediatrician", ("Child Development Centre",)),
    "speech_and_language": _Service("SL", "Speech and Language Therapist", ("Early Years Therapy", "Schools Therapy")),
}


@dataclass(frozen=True, slots=True)
class _Involvement:
    service_type: str
    started: date
    ended: date | None
    last_contact: date
    lead_professional: str = ""
    assessment_held: str = ""


def extract(seed: int, children: list[Child], as_of: date) -> list[rows.Row]:
    """One row for each service that works or worked with a child: all below five, and some older ones."""
    return [
        _row(seed, child, involvement, as_of) for child in children for involvement in _involvements(seed, child, as_of)
    ]


def _involvements(seed: int, child: Child, as_of: date) -> list[_Involvement]:
    if child.number == 0:
        return _story(as_of)
    draws = child.draws(seed, "health")
    if child.born is None:
        booked = as_of - timedelta(days=draws.between(0, 60))
        return [_current(draws, "midwifery", booked, as_of)]
    first_visit = min(as_of, child.born + timedelta(days=draws.between(10, 28)))
    if age(child.born, as_of) < _SCHOOL_AGE:
        found = [_current(draws, "health_visiting", first_visit, as_of)]
    elif draws.chance(45):
        service_type = draws.weighted({"school_nursing": 70, "speech_and_language": 20, "community_paediatrics": 10})
        started = rows.day_between(draws, education.reception(child.born), as_of)
        found = [_current(draws, service_type, started, as_of)]
        if draws.chance(30):
            found.append(_ended(draws, "health_visiting", first_visit, education.reception(child.born)))
    else:
        return []
    if age(child.born, as_of) >= _TALKING_AGE and draws.chance(12) and found[0].service_type != "speech_and_language":
        found.append(_ended(draws, "speech_and_language", first_visit + timedelta(days=600), as_of))
    return found


def _story(as_of: date) -> list[_Involvement]:
    """A health visitor still leads while the social worker's assessment, a month old, is being made."""

    def ago(days: int) -> date:
        return as_of - timedelta(days=days)

    first_visit = STORY.date_of_birth + timedelta(days=12)
    return [
        _Involvement("health_visiting", first_visit, None, ago(8), lead_professional="yes", assessment_held="yes"),
        _Involvement("speech_and_language", ago(400), ago(120), ago(122)),
    ]


def _current(draws: Draws, service_type: str, started: date, as_of: date) -> _Involvement:
    spell = rows.draw_spell(draws, rows.CURRENT, started, as_of)
    lead = draws.weighted({"yes": 4, "no": 46, "": 50})
    assessment = "yes" if lead == "yes" else draws.weighted({"yes": 4, "no": 46, "": 50})
    last = max(started, spell.last)
    return _Involvement(service_type, started, None, last, lead, assessment)


def _ended(draws: Draws, service_type: str, earliest: date, latest: date) -> _Involvement:
    started = rows.day_between(draws, earliest, latest)
    last = rows.day_between(draws, started, latest)
    return _Involvement(service_type, started, min(latest, last + timedelta(days=draws.below(30))), last)


def _row(seed: int, child: Child, involvement: _Involvement, as_of: date) -> rows.Row:
    draws = child.draws(seed, "health row", involvement.service_type)
    service = _SERVICES[involvement.service_type]
    names = load("services")["practitioners"][involvement.service_type]
    story = child.number == 0
    team = service.teams[0] if story else draws.pick(service.teams)
    shares_id = story or draws.chance(50)
    authority_id = social_care.child_id(child) if shares_id and social_care.knows(seed, child) else ""
    values = {
        "source_reference": f"{service.prefix}{100_000 + ((child.number + 41) * 7_919) % 900_000}",
        "nhs_number": child.nhs_number,
        "upn": _upn(seed, child, as_of),
        "local_authority": LOCAL_AUTHORITY.code if authority_id else "",
        "local_authority_child_id": authority_id,
        "given_name": child.given_name,
        "family_name": child.family_name,
        "date_of_birth": _day(child.born),
        "expected_date": _day(child.expected),
        "sex": child.sex,
        "postcode": child.postcode,
        "service_type": involvement.service_type,
        "team": team,
        "practitioner_name": names[0] if story else draws.pick(names),
        "practitioner_role": service.role,
        "duty_phone": str(desk_telephone(Draws(seed, "team", team))),
        "duty_email": f"{team.lower().replace(' ', '-')}@{DOMAIN}",
        "started": _day(involvement.started),
        "ended": _day(involvement.ended),
        "last_contact": _day(involvement.last_contact),
        "lead_professional": involvement.lead_professional,
        "assessment_held": involvement.assessment_held,
        "source_system": "Wayfarer Community",
    }
    return rows.Row(child.number, values)


def _upn(seed: int, child: Child, as_of: date) -> str:
    """The pupil number of a child at school, where the service has been told it."""
    if child.born is None or not education.knows(seed, child, as_of):
        return ""
    told = child.number == 0 or child.draws(seed, "pupil number").chance(70)
    return upn(child.number, education.reception(child.born).year) if told else ""


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
