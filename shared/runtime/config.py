"""What each function is told by its environment. A missing variable stops the function at its start, by name."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING, Self

from shared.domain.lifecycle import Lifecycle
from shared.domain.matching import Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping


class MissingConfiguration(Exception):
    """Names every variable that is not set."""


@dataclass(frozen=True)
class Config:
    """The base: each field is the environment variable of its name in capitals. None has a default."""

    environment: str

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

    @property
    def lifecycle(self) -> Lifecycle:
        """Raises ValueError if `CLOSES_AT` cannot be read."""
        return Lifecycle.configured(self.closes_at, self.successor_url)


@dataclass(frozen=True)
class RegisterConfig(GatedConfig):
    """Of a function that works with the register."""

    register_table: str
    directory_table: str
    hashing_secret_id: str


@dataclass(frozen=True)
class MatchingConfig(RegisterConfig):
    """Of a function that has to tell whether two statements are of one child."""

    match_threshold: str
    potential_threshold: str
    low_threshold: str
    expected_children: str

    @property
    def thresholds(self) -> Thresholds:
        """Raises ValueError, naming what is wrong, for what is no number or in an order that makes no sense."""
        return Thresholds(
            match=self._number("match_threshold"),
            potential=self._number("potential_threshold"),
            low=self._number("low_threshold"),
            children=round(self._number("expected_children")),
        )

    def _number(self, name: str) -> float:
        value: str = getattr(self, name)
        with suppress(ValueError):
            if isfinite(number := float(value)):
                return number
        message = f"{name.upper()} is not a number: {value!r}"
        raise ValueError(message)


@dataclass(frozen=True)
class RecordingConfig(RegisterConfig):
    """Of a function that records who was shown or told what."""

    access_log_table: str
    access_record_days: str

    @property
    def access_records_kept_for(self) -> timedelta:
        """Raises ValueError if it is no number."""
        return timedelta(days=int(self.access_record_days))


@dataclass(frozen=True)
class LookupConfig(MatchingConfig, RecordingConfig):
    """Of the lookup function."""


@dataclass(frozen=True)
class RegistrationConfig(MatchingConfig, RecordingConfig):
    """Of the registration function."""


@dataclass(frozen=True)
class ReviewConfig(RecordingConfig):
    """Of the review function."""


@dataclass(frozen=True)
class FeedConfig(MatchingConfig):
    """Of the feed function."""

    feed_bucket: str


@dataclass(frozen=True)
class StatusConfig(GatedConfig):
    """Of the status function."""


@dataclass(frozen=True)
class DirectoryConfig(Config):
    """Of the directory function."""

    directory_table: str
    user_pool_id: str
    token_url: str
