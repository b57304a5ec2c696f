"""What each function is told by its environment. A missing variable stops the function at its start, by name."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Self

from shared.domain.announcement import Announcement
from shared.domain.lifecycle import Lifecycle
from shared.domain.matching import Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.domain.limits import Allowances
    from shared.domain.quiet import GoneQuiet
    from shared.domain.retention import Retention
    from shared.domain.targeting import Targeting


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
            match=_number(self, "match_threshold"),
            potential=_number(self, "potential_threshold"),
            low=_number(self, "low_threshold"),
            children=round(_number(self, "expected_children")),
        )


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
class RetentionConfig(Config):
    """Of a function that has to know what has had its time."""

    ended_involvement_kept: str
    grown_up_at: str

    @property
    def retention(self) -> Retention:
        """How long an open register keeps things. Raises ValueError."""
        from shared.domain.retention import Retention  # noqa: PLC0415  # the other functions are not to load it

        return Retention.configured(self.ended_involvement_kept, self.grown_up_at)


@dataclass(frozen=True)
class CoverageConfig(Config):
    """Of a function that has to know for which services and children the register is."""

    coverage_service_types: str
    coverage_children: str

    @property
    def targeting(self) -> Targeting:
        """What may be registered at all. Raises ValueError."""
        from shared.domain.targeting import Targeting  # noqa: PLC0415  # the other functions are not to load it

        return Targeting.configured(self.coverage_service_types, self.coverage_children)


@dataclass(frozen=True)
class LimitedConfig(Config):
    """Of a function in which may be asked only so often."""

    limits_table: str
    practitioner_questions_an_hour: str
    practitioner_burst: str
    client_questions_a_minute: str
    nothing_found_costs: str

    @property
    def allowances(self) -> Allowances:
        """How often may be asked. Raises ValueError, naming what is wrong, for what is no number or makes no sense."""
        from shared.domain.limits import Allowances  # noqa: PLC0415  # the other functions are not to load it

        return Allowances.configured(
            practitioner_an_hour=round(_number(self, "practitioner_questions_an_hour")),
            practitioner_burst=round(_number(self, "practitioner_burst")),
            client_a_minute=round(_number(self, "client_questions_a_minute")),
            nothing_found_costs=round(_number(self, "nothing_found_costs")),
        )


@dataclass(frozen=True)
class LookupConfig(MatchingConfig, RecordingConfig, LimitedConfig):
    """Of the lookup function."""


@dataclass(frozen=True)
class RegistrationConfig(MatchingConfig, RecordingConfig, RetentionConfig, CoverageConfig, LimitedConfig):
    """Of the registration function."""


@dataclass(frozen=True)
class ReviewConfig(RecordingConfig, LimitedConfig):
    """Of the review function."""


@dataclass(frozen=True)
class ShieldConfig(MatchingConfig, RecordingConfig, LimitedConfig):
    """Of the shield function."""

    event_bus: str


@dataclass(frozen=True)
class NoticesConfig(RecordingConfig, LimitedConfig):
    """Of the notices function."""


@dataclass(frozen=True)
class NotifyConfig(RegisterConfig):
    """Of the notify function, which makes notices of what the tables' streams tell."""

    event_bus: str
    unread_changes_url: str


@dataclass(frozen=True)
class AccessConfig(MatchingConfig, RecordingConfig):
    """Of the access function, which seals and reads the access log."""

    sealing_key_id: str
    """The ARN of the key that signs the seals."""
    certificate_bucket: str


@dataclass(frozen=True)
class FeedConfig(MatchingConfig, RecordingConfig, RetentionConfig, CoverageConfig):
    """Of the feed function."""

    feed_bucket: str


@dataclass(frozen=True)
class StatusConfig(GatedConfig):
    """Of the status function."""

    directory_table: str
    certificate_bucket: str
    credentials_return_by: str
    support_ends_at: str

    @property
    def lifecycle(self) -> Lifecycle:
        """With the other milestones, too. Raises ValueError."""
        return Lifecycle.configured(
            self.closes_at,
            self.successor_url,
            destruction_window=self.destruction_window,
            destruction_starts_after=self.destruction_starts_after,
            credentials_return_by=self.credentials_return_by,
            support_ends_at=self.support_ends_at,
        )


@dataclass(frozen=True)
class ExpiryConfig(RegisterConfig, RetentionConfig, CoverageConfig):
    """Of the expiry function, which closes, destroys and proves it, and until then keeps the rules of retention."""

    credentials_return_by: str
    support_ends_at: str
    destruction_authority: str
    destruction_rate: str
    feed_bucket: str
    failed_feeds_url: str
    unread_changes_url: str
    notices_to_deliver_url: str
    undelivered_notices_url: str
    user_pool_id: str
    key_id: str
    """The ARN of the key that is destroyed."""
    signing_key_id: str
    """The ARN of the key that signs the certificate."""
    certificate_bucket: str
    event_bus: str
    log_groups: str
    """The names of those that are destroyed, with commas."""
    gone_quiet_after: str

    @property
    def lifecycle(self) -> Lifecycle:
        """The whole of it, as the guard accepted it. Raises ValueError."""
        return Lifecycle.configured(
            self.closes_at,
            self.successor_url,
            destruction_window=self.destruction_window,
            destruction_starts_after=self.destruction_starts_after,
            credentials_return_by=self.credentials_return_by,
            destruction_authority=self.destruction_authority,
            support_ends_at=self.support_ends_at,
        )

    @property
    def gone_quiet(self) -> GoneQuiet:
        """After how long without contact an involvement has gone quiet. Raises ValueError."""
        from shared.domain.quiet import GoneQuiet  # noqa: PLC0415  # the other functions are not to load it

        return GoneQuiet.configured(self.gone_quiet_after)

    @property
    def items_a_second(self) -> int:
        """How many items are deleted in a second, at the most. Raises ValueError."""
        return int(self.destruction_rate)

    @property
    def log_group_names(self) -> tuple[str, ...]:
        """Of the log groups that are destroyed."""
        return tuple(self.log_groups.split(","))


@dataclass(frozen=True)
class GuardConfig(Config):
    """Of the guard function. What it is asked about, each deployment says anew."""

    directory_table: str


@dataclass(frozen=True)
class DirectoryConfig(GatedConfig):
    """Of the directory function."""

    directory_table: str
    hashing_secret_id: str
    user_pool_id: str
    token_url: str


@dataclass(frozen=True)
class DeliverConfig(GatedConfig):
    """Of the deliver function, which tells organisations of their notices."""

    directory_table: str
    hashing_secret_id: str
    notices_to_deliver_url: str
    undelivered_notices_url: str


def _number(config: Config, name: str) -> float:
    """A variable as a number. Raises ValueError, naming it."""
    value: str = getattr(config, name)
    with suppress(ValueError):
        if isfinite(number := float(value)):
            return number
    message = f"{name.upper()} is not a number: {value!r}"
    raise ValueError(message)
