"""What tests are about, with sensible defaults: a test names only what matters to it. Nobody here is real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from shared.domain.access import LegalBasis, Practitioner, Purpose, Reason, Role
from shared.domain.child import ChildDetails, Sex
from shared.domain.directory import Caller, Capability, Coverage, Organisation, Permissions
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.involvement import Involvement, Registration, Service, ServiceType, Standing
from shared.domain.lookup import Question
from shared.domain.pseudonym import Pseudonyms

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
TODAY = NOW.date()
PSEUDONYMS = Pseudonyms(b"a secret of the unit tests, long enough to hash with")

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
    }
    return Organisation(code=code, **(known | said))


def permissions(**given: Any) -> Permissions:
    """Everything, but for what is given."""
    everything = Permissions(
        capabilities=frozenset(Capability),
        purposes=frozenset(Purpose),
        roles=frozenset(Role),
        service_types=frozenset(ServiceType),
    )
    return replace(everything, **given)


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
