from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.lifecycle import Lifecycle, Phase

NOON = "2010-08-06T12:00:00+01:00"
CLOSES = datetime(2010, 8, 6, 11, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def test_while_no_date_is_set_the_register_is_open() -> None:
    assert Lifecycle.configured("", "").phase(CLOSES) is Phase.OPEN


def test_once_a_date_is_set_the_register_is_closing_until_the_last_microsecond() -> None:
    assert Lifecycle.configured(NOON, "").phase(CLOSES - MICROSECOND) is Phase.CLOSING


def test_at_the_instant_itself_the_register_is_closed() -> None:
    assert Lifecycle.configured(NOON, "").phase(CLOSES) is Phase.CLOSED


def test_a_closed_register_stays_closed() -> None:
    assert Lifecycle.configured(NOON, "").phase(CLOSES + timedelta(days=36_500)) is Phase.CLOSED


@pytest.mark.parametrize("closes_at", ["2010-08-06T12:00:00", "2010-08-06"])
def test_a_date_without_an_offset_is_refused(closes_at: str) -> None:
    with pytest.raises(ValueError, match="offset"):
        Lifecycle.configured(closes_at, "")


@pytest.mark.parametrize("closes_at", ["noon", "2010-13-06T12:00:00Z", " "])
def test_a_date_that_cannot_be_read_is_refused(closes_at: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat|month must be"):
        Lifecycle.configured(closes_at, "")


def test_a_date_may_be_told_in_utc() -> None:
    assert Lifecycle.configured("2010-08-06T11:00:00Z", "").closes_at == CLOSES


def test_an_empty_successor_is_none() -> None:
    assert Lifecycle.configured("", "").successor_url is None
