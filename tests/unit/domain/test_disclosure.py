"""Closed by default: whatever is not given is refused, over the whole of every closed list."""

from dataclasses import replace

import pytest

from shared.domain.access import LegalBasis, Purpose, Reason, Role
from shared.domain.directory import NOBODY, Caller, Capability, Permissions
from shared.domain.disclosure import (
    require_capability,
    require_question,
    require_reviewer,
    require_service,
    visible,
)
from shared.domain.errors import NotPermitted
from shared.domain.involvement import ServiceType
from tests.support.builders import a_caller, a_practitioner, an_involvement, an_organisation, permissions

NOTHING = Caller("client", an_organisation(permissions=Permissions()))
SENSITIVE = [service for service in ServiceType if service.is_sensitive]
ORDINARY = [service for service in ServiceType if not service.is_sensitive]


def reason(purpose: Purpose) -> Reason:
    return Reason(purpose, LegalBasis.CHILDREN_ACT_2004_S11)


@pytest.mark.parametrize("capability", Capability)
def test_a_capability_that_is_given_is_had(capability: Capability) -> None:
    require_capability(a_caller(permissions=permissions(capabilities=frozenset({capability}))), capability)


@pytest.mark.parametrize("capability", Capability)
def test_a_capability_that_is_not_given_is_refused(capability: Capability) -> None:
    others = frozenset(Capability) - {capability}
    with pytest.raises(NotPermitted):
        require_capability(a_caller(permissions=permissions(capabilities=others)), capability)


@pytest.mark.parametrize("capability", Capability)
def test_a_suspended_organisation_has_no_capability(capability: Capability) -> None:
    with pytest.raises(NotPermitted, match="suspended"):
        require_capability(a_caller(suspended=True), capability)


@pytest.mark.parametrize("capability", Capability)
def test_an_organisation_that_was_given_nothing_has_no_capability(capability: Capability) -> None:
    with pytest.raises(NotPermitted):
        require_capability(NOTHING, capability)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_that_is_not_given_is_refused(purpose: Purpose) -> None:
    caller = a_caller(permissions=permissions(purposes=frozenset(Purpose) - {purpose}))
    with pytest.raises(NotPermitted) as refusal:
        require_question(caller, reason(purpose), a_practitioner(), None)
    assert refusal.value.pointer == "/reason/purpose"


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_that_is_given_may_be_asked_for(purpose: Purpose) -> None:
    require_question(
        a_caller(permissions=permissions(purposes=frozenset({purpose}))), reason(purpose), a_practitioner(), None
    )


@pytest.mark.parametrize("role", Role)
def test_a_role_that_is_not_given_is_refused(role: Role) -> None:
    caller = a_caller(permissions=permissions(roles=frozenset(Role) - {role}))
    with pytest.raises(NotPermitted) as refusal:
        require_question(caller, reason(Purpose.MISSING_CHILD), a_practitioner(role=role), None)
    assert refusal.value.pointer == "/practitioner/role"


@pytest.mark.parametrize("role", Role)
def test_a_role_that_is_given_may_ask(role: Role) -> None:
    caller = a_caller(permissions=permissions(roles=frozenset({role})))
    require_question(caller, reason(Purpose.MISSING_CHILD), a_practitioner(role=role), None)


@pytest.mark.parametrize("role", Role)
def test_nobody_may_ask_for_a_role_that_is_not_given(role: Role) -> None:
    asking = next(other for other in Role if other is not role)
    caller = a_caller(permissions=permissions(roles=frozenset(Role) - {role}))
    with pytest.raises(NotPermitted) as refusal:
        require_question(caller, reason(Purpose.MISSING_CHILD), a_practitioner(role=asking), a_practitioner(role=role))
    assert refusal.value.pointer == "/practitioner/on_behalf_of/role"


@pytest.mark.parametrize("capability", Capability)
def test_a_client_that_nobody_answers_for_may_do_nothing(capability: Capability) -> None:
    with pytest.raises(NotPermitted) as refusal:
        require_capability(Caller("a-client", NOBODY), capability)
    assert "not enrolled" in refusal.value.what


@pytest.mark.parametrize("service", ServiceType)
def test_a_service_that_is_not_given_is_refused(service: ServiceType) -> None:
    caller = a_caller(permissions=permissions(service_types=frozenset(ServiceType) - {service}))
    with pytest.raises(NotPermitted) as refusal:
        require_service(caller, service)
    assert refusal.value.pointer == "/service_type"


@pytest.mark.parametrize("service", ORDINARY)
def test_an_ordinary_service_that_is_given_may_be_registered(service: ServiceType) -> None:
    require_service(a_caller(permissions=permissions(service_types=frozenset({service}))), service)


@pytest.mark.parametrize("service", SENSITIVE)
def test_nobody_may_register_a_sensitive_service_even_if_it_is_given(service: ServiceType) -> None:
    with pytest.raises(NotPermitted):
        require_service(a_caller(), service)


def test_a_sensitive_service_is_refused_in_the_words_of_any_other() -> None:
    with pytest.raises(NotPermitted) as sensitive:
        require_service(NOTHING, ServiceType.MENTAL_HEALTH)
    with pytest.raises(NotPermitted) as ordinary:
        require_service(NOTHING, ServiceType.HOUSING)
    assert sensitive.value.what == ordinary.value.what


@pytest.mark.parametrize("service", SENSITIVE)
def test_a_sensitive_involvement_is_never_visible(service: ServiceType) -> None:
    ordinary = an_involvement()
    sensitive = an_involvement(source_reference="CASE-2", service_type=service)
    assert visible([sensitive, ordinary]) == [ordinary]


@pytest.mark.parametrize("service", ORDINARY)
def test_an_ordinary_involvement_is_visible(service: ServiceType) -> None:
    involvement = an_involvement(service_type=service)
    assert visible([involvement]) == [involvement]


def test_what_is_visible_comes_in_the_order_of_use() -> None:
    lead = an_involvement(source_reference="lead", lead_professional=True)
    other = replace(lead, source_reference="other", service=replace(lead.service, lead_professional=False))
    assert visible([other, lead]) == [lead, other]


@pytest.mark.parametrize("role", Role)
def test_a_practitioner_of_a_role_that_is_given_may_review(role: Role) -> None:
    only = permissions(capabilities=frozenset({Capability.REVIEW}), roles=frozenset({role}))
    require_reviewer(a_caller(permissions=only), a_practitioner(role=role))


@pytest.mark.parametrize("role", Role)
def test_a_practitioner_of_a_role_that_is_not_given_may_not_review(role: Role) -> None:
    others = permissions(roles=frozenset(Role) - {role})
    with pytest.raises(NotPermitted) as refusal:
        require_reviewer(a_caller(permissions=others), a_practitioner(role=role))
    assert refusal.value.pointer == "/practitioner/role"


def test_an_organisation_that_may_do_all_but_review_may_not_review() -> None:
    others = permissions(capabilities=frozenset(Capability) - {Capability.REVIEW})
    with pytest.raises(NotPermitted, match="review"):
        require_reviewer(a_caller(permissions=others), a_practitioner())
