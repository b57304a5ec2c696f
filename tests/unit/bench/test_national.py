"""The pure parts of the national bench: units of a call, what is worked out of them, and what it costs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.matching import load
from tests.bench.national import assumed, cost, report, simulate, units
from tests.bench.national.cost import Prices
from tests.bench.national.counts import Counts, Spent
from tests.bench.national.figures import Figures, Stock, requests_of

ROWS = ("new child", "known child", "unchanged", "service changed", "child changed")

TABLE_UNITS = 40_000
"""Of each kind a second, that AWS allows a table unless asked for more."""


def counts(reads: float, writes: float, kind: str = "KEY") -> Counts:
    counted = Counts(times=1)
    counted.add(Spent("Register", kind, calls=1, reads=reads, writes=writes))
    return counted


@pytest.fixture
def figures() -> Figures:
    spent = {f"row: {what}": counts(10, 20) for what in ROWS} | {"row: unchanged": counts(1, 0, "by key")}
    spent |= {f"lookup: {what}": counts(2, 4, "ID") for what in ("number", "details", "nobody")}
    spent |= {f"notify: {what}": counts(3, 0, "CHILD") for what in ("changed service", "question")}
    return Figures(
        register={"involvement": Stock(4, 900, 1), "match_key": Stock(26, 300, 1)},
        record_bytes=450,
        organisation_bytes=800,
        row_bytes=230,
        spent=spent | {"hour: question": counts(2, 1, "HOUR")},
        seconds={
            "sweep: item": 8e-5,
            "count: item": 2e-5,
            "delete: item": 8e-5,
            "notify: registration": 0.01,
            "seal: record": 2e-4,
            "watch: practitioner": 0.007,
            "row: unchanged": 4e-4,
        },
        request_ms=assumed.REQUEST_MS,
        key_units=20,
        hottest=[{"kind": "postcode", "units": 38, "reads_a_second": 0.2, "writes_a_second": 0.01}],
    )


def works(figures: Figures, rate: float = 2000) -> dict[str, simulate.Work]:
    found = simulate.works(figures, rate=rate, plan_seconds=7 * 86400, count_seconds=86400, segments=8)
    return {work.what: work for work in found}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"pk": {"S": "KEY#é"}}, 2 + 6),
        ({"n": {"N": "1700000000"}}, 1 + 6),
        ({"yes": {"BOOL": True}, "no": {"NULL": True}}, 3 + 1 + 2 + 1),
        ({"l": {"L": [{"S": "ab"}, {"S": "c"}]}}, 1 + 3 + 3 + 2),
        ({"m": {"M": {"k": {"S": "v"}}}}, 1 + 3 + 1 + 1 + 1),
        ({"b": {"B": "AAAA"}}, 1 + 3),
    ],
)
def test_an_item_is_as_large_as_its_names_and_values(item: units.Item, expected: int) -> None:
    assert units.size(item) == expected


def test_a_query_counts_all_that_it_reads_together_and_a_read_by_keys_each_item() -> None:
    small = {"pk": {"S": "x" * 1000}}
    assert units.queried([small] * 4, consistent=True) == 1
    assert units.queried([small] * 5, consistent=True) == 2
    assert units.queried([small] * 5, consistent=False) == 1
    assert units.queried([], consistent=True) == 1
    assert units.got([small] * 5, wanted=7) == 7
    assert units.written({"pk": {"S": "x" * 1023}}) == 2


def test_what_grows_with_the_register_is_not_taken_from_the_small_one(figures: Figures) -> None:
    assert figures.reads("row: known child") == 20
    assert figures.reads("row: unchanged") == 1
    assert figures.reads("lookup: number") == 2


def test_counts_come_back_from_json_as_they_were() -> None:
    counted = counts(1.5, 2)
    assert Counts.read(json.loads(json.dumps(counted.kept()))) == counted


def test_runs_at_once_are_the_rate_times_what_one_takes_with_its_share_of_a_processor() -> None:
    one = simulate.Concurrent("f", a_second=100, cpu_ms=10, waits_ms=20)
    share = assumed.FUNCTION_MB / assumed.VCPU_MB
    assert one.runs == pytest.approx(100 * (10 / share + 20) / 1000)


def test_a_partition_is_as_busy_as_the_nearer_of_its_two_limits() -> None:
    assert simulate.Hot("t", "p", 1500, 100, "").share == pytest.approx(0.5)
    assert simulate.Hot("t", "p", 300, 900, "").share == pytest.approx(0.9)


def test_deleting_is_paced_and_a_slow_pace_breaks_the_plan(figures: Figures) -> None:
    assert works(figures)["deleting all items"].seconds == pytest.approx(figures.items / 2000)
    assert works(figures, rate=200)["deleting all items"].breaks
    by_processor = works(figures, rate=1e6)["deleting all items"].seconds
    assert by_processor == pytest.approx(figures.items * 8e-5 / simulate.share_of_a_processor())


def test_a_sweep_that_takes_longer_than_a_day_breaks(figures: Figures) -> None:
    slow = replace(figures, seconds=figures.seconds | {"sweep: item": 3e-4})
    assert not works(figures)["the daily sweep"].breaks
    assert works(slow)["the daily sweep"].breaks


def test_extracts_that_come_all_at_once_are_read_as_fast_as_tables_may_give(figures: Figures) -> None:
    _, window, at_once, _ = simulate.rates(figures)
    assert at_once.reads < TABLE_UNITS < at_once.reads * assumed.EXTRACTS / assumed.FEEDS_AT_ONCE
    assert not works(figures)["a night's extracts that come at once"].breaks
    assert window.a_second == pytest.approx(assumed.CHILDREN * assumed.INVOLVEMENTS / load.FEED_SECONDS)


def test_a_lookup_costs_what_its_parts_do_and_lines_come_by_size(figures: Figures) -> None:
    prices = Prices.read()
    lines = cost.lines(figures, prices)
    assert [line.pounds for line in lines] == sorted((line.pounds for line in lines), reverse=True)
    lookups = sum(line.pounds for line in lines if line.what.startswith("lookups"))
    assert cost.a_thousand_lookups(figures, prices) == pytest.approx(1000 * lookups / cost.lookups_a_month())


def test_tokens_of_an_hour_cost_a_quarter_of_those_of_fifteen_minutes() -> None:
    assert cost.tokens(60) == pytest.approx(cost.tokens(15) / 4)


def test_every_price_says_what_it_is_of_where_it_is_from_and_when_it_was_read() -> None:
    kept = json.loads(cost.PRICES.read_text(encoding="utf-8"))
    assert kept["region"] == "eu-west-2"
    for price in kept["prices"].values():
        assert price.keys() == {"dollars", "per", "unit", "page", "read"}
        assert price["dollars"] > 0
        assert price["page"].startswith("https://aws.amazon.com/")


@pytest.mark.parametrize("path", ["docs/performance.md", "docs/cost.md"])
def test_every_table_has_its_place_in_its_document(path: str, figures: Figures) -> None:
    tables = report.tables(figures) if path.endswith("performance.md") else report.cost_tables(figures, Prices.read())
    document = Path(path).read_text(encoding="utf-8")
    for name, (heads, rows) in tables.items():
        assert report.written(document, name, report.markdown(heads, rows)).count(f"<!-- {name} -->") == 1


def test_what_a_request_takes_is_what_was_measured_last(tmp_path: Path) -> None:
    kept = tmp_path / "requests.json"
    assert requests_of(kept) == {}
    kept.write_text(json.dumps({"requests": [{"name": "few", "milliseconds": [3.0, 9.0, 2.0], "bare": [1, 1, 1]}]}))
    assert requests_of(kept) == {"few": 3.0}
