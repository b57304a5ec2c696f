from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.matching import Thresholds
from shared.runtime.config import Config, FeedConfig, GatedConfig, LookupConfig, MissingConfiguration, StatusConfig

STATUS = {"ENVIRONMENT": "local", "CLOSES_AT": "", "SUCCESSOR_URL": ""}
LOOKUP = STATUS | {
    "REGISTER_TABLE": "r",
    "DIRECTORY_TABLE": "d",
    "HASHING_SECRET_ID": "h",
    "MATCH_THRESHOLD": "0.97",
    "POTENTIAL_THRESHOLD": "0.8",
    "LOW_THRESHOLD": "0.4",
    "EXPECTED_CHILDREN": "400000",
    "ACCESS_LOG_TABLE": "a",
    "ACCESS_RECORD_DAYS": "2192",
}


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(MissingConfiguration, match="CLOSES_AT, DIRECTORY_TABLE, EXPECTED_CHILDREN, FEED_BUCKET"):
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


def test_the_thresholds_are_those_of_the_deployment() -> None:
    thresholds = LookupConfig.from_environment(LOOKUP).thresholds
    assert thresholds == Thresholds(match=0.97, potential=0.8, low=0.4, children=400_000)


@pytest.mark.parametrize("children", ["1.1E+7", "11000000.0", " 11000000"])
def test_a_number_may_be_written_in_any_way_in_which_a_template_may_write_it(children: str) -> None:
    config = LookupConfig.from_environment(LOOKUP | {"EXPECTED_CHILDREN": children})
    assert config.thresholds.children == 11_000_000


@pytest.mark.parametrize("name", ["MATCH_THRESHOLD", "POTENTIAL_THRESHOLD", "LOW_THRESHOLD", "EXPECTED_CHILDREN"])
@pytest.mark.parametrize("value", ["", "many", "0,95"])
def test_what_is_no_number_stops_the_function_by_name(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is not a number"):
        _ = LookupConfig.from_environment(LOOKUP | {name: value}).thresholds


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"MATCH_THRESHOLD": "0.7"}, id="a match less sure than a potential one"),
        pytest.param({"LOW_THRESHOLD": "0.9"}, id="low confidence surer than a potential match"),
        pytest.param({"MATCH_THRESHOLD": "1"}, id="nothing is ever certain"),
        pytest.param({"LOW_THRESHOLD": "0"}, id="everything is something"),
        pytest.param({"LOW_THRESHOLD": "nan"}, id="not a number that can be compared"),
        pytest.param({"EXPECTED_CHILDREN": "0"}, id="a register of nobody"),
        pytest.param({"EXPECTED_CHILDREN": "inf"}, id="a register of everybody"),
    ],
)
def test_thresholds_in_an_order_that_makes_no_sense_stop_the_function(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"thresholds|at least one|_THRESHOLD|EXPECTED_CHILDREN"):
        _ = LookupConfig.from_environment(LOOKUP | changed).thresholds
