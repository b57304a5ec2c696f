from datetime import UTC, datetime, timedelta

import pytest

from shared.runtime.config import Config, FeedConfig, GatedConfig, LookupConfig, MissingConfiguration, StatusConfig

STATUS = {"ENVIRONMENT": "local", "CLOSES_AT": "", "SUCCESSOR_URL": ""}
LOOKUP = STATUS | {
    "REGISTER_TABLE": "r",
    "DIRECTORY_TABLE": "d",
    "HASHING_SECRET_ID": "h",
    "ACCESS_LOG_TABLE": "a",
    "ACCESS_RECORD_DAYS": "2192",
}


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(MissingConfiguration, match="CLOSES_AT, DIRECTORY_TABLE, FEED_BUCKET"):
        FeedConfig.from_environment({"ENVIRONMENT": "local"})


def test_a_variable_may_be_empty() -> None:
    assert StatusConfig.from_environment(STATUS).lifecycle.closes_at is None


def test_variables_of_others_are_not_looked_at() -> None:
    assert Config.from_environment(LOOKUP) == Config("local")


@pytest.mark.parametrize("closes_at", ["noon", "2026-08-06T12:00:00"])
def test_a_closing_date_that_cannot_be_read_stops_the_function(closes_at: str) -> None:
    config = GatedConfig.from_environment(STATUS | {"CLOSES_AT": closes_at})
    with pytest.raises(ValueError, match=r"Invalid isoformat|offset"):
        _ = config.lifecycle


def test_a_closing_date_is_an_instant() -> None:
    config = GatedConfig.from_environment(STATUS | {"CLOSES_AT": "2026-08-06T12:00:00+01:00"})
    assert config.lifecycle.closes_at == datetime(2026, 8, 6, 11, tzinfo=UTC)


def test_access_records_are_kept_for_so_many_days() -> None:
    assert LookupConfig.from_environment(LOOKUP).access_records_kept_for == timedelta(days=2192)
