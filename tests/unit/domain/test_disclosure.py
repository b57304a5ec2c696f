"""Who may see what: rows of who, what and why. Closed by default, over the whole of every closed list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import disclosure
from shared.domain.access import LegalBasis, Purpose, Reason, Role, Shown
from shared.domain.child import FormerName
from shared.domain.directory import NOBODY, Caller, Capability, Coverage, Permissions
from shared.domain.disclosure import Viewer
from shared.domain.errors import ChildNotFound, IllMatchedReason, NotPermitted, OverrideNotFound
from shared.domain.involvement import Involvement, SensitiveBasis, ServiceType
from shared.domain.likeness import Likeness, likeness
from shared.domain.matching import Candidate
from shared.domain.reasons import CITATIONS, USES
from shared.domain.shield import Override, Shield
from tests.support.builders import (
    COUNCIL,
    NOW,
    ORDINARY_SERVICES,
    PSEUDONYMS,
    SCHOOL,
    TRUST,
    a_caller,
    a_child,
    a_practitioner,
    a_question,
    a_service,
    a_shield,
    an_involvement,
    an_officer,
    an_organisation,
    an_override,
    everyday,
    local_id,
    permissions,
)

NOTHING = Caller("client", an_organisation(permissions=Permissions()))
SENSITIVE = [service for service in ServiceType if service.is_sensitive]
ORDINARY = [service for service in ServiceType if not service.is_sensitive]


# What a caller may do


@pytest.mark.parametrize("capability", Capability)
def test_a_capability_that_is_given_is_had(capability: Capability) -> None:
    disclosure.require_capability(a_caller(permissions=permissions(capabilities=frozenset({capability}))), capability)


@pytest.mark.parametrize("capability", Capability)
def test_a_capability_that_is_not_given_is_refused(capability: Capability) -> None:
    others = frozenset(Capability) - {capability}
    with pytest.raises(NotPermitted):
        disclosure.require_capability(a_caller(permissions=permissions(capabilities=others)), capability)


@pytest.mark.parametrize("capability", Capability)
def test_a_capability_that_the_token_is_not_good_for_is_refused(capability: Capability) -> None:
    caller = replace(a_caller(), scopes=frozenset(Capability) - {capability})
    with pytest.raises(NotPermitted):
        disclosure.require_capability(caller, capability)


@pytest.mark.parametrize("capability", Capability)
def test_a_suspended_organisation_has_no_capability(capability: Capability) -> None:
    with pytest.raises(NotPermitted, match="suspended"):
        disclosure.require_capability(a_caller(suspended=True), capability)


@pytest.mark.parametrize("capability", Capability)
def test_an_organisation_that_was_given_nothing_has_no_capability(capability: Capability) -> None:
    with pytest.raises(NotPermitted):
        disclosure.require_capability(NOTHING, capability)


@pytest.mark.parametrize("capability", Capability)
def test_a_client_that_nobody_answers_for_may_do_nothing(capability: Capability) -> None:
    with pytest.raises(NotPermitted) as refusal:
        disclosure.require_capability(Caller("a-client", NOBODY), capability)
    assert "not enrolled" in refusal.value.what


def goes_with(purpose: Purpose, role: Role) -> Reason:
    """Of this purpose, on a basis that a practitioner of this role may rely on."""
    return Reason(purpose, next(basis for basis in USES[purpose].bases if role in CITATIONS[basis].roles))


EVERY_QUESTION = [(purpose, role) for purpose in Purpose for role in sorted(USES[purpose].roles)]


@pytest.mark.parametrize(("purpose", "role"), EVERY_QUESTION)
def test_what_is_given_may_be_asked_for_and_what_is_not_is_refused(purpose: Purpose, role: Role) -> None:
    reason, asking = goes_with(purpose, role), a_practitioner(role=role)
    just_enough = permissions(purposes=frozenset({purpose}), roles=frozenset({role}))
    disclosure.require_question(a_caller(permissions=just_enough), reason, asking, None)
    for less, pointer in (
        (permissions(purposes=frozenset(Purpose) - {purpose}), "/reason/purpose"),
        (permissions(roles=frozenset(Role) - {role}), "/practitioner/role"),
    ):
        with pytest.raises(NotPermitted) as refusal:
            disclosure.require_question(a_caller(permissions=less), reason, asking, None)
        assert refusal.value.pointer == pointer


def test_a_reason_that_does_not_go_together_is_refused_and_explained() -> None:
    reason = Reason(Purpose.EMERGENCY_CARE, LegalBasis.CHILDREN_ACT_1989_S47)
    with pytest.raises(IllMatchedReason) as refusal:
        disclosure.require_question(a_caller(), reason, a_practitioner(role=Role.NURSE), None)
    assert refusal.value.pointer == "/reason/legal_basis"
    assert "children_act_2004_s11" in refusal.value.what


FOR_A_COLLEAGUE: list[tuple[Role, Role, LegalBasis, str | None]] = [
    (Role.RECORDS_OFFICER, Role.NURSE, LegalBasis.CHILDREN_ACT_2004_S11, None),
    (Role.NURSE, Role.RECORDS_OFFICER, LegalBasis.CHILDREN_ACT_2004_S11, "/practitioner/on_behalf_of/role"),
    (Role.NURSE, Role.TEACHER, LegalBasis.CHILDREN_ACT_2004_S11, "/practitioner/on_behalf_of/role"),
    (Role.NURSE, Role.DOCTOR, LegalBasis.CHILDREN_ACT_1989_S47, "/reason/legal_basis"),
]


@pytest.mark.parametrize(("asking", "behalf", "basis", "pointer"), FOR_A_COLLEAGUE)
def test_whoever_asks_for_a_colleague_asks_for_the_colleagues_reason(
    asking: Role, behalf: Role, basis: LegalBasis, pointer: str | None
) -> None:
    asked = Reason(Purpose.EMERGENCY_CARE, basis), a_practitioner(role=asking), a_practitioner(role=behalf)
    if pointer is None:
        disclosure.require_question(a_caller(), *asked)
        return
    with pytest.raises(IllMatchedReason) as refusal:
        disclosure.require_question(a_caller(), *asked)
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("role", Role)
def test_nobody_may_ask_for_a_role_that_is_not_given(role: Role) -> None:
    asking = next(other for other in Role if other is not role)
    caller = a_caller(permissions=permissions(roles=frozenset(Role) - {role}))
    reason = Reason(Purpose.MISSING_CHILD, LegalBasis.CHILDREN_ACT_2004_S11)
    with pytest.raises(NotPermitted) as refusal:
        disclosure.require_question(caller, reason, a_practitioner(role=asking), a_practitioner(role=role))
    assert refusal.value.pointer == "/practitioner/on_behalf_of/role"


# What may be registered


@pytest.mark.parametrize("service", ServiceType)
def test_a_service_that_is_not_given_is_refused(service: ServiceType) -> None:
    caller = a_caller(permissions=permissions(service_types=frozenset(ServiceType) - {service}))
    with pytest.raises(NotPermitted) as refusal:
        disclosure.require_service(caller, service)
    assert refusal.value.pointer == "/service_type"


@pytest.mark.parametrize("service", ServiceType)
def test_a_service_that_is_given_may_be_registered(service: ServiceType) -> None:
    only = permissions(service_types=frozenset({service}))
    disclosure.require_registration(a_caller(permissions=only), a_service(service_type=service))


@pytest.mark.parametrize("service", SENSITIVE)
@pytest.mark.parametrize("basis", SensitiveBasis)
def test_a_sensitive_service_is_recorded_only_for_a_stated_reason(service: ServiceType, basis: SensitiveBasis) -> None:
    disclosure.require_registration(a_caller(), a_service(service_type=service, sensitive_basis=basis))
    with pytest.raises(NotPermitted) as refusal:
        disclosure.require_registration(a_caller(), a_service(service_type=service, sensitive_basis=None))
    assert refusal.value.pointer == "/sensitive_basis"


@pytest.mark.parametrize("service", ORDINARY)
def test_an_ordinary_service_has_no_such_reason(service: ServiceType) -> None:
    stated = a_service(service_type=service, sensitive_basis=SensitiveBasis.CONSENT)
    with pytest.raises(NotPermitted) as refusal:
        disclosure.require_registration(a_caller(), stated)
    assert refusal.value.pointer == "/sensitive_basis"


def test_a_sensitive_service_is_refused_in_the_words_of_any_other() -> None:
    with pytest.raises(NotPermitted) as sensitive:
        disclosure.require_service(NOTHING, ServiceType.MENTAL_HEALTH)
    with pytest.raises(NotPermitted) as ordinary:
        disclosure.require_service(NOTHING, ServiceType.HOUSING)
    assert sensitive.value.what == ordinary.value.what


# Who reviews


@pytest.mark.parametrize("role", Role)
def test_a_practitioner_of_a_role_that_is_given_may_review_and_of_another_not(role: Role) -> None:
    only = permissions(capabilities=frozenset({Capability.REVIEW}), roles=frozenset({role}))
    disclosure.require_reviewer(a_caller(permissions=only), a_practitioner(role=role))
    others = permissions(roles=frozenset(Role) - {role})
    with pytest.raises(NotPermitted) as refusal:
        disclosure.require_reviewer(a_caller(permissions=others), a_practitioner(role=role))
    assert refusal.value.pointer == "/practitioner/role"


def test_an_organisation_that_may_do_all_but_review_may_not_review() -> None:
    others = permissions(capabilities=frozenset(Capability) - {Capability.REVIEW})
    with pytest.raises(NotPermitted, match="review"):
        disclosure.require_reviewer(a_caller(permissions=others), a_practitioner())


@pytest.mark.parametrize("service", ORDINARY)
def test_whoever_may_not_see_all_that_is_said_of_two_children_does_not_decide_whether_they_are_one(
    service: ServiceType,
) -> None:
    less = permissions(sees=ORDINARY_SERVICES - {service})
    with pytest.raises(NotPermitted, match="every service"):
        disclosure.require_reviews(a_caller(permissions=less))


# Who may open a shield


@pytest.mark.parametrize("role", Role)
def test_only_police_and_social_work_open_shields(role: Role) -> None:
    may = role in {Role.POLICE_OFFICER, Role.SOCIAL_WORKER}
    assert a_viewer(role=role).may_override is may
    for asking, behalf in ((role, None), (Role.POLICE_OFFICER, role)):
        colleague = a_practitioner(role=behalf) if behalf else None
        if may:
            disclosure.require_overrider(a_caller(), a_practitioner(role=asking), colleague)
            continue
        with pytest.raises(NotPermitted):
            disclosure.require_overrider(a_caller(), a_practitioner(role=asking), colleague)


def test_a_police_officer_whose_organisation_may_not_opens_no_shield() -> None:
    less = a_caller(permissions=permissions(capabilities=frozenset(Capability) - {Capability.OVERRIDE}))
    assert not a_viewer(less, role=Role.POLICE_OFFICER).may_override
    with pytest.raises(NotPermitted):
        disclosure.require_overrider(less, an_officer(), None)


@pytest.mark.parametrize("role", [*Role, None])
def test_whoever_asks_for_a_colleague_learns_of_shields_no_more_than_the_colleague_may(role: Role | None) -> None:
    behalf = a_practitioner(role=role) if role else None
    question = a_question(practitioner=an_officer(), on_behalf_of=behalf)
    viewer = disclosure.viewer_of(a_caller(), question, NOW)
    assert viewer.may_override is (role in {Role.POLICE_OFFICER, Role.SOCIAL_WORKER, None})


def a_viewer(caller: Caller | None = None, **said: Any) -> Viewer:
    """Of the trust, a police officer unless said otherwise, with all that an organisation can be given."""
    known: dict[str, Any] = {"role": Role.POLICE_OFFICER, "practitioner_id": "PC-1", "now": NOW, "override": None}
    return Viewer(caller or a_caller(TRUST), **(known | said))


OVERRIDES: list[tuple[str, Override, Viewer, bool]] = [
    ("its own practitioner's", an_override(), a_viewer(), True),
    ("in its last microsecond", an_override(until=NOW + timedelta(microseconds=1)), a_viewer(), True),
    ("run out", an_override(until=NOW), a_viewer(), False),
    ("another practitioner's", an_override(practitioner_id="PC-2"), a_viewer(), False),
    ("another organisation's", an_override(organisation=SCHOOL), a_viewer(), False),
    ("of who may not open shields any more", an_override(), a_viewer(role=Role.NURSE), False),
    (
        "of an organisation that may not any more",
        an_override(),
        a_viewer(a_caller(TRUST, permissions=everyday())),
        False,
    ),
    ("of an organisation that is suspended", an_override(), a_viewer(a_caller(TRUST, suspended=True)), False),
]


@pytest.mark.parametrize(("override", "viewer", "opens"), [pytest.param(*row, id=name) for name, *row in OVERRIDES])
def test_an_override_opens_for_its_practitioner_and_its_quarter_of_an_hour(
    override: Override, viewer: Viewer, *, opens: bool
) -> None:
    through = replace(viewer, override=override)
    assert through.sees_through(a_shield(), "child-1") is opens
    if opens:
        disclosure.require_override(through)
        return
    with pytest.raises(OverrideNotFound):
        disclosure.require_override(through)


def test_an_override_opens_this_child_alone() -> None:
    assert not a_viewer(override=an_override("child-2")).sees_through(a_shield(), "child-1")


def test_no_override_is_none() -> None:
    with pytest.raises(OverrideNotFound):
        disclosure.require_override(a_viewer())


# Whose child it is

LATER, EARLIER = NOW, NOW - timedelta(days=1)
OF_AREA: list[tuple[str, list[Involvement], bool]] = [
    ("lives in the area", [an_involvement(child=a_child(postcode="N12 0AB"))], True),
    ("lives elsewhere", [an_involvement(child=a_child(postcode="M1 1AE"))], False),
    ("area N is not area NW", [an_involvement(child=a_child(postcode="NW1 4AA"))], False),
    ("has moved here", [
        an_involvement(child=a_child(postcode="M1 1AE"), refreshed_at=EARLIER),
        an_involvement(child=a_child(postcode="N12 0AB"), refreshed_at=LATER),
    ], True),
    ("has moved away", [
        an_involvement(child=a_child(postcode="N12 0AB"), refreshed_at=EARLIER),
        an_involvement(child=a_child(postcode="M1 1AE"), refreshed_at=LATER),
    ], False),
    ("others say elsewhere, and this authority has registered it here since", [
        an_involvement(organisation=SCHOOL, child=a_child(postcode="M1 1AE"), recorded_at=EARLIER, refreshed_at=EARLIER),
        an_involvement(child=a_child(postcode="N12 0AB")),
    ], False),
    ("this authority was the first, and another has registered it elsewhere since", [
        an_involvement(child=a_child(postcode="N12 0AB"), recorded_at=EARLIER, refreshed_at=EARLIER),
        an_involvement(organisation=SCHOOL, child=a_child(postcode="M1 1AE")),
    ], True),
    ("this authority was the first, and says itself that it lives elsewhere now", [
        an_involvement(child=a_child(postcode="M1 1AE"), recorded_at=EARLIER),
        an_involvement(organisation=SCHOOL, child=a_child(postcode="M1 1AE")),
    ], False),
    ("others say that it lives here now", [
        an_involvement(organisation="LATER", child=a_child(postcode="N12 0AB")),
        an_involvement(organisation=SCHOOL, child=a_child(postcode="M1 1AE"), recorded_at=EARLIER, refreshed_at=EARLIER),
    ], True),
    ("others have another authority's number, and this authority states its own", [
        an_involvement(organisation=SCHOOL, child=a_child(postcode=None, identifiers=(local_id(authority="E08000003"),))),
        an_involvement(child=a_child(postcode=None, identifiers=(local_id(),))),
    ], False),
    ("what was said last without a postcode says nothing of it", [
        an_involvement(child=a_child(postcode="N12 0AB"), refreshed_at=EARLIER),
        an_involvement(child=a_child(postcode=None), refreshed_at=LATER),
    ], True),
    ("has the authority's number, and no postcode is known", [
        an_involvement(child=a_child(postcode=None, identifiers=(local_id(),))),
    ], True),
    ("has another authority's number", [
        an_involvement(child=a_child(postcode=None, identifiers=(local_id(authority="E08000003"),))),
    ], False),
    ("has the authority's number, and lives elsewhere", [
        an_involvement(child=a_child(postcode="M1 1AE", identifiers=(local_id(),))),
    ], False),
    ("nothing says where", [an_involvement(child=a_child(postcode=None))], False),
    ("nothing is held", [], False),
]  # fmt: skip


@pytest.mark.parametrize(("held", "is_own"), [pytest.param(h, o, id=name) for name, h, o in OF_AREA])
def test_a_child_is_its_authoritys_by_where_it_lives_or_else_by_its_number(
    held: list[Involvement], *, is_own: bool
) -> None:
    assert disclosure.is_own(an_organisation(COUNCIL), held) is is_own
    assert not disclosure.is_own(an_organisation(COUNCIL, area=frozenset()), held)


SET_BY_US, SET_BY_OTHERS = a_shield(), a_shield(organisation=SCHOOL)
HERE, ELSEWHERE = [an_involvement()], [an_involvement(child=a_child(postcode="M1 1AE"))]
REQUIRED: list[tuple[str, list[Involvement], Shield | None, bool]] = [
    ("own", HERE, None, True),
    ("elsewhere", ELSEWHERE, None, False),
    ("shielded by us, living here", HERE, SET_BY_US, True),
    ("shielded by us, moved away", ELSEWHERE, SET_BY_US, True),
    ("shielded by others, living here", HERE, SET_BY_OTHERS, False),
    ("was shielded by others, living here", HERE, a_shield(organisation=SCHOOL, until=NOW), True),
    ("was shielded by us, moved away", ELSEWHERE, a_shield(until=NOW), False),
]


@pytest.mark.parametrize(("held", "shield", "may"), [pytest.param(*row, id=name) for name, *row in REQUIRED])
def test_an_authority_acts_for_its_own_children_and_a_shield_team_for_those_it_shields(
    held: list[Involvement], shield: Shield | None, *, may: bool
) -> None:
    if may:
        disclosure.require_authority(a_caller(COUNCIL), held, shield, NOW)
        return
    with pytest.raises(ChildNotFound):
        disclosure.require_authority(a_caller(COUNCIL), held, shield, NOW)


# What leads to a child

AMELIA = a_child()
NEW_NAME = a_child(given_name="Ruth", family_name="Moss")


def a_candidate(**said: Any) -> Candidate:
    known: dict[str, Any] = {
        "child_id": "child-1",
        "likeness": likeness(AMELIA, PSEUDONYMS),
        "service_types": frozenset({ServiceType.SOCIAL_CARE}),
    }
    return Candidate(**(known | said))


SHIELDED = a_shield(AMELIA)
NURSE = a_viewer(role=Role.NURSE)
OFFICER = a_viewer()
OFFICER_WITH_OVERRIDE = a_viewer(override=an_override())
TEAM = a_viewer(a_caller(COUNCIL), role=Role.NURSE)
COUNCIL_BUT_NOT_TEAM = a_viewer(a_caller(COUNCIL, permissions=everyday()), role=Role.SOCIAL_WORKER)
BY_PLACE: dict[str, Any] = {"by_place": True}
BY_NEW_NAME: dict[str, Any] = {"likeness": likeness(NEW_NAME, PSEUDONYMS)}

LEADS: list[tuple[str, Viewer, dict[str, Any], str]] = [
    # who, what of the shielded child it is, and whether it is there: not, without its postcode, or whole
    ("a nurse, by its name", NURSE, {}, "not"),
    ("a nurse, by its number", NURSE, {"by_identifier": True}, "not"),
    ("an officer, by its name of before", OFFICER, {}, "without postcode"),
    ("an officer, by its number", OFFICER, {"by_identifier": True}, "without postcode"),
    ("an officer, by where it lives", OFFICER, BY_PLACE, "not"),
    ("an officer, by its new name", OFFICER, BY_NEW_NAME, "not"),
    ("an officer, by its number and its new name", OFFICER, BY_NEW_NAME | {"by_identifier": True}, "not"),
    ("an officer with the override, by where it lives", OFFICER_WITH_OVERRIDE, BY_PLACE, "whole"),
    ("an officer with the override, by its new name", OFFICER_WITH_OVERRIDE, BY_NEW_NAME, "whole"),
    ("an officer, of a service it may not see", a_viewer(a_caller(TRUST, permissions=permissions(sees=frozenset()))),
        {}, "not"),
    ("the shield team, by where it lives", TEAM, BY_PLACE, "whole"),
    ("the shield team, by its new name", TEAM, BY_NEW_NAME, "whole"),
    ("another client system of the shield team's council", COUNCIL_BUT_NOT_TEAM, {}, "not"),
]  # fmt: skip


@pytest.mark.parametrize(("viewer", "said", "there"), [pytest.param(*row, id=name) for name, *row in LEADS])
def test_who_is_led_to_a_shielded_child_and_by_what(viewer: Viewer, said: dict[str, Any], there: str) -> None:
    candidate = a_candidate(shield=SHIELDED, **said)
    without = replace(candidate, likeness=replace(candidate.likeness, postcode=None))
    expected = {"not": [], "without postcode": [without], "whole": [candidate]}[there]
    assert disclosure.led_to(viewer, [candidate], PSEUDONYMS) == expected


@pytest.mark.parametrize("viewer", [NURSE, OFFICER, TEAM])
def test_a_shield_that_has_run_out_hides_nothing(viewer: Viewer) -> None:
    candidate = a_candidate(shield=a_shield(until=NOW), by_place=True)
    assert disclosure.led_to(viewer, [candidate], PSEUDONYMS) == [candidate]


def test_what_leads_to_a_shielded_child_without_saying_so_leads_there_no_more_than_the_rest() -> None:
    missed, told = a_candidate(), a_candidate(shield=SHIELDED, child_id="child-0", joined_into="child-1")
    assert disclosure.led_to(NURSE, [missed, told], PSEUDONYMS) == []
    assert disclosure.led_to(OFFICER, [replace(missed, by_place=True), told], PSEUDONYMS) == [
        replace(told, likeness=replace(told.likeness, postcode=None))
    ]


@pytest.mark.parametrize("service", ServiceType)
def test_what_a_service_says_leads_only_those_who_may_see_it(service: ServiceType) -> None:
    candidate = a_candidate(service_types=frozenset({service}))
    is_ordinary = service in ORDINARY_SERVICES
    assert disclosure.led_to(NURSE, [candidate], PSEUDONYMS) == ([candidate] if is_ordinary else [])
    for less in (ORDINARY_SERVICES - {service}, frozenset(ServiceType) - {service}):
        caller = a_caller(TRUST, permissions=permissions(sees=less))
        assert disclosure.led_to(a_viewer(caller), [candidate], PSEUDONYMS) == []


def test_what_several_services_say_leads_there_as_said_by_those_that_may_be_seen() -> None:
    candidate = a_candidate(service_types=frozenset(ServiceType))
    (there,) = disclosure.led_to(NURSE, [candidate], PSEUDONYMS)
    assert there == replace(candidate, service_types=ORDINARY_SERVICES)
    one = frozenset({ServiceType.EDUCATION})
    viewer = a_viewer(a_caller(TRUST, permissions=permissions(sees=one)))
    assert disclosure.led_to(viewer, [candidate], PSEUDONYMS) == [replace(candidate, service_types=one)]


def test_what_no_service_says_leads_nobody_there() -> None:
    assert disclosure.led_to(NURSE, [a_candidate(service_types=frozenset())], PSEUDONYMS) == []


def test_no_permission_makes_a_sensitive_service_seen() -> None:
    caller = a_caller(TRUST, permissions=permissions(sees=frozenset(ServiceType)))
    for service in SENSITIVE:
        assert not a_viewer(caller).sees_type(service)
        assert disclosure.visible(a_viewer(caller), [an_involvement(service_type=service)], None, "child-1") == []


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        child_id=st.sampled_from(["child-1", "child-2", "child-3"]),
        likeness=st.sampled_from([likeness(AMELIA, PSEUDONYMS), likeness(NEW_NAME, PSEUDONYMS), Likeness()]),
        by_identifier=st.booleans(),
        by_place=st.booleans(),
        service_types=st.frozensets(st.sampled_from(ServiceType), max_size=3),
        shield=st.sampled_from([None, SHIELDED, a_shield(until=NOW), a_shield(organisation=SCHOOL)]),
    ),
    max_size=8,
)
VIEWERS = st.sampled_from([NURSE, OFFICER, OFFICER_WITH_OVERRIDE, TEAM, COUNCIL_BUT_NOT_TEAM, a_viewer(NOTHING)])


@given(viewer=VIEWERS, candidates=CANDIDATES)
def test_nothing_is_ever_added_to_what_leads_somewhere(viewer: Viewer, candidates: list[Candidate]) -> None:
    there = disclosure.led_to(viewer, candidates, PSEUDONYMS)
    bare = [replace(c, likeness=replace(c.likeness, postcode=None)) for c in candidates]
    assert all(any(_is_of(known, one) for one in (*candidates, *bare)) for known in there)
    assert len(there) <= len(candidates)


def _is_of(known: Candidate, whole: Candidate) -> bool:
    """It says what the whole says, as said by some of the same services."""
    return known.service_types <= whole.service_types and known == replace(whole, service_types=known.service_types)


@given(viewer=VIEWERS, candidates=CANDIDATES)
def test_the_order_in_which_things_are_read_does_not_matter(viewer: Viewer, candidates: list[Candidate]) -> None:
    there = disclosure.led_to(viewer, candidates, PSEUDONYMS)
    assert disclosure.led_to(viewer, candidates[::-1], PSEUDONYMS) == there[::-1]


@given(candidates=CANDIDATES)
def test_an_override_takes_nothing_away(candidates: list[Candidate]) -> None:
    without = disclosure.led_to(OFFICER, candidates, PSEUDONYMS)
    through = disclosure.led_to(OFFICER_WITH_OVERRIDE, candidates, PSEUDONYMS)
    assert len(through) >= len(without)
    assert [c for c in through if c.child_id != "child-1"] == [c for c in without if c.child_id != "child-1"]


COULD_BE_FOUND: list[tuple[str, Viewer, list[Involvement], Shield, bool]] = [
    ("by the name of before", OFFICER, [an_involvement()], SHIELDED, True),
    ("by a new name alone", OFFICER, [an_involvement(child=NEW_NAME)], SHIELDED, False),
    ("by a former name", OFFICER, [
        an_involvement(child=replace(NEW_NAME, former_names=(FormerName("Amelia", "Okafor"),)))
    ], SHIELDED, True),
    ("by a nurse", NURSE, [an_involvement()], SHIELDED, False),
    ("by a service it may not see", OFFICER, [an_involvement(service_type=ServiceType.MENTAL_HEALTH)], SHIELDED, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("viewer", "held", "shield", "found"), [pytest.param(*row, id=name) for name, *row in COULD_BE_FOUND]
)
def test_a_shield_may_be_opened_of_a_child_that_could_have_been_found(
    viewer: Viewer, held: list[Involvement], shield: Shield, *, found: bool
) -> None:
    assert disclosure.could_be_found(viewer, held, shield, PSEUDONYMS) is found


# What is shown


@pytest.mark.parametrize("service", ServiceType)
def test_an_involvement_is_shown_to_those_who_may_see_its_service(service: ServiceType) -> None:
    involvement, other = an_involvement(service_type=service), an_involvement(source_reference="CASE-2")
    shown = disclosure.visible(NURSE, [involvement, other], None, "child-1")
    assert (involvement in shown) is (service in ORDINARY_SERVICES)
    sees_nothing_else = a_caller(TRUST, permissions=permissions(sees=ORDINARY_SERVICES - {service}))
    shown = disclosure.visible(a_viewer(sees_nothing_else), [involvement], None, "child-1")
    assert shown == []


def test_what_is_visible_comes_in_the_order_of_use() -> None:
    lead = an_involvement(source_reference="lead", lead_professional=True)
    other = replace(lead, source_reference="other", service=replace(lead.service, lead_professional=False))
    assert disclosure.visible(NURSE, [other, lead], None, "child-1") == [lead, other]


BEHIND: list[tuple[str, Viewer, Shield, bool]] = [
    ("a nurse", NURSE, SHIELDED, False),
    ("an officer", OFFICER, SHIELDED, False),
    ("an officer with the override", OFFICER_WITH_OVERRIDE, SHIELDED, True),
    ("the shield team", TEAM, SHIELDED, True),
    ("another team", TEAM, a_shield(organisation=SCHOOL), False),
    ("another client system of the council", COUNCIL_BUT_NOT_TEAM, SHIELDED, False),
    ("a nurse, when it has run out", NURSE, a_shield(until=NOW), True),
]


@pytest.mark.parametrize(("viewer", "shield", "shown"), [pytest.param(*row, id=name) for name, *row in BEHIND])
def test_who_sees_what_is_held_of_a_shielded_child(viewer: Viewer, shield: Shield, *, shown: bool) -> None:
    assert bool(disclosure.visible(viewer, [an_involvement()], shield, "child-1")) is shown
    assert disclosure.is_closed(viewer, shield, "child-1") is not shown


IN_CONFIDENCE = an_involvement(source_reference="MH-1", service_type=ServiceType.MENTAL_HEALTH)
NOT_A_BROKER = permissions(capabilities=frozenset(Capability) - {Capability.BROKER})
BROKERED: list[tuple[str, Caller, list[Involvement], list[Involvement], bool]] = [
    ("the team of the child's authority", a_caller(COUNCIL), [IN_CONFIDENCE], [], True),
    ("the team of another authority", a_caller(COUNCIL, area=frozenset({"M"})), [IN_CONFIDENCE], [], False),
    ("an organisation that is no authority", a_caller(COUNCIL, area=frozenset()), [IN_CONFIDENCE], [], False),
    ("another team of the authority", a_caller(COUNCIL, permissions=NOT_A_BROKER), [IN_CONFIDENCE], [], False),
    ("a token without the scope", replace(a_caller(COUNCIL), scopes=frozenset({Capability.LOOKUP})),
        [IN_CONFIDENCE], [], False),
    ("a team that is suspended", a_caller(COUNCIL, suspended=True), [IN_CONFIDENCE], [], False),
    ("the child has moved away, as an ordinary service says", a_caller(COUNCIL), [IN_CONFIDENCE],
        [an_involvement(child=a_child(postcode="M1 1AE"), refreshed_at=NOW + timedelta(hours=1))], False),
    ("the child has moved here, as an ordinary service says", a_caller(COUNCIL),
        [replace(IN_CONFIDENCE, child=a_child(postcode="M1 1AE"))],
        [an_involvement(refreshed_at=NOW + timedelta(hours=1))], True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("caller", "sensitive", "ordinary", "shown"), [pytest.param(*row, id=name) for name, *row in BROKERED]
)
def test_sensitive_services_are_shown_to_the_brokering_team_of_the_childs_authority_and_nobody_else(
    caller: Caller, sensitive: list[Involvement], ordinary: list[Involvement], *, shown: bool
) -> None:
    assert disclosure.brokered(a_viewer(caller), sensitive, ordinary) == (sensitive if shown else [])


def test_what_is_not_sensitive_is_not_brokered() -> None:
    assert disclosure.brokered(a_viewer(a_caller(COUNCIL)), [an_involvement()], []) == []


COVERS: list[tuple[str, frozenset[ServiceType], frozenset[ServiceType], bool]] = [
    ("a service that is seen", frozenset({ServiceType.POLICE}), frozenset({ServiceType.POLICE}), True),
    ("a service that is not seen", frozenset({ServiceType.POLICE}), frozenset({ServiceType.HOUSING}), False),
    (
        "one of two is seen",
        frozenset({ServiceType.POLICE, ServiceType.HOUSING}),
        frozenset({ServiceType.HOUSING}),
        True,
    ),
    ("a sensitive service", frozenset({ServiceType.SEXUAL_HEALTH}), frozenset(ServiceType), False),
    ("nothing in particular", frozenset(), frozenset(ServiceType), False),
]


@pytest.mark.parametrize(("feeds", "sees", "told"), [pytest.param(*row, id=name) for name, *row in COVERS])
def test_that_an_organisation_feeds_the_register_is_told_to_those_who_may_see_any_of_it(
    feeds: frozenset[ServiceType], sees: frozenset[ServiceType], *, told: bool
) -> None:
    feeding = an_organisation(SCHOOL, coverage=Coverage(districts=frozenset({"N"}), service_types=feeds))
    assert disclosure.covers_for(a_viewer(a_caller(permissions=permissions(sees=sees))), feeding) is told


SHOWN: list[tuple[str, Viewer, Shield | None, str | None, bool, Shown]] = [
    ("nobody was found", NURSE, None, None, False, Shown.NOTHING),
    ("a child", NURSE, None, "child-1", False, Shown.CHILD_AND_INVOLVEMENTS),
    ("a child, to its authority's brokers", TEAM, None, "child-1", True, Shown.WITH_SENSITIVE_SERVICES),
    ("a shielded child, to an officer", OFFICER, SHIELDED, "child-1", False, Shown.CHILD),
    ("through an override", OFFICER_WITH_OVERRIDE, SHIELDED, "child-1", False, Shown.SHIELDED_CHILD_AND_INVOLVEMENTS),
    ("to the shield team", TEAM, SHIELDED, "child-1", False, Shown.SHIELDED_CHILD_AND_INVOLVEMENTS),
    ("its shield has run out", NURSE, a_shield(until=NOW), "child-1", False, Shown.CHILD_AND_INVOLVEMENTS),
]


@pytest.mark.parametrize(
    ("viewer", "shield", "child_id", "brokers", "shown"), [pytest.param(*row, id=name) for name, *row in SHOWN]
)
def test_the_access_record_says_what_the_policy_allowed(
    viewer: Viewer, shield: Shield | None, child_id: str | None, shown: Shown, *, brokers: bool
) -> None:
    assert disclosure.shown_of(viewer, shield, child_id, with_sensitive=brokers) is shown


def test_the_policy_is_that_of_the_rules_and_of_the_organisation() -> None:
    assert disclosure.policy_of(a_caller(version=7)) == f"{disclosure.RULES}/7"
