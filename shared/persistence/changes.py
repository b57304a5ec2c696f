"""What a record of a table's stream tells: from the images of one item, before and after one write, to what has happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.causes import ChildrenJoined, ChildShielded, InvolvementChanged, Questioned
from shared.domain.review import State
from shared.persistence import codec, keys
from shared.persistence.access_log import record_in
from shared.persistence.cases import case_from
from shared.persistence.models import CaseItem, ChildItem, InvolvementItem, NoticeItem, RegisterItem
from shared.persistence.notices import notice_from
from shared.persistence.reading import is_live

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.domain.causes import Event
    from shared.domain.involvement import Involvement
    from shared.domain.notices import Notice
    from shared.domain.shield import Shield

JUST_WRITTEN = timedelta(minutes=1)
"""Longer than lies between the instant that a registration says it is of and its write, by clocks that differ."""

_INSERT = "INSERT"
_JOINED = {(State.JOINING, State.SAME): False, (State.UNDOING, State.DIFFERENT): True}
"""Which step of a case ends a join, or its undoing, and whether it was undone."""


class UnreadableChange(Exception):
    """No write of ours leaves such a record: it would be read no better a second time."""


def told_by(record: Mapping[str, Any]) -> Event | Notice | None:
    """What a record tells, as Lambda hands it over, of the Register's stream or of the AccessLog's, with both images.

    A notice, if one was put. None if nothing has happened that anybody is told of. Raises UnreadableChange.
    """
    try:
        return _told_by(record)
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        raise UnreadableChange from error


def written_at(record: Mapping[str, Any]) -> datetime:
    """When the store wrote what the record tells of, to the second. Raises UnreadableChange."""
    try:
        return datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise UnreadableChange from error


def _told_by(record: Mapping[str, Any]) -> Event | Notice | None:
    change = record["dynamodb"]
    pk, sk = change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"]
    is_new = record["eventName"] == _INSERT
    if pk.startswith(keys.HOURS):
        return _questioned(change["NewImage"]) if is_new else None
    if pk.startswith(keys.notices("")):
        return _notice_put(change) if is_new and sk != keys.HEAD else None
    if pk.startswith(keys.case("")):
        return _joined(change)
    if pk.startswith(keys.child("")) and sk.startswith(keys.INVOLVEMENTS):
        return _involvement_changed(change, written_at(record))
    if pk.startswith(keys.child("")) and sk == keys.CHILD:
        return _shielded(change, written_at(record))
    return None


def _questioned(stored: Mapping[str, Any]) -> Questioned | None:
    record = record_in(stored)
    if record is None:
        message = "no access record"
        raise ValueError(message)
    return Questioned(record) if record.child_id else None


def _notice_put(change: Mapping[str, Any]) -> Notice | None:
    item = _image(change, "NewImage", NoticeItem)
    return notice_from(item) if item else None


def _joined(change: Mapping[str, Any]) -> ChildrenJoined | None:
    """Once it is done: until then both are found as one, and it goes on by itself."""
    before, after = (_image(change, name, CaseItem) for name in ("OldImage", "NewImage"))
    if before is None or after is None:
        return None
    undone = _JOINED.get((State(before.state), State(after.state)))
    case = case_from(after)
    if undone is None or case.goes is None or case.stays is None:
        return None
    if not case.decisions:
        message = "a case that nobody has decided"
        raise ValueError(message)
    return ChildrenJoined(case.goes, case.stays, case.decisions[-1].at, undone, case.case_id)


def _shielded(change: Mapping[str, Any], at: datetime) -> ChildShielded | None:
    before, after = (_image(change, name, ChildItem) for name in ("OldImage", "NewImage"))
    was, shield = _shield_of(before, at), _shield_of(after, at)
    last = after or before
    if last is None or was == shield:
        return None
    return ChildShielded(last.child_id, was, shield, int(last.version), at)


def _involvement_changed(change: Mapping[str, Any], at: datetime) -> InvolvementChanged | None:
    """None if it was hidden before and is hidden now, as when the table's TTL removes it."""
    old, new = (_image(change, name, InvolvementItem) for name in ("OldImage", "NewImage"))
    before, after = _seen(old, at), _seen(new, at)
    if before is None and after is None:
        return None
    by_join = _has_gone(after, new) if before else _has_come(old, new, at)
    by_rule = after is None and new is not None and bool(new.by_rule)
    return InvolvementChanged(before, after, at, by_join, by_rule)


def _has_gone(after: Involvement | None, new: InvolvementItem | None) -> bool:
    """Whether it went to another child, by a join or its undoing."""
    return after is None and new is not None and bool(new.moved_to)


def _has_come(old: InvolvementItem | None, new: InvolvementItem | None, at: datetime) -> bool:
    """Whether it came from another child so, and nobody has registered it just now.

    It says where it came from; or it comes back, and the copy that it left tells its version; or it is not as young as
    what is registered. What is registered in the midst of a join is of a later version than the first.
    """
    if new is None:
        return False
    is_young = at - codec.instant(new.refreshed_at) < JUST_WRITTEN
    has_come_along = bool(new.moved_from) and int(new.version) == 1
    has_come_back = old is not None and bool(old.moved_to) and int(old.version) == int(new.version)
    return has_come_along or has_come_back or not is_young


def _image[I: RegisterItem](change: Mapping[str, Any], name: str, wanted: type[I]) -> I | None:
    """One image of an item; None if it was not there before, or is not any more."""
    stored = change.get(name)
    if not stored:
        return None
    item = RegisterItem.from_raw_data({attribute: dict(value) for attribute, value in stored.items()})
    if not isinstance(item, wanted):
        message = "another kind of item than its key says"
        raise TypeError(message)
    for attribute, told in item.get_attributes().items():
        if not told.null and getattr(item, attribute) is None:
            message = "an item that lacks what its kind has"
            raise ValueError(message)
    return item


def _seen(item: InvolvementItem | None, at: datetime) -> Involvement | None:
    return codec.involvement_from(item) if item and is_live(item, at) else None


def _shield_of(child: ChildItem | None, at: datetime) -> Shield | None:
    return codec.shield_from(child.shield) if child and is_live(child, at) else None
