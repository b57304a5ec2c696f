"""The items of the four tables. Table names are bound once, at start-up, by `bind`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.session import Session
from pynamodb.attributes import BinaryAttribute, DiscriminatorAttribute
from pynamodb.exceptions import AttributeNullError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from shared.persistence.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from shared.persistence.client import connect

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS, READ_SECONDS, RETRIES = 1, 2, 2
"""A lookup is answered in seconds or not at all; API Gateway gives up after 29."""
CONNECTIONS = 32
"""At least as many as `runtime.parallel` has threads."""


class _Meta:
    connect_timeout_seconds: float = CONNECT_SECONDS
    read_timeout_seconds: float = READ_SECONDS
    max_retry_attempts = RETRIES
    max_pool_connections = CONNECTIONS


class RegisterItem(Model):
    """Anything in the Register. What has an `expires_at` in the past is gone, swept or not."""

    class Meta(_Meta):
        table_name: str

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = TTLAttribute(null=True)

    def __init__(self, hash_key: Any = None, range_key: Any = None, **attributes: Any) -> None:
        """An item with these attributes. PynamoDB's own way asks each attribute for a default, and none here has one.

        Raises ValueError for one that its kind has not.
        """
        kind, known = type(self), self.get_attributes()
        attributes.pop("_user_instantiated", None)  # PynamoDB's own, by which it chooses among defaults
        if not attributes.keys() <= known.keys():
            message = f"no attribute of {kind.__name__}: {', '.join(sorted(attributes.keys() - known.keys()))}"
            raise ValueError(message)
        has_kind = kind.kind.get_discriminator(kind) is not None
        keys = {name: value for name, value in (("pk", hash_key), ("sk", range_key)) if value is not None}
        self.attribute_values = {"kind": kind} if has_kind else {}
        for name, value in (attributes | keys).items():
            setattr(self, name, value)

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:  # noqa: FBT001, FBT002  # as PynamoDB has it
        """As PynamoDB does, without a look for maps, of which there are none. Raises AttributeNullError for what is missing."""
        said: dict[str, dict[str, Any]] = {}
        values = self.attribute_values
        for name, attribute in self.get_attributes().items():
            value = values.get(name)
            if value is not None and (written := attribute.serialize(value)) is not None:  # an empty set is not written
                said[name] = {attribute.attr_type: written}
            elif null_check and not attribute.null:
                raise AttributeNullError(name)
        return said

    @classmethod
    def from_raw_data(cls, data: Mapping[str, Mapping[str, Any]]) -> Any:
        """An item of its kind. PynamoDB's own way asks each attribute for a default several times, and none here has one."""
        kind: type[RegisterItem] = cls.kind.deserialize(data["kind"]["S"])  # type: ignore[no-untyped-call]  # in PynamoDB
        item = kind.__new__(kind)
        attributes = kind.get_attributes()
        values = item.attribute_values = {"kind": kind}
        for name, held in data.items():
            if name != "kind" and (attribute := attributes.get(name)) is not None and "NULL" not in held:
                values[name] = attribute.deserialize(held[attribute.attr_type])
        return item


class ChildItem(RegisterItem, discriminator="child"):
    """That there is such a child. What is known of it stands in its involvements."""

    child_id = UnicodeAttribute()
    version = NumberAttribute()
    """Counts every change of what is said of the child, so that two changes at once cannot pass each other by."""
    created_at = UnicodeAttribute()
    joined_into = UnicodeAttribute(null=True)
    """The child that this one has become part of: nothing is added to it any more, and what it had moves there."""
    busy_with = UnicodeAttribute(null=True)
    """The other child, while the two are being joined or the join is being undone: until then they are one in two."""
    busy_for = UnicodeAttribute(null=True)
    """The case by which they are."""
    shield = JSONAttribute(null=True)
    """The child's shield. All that leads to the child says the same."""
    unshielded_at = UnicodeAttribute(null=True)
    """When the last of its shields ended that are not there any more."""
    inherits_from = JSONAttribute(null=True)
    """Of an inherited shield: the children that this one may be, until a person has found it to be none of them."""
    kept_claims = JSONAttribute(null=True)
    """The partitions of claims that nobody states any more and that stay while the shield holds."""
    lapses_at = UnicodeAttribute(null=True)
    """Of one that nobody works with any more, and that is kept for its claims: until when at most."""
    uncovered_since = UnicodeAttribute(null=True)
    """The day since which no service works with the child that makes it covered, as the daily sweep has found."""


class InvolvementItem(RegisterItem, discriminator="involvement"):
    """One signpost, and what its organisation says of the child."""

    child_id = UnicodeAttribute()
    organisation = UnicodeAttribute()
    source_reference = UnicodeAttribute()
    child = JSONAttribute()
    service = JSONAttribute()
    disputed = JSONAttribute(null=True)
    """Since when it is disputed, and how."""
    recorded_at = UnicodeAttribute()
    refreshed_at = UnicodeAttribute()
    version = NumberAttribute()
    by_rule = BooleanAttribute(null=True)
    """Of one that is hidden: by retention or coverage, and not by its organisation."""
    moved_from = JSONAttribute(null=True)
    """The children that it came through by joins, the first one first."""
    moved_to = UnicodeAttribute(null=True)
    """Of one that is hidden: the child where it lies since `moved_at`, by a join or its undoing."""
    moved_at = UnicodeAttribute(null=True)


class PointerItem(RegisterItem, discriminator="pointer"):
    """Where an organisation's involvement lies."""

    child_id = UnicodeAttribute()
    content = UnicodeAttribute()
    statement = UnicodeAttribute()
    """A keyed hash of what the organisation says of the child, and as which type of service."""
    in_doubt = BooleanAttribute(null=True)
    """Something it states was another child's when it was written."""
    likeness = JSONAttribute()
    disputed = JSONAttribute(null=True)
    """As the involvement has it."""
    recorded_at = UnicodeAttribute()
    refreshed_at = UnicodeAttribute()
    version = NumberAttribute()
    moved_from = JSONAttribute(null=True)
    """As the involvement has it."""


class ClaimItem(RegisterItem, discriminator="claim"):
    """A number, or complete details, that only one child can have: who has it."""

    child_id = UnicodeAttribute()
    joined_into = JSONAttribute(null=True)
    """As a match row has it."""
    likeness = JSONAttribute()
    shield = JSONAttribute(null=True)
    """The child's."""
    lapses_at = UnicodeAttribute(null=True)
    """Of one that nobody states any more, of a shielded child: until when it stays at most."""


class MatchKeyItem(RegisterItem, discriminator="match_key"):
    """A child found under a match key or a number, with what scoring compares: one for all who say the same."""

    child_id = UnicodeAttribute()
    joined_into = JSONAttribute(null=True)
    """The children that this one has become part of since, one after the other: the last is the child it is now."""
    service_types = UnicodeSetAttribute(null=True)
    """As which types of service they say it. A row that is hidden has none, so that whoever says it anew begins alone."""
    likeness = JSONAttribute()
    shield = JSONAttribute(null=True)
    """The child's."""


class DifferenceItem(RegisterItem, discriminator="difference"):
    """A person has found this child to be another than `other`."""

    child_id = UnicodeAttribute()
    other = UnicodeAttribute()
    via = UnicodeAttribute(null=True)
    """The child that was joined into this one and brought the difference along; None if it is this one's own."""
    found_at = UnicodeAttribute()


class CaseItem(RegisterItem, discriminator="case"):
    """A pair that may be one child, and what was decided. Ids and codes only, as in all that follows here."""

    case_id = UnicodeAttribute()
    newer = UnicodeAttribute()
    older = UnicodeAttribute()
    cause = UnicodeAttribute()
    sureness = NumberAttribute(null=True)
    raised_at = UnicodeAttribute()
    state = UnicodeAttribute()
    goes = UnicodeAttribute(null=True)
    stays = UnicodeAttribute(null=True)
    decided = JSONAttribute(null=True)
    """Every decision, in order: what, when, by whom, for which organisation."""


class OpenCaseItem(RegisterItem, discriminator="open_case"):
    """A case among those that await a decision; hidden once there is one."""

    case_id = UnicodeAttribute()
    newer = UnicodeAttribute()
    older = UnicodeAttribute()
    cause = UnicodeAttribute()
    sureness = NumberAttribute(null=True)
    raised_at = UnicodeAttribute()


class WorkItem(RegisterItem, discriminator="work"):
    """A join, or an undoing, that is under way; hidden once it is done."""

    case_id = UnicodeAttribute()


class OverrideItem(RegisterItem, discriminator="override"):
    """A shield that stands open to one practitioner until the item expires."""

    child_id = UnicodeAttribute()
    organisation = UnicodeAttribute()
    practitioner_id = UnicodeAttribute()
    until = UnicodeAttribute()


class NoticeItem(RegisterItem, discriminator="notice"):
    """A notice, among its organisation's: ids and codes only."""

    notice_id = UnicodeAttribute()
    organisation = UnicodeAttribute()
    notice = UnicodeAttribute()
    """What has happened (`notices.NoticeKind`)."""
    at = UnicodeAttribute()
    child_id = UnicodeAttribute(null=True)
    about = JSONAttribute(null=True)
    acknowledged_at = UnicodeAttribute(null=True)
    lapses_at = UnicodeAttribute()
    """Until when it is kept at most."""


class NoticeMarkerItem(RegisterItem, discriminator="notice_marker"):
    """That there is such a notice already, and where."""

    organisation = UnicodeAttribute()
    number = NumberAttribute()
    lapses_at = UnicodeAttribute()
    """As the notice has it."""


class NoticeHeadItem(RegisterItem, discriminator="notice_head"):
    """How many notices an organisation has been given since the register began: the number of the last one."""

    last = NumberAttribute()
    at = UnicodeAttribute()
    """When it was put."""
    settled = NumberAttribute()
    """The number up to which all have been seen by whoever reads: nothing was put for a while after that one."""


class WatchItem(RegisterItem, discriminator="watch"):
    """An organisation watches a child."""

    child_id = UnicodeAttribute()
    organisation = UnicodeAttribute()
    reason = UnicodeAttribute()
    since = UnicodeAttribute()
    lapses_at = UnicodeAttribute()
    """When the watch ends."""


Lapsing = ChildItem | ClaimItem | NoticeItem | NoticeMarkerItem | WatchItem
"""What may have an end of its own, `lapses_at`. It lives no longer than that, and no longer than things live at all."""


class ByChild(GlobalSecondaryIndex["AccessLogItem"]):  # type: ignore[no-untyped-call]  # untyped in PynamoDB
    """Who has looked at a child, in the order of time."""

    class Meta:
        index_name = "by-child"
        projection = AllProjection()

    child_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class AccessLogItem(Model):
    """Anything in the AccessLog. It is only ever added to."""

    class Meta(_Meta):
        table_name: str

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    by_child = ByChild()
    """Here, because a table has one client, and that has to know its indexes."""


class AccessItem(AccessLogItem):
    """An access record: ids and codes only."""

    access_id = UnicodeAttribute()
    at = UnicodeAttribute()
    request_id = UnicodeAttribute()
    organisation = UnicodeAttribute()
    client_id = UnicodeAttribute()
    answered = UnicodeAttribute()
    outcome = UnicodeAttribute()
    shown = UnicodeAttribute()
    practitioner_id = UnicodeAttribute(null=True)
    practitioner_role = UnicodeAttribute(null=True)
    on_behalf_of_id = UnicodeAttribute(null=True)
    on_behalf_of_role = UnicodeAttribute(null=True)
    purpose = UnicodeAttribute(null=True)
    legal_basis = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    child_id = UnicodeAttribute(null=True)
    policy = UnicodeAttribute(null=True)
    asked_district = UnicodeAttribute(null=True)
    own_surname = BooleanAttribute(null=True)
    override_id = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()


class AlertItem(AccessLogItem):
    """Something that an organisation's auditors or shield team have to look at: ids and codes only."""

    alert_id = UnicodeAttribute()
    at = UnicodeAttribute()
    organisation = UnicodeAttribute()
    alert = UnicodeAttribute()
    """Its kind (`alerts.AlertKind`)."""
    by_organisation = UnicodeAttribute()
    by_practitioner = UnicodeAttribute()
    about_child = UnicodeAttribute(null=True)
    """Not `child_id`: or the alert would stand among those who have looked at the child."""
    access_id = UnicodeAttribute(null=True)
    signs = JSONAttribute(null=True)
    score = NumberAttribute(null=True)
    expires_at = TTLAttribute()


class SealItem(AccessLogItem):
    """That one hour's records were these and no others, signed."""

    seal = JSONAttribute()
    signature = BinaryAttribute(legacy_encoding=False)
    key_id = UnicodeAttribute()


class HabitItem(AccessLogItem):
    """What the log tells of how somebody uses the register in an hour, or of what was made of it: ids, codes, counts."""

    said = JSONAttribute(null=True)
    expires_at = TTLAttribute()


class LimitItem(Model):
    """How often somebody has asked. `pk` is of a client, or of a keyed hash of one of its practitioners."""

    class Meta(_Meta):
        # who asks waits for it, and is not refused if it does not answer: one try, and a client of its own
        connect_timeout_seconds = 0.2
        read_timeout_seconds = 0.3
        max_retry_attempts = 0
        table_name: str

    pk = UnicodeAttribute(hash_key=True)
    tat = NumberAttribute()
    """Theoretical arrival time, in milliseconds since 1970: when as many will have been asked as may be until then."""
    expires_at = TTLAttribute()


class DirectoryItem(Model):
    """Anything in the Directory."""

    class Meta(_Meta):
        table_name: str

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()


class OrganisationItem(DirectoryItem, discriminator="organisation"):
    """An organisation, what it may do, and where it feeds the register from."""

    code = UnicodeAttribute()
    name = UnicodeAttribute()
    permissions = JSONAttribute()
    districts = JSONAttribute()
    covered_service_types = JSONAttribute()
    area = JSONAttribute(null=True)
    """The districts and areas whose children are its own, if it is a children's services authority."""
    current_as_of = UnicodeAttribute(null=True)
    suspended = BooleanAttribute(default=False)
    webhook = JSONAttribute(null=True)
    """Where its notices are sent, and which of its signing secrets is in use; never a secret."""
    version = NumberAttribute()


class CredentialItem(DirectoryItem, discriminator="credential"):
    """An OAuth2 client, among its organisation's."""

    client_id = UnicodeAttribute()
    organisation = UnicodeAttribute()
    label = UnicodeAttribute()
    state = UnicodeAttribute()
    issued_at = UnicodeAttribute()
    ended_at = UnicodeAttribute(null=True)
    capabilities = JSONAttribute(null=True)
    """What it opens, if that is less than all that its organisation may do."""


class ClientItem(DirectoryItem, discriminator="client"):
    """From a client id to its organisation, while its credential is valid."""

    organisation = UnicodeAttribute()
    state = UnicodeAttribute()


class ClosureItem(DirectoryItem, discriminator="closure"):
    """The closure that was accepted, as the template's parameters say it."""

    parameters = JSONAttribute()
    accepted_at = UnicodeAttribute()
    announced_at = UnicodeAttribute(null=True)


class ClosureNoteItem(DirectoryItem, discriminator="closure_note"):
    """Something that has happened since: once noted, the first time stands. Taken back, it has no `at`."""

    at = UnicodeAttribute(null=True)
    detail = JSONAttribute(null=True)


class BookmarkItem(DirectoryItem, discriminator="bookmark"):
    """How far a scan of the Register has come in one segment, and what it has counted up to there."""

    position = JSONAttribute(null=True)
    """The key of the last item seen: a random id or a keyed hash, and gone when the segment is done."""
    counts = JSONAttribute()
    is_done = BooleanAttribute()
    version = NumberAttribute()


class SweepItem(DirectoryItem, discriminator="sweep"):
    """How far the open register was swept in one segment."""

    day = UnicodeAttribute()
    lives_until = UnicodeAttribute(null=True)
    position = JSONAttribute(null=True)
    """The key of the last item seen: a random id or a keyed hash, and gone when the segment is done."""
    is_done = BooleanAttribute()
    version = NumberAttribute()
    is_weekly = BooleanAttribute(null=True)
    counts = JSONAttribute(null=True)


class InForceItem(DirectoryItem, discriminator="in_force"):
    """Since when a rule has this value."""

    value = UnicodeAttribute()
    since = UnicodeAttribute()


class ToldItem(DirectoryItem, discriminator="told"):
    """What an event of one kind has told of last."""

    what = UnicodeAttribute()


class DependentItem(DirectoryItem, discriminator="dependent"):
    """A system that relies on the register, and who answers for it."""

    dependent_id = UnicodeAttribute()
    name = UnicodeAttribute()
    owner = UnicodeAttribute()
    contact = UnicodeAttribute()
    calls = JSONAttribute()
    client_ids = JSONAttribute()
    readiness = UnicodeAttribute()
    acknowledgement = JSONAttribute(null=True)
    informed = JSONAttribute(null=True)
    """What its owner was told of a closure last."""
    tenure = NumberAttribute()
    ended_at = UnicodeAttribute(null=True)
    version = NumberAttribute()


class CallerItem(DirectoryItem, discriminator="caller"):
    """A client that the access log knows."""

    client_id = UnicodeAttribute()
    organisation = UnicodeAttribute()
    first = UnicodeAttribute()
    last = UnicodeAttribute()


class CallersNotedItem(DirectoryItem, discriminator="callers_noted"):
    """Up to which hour of the access log all callers are noted."""

    through = UnicodeAttribute()


def bind(
    *,
    register: str | None = None,
    access_log: str | None = None,
    directory: str | None = None,
    limits: str | None = None,
) -> None:
    """Names the tables that this process uses, and makes each one's client now, during INIT.

    PynamoDB would make a client for each model on its first use, were it not made here for all of a table.
    """
    tables = (
        (RegisterItem, register),
        (AccessLogItem, access_log),
        (DirectoryItem, directory),
        (LimitItem, limits),
    )
    session = Session()
    for base, table in tables:
        if table is not None:
            base.Meta.table_name = table
            connect(base, session, has_binary_values=base is AccessLogItem)
