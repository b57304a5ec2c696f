"""Every key of every table, and nowhere else. Nothing personal stands in a key: numbers and names are hashed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from datetime import UTC
from typing import TYPE_CHECKING

from shared.domain.blocking import full_details, match_keys
from shared.domain.likeness import likeness

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.domain.likeness import Likeness
    from shared.domain.pseudonym import Pseudonyms

CHILD = "CHILD"
INVOLVEMENTS = "INV#"
POINTER = "SRC"
CLAIM = "ID"
DETAILS_CLAIM = "ID#details#"
ORGANISATIONS = "ORGANISATIONS"
CREDENTIALS = "CREDENTIALS#"
CLIENT = "CLIENT"

CLOSURE = "CLOSURE"
"""The partition of the closure, and in it the sort key of what was accepted."""
CLOSURE_NOTES = "NOTE#"
BOOKMARKS = "BOOKMARK#"

EXPIRY = "EXPIRY"
"""The partition of what expiry remembers of its own work, whatever becomes of the closure."""

SWEEPS = "SWEEP#"

DIFFERENCES = "DIFF#"
CASE = "CASE"
WORK = "WORK"

CASE_SHARDS = 16
"""Partitions of the list of open cases: 16,000 new cases a second. A national first load of 11 million children in one
night (8 hours) is 380 registrations a second; were every one of them given the most cases that a registration may raise
(5), they would be 1,900 a second, 120 for each partition, which takes 1,000."""

ACCESS_SHARDS = 16
"""Partitions of one hour of the access log: 16,000 records a second, far above the national peak."""


def child(child_id: str) -> str:
    """The partition of a child and its involvements."""
    return f"CHILD#{child_id}"


def difference(other: str, via: str | None = None) -> str:
    """The sort key, in a child's partition, of one that it is not; `via` if a child joined into it brought that along."""
    return f"{DIFFERENCES}{other}#{via}" if via else f"{DIFFERENCES}{other}"


def case(case_id: str) -> str:
    """The partition of a case."""
    return f"CASE#{case_id}"


def open_cases(shard: int) -> str:
    """A partition of the list of open cases."""
    return f"REVIEWS#{shard:02d}"


def case_shard(case_id: str) -> int:
    """In which partition of the list a case stands."""
    return zlib.crc32(case_id.encode()) % CASE_SHARDS


def open_case(raised_at: datetime, case_id: str) -> str:
    """The sort key of an open case: in the order of time."""
    return f"{raised_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}#{case_id}"


def work(case_id: str) -> str:
    """The sort key of a join or an undoing among all that are under way. People decide them one by one: one partition."""
    return f"JOIN#{case_id}"


def match_row(child_id: str, fingerprint: str) -> str:
    """The sort key of one child in the partition of a match key: one row for each thing said of it."""
    return f"CHILD#{child_id}#{fingerprint}"


def organisation(code: str) -> str:
    """The sort key of an organisation among all."""
    return f"ORG#{code}"


def credentials(code: str) -> str:
    """The partition of an organisation's credentials."""
    return f"{CREDENTIALS}{code}"


def client(client_id: str) -> str:
    """The partition of a client, and its sort key among its organisation's credentials."""
    return f"CLIENT#{client_id}"


def closure_note(what: str, of: str | None = None) -> str:
    """The sort key, in the closure's partition, of something that has happened; `of` the place that it happened to."""
    return f"{CLOSURE_NOTES}{what}" if of is None else f"{CLOSURE_NOTES}{what}#{of}"


def bookmark(work: str, segment: int, segments: int) -> str:
    """The sort key, in the closure's partition, of how far a scan has come in one of so many segments."""
    return f"{BOOKMARKS}{work}#{segment:03d}of{segments:03d}"


def sweep(segment: int, segments: int) -> str:
    """The sort key, in expiry's partition, of how far the open register was swept in one of so many segments."""
    return f"{SWEEPS}{segment:03d}of{segments:03d}"


def told(kind: str) -> str:
    """The sort key, in expiry's partition, of what an event of this kind has told of last."""
    return f"TOLD#{kind}"


def access_partition(at: datetime, access_id: str) -> str:
    """The hour (UTC) and a shard, from the record's own random id."""
    return f"HOUR#{at:%Y-%m-%dT%H}#{int(access_id[-4:], 16) % ACCESS_SHARDS:02d}"


def access_sort(at: datetime, access_id: str) -> str:
    """In the order of time; the id makes it unique."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}#{access_id}"


@dataclass(frozen=True, slots=True)
class RegisterKeys:
    """The keys that hide something, made with the deployment's secret."""

    pseudonyms: Pseudonyms

    def involvement(self, organisation_code: str, source_reference: str) -> str:
        """The sort key of an involvement in its child's partition."""
        return f"{INVOLVEMENTS}{organisation_code}#{self._reference(source_reference)}"

    def pointer(self, organisation_code: str, source_reference: str) -> str:
        """The partition of a source pointer."""
        return f"SRC#{organisation_code}#{self._reference(source_reference)}"

    def claims(self, details: ChildDetails) -> list[str]:
        """The partitions of what only one child can have: its numbers, and its details when they are complete."""
        claims = [
            f"ID#{identifier.kind}#{self.pseudonyms.of(identifier.kind, identifier.authority, identifier.value)}"
            for identifier in details.identifiers
        ]
        if complete := full_details(details):
            claims.append(f"{DETAILS_CLAIM}{self.pseudonyms.of('details', *complete)}")
        return claims

    def match_rows(self, home: str, details: ChildDetails) -> dict[Likeness, list[tuple[str, str]]]:
        """Under each name of the child, the rows by which it is found: one for each match key. `home` is as whom."""
        rows: dict[Likeness, list[tuple[str, str]]] = {}
        for named in details.under_each_name():
            stated = likeness(named, self.pseudonyms)
            row = match_row(home, self.fingerprint(stated))
            rows[stated] = [(key, row) for key in self.match_keys(named)]
        return rows

    def match_keys(self, details: ChildDetails) -> list[str]:
        """The partitions in which children like this one are found."""
        return [f"KEY#{self.pseudonyms.of('key', *key)}" for key in match_keys(details)]

    def leading(self, home: str, details: ChildDetails) -> list[tuple[str, str]]:
        """The keys of all that leads to a child by this statement: its claims, and its match rows under every name."""
        rows = (row for under_one_name in self.match_rows(home, details).values() for row in under_one_name)
        return [*((claim, CLAIM) for claim in self.claims(details)), *rows]

    def case_id(self, one: str, other: str) -> str:
        """The id of the case of two children, whichever is named first."""
        return self.pseudonyms.of("case", *sorted((one, other)))

    def fingerprint(self, stated: Likeness) -> str:
        """Equal for two statements if and only if scoring would see no difference between them."""
        values = (getattr(stated, detail.name) for detail in fields(stated))
        return self.pseudonyms.of("likeness", *(str(value or "") for value in values))[:11]

    def _reference(self, source_reference: str) -> str:
        return self.pseudonyms.of("source_reference", source_reference)
