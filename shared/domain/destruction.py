"""Where what the register holds may lie, and how each place is emptied: one kind of place for all, in one order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from shared.domain.plan import StepName

type TimeLeft = Callable[[], timedelta]
"""How long this run may still work. A place stops in time, and goes on at the next tick."""


class Method(StrEnum):
    """How it is made unreadable (NIST SP 800-88r1, section 2.5, as far as its words fit a service)."""

    CLEAR = "clear"
    """Deleted through the service's own interface."""
    PURGE = "purge"
    """Deleted with every copy, version and backup that the service keeps."""
    CRYPTOGRAPHIC_ERASE = "cryptographic_erase"
    """Its key is destroyed, and so every copy that was encrypted with it is unreadable."""
    DISABLED = "disabled"
    """Switched off, and not deleted."""


class Stage(IntEnum):
    """What has to be empty before what."""

    COPIES = 1
    """Stream, point-in-time recovery, backups: else they would keep what is deleted."""
    ORIGINALS = 2
    """Items, files, clients."""
    TRACES = 3
    """Log groups, the hashing secret."""
    KEY = 4
    """What makes every copy unreadable that nobody knows of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """Something that is still there. `name` is of a table, a bucket or another resource; nothing personal."""

    place: str
    name: str
    count: int = 1
    holds_back: bool = True
    """Or it came after closure, holds nothing of the register, and may come again: it goes where it is met, and what
    comes next in the order does not wait for it, nor does the certificate."""
    is_out_of_reach: bool = False
    """Expiry may not destroy it: a person has to, and is told from the start."""


class Place(Protocol):
    """One place. Every method reads what is there, remembers nothing that it could read, and may be called again.

    Methods raise Unavailable if the service does not answer or refuses: the next tick tries again.
    """

    @property
    def name(self) -> str:
        """As the certificate names it, for ever the same: `register-items`, `feed-bucket`."""

    @property
    def step(self) -> StepName:
        """The step of the plan that empties it."""

    @property
    def stage(self) -> Stage:
        """When its turn is."""

    @property
    def method(self) -> Method:
        """How it is made unreadable."""

    def survey(self, time_left: TimeLeft) -> Mapping[str, int] | None:
        """How many of what there are, before anything goes. None if the time did not suffice: it goes on next time."""

    def destroy(self, time_left: TimeLeft) -> None:
        """Makes it empty, or as empty as the time allows."""

    def remains(self) -> Sequence[Remains]:
        """What is left, by reading now. Empty means that it is certain that nothing is left."""
