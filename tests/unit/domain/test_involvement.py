from datetime import date

import pytest

from shared.domain.involvement import (
    ServiceType,
    Standing,
    check_ended,
    check_past,
    in_order_of_use,
    standing_of,
)
from tests.support.builders import an_involvement

TODAY = date(2026, 3, 2)


def test_the_involvements_come_in_the_order_in_which_they_are_of_use() -> None:
    wanted = [
        an_involvement(source_reference="lead", lead_professional=True, last_contact=date(2020, 1, 1)),
        an_involvement(source_reference="recent", last_contact=date(2026, 2, 1)),
        an_involvement(source_reference="older", last_contact=date(2025, 2, 1)),
        an_involvement(source_reference="started only", last_contact=None, started=date(2024, 2, 1)),
        an_involvement(source_reference="no date", last_contact=None, started=None),
        an_involvement(source_reference="not known", standing=Standing.NOT_KNOWN, last_contact=date(2026, 3, 1)),
        an_involvement(source_reference="ended", standing=Standing.ENDED, last_contact=date(2026, 3, 2)),
    ]
    turned = wanted[::-1]
    assert [i.source_reference for i in sorted(turned, key=in_order_of_use)] == [i.source_reference for i in wanted]


def test_whoever_was_lead_professional_until_it_ended_does_not_come_first() -> None:
    was_lead = an_involvement(lead_professional=True, standing=Standing.ENDED)
    works_now = an_involvement(source_reference="now", last_contact=date(2001, 1, 1))
    assert sorted([was_lead, works_now], key=in_order_of_use) == [works_now, was_lead]


def test_equal_involvements_have_an_order_all_the_same() -> None:
    first, second = an_involvement(organisation="AAA"), an_involvement(organisation="BBB")
    assert sorted([second, first], key=in_order_of_use) == [first, second]


def test_today_is_not_in_the_future() -> None:
    check_past(TODAY, TODAY)


def test_tomorrow_is_in_the_future() -> None:
    with pytest.raises(ValueError, match="in the future"):
        check_past(date(2026, 3, 3), TODAY)


def test_an_involvement_may_end_on_the_day_it_started() -> None:
    check_ended(TODAY, TODAY, TODAY)


def test_an_involvement_cannot_end_before_it_started() -> None:
    with pytest.raises(ValueError, match="before it started"):
        check_ended(TODAY, date(2026, 3, 1), TODAY)


def test_an_involvement_cannot_have_ended_tomorrow() -> None:
    with pytest.raises(ValueError, match="in the future"):
        check_ended(None, date(2026, 3, 3), TODAY)


@pytest.mark.parametrize(
    ("stated", "ended", "standing"),
    [
        (None, None, Standing.CURRENT),
        (None, TODAY, Standing.ENDED),
        (Standing.ENDED, TODAY, Standing.ENDED),
        (Standing.ENDED, None, Standing.ENDED),
        (Standing.NOT_KNOWN, None, Standing.NOT_KNOWN),
        (Standing.CURRENT, None, Standing.CURRENT),
    ],
)
def test_the_standing_is_as_stated_or_follows_from_the_end(
    stated: Standing | None, ended: date | None, standing: Standing
) -> None:
    assert standing_of(stated, ended) is standing


@pytest.mark.parametrize("stated", [Standing.CURRENT, Standing.NOT_KNOWN])
def test_what_has_ended_is_not_current(stated: Standing) -> None:
    with pytest.raises(ValueError, match="not current"):
        standing_of(stated, TODAY)


def test_three_services_tell_by_their_mere_name_what_is_wrong() -> None:
    assert {service.value for service in ServiceType if service.is_sensitive} == {
        "sexual_health",
        "mental_health",
        "substance_misuse",
    }
