"""What auditors get of the access log: ids and codes only."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from shared.api import cursors
from shared.api.answers import AnswerBody
from shared.domain.access import AccessRecord, Answered
from shared.domain.accesses import AccessPage
from shared.domain.alerts import Alert, AlertKind, AlertPage


class AccessAnswer(AnswerBody):
    """One question about the child: who asked, for whom, why, and what was shown."""

    access_id: str = Field(description="Of the record; of a lookup its `lookup_id`.")
    at: datetime
    organisation: str = Field(description="ODS or local-authority code; `operator` for who runs the register.")
    client_id: str
    practitioner_id: str | None = None
    practitioner_role: str | None = None
    on_behalf_of_id: str | None = None
    on_behalf_of_role: str | None = None
    purpose: str | None = None
    legal_basis: str | None = None
    note: str | None = None
    answered: Answered
    outcome: str
    shown: str = Field(description="What the policy allowed to be shown.")
    policy: str | None = Field(default=None, description="Version of the rules, and of what the organisation may do.")
    override_id: str | None = None
    request_id: str

    @classmethod
    def of(cls, record: AccessRecord) -> Self:
        """From the domain."""
        return cls.model_validate(record, from_attributes=True)


class AccessesAnswer(AnswerBody):
    """Who has looked at a child, the latest first."""

    child_id: str = Field(description="The child's id as it is now, if it was joined into another.")
    accesses: list[AccessAnswer]
    next: str | None = Field(default=None, description="Give it as `after` to get the rest; left out at the end.")

    @classmethod
    def of(cls, child_id: str, page: AccessPage) -> Self:
        """From the domain."""
        return cls(
            child_id=child_id,
            accesses=[AccessAnswer.of(record) for record in page.records],
            next=cursors.written(page.next) if page.next else None,
        )


class AlertAnswer(AnswerBody):
    """Something to look at."""

    alert_id: str
    at: datetime
    kind: AlertKind = Field(
        description="`shield_opened`: somebody opened the shield of one of your children. `unusual_use`: see `signs`."
    )
    by_organisation: str = Field(description="Whose practitioner it is about.")
    by_practitioner: str
    child_id: str | None = None
    access_id: str | None = None
    signs: list[str] | None = Field(default=None, description="What looks wrong.")
    score: float | None = Field(default=None, description="From 0 to 1, how wrong.")

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """From the domain."""
        return cls(
            alert_id=alert.alert_id,
            at=alert.at,
            kind=alert.kind,
            by_organisation=alert.by_organisation,
            by_practitioner=alert.by_practitioner,
            child_id=alert.child_id,
            access_id=alert.access_id,
            signs=list(alert.signs) or None,
            score=None if alert.score is None else round(alert.score, 2),
        )


class AlertsAnswer(AnswerBody):
    """What this organisation's auditors have to look at, the latest first."""

    alerts: list[AlertAnswer]
    next: str | None = Field(default=None, description="Give it as `after` to get the rest; left out at the end.")

    @classmethod
    def of(cls, page: AlertPage) -> Self:
        """From the domain."""
        return cls(
            alerts=[AlertAnswer.of(alert) for alert in page.alerts],
            next=cursors.written(page.next) if page.next else None,
        )
