"""Who takes part in the demo: the organisations, their extracts, and the children to ask about."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from infra.local.enrolment import Enrolling
from infra.local.sample_data import AS_OF, LOCAL_AUTHORITY, NHS_TRUST, SCHOOL, STORY, UNKNOWN, generate
from shared.api.encoding import UnknownEncoding, encoding_of
from shared.api.extracts import UnreadableExtract, open_extract
from shared.domain.access import Purpose, Role
from shared.domain.blocking import full_details
from shared.domain.identifiers import IdentifierKind
from shared.domain.involvement import ServiceType, Standing
from shared.domain.postcode import district
from shared.domain.retention import Retention

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from pathlib import Path

    from infra.local.sample_data import Organisation
    from shared.domain.child import ChildDetails
    from shared.domain.involvement import Registration

_EDUCATION = ("education", "early_years", "special_educational_needs", "education_welfare")
_SOCIAL_CARE = ("social_care", "early_help", "youth_justice")
_BARNET = ("N2", "N3", "N11", "N12", "N20", "NW4", "NW7", "NW9", "NW11", "EN4", "EN5", "HA8")
_EMPTY_DISTRICTS = ("LS6", "TR21", "HS9", "ZE2", "KW17", "BT94")
_NEW_HOMES = ("LS8", "LS17", "YO31", "DL1", "CA2")
_ORDINARY = tuple(service.value for service in ServiceType if not service.is_sensitive)
_EVERY_PURPOSE = tuple(purpose.value for purpose in Purpose)
_POLICE = Enrolling(
    code="POL999",
    name="Northmoor Police",
    capabilities=("lookup", "override"),
    purposes=_EVERY_PURPOSE,
    roles=(Role.POLICE_OFFICER.value,),
    service_types=(),
    covers=(),
    sees=_ORDINARY,
)
_NEW_SCHOOL, _NEW_AUTHORITY = ("EE888888", "Kirkfold Learning Trust"), ("E99000008", "Kirkfold Council")
"""Where the child moves to: invented, under codes that nobody holds."""


class SceneError(Exception):
    """The files given cannot be shown; the message says which and why."""


@dataclass(frozen=True, slots=True)
class ChildAsked:
    """A child to ask about."""

    given_name: str
    family_name: str
    date_of_birth: str
    postcode: str
    nhs_number: str | None = None

    def by_details(self) -> dict[str, str]:
        """As a question would name it without its number."""
        return {
            "given_name": self.given_name,
            "family_name": self.family_name,
            "date_of_birth": self.date_of_birth,
            "postcode": self.postcode,
        }


@dataclass(frozen=True, slots=True)
class Extract:
    """A file, and whose it is."""

    organisation: Enrolling
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the demo needs to know beforehand.

    `organisations` feed the register. `asker` is that of the nurse, `authority` the one whose team shields children; the
    police look up and feed nothing. The child moves to `new_home`, where it comes to `new_school`, and `new_authority`
    answers for it.
    """

    organisations: tuple[Enrolling, ...]
    extracts: tuple[Extract, ...]
    asker: Enrolling
    authority: Enrolling
    police: Enrolling
    child: ChildAsked
    elsewhere: ChildAsked
    new_home: str
    new_school: Enrolling
    new_authority: Enrolling

    @property
    def everybody(self) -> tuple[Enrolling, ...]:
        """All who take part."""
        return (*self.organisations, self.police, self.new_school, self.new_authority)


def of_sample(folder: Path) -> Scene:
    """With extracts generated into `folder`, as of today."""
    folder.mkdir(parents=True, exist_ok=True)
    sample = generate(folder, as_of=max(datetime.now(UTC).date(), AS_OF))
    organisations = _organisations(_BARNET)
    return Scene(
        organisations=tuple(organisations.values()),
        extracts=tuple(Extract(organisations[f.organisation.code], f.path.stem, f.path) for f in sample.files),
        asker=organisations[NHS_TRUST.code],
        authority=organisations[LOCAL_AUTHORITY.code],
        police=_POLICE,
        child=ChildAsked(
            STORY.given_name, STORY.family_name, STORY.date_of_birth.isoformat(), STORY.postcode, STORY.nhs_number
        ),
        elsewhere=_elsewhere(UNKNOWN.postcode),
        **_new_home(set(_BARNET)),
    )


def of_files(paths: Sequence[Path]) -> Scene:
    """With extracts of one's own, each dropped by the sort of organisation whose columns it has.

    The child that most of the files know, and most services work with now, is asked about. Raises SceneError for a file that cannot be read.
    """
    now = datetime.now(UTC)
    owners = {"Family Context, social care": LOCAL_AUTHORITY, "Family Context, education": SCHOOL}
    known: dict[tuple[str, ...], set[Path]] = {}
    current: dict[tuple[str, ...], int] = {}
    details: dict[tuple[str, ...], ChildDetails] = {}
    districts: set[str] = set()
    dropped: list[tuple[Organisation, Path]] = []
    for path in paths:
        layout, registrations = _read(path, now)
        dropped.append((owners.get(layout, NHS_TRUST), path))
        for registration in registrations:
            child = registration.child
            if child.postcode:
                districts.add(district(child.postcode))
            if complete := full_details(child):
                known.setdefault(complete, set()).add(path)
                is_current = registration.service.standing is Standing.CURRENT
                current[complete] = current.get(complete, 0) + is_current
                details.setdefault(complete, child)
    if not known:
        message = "None of these files has a child with a name, a date of birth and a postcode to ask by."
        raise SceneError(message)
    best = details[max(known, key=lambda complete: (len(known[complete]), current[complete]))]
    organisations = _organisations(tuple(sorted(districts))[:500])
    return Scene(
        organisations=tuple(organisations.values()),
        extracts=tuple(Extract(organisations[owner.code], _object_name(path), path) for owner, path in dropped),
        asker=organisations[NHS_TRUST.code],
        authority=organisations[LOCAL_AUTHORITY.code],
        police=_POLICE,
        child=_asked(best),
        elsewhere=_elsewhere(next(f"{free} 4XY" for free in _EMPTY_DISTRICTS if free not in districts)),
        **_new_home(districts),
    )


def _read(path: Path, now: datetime) -> tuple[str, list[Registration]]:
    try:
        with path.open("rb") as file:
            encoding = encoding_of(iter(lambda: file.read(65536), b""))
        with path.open(encoding=encoding, newline="") as lines:
            extract = open_extract(lines, now.date())
            stated = [row.registration for row in extract.rows() if row.registration]
            registrations = [registration for registration in stated if not Retention().refusal(registration, now)]
    except (OSError, UnknownEncoding, UnreadableExtract, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        message = f"{path}: {why or 'the encoding is not known'}"
        raise SceneError(message) from error
    return extract.layout.name, registrations


def _object_name(path: Path) -> str:
    """A name that an object may have, whatever the file is called."""
    return (
        "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in path.stem).strip("-")
        or "extract"
    )


def _asked(child: ChildDetails) -> ChildAsked:
    nhs_numbers = [i.value for i in child.identifiers if i.kind is IdentifierKind.NHS_NUMBER]
    return ChildAsked(
        child.given_name or "",
        child.family_name or "",
        child.date_of_birth.isoformat() if child.date_of_birth else "",
        child.postcode or "",
        nhs_numbers[0] if nhs_numbers else None,
    )


def _elsewhere(postcode: str) -> ChildAsked:
    return ChildAsked(UNKNOWN.given_name, UNKNOWN.family_name, UNKNOWN.date_of_birth.isoformat(), postcode)


class _NewHome(TypedDict):
    new_home: str
    new_school: Enrolling
    new_authority: Enrolling


def _new_home(districts: Container[str]) -> _NewHome:
    """Somewhere else than all these."""
    moved_to = next(new for new in _NEW_HOMES if new not in districts)
    school, authority = (
        Enrolling(
            code=code,
            name=name,
            capabilities=("lookup", "register", "notices"),
            purposes=_EVERY_PURPOSE,
            roles=(role.value,),
            service_types=service_types,
            covers=(moved_to,),
            sees=_ORDINARY,
            area=area,
        )
        for (code, name), role, service_types, area in (
            (_NEW_SCHOOL, Role.DESIGNATED_SAFEGUARDING_LEAD, _EDUCATION, ()),
            (_NEW_AUTHORITY, Role.SOCIAL_WORKER, _SOCIAL_CARE, (moved_to,)),
        )
    )
    return {"new_home": f"{moved_to} 2AB", "new_school": school, "new_authority": authority}


def _organisations(covers: tuple[str, ...]) -> dict[str, Enrolling]:
    health = tuple(service for service in _ORDINARY if service not in {*_EDUCATION, *_SOCIAL_CARE})
    services = ((LOCAL_AUTHORITY, _SOCIAL_CARE), (SCHOOL, _EDUCATION), (NHS_TRUST, health))
    roles = ((LOCAL_AUTHORITY, (Role.SOCIAL_WORKER,)), (SCHOOL, (Role.TEACHER, Role.DESIGNATED_SAFEGUARDING_LEAD)))
    by_code = {organisation.code: tuple(r.value for r in held) for organisation, held in roles}
    return {
        organisation.code: Enrolling(
            code=organisation.code,
            name=organisation.name,
            capabilities=(
                *("lookup", "register", "notices"),
                *(("shield", "audit", "watch") if organisation is LOCAL_AUTHORITY else ()),
            ),
            purposes=_EVERY_PURPOSE,
            roles=by_code.get(organisation.code, (Role.NURSE.value, Role.DOCTOR.value)),
            service_types=service_types,
            covers=covers,
            sees=_ORDINARY,
            area=covers if organisation is LOCAL_AUTHORITY else (),
        )
        for organisation, service_types in services
    }
