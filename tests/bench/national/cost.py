"""What the national service costs, line by line: units that were counted, times the prices of infra/prices.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.matching import load
from tests.bench.national import assumed, simulate

if TYPE_CHECKING:
    from tests.bench.national.figures import Figures

PRICES = Path("infra/prices.json")
GIB, GB = 2**30, 10**9
YEAR = 12
"""Months."""
_KEYS, _METRICS, _ALARMS = 4, 60, 30
"""Of the template, metrics and alarms about so many; and one metric for each organisation's feed."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars of one unit of each; `pounds` of a dollar."""

    dollars: dict[str, float]
    pounds: float
    contactpoint_build: float
    contactpoint_year: float

    @classmethod
    def read(cls, path: Path = PRICES) -> Prices:
        """From the price list."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            {name: of["dollars"] / of["per"] for name, of in kept["prices"].items()},
            kept["pounds_a_dollar"]["value"],
            kept["contactpoint"]["build_pounds"],
            kept["contactpoint"]["year_pounds"],
        )

    def of(self, **used: float) -> float:
        """Pounds of so many units of each."""
        return self.pounds * sum(self.dollars[name] * units for name, units in used.items())


@dataclass(frozen=True, slots=True)
class Line:
    """What one thing costs in a month."""

    what: str
    pounds: float
    how: str


def lookups_a_month() -> float:
    """On working days."""
    return load.PRACTITIONERS * load.LOOKUPS_A_DAY * assumed.WORKING_DAYS


def a_thousand_lookups(figures: Figures, prices: Prices) -> float:
    """Pounds: the API, the function, the tables, its log line, and what streams and the hourly run do with its record."""
    return 1000 * sum(_of_a_lookup(figures, prices).values())


def _of_a_lookup(figures: Figures, prices: Prices) -> dict[str, float]:
    look, notify, *_ = (
        one for one in simulate.concurrency(figures) if one.function in ("lookup", "notify, of questions")
    )
    hour = figures.seconds["watch: practitioner"] / assumed.QUESTIONS_OF_ONE + 3 * figures.seconds["seal: record"]
    after = figures.spent["hour: question"]
    return {
        "API": prices.of(api_request=1),
        "function": prices.of(lambda_request=1, lambda_arm=_gb_seconds(look.milliseconds)),
        "tables": prices.of(
            dynamodb_read=simulate.lookup_reads(figures), dynamodb_write=simulate.lookup_writes(figures)
        ),
        "log lines": prices.of(logs_in=sum(assumed.LOG_BYTES.values()) / GB),
        "notices of questions": prices.of(
            dynamodb_read=figures.reads("notify: question"), lambda_arm=_gb_seconds(notify.milliseconds)
        ),
        "sealing and looking through": prices.of(
            dynamodb_read=after.reads(),
            dynamodb_write=after.writes(),
            lambda_arm=_gb_seconds(1000 * hour / simulate.share_of_a_processor()),
        ),
    }


def _gb_seconds(milliseconds: float) -> float:
    return milliseconds / 1000 * assumed.FUNCTION_MB / 1024


def lines(figures: Figures, prices: Prices) -> list[Line]:
    """Of the national service in a month, once it holds six years of access records; the largest first."""
    asked = lookups_a_month()
    nights = assumed.CHILDREN * assumed.INVOLVEMENTS * assumed.DAYS
    changed = nights * load.CHANGED_A_NIGHT
    unchanged = nights - changed
    stored = figures.stored_bytes / GIB
    row = figures.seconds["row: unchanged"] * 1000 / simulate.share_of_a_processor()
    change = figures.request_ms["known child"] / simulate.share_of_a_processor() + 3
    notify = next(one for one in simulate.concurrency(figures) if one.function == "notify, of changes")
    sweep = figures.items * figures.seconds["sweep: item"] / simulate.share_of_a_processor()
    found = [
        Line(f"lookups: {what}", pounds * asked, f"{asked / 1e6:.1f} million")
        for what, pounds in _of_a_lookup(figures, prices).items()
    ]
    found += [
        Line("tokens", prices.of(token=tokens(assumed.TOKEN_MINUTES)),
             f"{tokens(assumed.TOKEN_MINUTES) / 1e6:.2f} million, of {assumed.TOKEN_MINUTES} minutes"),
        Line("changed rows: tables",
             prices.of(dynamodb_read=changed * simulate.change_reads(figures),
                       dynamodb_write=changed * simulate.change_writes(figures)), f"{changed / 1e6:.1f} million"),
        Line("changed rows: function", prices.of(lambda_arm=changed * _gb_seconds(change)), f"{changed / 1e6:.1f} million"),
        Line("changed rows: notices",
             prices.of(dynamodb_read=changed * figures.reads("notify: changed service"),
                       lambda_arm=changed * _gb_seconds(notify.milliseconds)), f"{changed / 1e6:.1f} million"),
        Line("unchanged rows: tables", prices.of(dynamodb_read=unchanged * figures.reads("row: unchanged")),
             f"{unchanged / 1e6:,.0f} million"),
        Line("unchanged rows: function", prices.of(lambda_arm=unchanged * _gb_seconds(row)),
             f"{unchanged / 1e6:,.0f} million"),
        Line("the daily sweep: reading", prices.of(dynamodb_read=assumed.DAYS * figures.read_bytes / 4096),
             f"{figures.read_bytes / GIB:,.0f} GB a day"),
        Line("the daily sweep: function", prices.of(lambda_arm=assumed.DAYS * _gb_seconds(1000 * sweep)),
             f"{sweep / 3600:.0f} hours a day"),
        Line("Register: storage", prices.of(dynamodb_storage=stored), f"{stored:,.0f} GB"),
        Line("Register: recovery", prices.of(dynamodb_recovery=stored), f"{stored:,.0f} GB"),
        Line("access log: storage", prices.of(dynamodb_storage=2 * log_gib(figures)),
             f"{log_gib(figures):,.0f} GB of six years, twice, for the index"),
        Line("access log: recovery", prices.of(dynamodb_recovery=log_gib(figures)), f"{log_gib(figures):,.0f} GB"),
        Line("keys, secret, metrics, alarms, dashboard",
             prices.of(key=_KEYS, secret=1, metric=_METRICS + assumed.ORGANISATIONS, alarm=_ALARMS, dashboard=1), ""),
        Line("feed bucket", prices.of(s3_storage=7 * nights / assumed.DAYS * figures.row_bytes / GIB),
             "extracts that were not read lie for a week, at most"),
    ]  # fmt: skip
    return sorted(found, key=lambda line: -line.pounds)


def tokens(minutes: int) -> float:
    """Of a month, were each good for so long."""
    hours = assumed.CLIENTS_BY_NIGHT * assumed.DAYS * 24
    hours += assumed.CLIENTS_BY_DAY * assumed.WORKING_DAYS * assumed.HOURS_OF_WORK
    return hours * 60 / minutes


def log_gib(figures: Figures) -> float:
    """Of the access log when it is as old as its records are kept, without its index."""
    months = assumed.ACCESS_RECORD_DAYS / 365.25 * YEAR
    return lookups_a_month() * months * (figures.record_bytes + 100) / GIB


def first_load(figures: Figures, prices: Prices) -> float:
    """Pounds of registering everything for the first time."""
    rows = assumed.CHILDREN * assumed.INVOLVEMENTS
    return rows * prices.of(
        dynamodb_read=simulate.first_reads(figures),
        dynamodb_write=simulate.first_writes(figures),
        lambda_arm=_gb_seconds(figures.request_ms["known child"] / simulate.share_of_a_processor() + 3),
    )


def destruction(figures: Figures, prices: Prices) -> float:
    """Pounds of counting all, deleting all, and reading that nothing is left."""
    units = sum(stock.items * stock.delete_units for stock in figures.register.values())
    seconds = (
        figures.items
        * (figures.seconds["delete: item"] + figures.seconds["count: item"])
        / simulate.share_of_a_processor()
    )
    scans = 2 * figures.read_bytes / 4096
    return prices.of(dynamodb_write=units, dynamodb_read=scans, lambda_arm=_gb_seconds(1000 * seconds))
