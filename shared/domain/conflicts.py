"""What a store says when a write came too late: signals to look again, never errors of a caller."""

from __future__ import annotations


class Conflict(Exception):  # not an error of the caller's: a signal to look again
    """Somebody changed what the write relied on; nothing was written. Survey again and decide anew."""


class Joined(Conflict):
    """Somebody is joining the child, or has joined it, into another: mean that one, and decide anew."""

    def __init__(self, child_id: str, into: str) -> None:
        super().__init__(child_id, into)
        self.child_id = child_id
        self.into = into


class UnderWay(Exception):  # not an error of the caller's: a signal to finish that first
    """One of the children is just being joined, or a join of it is being undone, by another case."""

    def __init__(self, case_id: str) -> None:
        super().__init__(case_id)
        self.case_id = case_id


class FoundDifferent(Exception):  # not an error of the caller's: a signal to decide anew
    """The involvement lies with a child that a person has found different from the one it would move to."""
