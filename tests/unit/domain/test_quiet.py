"""When an involvement has gone quiet, and who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.domain.directory import Capability
from shared.domain.duration import Duration
from shared.domain.held import HeldChild
from shared.domain.involvement import ServiceType, Standing
from shared.domain.notices import KEPT, notice_of
from shared.domain.quiet import (
    TOLD_WITHIN,
    GoneQuiet,
    cause_of,
    hears_of_its_children,
    hears_of_its_own,
    weekly_cause_of,
)
from shared.domain.readers import may_be_told, reader_of
from tests.support.builders import (
    COUNCIL,
    NOW,
    PSEUDONYMS,
    SCHOOL,
    TRUST,
    a_child,
    a_shield,
    an_involvement,
    an_organisation,
    permissions,
)

SPRING = datetime(2026, 3, 1, tzinfo=UTC)
"""The first midnight after half a year without contact since 31 August, for there is no 31 February."""


@pytest.mark.parametrize(
    ("said", "quiet_from"),
    [
        ({"last_contact": date(2025, 8, 31)}, SPRING),
        ({"last_contact": date(2025, 8, 30)}, SPRING),
        ({"last_contact": date(2025, 9, 1)}, datetime(2026, 3, 2, tzinfo=UTC)),
        ({"last_contact": date(2026, 1, 1)}, datetime(2026, 7, 1, 23, tzinfo=UTC)),
        ({"last_contact": None, "started": date(2025, 9, 1)}, datetime(2026, 3, 2, tzinfo=UTC)),
        ({"last_contact": None, "started": None}, datetime(2026, 9, 2, 23, tzinfo=UTC)),
        ({"last_contact": date(2020, 1, 1), "standing": Standing.ENDED, "ended": date(2020, 2, 1)}, None),
        ({"last_contact": date(2020, 1, 1), "standing": Standing.NOT_KNOWN}, None),
        ({"last_contact": date(2020, 1, 1), "service_type": ServiceType.MENTAL_HEALTH}, None),
    ],
)
def test_it_is_quiet_half_a_year_after_the_last_contact_else_the_start_else_what_was_last_said(
    said: dict[str, Any], quiet_from: datetime | None
) -> None:
    involvement = an_involvement(**said)
    assert GoneQuiet().quiet_from(involvement) == quiet_from
    if quiet_from:
        assert not GoneQuiet().is_quiet(involvement, quiet_from - timedelta(seconds=1))
        assert GoneQuiet().is_quiet(involvement, quiet_from)


@pytest.mark.parametrize(
    ("said", "in_force_since", "told_from"),
    [
        ({"refreshed_at": datetime(2025, 9, 1, tzinfo=UTC)}, datetime(2025, 1, 1, tzinfo=UTC), SPRING),
        # said only when it was quiet already
        ({"refreshed_at": datetime(2026, 4, 1, tzinfo=UTC)}, datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)),
        # quiet already when the parameter was set
        ({"refreshed_at": datetime(2025, 9, 1, tzinfo=UTC)}, datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_it_is_told_for_some_weeks_from_when_it_could_be_known(
    said: dict[str, Any], in_force_since: datetime, told_from: datetime
) -> None:
    involvement = an_involvement(last_contact=date(2025, 8, 31), **said)
    until = told_from + TOLD_WITHIN
    assert GoneQuiet().is_to_be_told(involvement, told_from, in_force_since)
    assert GoneQuiet().is_to_be_told(involvement, until - timedelta(seconds=1), in_force_since)
    assert not GoneQuiet().is_to_be_told(involvement, until, in_force_since)


def test_nobody_is_told_for_longer_than_it_is_known_that_they_were() -> None:
    assert timedelta(days=1) < TOLD_WITHIN < KEPT


@pytest.mark.parametrize(
    ("text", "why"), [("half a year", "GoneQuietAfter cannot be read"), ("P6D", "GoneQuietAfter is a week at least")]
)
def test_what_cannot_be_meant_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        GoneQuiet.configured(text)


def test_empty_text_means_half_a_year() -> None:
    assert GoneQuiet.configured("") == GoneQuiet(Duration(months=6)) == GoneQuiet.configured("P6M")


def test_the_same_last_contact_is_the_same_cause_whatever_else_is_said_wherever_it_lies() -> None:
    one = an_involvement(last_contact=date(2025, 8, 31))
    other = replace(one, version=7, child_id="child-2", refreshed_at=NOW + timedelta(days=9))
    later = an_involvement(last_contact=date(2025, 9, 1))

    def told(involvement: Any, child_id: str, at: datetime) -> str:
        held = HeldChild(child_id=child_id, involvements=[involvement])
        return notice_of(cause_of(involvement, held, at, PSEUDONYMS), COUNCIL, PSEUDONYMS).notice_id

    assert told(one, "child-1", NOW) == told(other, "child-2", NOW + timedelta(days=9))
    assert told(one, "child-1", NOW) != told(later, "child-1", NOW)


def test_a_child_is_one_cause_in_each_week_of_london() -> None:
    held = HeldChild(child_id="child-1", involvements=[])
    sunday = datetime(2026, 6, 7, 22, 59, tzinfo=UTC)  # one minute to midnight in London's summer
    days = [weekly_cause_of(held, sunday + timedelta(minutes=m)).what for m in (0, 1, 60, 6 * 24 * 60)]
    assert days[0] != days[1]
    assert len({*days[1:]}) == 1


# Who is told

QUIET = an_involvement(last_contact=date(2025, 8, 1), organisation=SCHOOL, service_type=ServiceType.EDUCATION)
NOT_QUIET = an_involvement(organisation=TRUST, service_type=ServiceType.HOSPITAL, source_reference="H-1")
ALL_BUT_EDUCATION = permissions(sees=frozenset(ServiceType) - {ServiceType.EDUCATION})
NO_SHIELDS = permissions(capabilities=frozenset(Capability) - {Capability.SHIELD})
HEARS = [
    # who, what is different, told of its own, told of its children
    pytest.param(SCHOOL, {"area": frozenset()}, None, True, False, id="whose it is"),
    pytest.param(SCHOOL, {"area": frozenset(), "permissions": ALL_BUT_EDUCATION}, None, False, False, id="who may not see it"),
    pytest.param(SCHOOL, {"area": frozenset()}, COUNCIL, False, False, id="from whom a shield hides the child"),
    pytest.param(COUNCIL, {}, None, False, True, id="the child's authority"),
    pytest.param(COUNCIL, {"area": frozenset({"LS"})}, None, False, False, id="another authority"),
    pytest.param(COUNCIL, {"permissions": ALL_BUT_EDUCATION}, None, False, False, id="an authority that may not see it"),
    pytest.param(COUNCIL, {}, COUNCIL, False, True, id="the authority whose team shields the child"),
    pytest.param(COUNCIL, {"permissions": NO_SHIELDS}, COUNCIL, False, False, id="the authority, but no shield team of it"),
    pytest.param(COUNCIL, {}, TRUST, False, False, id="the authority, where another shields the child"),
    pytest.param(TRUST, {"area": frozenset()}, None, False, False, id="who is involved, and has met the child"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "said", "shielded_by", "of_its_own", "of_its_children"), HEARS)
def test_its_organisation_and_weekly_the_authority_are_told_as_far_as_they_may_see(
    code: str, said: dict[str, Any], shielded_by: str | None, *, of_its_own: bool, of_its_children: bool
) -> None:
    shield = a_shield(a_child(), organisation=shielded_by) if shielded_by else None
    held = HeldChild(child_id="child-1", involvements=[QUIET, NOT_QUIET], shield=shield)
    reader = reader_of(an_organisation(code, **said), NOW)
    assert (
        any(hears_of_its_own(reader, one, held) for one in held.involvements if GoneQuiet().is_quiet(one, NOW))
        is of_its_own
    )
    assert hears_of_its_children(reader, held, GoneQuiet()) is of_its_children


def test_who_is_suspended_or_takes_no_notices_is_told_nothing() -> None:
    assert may_be_told(an_organisation())
    assert not may_be_told(an_organisation(suspended=True))
    assert not may_be_told(an_organisation(permissions=permissions(capabilities=frozenset({Capability.LOOKUP}))))
