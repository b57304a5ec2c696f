"""The Register in DynamoDB. What must agree is written in one transaction, and the database decides who was first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pynamodb.transactions import TransactWrite

from shared.domain.errors import Unavailable
from shared.domain.matching import Candidate, likeness
from shared.domain.ports import Conflict, Pointer
from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.models import (
    ChildItem,
    ClaimItem,
    InvolvementItem,
    MatchKeyItem,
    PointerItem,
    RegisterItem,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from pynamodb.expressions.condition import Condition

    from shared.domain.child import ChildDetails
    from shared.domain.involvement import Involvement, Registration
    from shared.domain.matching import Likeness
    from shared.domain.ports import Survey
    from shared.domain.pseudonym import Pseudonyms

MOST_ROWS_OF_A_KEY = 200
"""Rows read of one match key: what a hot key can cost at most."""

HIDDEN_BY = timedelta(minutes=1)
"""How far into the past what is hidden is stamped: longer than any request takes and any two clocks differ, so that a
write which relied on it, by an earlier or a slower clock, fails its condition and looks again."""

_ROUNDS_OF_A_BATCH = 4
"""How often what a batch left out is asked for again before the store counts as unavailable."""

type Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Surveyed:
    """What was read, at `now`, when a registration came."""

    pointer: Pointer | None
    candidates: Sequence[Candidate]
    statement: str | None
    owners: Mapping[str, str]
    """From the partition of each live claim to the child that has it."""
    rows: frozenset[Key]
    """The live match rows."""
    now: datetime
    doubt_is_over: bool


@dataclass(frozen=True, slots=True)
class DynamoRegister:
    """Implements `ports.Register`. `in_parallel` does reads side by side and gives their results in order."""

    pseudonyms: Pseudonyms
    in_parallel: Callable[[Sequence[Callable[[], list[RegisterItem]]]], Iterable[list[RegisterItem]]]
    keys: keys.RegisterKeys = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", keys.RegisterKeys(self.pseudonyms))

    def candidates(self, asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        """See the port."""
        return _candidates(_live(self._found(asked, (), now), now))

    def involvements_of(self, child_id: str, now: datetime) -> Sequence[Involvement]:
        """See the port."""
        return [codec.involvement_from(item) for item in _live(self._partition(child_id), now)]

    def involvement(self, organisation: str, source_reference: str, now: datetime) -> Involvement | None:
        """See the port."""
        pointer = self.pointers(organisation, [source_reference], now).get(source_reference)
        if pointer is None or not pointer.is_live:
            return None
        key = (keys.child(pointer.child_id), self.keys.involvement(organisation, source_reference))
        items = [item for item in _live(_get([key]), now) if isinstance(item, InvolvementItem)]
        return codec.involvement_from(items[0]) if items else None

    def pointers(self, organisation: str, source_references: Iterable[str], now: datetime) -> Mapping[str, Pointer]:
        """See the port."""
        by_key = {self.keys.pointer(organisation, reference): reference for reference in source_references}
        items = _get([(key, keys.POINTER) for key in by_key])
        return {by_key[item.pk]: _pointer(item, now) for item in items if isinstance(item, PointerItem)}

    def survey(self, organisation: str, registration: Registration, now: datetime) -> Survey:
        """See the port."""
        key = self.keys.pointer(organisation, registration.source_reference)
        pointers: list[PointerItem] = []
        live: list[RegisterItem] = []
        for item in self._found(registration.child, ((key, keys.POINTER),), now):
            if isinstance(item, PointerItem):
                pointers.append(item)
            elif _is_live(item, now):
                live.append(item)
        pointer = pointers[0] if pointers else None
        return _Surveyed(
            pointer=_pointer(pointer, now) if pointer else None,
            candidates=_candidates(live),
            statement=pointer.statement if pointer else None,
            owners={item.pk: item.child_id for item in live if isinstance(item, ClaimItem)},
            rows=frozenset((item.pk, item.sk) for item in live if isinstance(item, MatchKeyItem)),
            now=now,
            doubt_is_over=pointer is not None
            and bool(pointer.in_doubt)
            and all(item.child_id == pointer.child_id for item in live if isinstance(item, ClaimItem)),
        )

    def write(self, survey: Survey, involvement: Involvement, content: str, *, child_is_new: bool) -> None:
        """See the port. One transaction; a statement that it replaces takes a read of its child before."""
        if not isinstance(survey, _Surveyed):
            message = "a survey is written by the register that made it"
            raise TypeError(message)
        stated = likeness(involvement.child, self.pseudonyms)
        statement = self.pseudonyms.of_content("statement", codec.details_to(involvement.child))
        before, change = survey.pointer, _Change(survey.now)
        stays = before is not None and before.is_live and before.child_id == involvement.child_id
        seen_version: int | None = None
        freed: dict[str, RegisterItem] = {}
        restated: list[ClaimItem] = []
        if before and before.is_live and not (stays and survey.statement == statement):
            staying = involvement.child if stays else None
            left = self._leave(
                before.child_id, involvement.organisation, involvement.source_reference, staying, survey.now
            )
            freed = {item.pk: item for item in left.orphans}
            restated = left.restated
            if stays:
                seen_version = left.version
            else:
                change.stamp([left.involvement])
                change.child_changes(before.child_id, left.version, is_left=not left.others)
        self._put_child(change, involvement, child_is_new=child_is_new, seen_version=seen_version)
        claimed, in_doubt = self._put_claims(
            change, survey, involvement, stated, freed, is_restated=seen_version is not None
        )
        change.stamp(item for item in freed.values() if item.pk not in claimed)
        change.restate(claim for claim in restated if claim.pk not in claimed)
        self._put_match_rows(change, survey, involvement, stated)
        change.put(self._involvement_item(involvement))
        change.put(
            self._pointer_item(involvement, content, statement, stated, in_doubt=in_doubt),
            _is_as_seen(before, survey.now) if before else PointerItem.pk.does_not_exist(),
        )
        change.commit()

    def withdraw(self, organisation: str, source_reference: str, version: int, now: datetime) -> None:
        """See the port."""
        key = (self.keys.pointer(organisation, source_reference), keys.POINTER)
        pointers = [item for item in _live(_get([key]), now) if isinstance(item, PointerItem)]
        if not pointers or pointers[0].version != version:
            raise Conflict
        pointer = pointers[0]
        left = self._leave(pointer.child_id, organisation, source_reference, None, now)
        change = _Change(now)
        change.stamp(left.orphans)
        change.restate(left.restated)
        change.stamp([left.involvement])
        change.child_changes(pointer.child_id, left.version, is_left=not left.others)
        change.update(
            pointer,
            [PointerItem.expires_at.set(now - HIDDEN_BY)],
            (PointerItem.version == version) & _is_not_expired(now),
        )
        change.commit()

    def _found(self, details: ChildDetails, also: Iterable[Key], now: datetime) -> list[RegisterItem]:
        """What lies under `also`, the claims and the match keys of these details; of match rows only the live. One trip."""
        singles = [*also, *((claim, keys.CLAIM) for claim in self.keys.claims(details))]
        reads: list[Callable[[], list[RegisterItem]]] = [_reading(key, now) for key in self.keys.match_keys(details)]
        if singles:
            reads.append(lambda: _get(singles))
        return [item for items in self.in_parallel(reads) for item in items]

    def _partition(self, child_id: str) -> list[InvolvementItem]:
        with translated():
            return list(
                InvolvementItem.query(
                    keys.child(child_id), RegisterItem.sk.startswith(keys.INVOLVEMENTS), consistent_read=True
                )
            )

    def _put_child(
        self, change: _Change, involvement: Involvement, *, child_is_new: bool, seen_version: int | None
    ) -> None:
        if child_is_new:
            item = ChildItem(
                keys.child(involvement.child_id),
                keys.CHILD,
                child_id=involvement.child_id,
                version=1,
                created_at=codec.text_of(involvement.refreshed_at),
            )
            change.put(item, ChildItem.pk.does_not_exist())
        else:
            change.child_changes(involvement.child_id, seen_version, is_left=False)

    def _put_claims(
        self,
        change: _Change,
        survey: _Surveyed,
        involvement: Involvement,
        stated: Likeness,
        freed: Mapping[str, RegisterItem],
        *,
        is_restated: bool,
    ) -> tuple[set[str], bool]:
        """Claims what nobody else has, and what the same involvement claimed for another child until now.

        A claim that the child has already is only checked, unless the involvement says something else than before
        (`is_restated`): then the claim says so, too. Returns what was claimed, and whether something is in doubt.
        """
        child_id, claimed, in_doubt = involvement.child_id, set[str](), False
        for claim in self.keys.claims(involvement.child):
            owner = survey.owners.get(claim, child_id)
            if owner != child_id and claim not in freed:
                in_doubt = True  # another child has it, so it leads to that one until that is corrected
                continue
            if claim in survey.owners and owner == child_id and not is_restated:
                change.check(ClaimItem, (claim, keys.CLAIM), ClaimItem.child_id == child_id)
                continue
            is_free = (
                ClaimItem.pk.does_not_exist()
                | (ClaimItem.child_id == child_id)
                | (ClaimItem.child_id == owner)
                | (ClaimItem.expires_at <= survey.now)
            )
            change.put(ClaimItem(claim, keys.CLAIM, child_id=child_id, likeness=codec.likeness_to(stated)), is_free)
            claimed.add(claim)
        return claimed, in_doubt

    def _put_match_rows(self, change: _Change, survey: _Surveyed, involvement: Involvement, stated: Likeness) -> None:
        """Adds the rows of this statement; where they are there already, makes sure that one still is.

        Rows of one statement are hidden all together (see `_leave`), so one stands for all.
        """
        row = keys.match_row(involvement.child_id, self.keys.fingerprint(stated))
        wanted = [(key, row) for key in self.keys.match_keys(involvement.child)]
        if wanted and survey.rows.issuperset(wanted):
            change.check(MatchKeyItem, wanted[0], MatchKeyItem.pk.exists())
            return
        for key, sort in wanted:
            change.put(MatchKeyItem(key, sort, child_id=involvement.child_id, likeness=codec.likeness_to(stated)))

    def _leave(
        self, child_id: str, organisation: str, source_reference: str, staying: ChildDetails | None, now: datetime
    ) -> _Left:
        """What only this involvement led to, and so must be hidden when it goes or says something else.

        `staying` is what the same involvement says from now on, if it stays with the child.
        """
        with translated():
            partition = list(RegisterItem.query(keys.child(child_id), consistent_read=True))
        children = [item for item in partition if isinstance(item, ChildItem)]
        own = self.keys.involvement(organisation, source_reference)
        leaving = [item for item in partition if isinstance(item, InvolvementItem) and item.sk == own]
        if not children or not leaving:
            raise Conflict
        others = [
            codec.details_from(item.child)
            for item in partition
            if isinstance(item, InvolvementItem) and item.sk != own and _is_live(item, now)
        ]
        remaining = [*others, staying] if staying else others
        kept = {key: details for details in remaining for key in self._leading(child_id, details)}
        led = self._leading(child_id, codec.details_from(leaving[0].child))
        found = [item for item in _get(led) if _belongs(item, child_id)]
        return _Left(
            version=int(children[0].version),
            others=bool(others),
            involvement=leaving[0],
            orphans=[item for item in found if (item.pk, item.sk) not in kept],
            restated=[
                self._restated(item, kept[item.pk, item.sk])
                for item in found
                if isinstance(item, ClaimItem) and (item.pk, item.sk) in kept
            ],
        )

    def _restated(self, claim: ClaimItem, details: ChildDetails) -> ClaimItem:
        claim.likeness = codec.likeness_to(likeness(details, self.pseudonyms))
        return claim

    def _leading(self, child_id: str, details: ChildDetails) -> list[Key]:
        """The keys of all that leads to a child by this statement."""
        row = keys.match_row(child_id, self.keys.fingerprint(likeness(details, self.pseudonyms)))
        return [
            *((claim, keys.CLAIM) for claim in self.keys.claims(details)),
            *((key, row) for key in self.keys.match_keys(details)),
        ]

    def _involvement_item(self, involvement: Involvement) -> InvolvementItem:
        return InvolvementItem(
            keys.child(involvement.child_id),
            self.keys.involvement(involvement.organisation, involvement.source_reference),
            child_id=involvement.child_id,
            organisation=involvement.organisation,
            source_reference=involvement.source_reference,
            child=codec.details_to(involvement.child),
            service=codec.service_to(involvement.service),
            recorded_at=codec.text_of(involvement.recorded_at),
            refreshed_at=codec.text_of(involvement.refreshed_at),
            version=involvement.version,
        )

    def _pointer_item(
        self, involvement: Involvement, content: str, statement: str, stated: Likeness, *, in_doubt: bool
    ) -> PointerItem:
        return PointerItem(
            self.keys.pointer(involvement.organisation, involvement.source_reference),
            keys.POINTER,
            child_id=involvement.child_id,
            content=content,
            statement=statement,
            likeness=codec.likeness_to(stated),
            recorded_at=codec.text_of(involvement.recorded_at),
            refreshed_at=codec.text_of(involvement.refreshed_at),
            version=involvement.version,
            in_doubt=in_doubt or None,
        )


@dataclass(frozen=True, slots=True)
class _Left:
    """What an involvement leaves behind in its child."""

    version: int
    others: bool
    involvement: InvolvementItem
    orphans: list[RegisterItem]
    restated: list[ClaimItem]
    """The claims that stay, each with what a remaining involvement says."""


@dataclass(slots=True)
class _Change:
    """One transaction in the making."""

    now: datetime
    _transaction: TransactWrite = field(init=False)

    def __post_init__(self) -> None:
        connection = RegisterItem._get_connection().connection  # noqa: SLF001  # the one made by models.bind
        self._transaction = TransactWrite(connection=connection)

    def put(self, item: RegisterItem, condition: Condition | None = None) -> None:
        self._transaction.save(item, condition)

    def update(self, item: RegisterItem, actions: list[Any], condition: Condition) -> None:
        self._transaction.update(item, actions=actions, condition=condition)

    def check(self, model: type[RegisterItem], key: Key, condition: Condition) -> None:
        """The item is as `condition` says, and live."""
        self._transaction.condition_check(model, *key, condition=condition & _is_not_expired(self.now))

    def restate(self, claims: Iterable[ClaimItem]) -> None:
        """Claims that stay now repeat what somebody who still says it said."""
        for claim in claims:
            self.update(claim, [ClaimItem.likeness.set(claim.likeness)], _same_owner(claim) & _is_not_expired(self.now))

    def stamp(self, items: Iterable[RegisterItem]) -> None:
        """Hides items at once; the table's TTL removes them later."""
        for item in items:
            hidden = RegisterItem.expires_at.set(self.now - HIDDEN_BY)
            self.update(item, [hidden], RegisterItem.pk.exists() & _same_owner(item))

    def child_changes(self, child_id: str, seen_version: int | None, *, is_left: bool) -> None:
        """Counts a change of a live child: one that was seen at a version, if given; hides it if nobody is left."""
        condition = ChildItem.pk.exists() & _is_not_expired(self.now)
        if seen_version is not None:
            condition &= ChildItem.version == seen_version
        actions: list[Any] = [ChildItem.version.add(1)]
        if is_left:
            actions.append(ChildItem.expires_at.set(self.now - HIDDEN_BY))
        self.update(ChildItem(keys.child(child_id), keys.CHILD), actions, condition)

    def commit(self) -> None:
        """Raises Conflict if any condition failed; then nothing was written."""
        with translated(), self._transaction:
            pass


def _reading(key: str, now: datetime) -> Callable[[], list[RegisterItem]]:
    """Reads the live rows of a match key; hidden ones that await their removal do not count towards the most."""

    def read() -> list[RegisterItem]:
        with translated():
            return list(
                MatchKeyItem.query(
                    key, filter_condition=_is_not_expired(now), consistent_read=True, limit=MOST_ROWS_OF_A_KEY
                )
            )

    return read


def _get(wanted: Sequence[Key]) -> list[RegisterItem]:
    """Up to 100 items by their keys. Raises Unavailable if the store goes on leaving some out.

    PynamoDB's own batch_get would ask for those again for ever.
    """
    connection = RegisterItem._get_connection()  # noqa: SLF001  # the one made by models.bind
    rest: list[Any] = [{"pk": pk, "sk": sk} for pk, sk in wanted]
    found: list[RegisterItem] = []
    for _ in range(_ROUNDS_OF_A_BATCH):
        if not rest:
            return found
        with translated():
            answer = connection.batch_get_item(rest, consistent_read=True)
        found += map(RegisterItem.from_raw_data, answer["Responses"].get(connection.table_name, ()))
        left_out = answer.get("UnprocessedKeys", {}).get(connection.table_name, {}).get("Keys", ())
        rest = [{name: value["S"] for name, value in key.items()} for key in left_out]
    if rest:
        message = "the store left out items of a batch"
        raise Unavailable(message)
    return found


def _live[I: RegisterItem](items: Iterable[I], now: datetime) -> Iterable[I]:
    return (item for item in items if _is_live(item, now))


def _is_live(item: RegisterItem, now: datetime) -> bool:
    expires_at: datetime | None = item.expires_at
    return expires_at is None or expires_at > now


def _is_as_seen(before: Pointer, now: datetime) -> Condition:
    """Neither changed, nor withdrawn or registered anew, since it was surveyed."""
    unexpired = _is_not_expired(now)
    as_seen: Condition = (PointerItem.version == before.version) & (unexpired if before.is_live else ~unexpired)
    return as_seen


def _is_not_expired(now: datetime) -> Condition:
    unexpired: Condition = RegisterItem.expires_at.does_not_exist() | (RegisterItem.expires_at > now)
    return unexpired


def _belongs(item: RegisterItem, child_id: str) -> bool:
    return isinstance(item, ClaimItem | MatchKeyItem) and item.child_id == child_id


def _same_owner(item: RegisterItem) -> Condition:
    return ClaimItem.child_id == getattr(item, "child_id", None)


def _candidates(items: Iterable[RegisterItem]) -> list[Candidate]:
    return [
        Candidate(item.child_id, codec.likeness_from(item.likeness), by_identifier=_is_number(item))
        for item in items
        if isinstance(item, ClaimItem | MatchKeyItem)
    ]


def _is_number(item: RegisterItem) -> bool:
    return isinstance(item, ClaimItem) and not item.pk.startswith(keys.DETAILS_CLAIM)


def _pointer(item: PointerItem, now: datetime) -> Pointer:
    return Pointer(
        child_id=item.child_id,
        content=item.content,
        likeness=codec.likeness_from(item.likeness),
        version=int(item.version),
        recorded_at=codec.instant(item.recorded_at),
        refreshed_at=codec.instant(item.refreshed_at),
        is_live=_is_live(item, now),
        in_doubt=bool(item.in_doubt),
    )
