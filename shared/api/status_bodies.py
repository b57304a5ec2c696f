"""What everybody may know: whether the register is open, when it closes, what replaces it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from shared.api.answers import (
    AnswerBody,
)
from shared.domain.closure import Progress
from shared.domain.dependents import Count
from shared.domain.lifecycle import Lifecycle, Phase
from shared.domain.milestones import MilestoneName, milestones


class DependentsAnswer(AnswerBody):
    """How many systems rely on the register, and how far they are with the closure that is set."""

    registered: int
    acknowledged: int
    ready: int = Field(description="Of those that have acknowledged.")
    outstanding: int = Field(description="Those that have not acknowledged.")

    @classmethod
    def of(cls, count: Count) -> Self:
        """From the domain."""
        return cls(
            registered=count.registered,
            acknowledged=count.acknowledged,
            ready=count.ready,
            outstanding=count.outstanding,
        )


class MilestoneAnswer(AnswerBody):
    """A date of the closure."""

    name: MilestoneName
    at: datetime


class StatusAnswer(AnswerBody):
    """Is it open, when does it close, what replaces it."""

    service: str
    version: str
    environment: str
    phase: Phase
    closes_at: datetime | None = Field(None, description="From then on nobody has access.")
    destroyed_by: datetime | None = Field(None, description="By then nothing is left.")
    successor: str | None = None
    credentials_due: datetime | None = Field(
        None, description="By then every organisation has returned its credentials, or had them reset."
    )
    credentials_outstanding: int | None = Field(
        None, description="How many had not come back at the last count. Told once they are due."
    )
    certificate: str | None = Field(None, description="Where the certificate of destruction is.")
    milestones: list[MilestoneAnswer] | None = Field(
        None, description="Of the closure that is set, the earliest first."
    )
    dependents: DependentsAnswer | None = Field(
        None, description="Systems that rely on the register, while a closure is set."
    )

    @classmethod
    def of(
        cls,
        lifecycle: Lifecycle,
        now: datetime,
        *,
        version: str,
        environment: str,
        announced_at: datetime | None = None,
        progress: Progress | None = None,
        dependents: Count | None = None,
        certificate: str = "/certificate",
    ) -> Self:
        """At an instant. `certificate` is where it is answered, told when `progress` knows of one."""
        progress = progress or Progress()
        is_certified = progress.certified is not None
        return cls(
            service="signpost",
            version=version,
            environment=environment,
            phase=lifecycle.phase(now, destroyed=is_certified),
            closes_at=lifecycle.closes_at,
            destroyed_by=lifecycle.deadline,
            successor=lifecycle.successor_url,
            credentials_due=lifecycle.credentials_due,
            credentials_outstanding=progress.outstanding,
            certificate=certificate if is_certified else None,
            milestones=[MilestoneAnswer(name=m.name, at=m.at) for m in milestones(lifecycle, announced_at)] or None,
            dependents=DependentsAnswer.of(dependents) if dependents else None,
        )
