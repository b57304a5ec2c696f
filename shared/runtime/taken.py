"""What becomes of a dead letter that is taken up again, as the functions tell each other."""

from __future__ import annotations

from enum import StrEnum

AGAIN = "again"
"""Of the event with which notify is asked to read a change anew; its value is the message that says where it stands."""


class Taken(StrEnum):
    """What became of a dead letter."""

    REPLAYED = "replayed"
    FAILED_AGAIN = "failed_again"
    """It was taken and failed anew, and lies there as a new message."""
    NO_LONGER_THERE = "no_longer_there"
    """What it tells of cannot be read any more: it stays, for a person to decide."""
    UNREADABLE = "unreadable"
    """It is no message of ours: it stays, for a person to look into."""
    FAILED = "failed"
    """Whoever is to take it does not answer, or could not take it now: it stays, for the next run."""
