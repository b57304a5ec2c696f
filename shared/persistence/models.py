"""The items of the three tables. Table names are bound once, at start-up, by `bind`."""

from __future__ import annotations

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

CONNECT_SECONDS, READ_SECONDS, RETRIES = 1, 2, 2
"""A lookup is answered in seconds or not at all; API Gateway gives up after 29."""
CONNECTIONS = 32
"""At least as many as `runtime.parallel` has threads."""


class _Meta:
    connect_timeout_seconds = CONNECT_SECONDS
    read_timeout_seconds = READ_SECONDS
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


class InvolvementItem(RegisterItem, discriminator="involvement"):
    """One signpost, and what its organisation says of the child."""

    child_id = UnicodeAttribute()
    organisation = UnicodeAttribute()
    source_reference = UnicodeAttribute()
    child = JSONAttribute()
    service = JSONAttribute()
    recorded_at = UnicodeAttribute()
    refreshed_at = UnicodeAttribute()
    version = NumberAttribute()
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
    """A keyed hash of what the organisation says of the child."""
    in_doubt = BooleanAttribute(null=True)
    """Something it states was another child's when it was written."""
    likeness = JSONAttribute()
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


class MatchKeyItem(RegisterItem, discriminator="match_key"):
    """A child found under a match key, with the few details that scoring compares."""

    child_id = UnicodeAttribute()
    joined_into = JSONAttribute(null=True)
    """The children that this one has become part of since, one after the other: the last is the child it is now."""
    likeness = JSONAttribute()


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


class ByChild(GlobalSecondaryIndex["AccessItem"]):  # type: ignore[no-untyped-call]  # untyped in PynamoDB
    """Who has looked at a child, in the order of time."""

    class Meta:
        index_name = "by-child"
        projection = AllProjection()

    child_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class AccessItem(Model):
    """An access record: ids and codes only."""

    class Meta(_Meta):
        table_name: str

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    by_child = ByChild()
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
    current_as_of = UnicodeAttribute(null=True)
    suspended = BooleanAttribute(default=False)
    version = NumberAttribute()


class CredentialItem(DirectoryItem, discriminator="credential"):
    """An OAuth2 client, among its organisation's."""

    client_id = UnicodeAttribute()
    organisation = UnicodeAttribute()
    label = UnicodeAttribute()
    state = UnicodeAttribute()
    issued_at = UnicodeAttribute()
    ended_at = UnicodeAttribute(null=True)


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


class ToldItem(DirectoryItem, discriminator="told"):
    """What an event of one kind has told of last."""

    what = UnicodeAttribute()


def bind(*, register: str | None = None, access_log: str | None = None, directory: str | None = None) -> None:
    """Names the tables that this process uses, and makes each one's client now, during INIT.

    PynamoDB would make a client for each model on its first use, were it not made here for all of a table.
    """
    for base, table in ((RegisterItem, register), (AccessItem, access_log), (DirectoryItem, directory)):
        if table is not None:
            base.Meta.table_name = table
            base._get_connection()  # noqa: SLF001  # PynamoDB has no public way to connect early
