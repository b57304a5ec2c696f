"""A timeline that is drawn from top to bottom while things happen."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.local.traffic import Answered

WIDTH = 40
"""Of a bar, in characters."""
_ONE_SECOND = timedelta(seconds=1)
_NARROW = 140


def console() -> Console:
    """Wide enough when nobody looks at a terminal."""
    made = Console(highlight=False, soft_wrap=True)
    if not made.is_terminal:
        made.width = _NARROW
    return made


@dataclass
class Timeline:
    """Time runs down the left side, in minutes and seconds since it was made."""

    console: Console
    began: float = field(default_factory=time.monotonic)
    marks: list[tuple[str, float]] = field(default_factory=list)
    """The name of each phase, and when it began, in seconds."""

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self.began

    def mark(self, phase: str, text: str, colour: str) -> None:
        """A new phase begins."""
        self.marks.append((phase, self.seconds))
        self.console.print("        │", style="dim")
        self.console.print(f"[dim]{self._clock()}[/]  [bold {colour}]●  {phase}[/]  {text}")

    def say(self, text: str, *, style: str = "") -> None:
        """Something that happens within a phase."""
        self.console.print(f"[dim]{self._clock()}  │[/]  {text}", style=style)

    def note(self, text: str, *, style: str = "dim") -> None:
        """More about it. Nothing in `text` is markup."""
        for line in text.splitlines():
            self.console.print("[dim]        │[/]    ", end="")
            self.console.print(line, style=style, markup=False)

    def drawn_small(self) -> str:
        """All phases on one line, each as long as it took."""
        ends = [seconds for _, seconds in self.marks[1:]]
        whole = max(self.marks[-1][1], 1.0)
        parts = [
            f"{phase} {'─' * max(2, round((end - begins) / whole * WIDTH))} "
            for (phase, begins), end in zip(self.marks, ends, strict=False)
        ]
        return "".join(parts) + self.marks[-1][0]

    def _clock(self) -> str:
        minutes, seconds = divmod(int(self.seconds), 60)
        return f"{minutes:3}:{seconds:02}"


@dataclass
class Seconds:
    """Draws what was answered in every second, before and after an instant, as the seconds pass."""

    timeline: Timeline
    answers: Sequence[Answered]
    closes_at: datetime
    most: int = 1
    """Answers in a second so far, at the most: the bars' scale."""

    def drawn_until(self, last: datetime, first: datetime) -> Iterator[datetime]:
        """Draws a bar for each second from `first` to `last` once it has passed; each second that was drawn."""
        second = first
        while second < last:
            time.sleep(max(0.0, (second + _ONE_SECOND - datetime.now(UTC)).total_seconds()))
            self._draw(second)
            yield second
            second += _ONE_SECOND

    def _draw(self, second: datetime) -> None:
        told = Counter(a.tells_something for a in list(self.answers) if second <= a.received_at < second + _ONE_SECOND)
        self.most = max(self.most, told.total())
        answered, refused = ("█" * self._long(told[True]), "░" * self._long(told[False]))
        offset = round((second - self.closes_at).total_seconds())
        counts = ", ".join(
            f"{told[kind]} {word}" for kind, word in ((True, "answered"), (False, "refused")) if told[kind]
        )
        self.timeline.say(f"[dim]{offset:+4} s[/]  [green]{answered}[/][red]{refused}[/]  {counts or 'no answer yet'}")

    def _long(self, number: int) -> int:
        return -(-number * WIDTH // self.most)
