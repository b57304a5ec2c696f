"""The bytes of a certificate, and whether bytes that were found are the same certificate, written by another run."""

from __future__ import annotations

import json
from datetime import UTC, datetime

_INSTANTS = frozenset({"started_at", "finished_at", "counted_at", "found_empty_at", "gone_by", "at", "deletion_date"})
_YES_OR_NO = frozenset({"before_is_whole", "in_time"})
_STATES = frozenset({"pending_deletion", "deleted"})


def canonical(document: object) -> bytes:
    """JSON in UTF-8, keys sorted, two spaces, one newline at the end."""
    return (json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def text_of(instant: datetime | None) -> str | None:
    """In UTC, to the millisecond."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if instant else None


def is_another_run_of(own: object, written: bytes) -> bool:
    """Whether bytes are canonical, and differ from a document in nothing but instants and counts.

    Two runs of one closure count and find at different times; that the key is gone may be known to the later one only.
    Whatever else differs was written by somebody else. Never raises, whatever the bytes are.
    """
    try:
        read = json.loads(written)
        return canonical(read) == written and _agree(own, read)
    except (ValueError, RecursionError):
        return False


def _agree(own: object, read: object, name: str = "") -> bool:
    """Of two parts that are called by this name."""
    if isinstance(own, dict) and isinstance(read, dict):
        agree = _are_counts if name == "before" else _agree
        return own.keys() == read.keys() and all(agree(own[key], read[key], key) for key in own)
    if isinstance(own, list) and isinstance(read, list):
        return len(own) == len(read) and all(map(_agree, own, read))
    return _value_agrees(own, read, name)


def _are_counts(own: object, read: object, _name: str) -> bool:
    return isinstance(own, int) and type(read) is int and read >= 0


def _value_agrees(own: object, read: object, name: str) -> bool:
    if name in _INSTANTS:
        return _is_instant(read) or (read is None and (own is None or name == "deletion_date"))
    if name in _YES_OR_NO:
        return isinstance(read, bool)
    if name == "state":
        return isinstance(read, str) and read in _STATES
    return type(own) is type(read) and own == read


def _is_instant(text: object) -> bool:
    if not isinstance(text, str):
        return False
    try:
        return text_of(datetime.fromisoformat(text)) == text
    except (ValueError, OverflowError):
        return False
