"""What each function is told by its environment. A missing variable stops the function at its start, by name.

One module for each function, and for each set of rules that several are told of: none loads the rules of another.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Self

from shared.domain.announcement import Announcement
from shared.domain.lifecycle import Lifecycle

if TYPE_CHECKING:
    from collections.abc import Mapping


class MissingConfiguration(Exception):
    """Names every variable that is not set."""


@dataclass(frozen=True)
class Config:
    """The base: each field is the environment variable of its name in capitals. None has a default."""

    environment: str

    @property
    def is_local(self) -> bool:
        """Whether all of it runs on one machine: a webhook may then go anywhere."""
        return self.environment == "local"

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Raises MissingConfiguration. A variable may be empty, where the template's parameter may be."""
        missing = sorted(cls.variables() - variables.keys())
        if missing:
            message = f"not set: {', '.join(missing)}"
            raise MissingConfiguration(message)
        return cls(**{field.name: variables[field.name.upper()] for field in fields(cls)})

    @classmethod
    def variables(cls) -> set[str]:
        """The names of the environment variables, to be held against the template."""
        return {field.name.upper() for field in fields(cls)}


@dataclass(frozen=True)
class GatedConfig(Config):
    """Of a function that has to know whether the register is open."""

    closes_at: str
    successor_url: str
    destruction_window: str
    destruction_starts_after: str
    announced_at: str
    """Seconds of the epoch, as the guard of closures says; empty while no closure is set."""

    @property
    def lifecycle(self) -> Lifecycle:
        """As far as it is told: without what only the status and expiry ask for. Raises ValueError."""
        return Lifecycle.configured(
            self.closes_at,
            self.successor_url,
            destruction_window=self.destruction_window,
            destruction_starts_after=self.destruction_starts_after,
        )

    @property
    def announcement(self) -> Announcement | None:
        """What every answer says while a closure is set; None while there is none. Raises ValueError."""
        closes_at = self.lifecycle.closes_at
        if closes_at is None:
            return None
        if not (self.announced_at.isascii() and self.announced_at.isdigit()):
            message = f"ANNOUNCED_AT is not in seconds of the epoch: {self.announced_at!r}"
            raise ValueError(message)
        announced_at = datetime.fromtimestamp(int(self.announced_at), UTC)
        return Announcement(announced_at, closes_at, self.successor_url or None)


@dataclass(frozen=True)
class RegisterConfig(GatedConfig):
    """Of a function that works with the register."""

    register_table: str
    directory_table: str
    hashing_secret_id: str


@dataclass(frozen=True)
class RecordingConfig(RegisterConfig):
    """Of a function that records who was shown or told what."""

    access_log_table: str
    access_record_days: str

    @property
    def access_records_kept_for(self) -> timedelta:
        """Raises ValueError if it is no number."""
        return timedelta(days=int(self.access_record_days))


def number(config: Config, name: str) -> float:
    """A variable as a number. Raises ValueError, naming it."""
    value: str = getattr(config, name)
    with suppress(ValueError):
        if isfinite(number := float(value)):
            return number
    message = f"{name.upper()} is not a number: {value!r}"
    raise ValueError(message)
