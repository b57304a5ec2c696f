"""The plan of destruction, worked backwards from the deadline: the latest safe instant of every step.

Expiry takes the steps in this order, and none needs a person. For each two times count: how long expiry works at it,
for which the plan leaves room, and how long AWS keeps what is left once the work is done, which nobody can shorten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from textwrap import wrap
from typing import TYPE_CHECKING

from shared.domain.duration import london_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from shared.domain.lifecycle import Lifecycle

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_NOTHING = timedelta()
_DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"

KEY_WAITS = timedelta(days=7)
"""The shortest time after which AWS KMS deletes a key; a call may ask for 7 to 30 days."""
SYSTEM_BACKUP_LIVES = timedelta(days=35)
"""How long AWS keeps a table that was deleted while its point-in-time recovery was on."""
TTL_TAKES = timedelta(days=7)
"""How long an expired item may stay. DynamoDB says "within a few days" and promises nothing: a week is assumed."""


class StepName(StrEnum):
    """The steps, in the order in which expiry takes them."""

    STREAM = "stream"
    RECOVERY = "recovery"
    BACKUPS = "backups"
    COUNT = "count"
    STAMPS = "stamps"
    ITEMS = "items"
    BUCKET = "bucket"
    LOGS = "logs"
    SECRET = "secret"  # noqa: S105  # the name of a step
    VERIFICATION = "verification"
    KEY = "key"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is known of a step whatever the dates.

    `works` is the room that the plan leaves for it, `lingers` how long AWS keeps what is left after that. What lingers
    has to be gone by the deadline, or, if `is_read_back`, when all is read for the last time.
    """

    name: StepName
    does: str
    works: timedelta
    lingers: timedelta = _NOTHING
    is_read_back: bool = False
    why: str
    source: str | None = None
    """The page of AWS that says so; None where the number is the project's own."""

    @property
    def takes(self) -> str:
        """Both times, in words."""
        times = (_spelt(self.works) if self.works else "", f"up to {_spelt(self.lingers)}" if self.lingers else "")
        return ", then ".join(filter(None, times))


@dataclass(frozen=True, slots=True)
class Step:
    """A rule on the calendar: `latest` is the last instant, in UTC, at which it can begin and still be in time."""

    rule: Rule
    latest: datetime

    @property
    def name(self) -> StepName:
        """Which step it is."""
        return self.rule.name


RULES = (
    Rule(
        name=StepName.STREAM,
        does="switch the stream off",
        works=_HOUR,
        lingers=timedelta(hours=24),
        why="A stream keeps every change, with the item before and after, for 24 hours; first, so that it records "
        "no deletion.",
        source=f"{_DYNAMODB}/Streams.html",
    ),
    Rule(
        name=StepName.RECOVERY,
        does="switch point-in-time recovery off",
        works=_HOUR,
        why="Before any item goes: while it is on, what is deleted can be brought back, and a table deleted with it "
        f"on lives as a system backup for {SYSTEM_BACKUP_LIVES.days} days more.",
        source=f"{_DYNAMODB}/PointInTimeRecovery_Howitworks.html",
    ),
    Rule(
        name=StepName.BACKUPS,
        does="delete every backup",
        works=_HOUR,
        why="On-demand backups live until they are deleted, ten a second at most; those of AWS Backup can be deleted "
        "in their vault alone. After recovery is off, so that none is made meanwhile.",
        source=f"{_DYNAMODB}/UsageNotesAWS.html",
    ),
    Rule(
        name=StepName.COUNT,
        does="count the items",
        works=_DAY,
        why="The certificate says how many there were, by reading all of them once.",
    ),
    Rule(
        name=StepName.STAMPS,
        does="let the last item expire",
        works=_NOTHING,
        lingers=TTL_TAKES,
        is_read_back=True,
        why="Best effort: expired items go within a few days, can be read until then, and stay for good if they "
        "expired over five years ago. A week is assumed, and nothing relies on it: the next step deletes them.",
        source=f"{_DYNAMODB}/time-to-live-ttl-before-you-start.html",
    ),
    Rule(
        name=StepName.ITEMS,
        does="delete the items",
        works=timedelta(days=7),
        why="Room for the 450 million items of a national register at 750 a second. Most are far fewer, and quicker.",
    ),
    Rule(
        name=StepName.BUCKET,
        does="empty the feed bucket",
        works=_DAY,
        why="Every version, every delete marker and every unfinished upload: deleting an object of a versioned bucket "
        "only hides it. A thousand go in one call.",
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html",
    ),
    Rule(
        name=StepName.LOGS,
        does="delete the log groups",
        works=_HOUR,
        lingers=timedelta(hours=72),
        why="Log events are out of sight at once and gone within 72 hours.",
        source="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    ),
    Rule(
        name=StepName.SECRET,
        does="delete the hashing secret",
        works=_HOUR,
        why="By force, without the 7 to 30 days for which it could be brought back; a short delay remains.",
        source="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html",
    ),
    Rule(
        name=StepName.VERIFICATION,
        does="read everything again",
        works=_DAY,
        why="Tables, indexes, backups, recovery, bucket, clients, secrets and logs, while the key still opens them; "
        "what is found goes, and all is read once more.",
    ),
    Rule(
        name=StepName.KEY,
        does="schedule the key for deletion",
        works=_HOUR,
        lingers=KEY_WAITS + timedelta(hours=24),
        why="7 days at the least, and up to 24 hours more; from the call on it opens nothing. At this instant it is "
        "scheduled whatever is left, for what no key opens is destroyed.",
        source="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    ),
    Rule(
        name=StepName.CERTIFICATE,
        does="sign the certificate",
        works=_HOUR,
        why="When nothing is found any more, and by the deadline.",
    ),
)
"""In the order in which expiry takes them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to begin by when if nothing is to be left by the deadline, as seen at `now`. No closure, no steps."""

    lifecycle: Lifecycle
    now: datetime
    steps: tuple[Step, ...]
    short_by: timedelta
    """How much later the deadline would have to be for all steps to be begun now, or when destruction may start if
    that is later. Zero if the plan can be kept."""

    @classmethod
    def of(cls, lifecycle: Lifecycle, now: datetime) -> Plan:
        """The plan at an aware instant. It does not know what has been done already."""
        deadline, starts = lifecycle.deadline, lifecycle.destruction_starts
        if deadline is None or starts is None:
            return cls(lifecycle, now, steps=(), short_by=_NOTHING)
        steps = _backwards_from(deadline)
        return cls(lifecycle, now, steps, max(_NOTHING, max(now, starts) - steps[0].latest))

    @property
    def begins(self) -> datetime | None:
        """When the first step can begin: now, or when destruction may start if that is later. None without a closure."""
        starts = self.lifecycle.destruction_starts
        return max(self.now, starts) if starts else None

    @property
    def spare(self) -> timedelta:
        """How long the first step can wait from when it can begin; zero if the plan cannot be kept, or has no steps."""
        return max(_NOTHING, self.steps[0].latest - self.begins) if self.steps and self.begins else _NOTHING

    @property
    def can_be_kept(self) -> bool:
        """Whether the steps fit between when destruction may start, or now if that is later, and the deadline."""
        return not self.short_by

    @property
    def days_short(self) -> int:
        """By how many whole days `DestructionWindow` would have to be longer; 0 if the plan can be kept."""
        # the clocks may give an hour on the way, or take one
        days = max(0, -((_HOUR - self.short_by) // _DAY))
        while not Plan.of(self._with_window_longer_by(days), self.now).can_be_kept:
            days += 1
        return days

    def latest(self, name: StepName) -> datetime | None:
        """The last instant, in UTC, at which a step can begin and still be in time; None while no closure is set."""
        return next((step.latest for step in self.steps if step.name is name), None)

    def refusal(self) -> str | None:
        """Why the plan cannot be kept, for who deploys it, and what would help; None if it can be kept."""
        if self.can_be_kept:
            return None
        window = self._with_window_longer_by(self.days_short).window
        return (
            f"{self._shortfall()} Make DestructionWindow {window} or longer, DestructionStartsAfter shorter, or "
            "ClosesAt later."
        )

    def as_table(self, *, with_reasons: bool = True) -> str:
        """For an operator: the dates, whether the plan can be kept, and of every step what it takes and by when.

        Plain text, in London's time, at most 120 characters wide; the reasons follow the table by number.
        """
        return "\n".join((*self._lines(), *(self._reasons() if with_reasons else ())))

    def _lines(self) -> Iterator[str]:
        if not self.steps:
            yield "No closure is set: nothing is planned, and nothing may be destroyed."
            return
        yield "Plan of destruction. All times are of London."
        yield ""
        yield from _aligned(self._dates())
        yield ""
        yield from wrap(self._verdict(), _WIDTH)
        yield ""
        yield from _aligned(
            [
                ("   step", "takes", "at the latest"),
                *(
                    (f"{number:2} {step.rule.does}", step.rule.takes, self._by(step))
                    for number, step in self._numbered()
                ),
            ]
        )

    def _reasons(self) -> Iterator[str]:
        if not self.steps:
            return
        yield ""
        yield "Why"
        for number, step in self._numbered():
            yield from wrap(step.rule.why, _WIDTH, initial_indent=f"{number:2} ", subsequent_indent=_INDENT)
            yield _INDENT + (step.rule.source or "(time that is left for it, a choice of the project)")

    def _dates(self) -> Iterator[tuple[str, str]]:
        lifecycle = self.lifecycle
        for name, instant in (
            ("now", self.now),
            ("closes", lifecycle.closes_at),
            ("destruction may start", lifecycle.destruction_starts),
            ("credentials due", lifecycle.credentials_due),
            ("nothing left by", lifecycle.deadline),
        ):
            if instant is not None:
                yield name, london_text(instant)
        yield "ordered by", lifecycle.authority or "nobody yet: set DestructionAuthority"

    def _verdict(self) -> str:
        if (refusal := self.refusal()) is None:
            return f"The plan can be kept, with {_spelt(self.spare)} to spare before the first step has to begin."
        if not self.lifecycle.may_destroy(self.now):
            return f"THE PLAN CANNOT BE KEPT. {refusal}"
        return (
            "Destruction may already have begun, and a plan does not know what has been done: ask for what remains. "
            f"If nothing has been done, THE PLAN CANNOT BE KEPT. {self._shortfall()}"
        )

    def _shortfall(self) -> str:
        deadline, begins = self.lifecycle.deadline, self.begins
        if deadline is None or begins is None:
            return ""
        return (
            f"The plan is {_counted(self.days_short, 'day')} short: to leave nothing by {london_text(deadline)}, "
            f"destruction would have to begin by {london_text(self.steps[0].latest)}, and it cannot before "
            f"{london_text(begins)}."
        )

    def _numbered(self) -> Iterable[tuple[int, Step]]:
        return enumerate(self.steps, start=1)

    def _by(self, step: Step) -> str:
        return london_text(step.latest) + (" - passed" if self.now > step.latest else "")

    def _with_window_longer_by(self, days: int) -> Lifecycle:
        return replace(self.lifecycle, window=self.lifecycle.window.longer_by(days))


_WIDTH = 120
_INDENT = "   "


def _backwards_from(deadline: datetime) -> tuple[Step, ...]:
    """Every rule on the calendar: each has done its work when the next begins, and what lingers is gone in time."""
    steps: list[Step] = []
    next_begins = read_again = deadline
    for rule in reversed(RULES):
        gone_by = read_again if rule.is_read_back else deadline
        next_begins = min(next_begins, gone_by - rule.lingers) - rule.works
        if rule.name is StepName.VERIFICATION:
            read_again = next_begins
        steps.append(Step(rule, next_begins))
    return tuple(reversed(steps))


def _aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _spelt(time: timedelta) -> str:
    """Whole days, or hours below two days."""
    days, hours = time // _DAY, time // _HOUR
    return _counted(days, "day") if days > 1 or time == _DAY else _counted(hours, "hour")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
