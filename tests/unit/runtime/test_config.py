from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.duration import Duration
from shared.domain.involvement import ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.limits import Allowances, Bucket
from shared.domain.matching import Thresholds
from shared.domain.quiet import GoneQuiet
from shared.domain.retention import Retention
from shared.domain.targeting import CoveredChildren, Targeting
from shared.runtime.config import Config, GatedConfig, MissingConfiguration
from shared.runtime.config.expiry import ExpiryConfig
from shared.runtime.config.feed import FeedConfig
from shared.runtime.config.lookup import LookupConfig
from shared.runtime.config.status import StatusConfig

GATED = {
    "ENVIRONMENT": "local",
    "CLOSES_AT": "",
    "SUCCESSOR_URL": "",
    "DESTRUCTION_WINDOW": "P2M",
    "DESTRUCTION_STARTS_AFTER": "P7D",
    "ANNOUNCED_AT": "",
}
STATUS = GATED | {
    "DIRECTORY_TABLE": "d",
    "CERTIFICATE_BUCKET": "c",
    "CREDENTIALS_RETURN_BY": "",
    "SUPPORT_ENDS_AT": "",
}
CLOSING = {"CLOSES_AT": "2026-08-06T12:00:00+01:00", "ANNOUNCED_AT": "1779960615"}
LOOKUP = GATED | {
    "REGISTER_TABLE": "r",
    "DIRECTORY_TABLE": "d",
    "HASHING_SECRET_ID": "h",
    "MATCH_THRESHOLD": "0.97",
    "POTENTIAL_THRESHOLD": "0.8",
    "LOW_THRESHOLD": "0.4",
    "EXPECTED_CHILDREN": "400000",
    "ACCESS_LOG_TABLE": "a",
    "ACCESS_RECORD_DAYS": "2192",
    "LIMITS_TABLE": "l",
    "PRACTITIONER_QUESTIONS_AN_HOUR": "60",
    "PRACTITIONER_BURST": "20",
    "CLIENT_QUESTIONS_A_MINUTE": "600",
    "NOTHING_FOUND_COSTS": "3",
}


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(MissingConfiguration, match="ANNOUNCED_AT, CLOSES_AT, COVERAGE_CHILDREN, COVERAGE_SER"):
        FeedConfig.from_environment({"ENVIRONMENT": "local"})


def test_a_variable_may_be_empty() -> None:
    assert StatusConfig.from_environment(STATUS).lifecycle.closes_at is None


def test_variables_of_others_are_not_looked_at() -> None:
    assert Config.from_environment(LOOKUP) == Config("local")


@pytest.mark.parametrize("closes_at", ["noon", "2026-08-06T12:00:00"])
def test_a_closing_date_that_cannot_be_read_stops_the_function(closes_at: str) -> None:
    config = GatedConfig.from_environment(GATED | {"CLOSES_AT": closes_at})
    with pytest.raises(ValueError, match=r"Invalid isoformat|offset"):
        _ = config.lifecycle


def test_a_closing_date_is_an_instant() -> None:
    config = GatedConfig.from_environment(GATED | CLOSING)
    assert config.lifecycle.closes_at == datetime(2026, 8, 6, 11, tzinfo=UTC)


def test_every_function_that_is_gated_knows_the_window_and_when_destruction_starts() -> None:
    changed = {"DESTRUCTION_WINDOW": "P1M", "DESTRUCTION_STARTS_AFTER": "P3D"}
    lifecycle = GatedConfig.from_environment(GATED | CLOSING | changed).lifecycle
    assert (lifecycle.window, lifecycle.starts_after) == (Duration(months=1), Duration(days=3))


def test_the_status_knows_when_credentials_are_due_and_when_support_ends() -> None:
    told = {"CREDENTIALS_RETURN_BY": "2026-08-20", "SUPPORT_ENDS_AT": "2026-08-31"}
    config = StatusConfig.from_environment(STATUS | CLOSING | told)
    assert config.lifecycle.credentials_return_by == date(2026, 8, 20)
    assert config.lifecycle.support_ends_at == date(2026, 8, 31)


def test_a_closure_is_announced_from_the_instant_that_the_guard_says() -> None:
    announcement = GatedConfig.from_environment(
        GATED | CLOSING | {"SUCCESSOR_URL": "https://next.example"}
    ).announcement
    assert announcement
    assert announcement.announced_at == datetime(2026, 5, 28, 9, 30, 15, tzinfo=UTC)
    assert announcement.closes_at == datetime(2026, 8, 6, 11, tzinfo=UTC)
    assert announcement.successor_url == "https://next.example"


def test_nothing_is_announced_while_no_closure_is_set() -> None:
    assert GatedConfig.from_environment(GATED).announcement is None


@pytest.mark.parametrize("announced_at", ["", "yesterday", "1.5", "-1", "²"])
def test_an_announcement_that_is_no_instant_stops_the_function(announced_at: str) -> None:
    config = GatedConfig.from_environment(GATED | CLOSING | {"ANNOUNCED_AT": announced_at})
    with pytest.raises(ValueError, match="ANNOUNCED_AT"):
        _ = config.announcement


def expiry(**changed: str) -> ExpiryConfig:
    told = dict.fromkeys(ExpiryConfig.variables(), "") | STATUS | {"DESTRUCTION_RATE": "2000"}
    return ExpiryConfig.from_environment(told | changed)


def test_expiry_is_told_the_whole_closure_as_it_was_accepted() -> None:
    accepted = Lifecycle.configured(
        CLOSING["CLOSES_AT"],
        "https://next.example",
        destruction_window="P3M",
        destruction_starts_after="P10D",
        credentials_return_by="2026-08-20",
        destruction_authority="The Director of Children’s Services",
        support_ends_at="2026-08-31",
    )
    told = {name.upper(): value for name, value in accepted.parameters().items()}
    assert expiry(**told).lifecycle == accepted


def test_expiry_keeps_the_rules_of_retention_that_it_is_told() -> None:
    assert expiry().retention == Retention()
    told = expiry(ENDED_INVOLVEMENT_KEPT="P2Y", GROWN_UP_AT="P25Y").retention
    assert told == Retention(ended_involvement_kept=Duration(months=24), grown_up_at=Duration(months=300))


def test_expiry_is_told_for_whom_the_register_is_and_when_what_it_holds_has_gone_quiet() -> None:
    assert (expiry().targeting, expiry().gone_quiet) == (Targeting(), GoneQuiet())
    told = expiry(COVERAGE_SERVICE_TYPES="police", COVERAGE_CHILDREN="additional", GONE_QUIET_AFTER="P1Y")
    assert told.targeting == Targeting(frozenset({ServiceType.POLICE}), CoveredChildren.ADDITIONAL)
    assert told.gone_quiet == GoneQuiet(Duration(months=12))


def test_expiry_is_told_log_groups_by_name_and_a_rate_in_items_a_second() -> None:
    config = expiry(LOG_GROUPS="/signpost/local/lookup,/signpost/local/api", DESTRUCTION_RATE="500")
    assert config.log_group_names == ("/signpost/local/lookup", "/signpost/local/api")
    assert config.items_a_second == 500


def test_access_records_are_kept_for_so_many_days() -> None:
    assert LookupConfig.from_environment(LOOKUP).access_records_kept_for == timedelta(days=2192)


def test_the_thresholds_are_those_of_the_deployment() -> None:
    thresholds = LookupConfig.from_environment(LOOKUP).thresholds
    assert thresholds == Thresholds(match=0.97, potential=0.8, low=0.4, children=400_000)


def test_how_often_may_be_asked_is_what_the_deployment_says() -> None:
    assert LookupConfig.from_environment(LOOKUP).allowances == Allowances(
        practitioner=Bucket(interval=60_000, size=20), client=Bucket(interval=100, size=600), nothing_found_costs=3
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"PRACTITIONER_QUESTIONS_AN_HOUR": "0"},
        {"PRACTITIONER_BURST": "0"},
        {"CLIENT_QUESTIONS_A_MINUTE": "-1"},
        {"NOTHING_FOUND_COSTS": "0"},
        {"PRACTITIONER_BURST": "twenty"},
        {"NOTHING_FOUND_COSTS": ""},
    ],
)
def test_a_limit_that_makes_no_sense_stops_the_function(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"at least|is not a number"):
        _ = LookupConfig.from_environment(LOOKUP | changed).allowances


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
