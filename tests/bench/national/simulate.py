"""The national service worked out: storage, units, partitions, concurrency, feeds, sweeps, destruction. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from tests.bench.matching import load
from tests.bench.national import assumed

if TYPE_CHECKING:
    from tests.bench.national.figures import Figures

HOUR, DAY = 3600, 86400
WHOLE = 1.0
READS, WRITES = load.READS_A_PARTITION, load.WRITES_A_PARTITION


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one time of the day: how often, and the units a second that this asks of DynamoDB."""

    when: str
    a_second: float
    reads: float
    writes: float


@dataclass(frozen=True, slots=True)
class Hot:
    """The busiest partition of its kind."""

    table: str
    what: str
    reads: float
    writes: float
    why: str

    @property
    def share(self) -> float:
        """Of what a partition serves, the nearer one."""
        return max(self.reads / READS, self.writes / WRITES)


@dataclass(frozen=True, slots=True)
class Concurrent:
    """How many runs of a function are under way at once."""

    function: str
    a_second: float
    cpu_ms: float
    waits_ms: float
    """For DynamoDB, in turn."""

    @property
    def milliseconds(self) -> float:
        """Of one run, which has a share of a processor."""
        return self.cpu_ms / share_of_a_processor() + self.waits_ms

    @property
    def runs(self) -> float:
        """By Little's law."""
        return self.a_second * self.milliseconds / 1000


@dataclass(frozen=True, slots=True)
class Work:
    """Something large that one function does, and the time that there is for it."""

    what: str
    seconds: float
    allowed: float
    how: str

    @property
    def breaks(self) -> bool:
        """Whether it takes longer than it may."""
        return self.seconds > self.allowed


def share_of_a_processor() -> float:
    """That a function has."""
    return min(WHOLE, assumed.FUNCTION_MB / assumed.VCPU_MB)


def changes_a_second() -> float:
    """Registrations while extracts are taken in."""
    return load.registrations_a_second(assumed.CHILDREN)


def rates(figures: Figures) -> list[Rate]:
    """At the peak of lookups, in the window of feeds, and during a first load."""
    asked, changed = load.lookups_a_second(), changes_a_second()
    unchanged = changed * (1 - load.CHANGED_A_NIGHT) / load.CHANGED_A_NIGHT
    first = assumed.CHILDREN * assumed.INVOLVEMENTS / (assumed.FIRST_LOAD_HOURS * HOUR)
    at_once = assumed.FEEDS_AT_ONCE * rows_of_a_run(figures, first=False) / assumed.FUNCTION_SECONDS
    return [
        Rate("lookups, the busiest second", asked, asked * lookup_reads(figures), asked * lookup_writes(figures)),
        Rate(
            "nightly extracts", changed + unchanged,
            changed * change_reads(figures) + unchanged * figures.reads("row: unchanged"),
            changed * change_writes(figures) + unchanged * figures.writes("row: unchanged"),
        ),
        Rate(
            "all extracts of a night come at once", at_once, at_once * figures.reads("row: unchanged"),
            at_once * load.CHANGED_A_NIGHT * change_writes(figures),
        ),
        Rate("a first load in seven nights", first, first * first_reads(figures), first * first_writes(figures)),
    ]  # fmt: skip


def lookup_reads(figures: Figures) -> float:
    """Of a lookup as they come."""
    return _of_lookups(
        figures.reads("lookup: number"), figures.reads("lookup: details"), figures.reads("lookup: nobody")
    )


def lookup_writes(figures: Figures) -> float:
    """Of a lookup as they come."""
    return _of_lookups(
        figures.writes("lookup: number"), figures.writes("lookup: details"), figures.writes("lookup: nobody")
    )


def _of_lookups(by_number: float, by_details: float, nobody: float) -> float:
    details = 1 - assumed.BY_NUMBER - assumed.NOBODY
    return assumed.BY_NUMBER * by_number + details * by_details + assumed.NOBODY * nobody


def change_reads(figures: Figures) -> float:
    """Of a row that brings something anew."""
    return sum(share * figures.reads(f"row: {what}") for what, share in assumed.MIX.items())


def change_writes(figures: Figures) -> float:
    """Of a row that brings something anew."""
    return sum(share * figures.writes(f"row: {what}") for what, share in assumed.MIX.items())


def first_reads(figures: Figures) -> float:
    """Of a row of a first load: each child is new once."""
    return (figures.reads("row: new child") + (assumed.INVOLVEMENTS - 1) * figures.reads("row: known child")) / (
        assumed.INVOLVEMENTS
    )


def first_writes(figures: Figures) -> float:
    """Of a row of a first load."""
    return (figures.writes("row: new child") + (assumed.INVOLVEMENTS - 1) * figures.writes("row: known child")) / (
        assumed.INVOLVEMENTS
    )


def hot(figures: Figures) -> list[Hot]:
    """The busiest partition of each table and index, the hottest items besides."""
    asked, changed = load.lookups_a_second(), changes_a_second()
    keys = max(figures.hottest, key=lambda use: use["reads_a_second"])
    widest = max(use["units"] for use in figures.hottest)
    told = changed * assumed.MIX["child changed"] * assumed.MOVED_ELSEWHERE * assumed.TOLD * assumed.LARGEST
    instances = sum(max(1.0, one.runs) for one in concurrency(figures) if not one.function.startswith("feed"))
    directory = ceil(assumed.ORGANISATIONS * figures.organisation_bytes / 4096)
    first = assumed.CHILDREN * assumed.INVOLVEMENTS / (assumed.FIRST_LOAD_HOURS * HOUR)
    cases = figures.register["open_case"].a_child / assumed.INVOLVEMENTS if "open_case" in figures.register else 0.0
    return [
        Hot("Register", f"the match key that is asked for most ({keys['kind']})", keys["reads_a_second"],
            keys["writes_a_second"], "as often as its rows are of all"),
        Hot("Register", "a match key that every lookup asks for", asked * widest, 0.0,
            "all of the country asks for one child, and its key is full"),
        Hot("Register", "a child that every lookup finds", asked, 0.0, "the same, once its involvements are read"),
        Hot("Register", "NOTICES# of the largest organisation, with its HEAD", told, 4 * told,
            f"{100 * assumed.LARGEST:.0f} % of those told of a move; one transaction each, were none put together"),
        Hot("Register", "REVIEWS#, one of 16", 0.0, 2 * first * cases / 16, "in the first load"),
        Hot("AccessLog", "HOUR#, one of 16", 0.0, asked / 16, "every lookup is recorded"),
        Hot("AccessLog", "by-child, a child that every lookup finds", 0.0, asked, "all of the country asks for one child"),
        Hot("Limits", "the largest client", 0.0, asked * assumed.LARGEST, "no question leased"),
        Hot("Limits", "a client of all the country", 0.0, asked, "one system asks for everybody, no question leased"),
        Hot("Directory", "ORGANISATIONS", directory * instances / 60, 0.0,
            f"{directory} units for each function under way, once a minute"),
    ]  # fmt: skip


def concurrency(figures: Figures) -> list[Concurrent]:
    """Of every function that runs at the peak, as if the feeds came late and met it."""
    ms, asked, changed = figures.request_ms, load.lookups_a_second(), changes_a_second()
    by_details = 1 - assumed.BY_NUMBER
    whole = feed_seconds(figures)
    run = 1000 * whole * share_of_a_processor()
    cpu = assumed.BY_NUMBER * ms["few"] + by_details * ms["named"]
    return [
        Concurrent("lookup", asked, cpu, assumed.READ_MS + max(assumed.READ_MS, assumed.WRITE_MS)),
        Concurrent("registration, were all of it by the API", changed, ms["known child"],
                   assumed.READ_MS + assumed.TRANSACTION_MS),
        Concurrent("notify, of changes", changed, 1000 * figures.seconds["notify: registration"], 3 * assumed.READ_MS),
        Concurrent("notify, of questions", asked, 1000 * figures.seconds["notify: registration"], 3 * assumed.READ_MS),
Concurrent("feed, spread over its two hours", assumed.EXTRACTS / load.FEED_SECONDS, run, 0.0),
        Concurrent("feed, all extracts of a night come at once", assumed.FEEDS_AT_ONCE / whole, run, 0.0),
    ]  # fmt: skip


def feed_seconds(figures: Figures, children: float = assumed.CHILDREN / load.AUTHORITIES) -> float:
    """Of one night's extract of one service with so many children, one run with its share of a processor."""
    changed = load.CHANGED_A_NIGHT
    cpu = (1 - changed) * figures.seconds["row: unchanged"] + changed * figures.request_ms["known child"] / 1000
    return children * cpu / share_of_a_processor()


def first_load_seconds(figures: Figures, children: float) -> float:
    """Of the first extract of one service with so many children."""
    return children * figures.request_ms["known child"] / 1000 / share_of_a_processor()


def rows_of_a_run(figures: Figures, *, first: bool) -> int:
    """Rows that one run of the feed gets through."""
    one = first_load_seconds(figures, 1) if first else feed_seconds(figures, 1)
    return int(assumed.FUNCTION_SECONDS / one)


def look_through_seconds(figures: Figures, practitioners: float) -> float:
    """Of sealing an hour in which so many have asked, looking through it, and noting which clients have called."""
    records = practitioners * assumed.QUESTIONS_OF_ONE
    cpu = practitioners * figures.seconds["watch: practitioner"] + 3 * records * figures.seconds["seal: record"]
    return cpu / share_of_a_processor()


def shards(figures: Figures) -> int:
    """Of the Register's stream."""
    return ceil(figures.stored_bytes / assumed.PARTITION_BYTES)


def works(figures: Figures, *, rate: float, plan_seconds: float, count_seconds: float, segments: int) -> list[Work]:
    """The large pieces of work, and the time that there is for each. `rate` is `DestructionRate`."""
    largest = assumed.CHILDREN * assumed.LARGEST
    sweep = figures.items * figures.seconds["sweep: item"] / share_of_a_processor() * 5 / 4
    count = figures.items * figures.seconds["count: item"] / share_of_a_processor()
    pace = min(rate, share_of_a_processor() / figures.seconds["delete: item"])
    practitioners = load.PRACTITIONERS * load.LOOKUPS_A_DAY * load.PEAK_HOUR / assumed.QUESTIONS_OF_ONE
    look = look_through_seconds(figures, practitioners)
    run = assumed.FUNCTION_SECONDS - assumed.IN_HAND_SECONDS
    events = changes_a_second() * figures.seconds["notify: registration"] / share_of_a_processor()
    first = assumed.CHILDREN * assumed.INVOLVEMENTS * figures.seconds["notify: registration"]
    capacity = shards(figures) * assumed.SHARD_BATCHES
    return [
        Work("the largest extract of a night", feed_seconds(figures, largest), assumed.FUNCTION_SECONDS,
             f"{largest:,.0f} rows, 2 % of them changed, in one run"),
        Work("a night's extracts that come at once", assumed.EXTRACTS * feed_seconds(figures) / assumed.FEEDS_AT_ONCE,
             assumed.WAITING_SECONDS, f"{assumed.EXTRACTS}, of which {assumed.FEEDS_AT_ONCE} are read at once"),
        Work("the largest first extract", first_load_seconds(figures, largest), 3 * assumed.FUNCTION_SECONDS,
             f"{largest:,.0f} rows, in one run and its two retries"),
        Work(
            "a day's use sealed and looked through",
            look / load.PEAK_HOUR,
            24 * run,
            f"an hour each; the busiest, of {practitioners:,.0f} practitioners, takes {ceil(look / run)} runs",
        ),
        Work("the daily sweep", sweep, DAY, f"{figures.items / 1e6:,.0f} million items, four minutes of every five"),
        Work("notices of changes, a second's", events, capacity,
             f"processor seconds of a second, on {capacity} batches side by side"),
        Work("notices of a first load", first / share_of_a_processor() / capacity, assumed.FIRST_LOAD_HOURS * HOUR,
             "all shards at work"),
        Work("counting before destruction", count, count_seconds, f"in {segments} segments of one run after another"),
        Work("deleting all items", figures.items / pace, plan_seconds, f"at {pace:,.0f} a second"),
    ]  # fmt: skip
