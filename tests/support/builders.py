"""What tests are about, with sensible defaults: a test names only what matters to it. Nobody here is real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.domain.access import LegalBasis, Practitioner, Purpose, Reason, Role
from shared.domain.child import ChildDetails, Sex
from shared.domain.directory import Caller, Capability, Coverage, Organisation, Permissions
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.involvement import Involvement, Registration, SensitiveBasis, Service, ServiceType, Standing
from shared.domain.likeness import likenesses
from shared.domain.lookup import Question
from shared.domain.pseudonym import Pseudonyms
from shared.domain.shield import OVERRIDE_LASTS, Override, Shield, ShieldReason, name_hash

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
TODAY = NOW.date()
PSEUDONYMS = Pseudonyms(b"a secret of the unit tests, long enough to hash with")
SENSITIVE_PSEUDONYMS = Pseudonyms(b"the secret of sensitive services in the unit tests")

NHS_NUMBER, OTHER_NHS_NUMBER, THIRD_NHS_NUMBER = "9434765919", "9434765870", "4505577104"
UPN, DOUBTFUL_UPN = "H801200001001", "A801200001001"

COUNCIL, TRUST, SCHOOL = "E09000003", "RAL", "SCH123"
ORDINARY_SERVICES = frozenset(service for service in ServiceType if not service.is_sensitive)


def nhs_number(value: str = NHS_NUMBER) -> Identifier:
    return Identifier(IdentifierKind.NHS_NUMBER, value)


def upn(value: str = UPN) -> Identifier:
    return Identifier(IdentifierKind.UPN, value)


def local_id(value: str = "C-1001", authority: str = COUNCIL) -> Identifier:
    return Identifier(IdentifierKind.LOCAL_AUTHORITY_CHILD_ID, value, authority)


def a_child(**details: Any) -> ChildDetails:
    """Amelia Okafor of N12 0AB, without a number."""
    known: dict[str, Any] = {
        "given_name": "Amelia",
        "family_name": "Okafor",
        "date_of_birth": date(2017, 5, 9),
        "sex": Sex.FEMALE,
        "postcode": "N12 0AB",
    }
    return ChildDetails(**(known | details))


def an_unborn_child(**details: Any) -> ChildDetails:
    return a_child(
        **({"given_name": None, "date_of_birth": None, "expected_date": date(2026, 5, 4), "sex": None} | details)
    )


def a_service(**said: Any) -> Service:
    """Of a sensitive service: with the child's consent."""
    known: dict[str, Any] = {
        "service_type": ServiceType.SOCIAL_CARE,
        "standing": Standing.CURRENT,
        "team": "Children in Need, North",
        "practitioner_name": "Grace Mbeki",
        "practitioner_role": "Social worker",
        "duty_phone": "+44 20 7946 0018",
        "duty_email": "duty@council.example",
        "started": date(2025, 9, 1),
        "last_contact": date(2026, 2, 20),
    }
    if said.get("service_type", ServiceType.SOCIAL_CARE).is_sensitive:
        known["sensitive_basis"] = SensitiveBasis.CONSENT
    return Service(**(known | said))


def a_registration(source_reference: str = "CASE-1", **parts: Any) -> Registration:
    """`child` and `service`, or any field of a service."""
    child = parts.pop("child", None) or a_child()
    service = parts.pop("service", None) or a_service(**parts)
    return Registration(source_reference=source_reference, child=child, service=service)


def an_involvement(**said: Any) -> Involvement:
    """`child`, `service`, the fields of an involvement, or any field of a service."""
    own = {"organisation", "source_reference", "child_id", "recorded_at", "refreshed_at", "version"}
    known: dict[str, Any] = {
        "organisation": COUNCIL,
        "source_reference": "CASE-1",
        "child_id": "child-1",
        "recorded_at": NOW,
        "refreshed_at": NOW,
        "version": 1,
    }
    child = said.pop("child", None) or a_child()
    service = said.pop("service", None) or a_service(**{k: v for k, v in said.items() if k not in own})
    return Involvement(child=child, service=service, **(known | {k: v for k, v in said.items() if k in own}))


def an_organisation(code: str = COUNCIL, **said: Any) -> Organisation:
    """May do everything that an organisation can be given. `permissions` or `coverage` replace all of theirs."""
    known: dict[str, Any] = {
        "name": f"The organisation {code}",
        "permissions": permissions(),
        "coverage": Coverage(districts=frozenset({"N"}), service_types=ORDINARY_SERVICES),
        "area": frozenset({"N"}),
    }
    return Organisation(code=code, **(known | said))


def permissions(**given: Any) -> Permissions:
    """Everything, but for what is given."""
    everything = Permissions(
        capabilities=frozenset(Capability),
        purposes=frozenset(Purpose),
        roles=frozenset(Role),
        service_types=frozenset(ServiceType),
        sees=ORDINARY_SERVICES,
    )
    return replace(everything, **given)


def everyday(**given: Any) -> Permissions:
    """What most organisations have: no part in sensitive services, shields or the access log."""
    capabilities = frozenset({Capability.LOOKUP, Capability.REGISTER, Capability.REVIEW})
    return permissions(**({"capabilities": capabilities, "service_types": ORDINARY_SERVICES} | given))


def a_caller(code: str = COUNCIL, **said: Any) -> Caller:
    return Caller(f"client-of-{code}", an_organisation(code, **said))


def a_practitioner(**said: Any) -> Practitioner:
    known: dict[str, Any] = {"practitioner_id": "NMC-12A3456E", "name": "Rosa Quill", "role": Role.NURSE}
    return Practitioner(**(known | said))


def a_question(**said: Any) -> Question:
    known: dict[str, Any] = {
        "reason": Reason(Purpose.EMERGENCY_CARE, LegalBasis.CHILDREN_ACT_2004_S11, "ED attendance 4471"),
        "practitioner": a_practitioner(),
        "on_behalf_of": None,
        "child": a_child(),
    }
    return Question(**(known | said))


def a_shield(*known: ChildDetails, **said: Any) -> Shield:
    """The council's, for a month; the child may be known by the names of these details."""
    told: dict[str, Any] = {
        "organisation": COUNCIL,
        "reason": ShieldReason.RISK_OF_HARM,
        "since": NOW,
        "until": NOW + timedelta(days=30),
        "names": frozenset(name_hash(named, PSEUDONYMS) for one in known for named in likenesses(one, PSEUDONYMS)),
    }
    return Shield(**(told | said))


def an_override(child_id: str = "child-1", **said: Any) -> Override:
    """Of a police officer of the trust, for a quarter of an hour."""
    told: dict[str, Any] = {
        "override_id": "override-1",
        "child_id": child_id,
        "organisation": TRUST,
        "practitioner_id": "PC-1",
        "until": NOW + OVERRIDE_LASTS,
    }
    return Override(**(told | said))


def an_officer(**said: Any) -> Practitioner:
    """A police officer, who may open a shield if the organisation may."""
    return a_practitioner(**({"practitioner_id": "PC-1", "name": "Ada Cole", "role": Role.POLICE_OFFICER} | said))
