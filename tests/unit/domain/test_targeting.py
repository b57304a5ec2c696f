"""For which services and children the register is, as the parameters say it."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.involvement import ServiceType
from shared.domain.targeting import (
    LEVELS,
    CoveredChildren,
    Level,
    Targeting,
    level_of,
    makes_covered,
    refusal_of_child,
    tells_what_is_held,
)

SOME = st.sets(st.sampled_from(ServiceType), min_size=1).map(frozenset)


def test_every_service_has_a_level_and_sensitive_ones_are_specialist() -> None:
    assert LEVELS.keys() == set(ServiceType)
    assert {level_of(one) for one in ServiceType if one.is_sensitive} == {Level.SPECIALIST}


def test_a_service_that_every_child_has_and_a_sensitive_one_make_no_child_covered() -> None:
    covering = {one for one in ServiceType if makes_covered(one)}
    assert covering
    assert not covering & {one for one in ServiceType if one.is_sensitive or level_of(one) is Level.UNIVERSAL}


def test_unless_it_is_configured_all_is_covered() -> None:
    for targeting in (Targeting(), Targeting.configured(), Targeting.configured("all", "all")):
        assert targeting.covers_all
        assert all(targeting.covers(one, ()) for one in ServiceType)


@given(types=SOME, children=st.sampled_from(CoveredChildren))
def test_what_the_parameters_say_is_read_as_the_same(types: frozenset[ServiceType], children: CoveredChildren) -> None:
    if children is CoveredChildren.ADDITIONAL and not any(map(makes_covered, types)):
        with pytest.raises(ValueError, match="CoverageChildren"):
            Targeting(types, children)
        return
    targeting = Targeting(types, children)
    assert Targeting.configured(**targeting.parameters()) == targeting


def test_the_order_in_which_services_are_named_makes_no_other_coverage() -> None:
    one, other = Targeting.configured("police, hospital"), Targeting.configured("hospital,police")
    assert one == other
    assert str(one) == str(other) == "CoverageServiceTypes=hospital,police CoverageChildren=all"


@pytest.mark.parametrize(
    ("types", "children", "why"),
    [
        ("education,knitting", "all", "CoverageServiceTypes names no service type that there is: 'knitting'"),
        ("education,", "all", "CoverageServiceTypes"),
        ("ALL", "all", "CoverageServiceTypes"),
        ("all", "some", "CoverageChildren is all or additional, not 'some'"),
        ("education,hospital", "additional", "nothing could be registered"),
        ("education,mental_health", "additional", "nothing could be registered"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_the_name_of_its_parameter(types: str, children: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Targeting.configured(types, children)


def test_a_register_for_no_service_is_refused() -> None:
    with pytest.raises(ValueError, match="CoverageServiceTypes"):
        Targeting(frozenset())


COVERED = [
    # the service, with which others of the child, whether it belongs in a register for additional needs
    pytest.param(ServiceType.EDUCATION, [], False, id="a school alone"),
    pytest.param(ServiceType.EDUCATION, [ServiceType.GENERAL_PRACTICE, None], False, id="a school and a GP"),
    pytest.param(ServiceType.EDUCATION, [ServiceType.EARLY_HELP], True, id="a school and early help"),
    pytest.param(ServiceType.EDUCATION, [ServiceType.SOCIAL_CARE], True, id="a school and social care"),
    pytest.param(ServiceType.EDUCATION, [ServiceType.MENTAL_HEALTH], False, id="a school and what nobody may know"),
    pytest.param(ServiceType.EARLY_HELP, [], True, id="early help alone"),
    pytest.param(ServiceType.SOCIAL_CARE, [], True, id="social care alone"),
    pytest.param(ServiceType.MENTAL_HEALTH, [], True, id="a sensitive service, in its compartment"),
]


@pytest.mark.parametrize(("service_type", "others", "is_covered"), COVERED)
def test_the_targeted_register_is_for_children_with_more_than_every_child_has(
    service_type: ServiceType, others: list[ServiceType | None], *, is_covered: bool
) -> None:
    assert Targeting(children=CoveredChildren.ADDITIONAL).covers(service_type, others) is is_covered


def test_a_service_that_is_not_named_is_refused_whatever_else_works_with_the_child() -> None:
    targeting = Targeting.configured("social_care,education")
    refusal = targeting.refusal(ServiceType.POLICE)
    assert refusal
    assert (refusal.rule, refusal.pointer) == ("CoverageServiceTypes", "/service_type")
    assert not tells_what_is_held(refusal)
    assert not targeting.covers(ServiceType.POLICE, list(ServiceType))
    assert targeting.refusal(ServiceType.EDUCATION) is None


def test_a_child_is_refused_by_the_same_words_whatever_is_held() -> None:
    refusal = refusal_of_child()
    assert (refusal.rule, refusal.pointer) == ("CoverageChildren", "/child")
    assert tells_what_is_held(refusal)
    assert str(refusal) == str(refusal_of_child())


@given(st.data())
def test_a_wider_coverage_covers_all_that_a_narrower_one_does(data: st.DataObject) -> None:
    narrow = data.draw(SOME.filter(lambda types: any(map(makes_covered, types))))
    wide = narrow | data.draw(SOME)
    others = data.draw(st.lists(st.sampled_from(ServiceType), max_size=3))
    by_width = [
        Targeting(narrow, CoveredChildren.ADDITIONAL),
        Targeting(wide, CoveredChildren.ADDITIONAL),
        Targeting(wide),
        Targeting(),
    ]
    service_type = data.draw(st.sampled_from(ServiceType))
    covers = [targeting.covers(service_type, others) for targeting in by_width]
    assert all(wider or not narrower for narrower, wider in combinations(covers, 2))
