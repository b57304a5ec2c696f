"""The closure in the Directory, which is kept when the Register is destroyed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from shared.domain.closure import Accepted, Certified, Progress, Surveyed
from shared.domain.conflicts import Conflict
from shared.domain.lifecycle import Lifecycle
from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.models import ClosureItem, ClosureNoteItem, DirectoryItem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_CLOSED, _STARTED, _SURVEYED, _EMPTIED = "closed", "started", "surveyed", "emptied"
_CLIENTS, _OUTSTANDING, _CERTIFIED = "clients", "outstanding", "certified"


class DynamoClosureKeeper:
    """Implements `closure.ClosureKeeper`. `models.bind` comes first."""

    def accepted(self) -> Accepted | None:
        """See the port."""
        with translated():
            items = list(ClosureItem.query(keys.CLOSURE, ClosureItem.sk == keys.CLOSURE, consistent_read=True))
        return _accepted(items[0]) if items else None

    def accept(self, accepted: Accepted) -> None:
        """See the port."""
        with translated():
            ClosureItem(
                keys.CLOSURE,
                keys.CLOSURE,
                parameters=accepted.lifecycle.parameters(),
                accepted_at=codec.text_of(accepted.accepted_at),
                announced_at=codec.text_of(accepted.announced_at) if accepted.announced_at else None,
            ).save()

    def progress(self) -> Progress:
        """See the port."""
        with translated():
            items = list(
                ClosureNoteItem.query(
                    keys.CLOSURE, ClosureNoteItem.sk.startswith(keys.CLOSURE_NOTES), consistent_read=True
                )
            )
        return _progress({item.sk: item for item in items})

    def note_closed(self, at: datetime) -> None:
        """See the port."""
        _note_once(_note(at, _CLOSED))

    def note_clients(self, count: int, at: datetime) -> None:
        """See the port."""
        _note_once(_note(at, _CLIENTS, detail={"count": count}))

    def note_started(self, at: datetime) -> None:
        """See the port."""
        _note_once(_note(at, _STARTED))

    def note_surveyed(self, place: str, surveyed: Surveyed) -> None:
        """See the port."""
        detail = {"counts": dict(surveyed.counts), "is_whole": surveyed.is_whole}
        _note_once(_note(surveyed.at, _SURVEYED, place, detail))

    def note_emptied(self, place: str, at: datetime) -> None:
        """See the port."""
        _note_once(_note(at, _EMPTIED, place))

    def note_refilled(self, place: str) -> None:
        """See the port."""
        note = ClosureNoteItem(keys.CLOSURE, keys.closure_note(_EMPTIED, place))
        with suppress(Conflict), translated():
            note.update(actions=[ClosureNoteItem.at.remove()], condition=ClosureNoteItem.pk.exists())

    def note_outstanding(self, count: int) -> None:
        """See the port."""
        with translated():
            _note(None, _OUTSTANDING, detail={"count": count}).save()

    def note_certified(self, certified: Certified) -> None:
        """See the port."""
        detail = {"sha256": certified.sha256, "documents": dict(certified.documents)}
        _note_once(_note(certified.at, _CERTIFIED, detail=detail))

    def forget(self) -> None:
        """See the port."""
        with translated():
            items = list(DirectoryItem.query(keys.CLOSURE, consistent_read=True))
            for item in items:
                if item.sk != keys.CLOSURE:
                    item.delete()


def _note(
    at: datetime | None, what: str, place: str | None = None, detail: dict[str, Any] | None = None
) -> ClosureNoteItem:
    return ClosureNoteItem(
        keys.CLOSURE, keys.closure_note(what, place), at=codec.text_of(at) if at else None, detail=detail
    )


def _note_once(note: ClosureNoteItem) -> None:
    with suppress(Conflict), translated():
        note.save(condition=ClosureNoteItem.at.does_not_exist())


def _accepted(item: ClosureItem) -> Accepted:
    return Accepted(
        lifecycle=Lifecycle.configured(**item.parameters),
        accepted_at=codec.instant(item.accepted_at),
        announced_at=codec.instant(item.announced_at) if item.announced_at else None,
    )


def _progress(notes: Mapping[str, ClosureNoteItem]) -> Progress:
    closed, started, clients, outstanding, certified = (
        notes.get(keys.closure_note(what)) for what in (_CLOSED, _STARTED, _CLIENTS, _OUTSTANDING, _CERTIFIED)
    )
    return Progress(
        closed_at=codec.instant(closed.at) if closed else None,
        started_at=codec.instant(started.at) if started else None,
        surveyed={place: _surveyed(note) for place, note in _of_places(notes, _SURVEYED)},
        emptied={place: codec.instant(note.at) for place, note in _of_places(notes, _EMPTIED)},
        clients=int(clients.detail["count"]) if clients else None,
        outstanding=int(outstanding.detail["count"]) if outstanding else None,
        certified=_certified(certified) if certified else None,
    )


def _of_places(notes: Mapping[str, ClosureNoteItem], what: str) -> Iterator[tuple[str, ClosureNoteItem]]:
    """The notes of one kind by place, without those that were taken back."""
    start = keys.closure_note(what, "")
    return ((sk.removeprefix(start), note) for sk, note in notes.items() if sk.startswith(start) and note.at)


def _surveyed(note: ClosureNoteItem) -> Surveyed:
    counts = {what: int(count) for what, count in note.detail["counts"].items()}
    return Surveyed(counts=counts, at=codec.instant(note.at), is_whole=note.detail["is_whole"])


def _certified(note: ClosureNoteItem) -> Certified:
    return Certified(at=codec.instant(note.at), sha256=note.detail["sha256"], documents=note.detail["documents"])
