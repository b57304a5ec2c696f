"""What an organisation's auditors and shield team have to look at, in the AccessLog."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.alerts import Alert, AlertKind, AlertPage
from shared.domain.conflicts import Conflict
from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.models import AlertItem

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True)
class DynamoAlerts:
    """Implements `ports.Alerts`. Alerts are kept for `kept_for`, as access records are, then removed by TTL."""

    kept_for: timedelta

    def put(self, alert: Alert) -> None:
        """See the port. The key must not exist; it is of the alert's instant and id."""
        with suppress(Conflict), translated():
            item_of(alert, self.kept_for).save(condition=AlertItem.pk.does_not_exist())

    def of(self, organisation: str, after: str | None, limit: int) -> AlertPage:
        """See the port. `after` is the sort key of the last alert that was given."""
        before = AlertItem.sk < after if after else None
        with translated():
            found = list(
                AlertItem.query(
                    keys.alerts(organisation), before, scan_index_forward=False, limit=limit + 1, consistent_read=True
                )
            )
        return AlertPage(
            alerts=[alert_of(item) for item in found[:limit]],
            next=found[limit - 1].sk if len(found) > limit else None,
        )


def item_of(alert: Alert, kept_for: timedelta) -> AlertItem:
    """An alert as it is kept."""
    return AlertItem(
        keys.alerts(alert.organisation),
        keys.alert(alert.at, alert.alert_id),
        alert_id=alert.alert_id,
        at=codec.text_of(alert.at),
        organisation=alert.organisation,
        alert=alert.kind,
        by_organisation=alert.by_organisation,
        by_practitioner=alert.by_practitioner,
        about_child=alert.child_id,
        access_id=alert.access_id,
        signs=list(alert.signs) or None,
        score=alert.score,
        expires_at=alert.at + kept_for,
    )


def alert_of(item: AlertItem) -> Alert:
    """An alert as it was put."""
    return Alert(
        alert_id=item.alert_id,
        at=codec.instant(item.at),
        organisation=item.organisation,
        kind=AlertKind(item.alert),
        by_organisation=item.by_organisation,
        by_practitioner=item.by_practitioner,
        child_id=item.about_child,
        access_id=item.access_id,
        signs=tuple(item.signs or ()),
        score=item.score,
    )
