"""Hours as they are written, and what an auditor may read of a record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access import Shown
from shared.domain.accesses import for_auditor, hour_of, hour_text, read_hour
from shared.domain.directory import Capability
from tests.support.builders import a_caller, permissions
from tests.support.sealing import a_record


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis wants them so
def test_an_hour_reads_as_it_was_written(at: datetime) -> None:
    assert read_hour(hour_text(at)) == hour_of(at)
    assert hour_of(at) <= at < hour_of(at) + timedelta(hours=1)


def test_hours_are_those_of_utc() -> None:
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert hour_text(hour_of(summer)) == "2026-06-30T23"


@pytest.mark.parametrize("text", ["", "2026-11-20", "2026-11-20T9", "2026-11-20T24", "2026-02-30T01", "2026-11-20T09Z"])
def test_what_is_no_hour_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^give an hour \(UTC\) as 2026-11-20T09$"):
        read_hour(text)


BROKER = frozenset({Capability.AUDIT, Capability.BROKER})
AUDITOR = frozenset({Capability.AUDIT})


@pytest.mark.parametrize(
    ("capabilities", "shown", "told"),
    [
        (BROKER, Shown.WITH_SENSITIVE_SERVICES, Shown.WITH_SENSITIVE_SERVICES),
        (AUDITOR, Shown.WITH_SENSITIVE_SERVICES, Shown.CHILD_AND_INVOLVEMENTS),
        *((AUDITOR, shown, shown) for shown in Shown if shown is not Shown.WITH_SENSITIVE_SERVICES),
    ],
)
def test_that_sensitive_services_were_shown_is_told_to_brokers_only(
    capabilities: frozenset[Capability], shown: Shown, told: Shown
) -> None:
    auditor = a_caller(permissions=permissions(capabilities=capabilities))
    assert for_auditor(a_record(shown=shown), auditor) == a_record(shown=told)
