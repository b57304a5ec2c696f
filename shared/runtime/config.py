"""What each function is told by its environment. A missing variable stops the function at its start, by name."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from shared.domain.lifecycle import Lifecycle

if TYPE_CHECKING:
    from collections.abc import Mapping


class MissingConfiguration(Exception):
    """Names every variable that is not set."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class GatedConfig(Config):
    """Of a function that has to know whether the register is open."""

    closes_at: str
    successor_url: str

    @property
    def lifecycle(self) -> Lifecycle:
        """Raises ValueError if `CLOSES_AT` cannot be read."""
        return Lifecycle.configured(self.closes_at, self.successor_url)


@dataclass(frozen=True, slots=True)
class RegistrationConfig(GatedConfig):
    """Of the registration function."""

    register_table: str
    directory_table: str
    hashing_secret_id: str


@dataclass(frozen=True, slots=True)
class LookupConfig(RegistrationConfig):
    """Of the lookup function."""

    access_log_table: str
    access_record_days: str

    @property
    def access_records_kept_for(self) -> timedelta:
        """Raises ValueError if it is no number."""
        return timedelta(days=int(self.access_record_days))


@dataclass(frozen=True, slots=True)
class FeedConfig(RegistrationConfig):
    """Of the feed function."""

    feed_bucket: str


@dataclass(frozen=True, slots=True)
class StatusConfig(GatedConfig):
    """Of the status function."""


@dataclass(frozen=True, slots=True)
class DirectoryConfig(Config):
    """Of the directory function."""

    directory_table: str
    user_pool_id: str
    token_url: str
