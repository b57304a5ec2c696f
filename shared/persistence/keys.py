"""Every key of every table, and nowhere else. Nothing personal stands in a key: numbers and names are hashed."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, fields
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from shared.domain.blocking import full_details, match_keys
from shared.domain.likeness import likeness

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.domain.involvement import ServiceType
    from shared.domain.likeness import Likeness
    from shared.domain.pseudonym import Pseudonyms

CHILD = "CHILD"
INVOLVEMENTS = "INV#"
POINTER = "SRC"
CLAIM = "ID"
NUMBERS = "ID#"
DETAILS_CLAIM = "ID#details#"
ROWS = "CHILD#"
"""How the sort keys of match rows begin."""
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

DEPENDENTS = "DEPENDENTS"
CALLERS = "CALLERS"
"""The partition of who has called, and in it the sort key of the hour up to which all are noted."""

DIFFERENCES = "DIFF#"
CASE = "CASE"
WORK = "WORK"

OVERRIDE = "OVERRIDE"
NOTICE = "NOTICE"
"""The sort key of what makes a notice once."""
HEAD = "HEAD"
"""The sort key, beside an organisation's notices, of how many it has been given."""
ALERTS = "ALERTS#"
HABITS = "HABITS"
"""The partition of the hours whose use has been looked at."""
SEALS = "SEALS"
"""The partition of the access log's seals, of every hour one: 8,760 a year."""

CASE_SHARDS = 16
"""Partitions of the list of open cases: 16,000 new cases a second. A national first load of 11 million children in one
night (8 hours) is 380 registrations a second; were every one of them given the most cases that a registration may raise
(5), they would be 1,900 a second, 120 for each partition, which takes 1,000."""

HOURS = "HOUR#"
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
    """The sort key of one child in the partition of a match key or number: one row for each thing said of it."""
    return f"{ROWS}{child_id}#{fingerprint}"


def organisation(code: str) -> str:
    """The sort key of an organisation among all."""
    return f"ORG#{code}"


def credentials(code: str) -> str:
    """The partition of an organisation's credentials."""
    return f"{CREDENTIALS}{code}"


def client(client_id: str) -> str:
    """The partition of a client, and its sort key among its organisation's credentials."""
    return f"CLIENT#{client_id}"


def dependent(dependent_id: str) -> str:
    """The sort key of a system that relies on the register, among all."""
    return f"DEPENDENT#{dependent_id}"


def closure_note(what: str, of: str | None = None) -> str:
    """The sort key, in the closure's partition, of something that has happened; `of` the place that it happened to."""
    return f"{CLOSURE_NOTES}{what}" if of is None else f"{CLOSURE_NOTES}{what}#{of}"


def bookmark(work: str, segment: int, segments: int) -> str:
    """The sort key, in the closure's partition, of how far a scan has come in one of so many segments."""
    return f"{BOOKMARKS}{work}#{segment:03d}of{segments:03d}"


def sweep(segment: int, segments: int) -> str:
    """The sort key, in expiry's partition, of how far the open register was swept in one of so many segments."""
    return f"{SWEEPS}{segment:03d}of{segments:03d}"


def in_force(rule: str) -> str:
    """The sort key, in expiry's partition, of since when a rule is what it is."""
    return f"RULE#{rule}"


def told(kind: str) -> str:
    """The sort key, in expiry's partition, of what an event of this kind has told of last."""
    return f"TOLD#{kind}"


def access_partition(at: datetime, access_id: str) -> str:
    """The hour (UTC) and a shard, from the record's own random id."""
    return _access_partition(at, int(access_id[-4:], 16) % ACCESS_SHARDS)


def access_partitions(hour: datetime) -> list[str]:
    """All partitions of an hour (UTC) of the access log."""
    return [_access_partition(hour, shard) for shard in range(ACCESS_SHARDS)]


def _access_partition(at: datetime, shard: int) -> str:
    return f"{HOURS}{at:%Y-%m-%dT%H}#{shard:02d}"


def access_sort(at: datetime, access_id: str) -> str:
    """In the order of time; the id makes it unique."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}#{access_id}"


_ACCESS_SORT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d):\d\d:\d\d\.\d{6}Z#[0-9a-f]*([0-9a-f]{4})", re.ASCII)


def is_access_key(partition: str, sort: str) -> bool:
    """Whether an access record may lie there. Such sort keys are unique in their hour: each has one shard."""
    read = _ACCESS_SORT.fullmatch(sort)
    return read is not None and partition == f"{HOURS}{read[1]}#{int(read[2], 16) % ACCESS_SHARDS:02d}"


def seal(hour: datetime) -> str:
    """The sort key of the seal of an hour (UTC)."""
    return f"{hour.astimezone(UTC):%Y-%m-%dT%H}"


def alerts(organisation_code: str) -> str:
    """The partition of what an organisation has to look at."""
    return f"{ALERTS}{organisation_code}"


def alert(at: datetime, alert_id: str) -> str:
    """The sort key of an alert: in the order of time."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}#{alert_id}"


def role_habit(organisation_code: str, role: str) -> str:
    """The partition of what the practitioners of one role at an organisation ask."""
    return f"PEERS#{organisation_code}#{role}"


def habit_hour(hour: datetime) -> str:
    """The sort key of what was asked in an hour (UTC)."""
    return f"{hour.astimezone(UTC):%Y-%m-%dT%H}"


def habit_told(hour: datetime) -> str:
    """The sort key, just after it, of the signs that auditors were told of."""
    return f"{habit_hour(hour)}#TOLD"


def override(override_id: str) -> str:
    """The partition of a shield that stands open to somebody."""
    return f"OVERRIDE#{override_id}"


def notices(organisation_code: str) -> str:
    """The partition of what an organisation has to be told."""
    return f"NOTICES#{organisation_code}"


def notice_place(number: int) -> str:
    """The sort key of an organisation's n-th notice: in the order in which they were put."""
    return f"{number:020d}"


def notice(notice_id: str) -> str:
    """The partition of what makes a notice once, and tells where it is."""
    return f"NOTICE#{notice_id}"


def watches(child_id: str) -> str:
    """The partition of the watches on a child."""
    return f"WATCHES#{child_id}"


def client_limit(client_id: str) -> str:
    """Of how often a client has asked."""
    return f"LIMIT#{client_id}"


class Rows(NamedTuple):
    """The keys of the match rows of one statement under one name."""

    by_likeness: list[tuple[str, str]]
    """In the partitions of match keys. Equal likeness has equal ones."""
    by_number: list[tuple[str, str]]


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
        claims = self.numbers(details)
        if complete := full_details(details):
            claims.append(f"{DETAILS_CLAIM}{self.pseudonyms.of('details', *complete)}")
        return claims

    def numbers(self, details: ChildDetails) -> list[str]:
        """The partitions of a child's numbers: in each its claim, and the rows of what is said of the child."""
        return [
            f"{NUMBERS}{identifier.kind}#{self.pseudonyms.of(identifier.kind, identifier.authority, identifier.value)}"
            for identifier in details.identifiers
        ]

    def match_rows(self, home: str, details: ChildDetails, service_type: ServiceType) -> dict[Likeness, Rows]:
        """Under each name of the child, the rows by which it is found. `home` is as whom.

        Each type of service has rows of its own, so that what may not be seen of one is never led to by another's.
        """
        numbers = self.numbers(details)
        rows: dict[Likeness, Rows] = {}
        for named in details.under_each_name():
            stated = likeness(named, self.pseudonyms)
            row = match_row(home, self.fingerprint(stated, service_type))
            rows[stated] = Rows([(key, row) for key in self.match_keys(named)], [(key, row) for key in numbers])
        return rows

    def match_keys(self, details: ChildDetails) -> list[str]:
        """The partitions in which children like this one are found."""
        return [self._match_key(key) for key in match_keys(details)]

    def rows_of_number(
        self, number: str, home: str, details: ChildDetails, service_type: ServiceType
    ) -> dict[tuple[str, str], Likeness]:
        """In the partition of a number, the rows of a child that states it: one under each name."""
        named = self.match_rows(home, details, service_type).items()
        return {key: stated for stated, rows in named for key in rows.by_number if key[0] == number}

    def asked(self, details: ChildDetails) -> dict[str, bool]:
        """Every partition in which rows of the child that is asked for may stand, and whether the place led there."""
        by_place = {self._match_key(key): key[0] in _OF_PLACES for key in match_keys(details)}
        return by_place | dict.fromkeys(self.numbers(details), False)

    def leading(self, home: str, details: ChildDetails, service_type: ServiceType) -> list[tuple[str, str]]:
        """The keys of all that leads to a child by this statement: its claims, and its match rows under every name."""
        named = self.match_rows(home, details, service_type).values()
        rows = (row for under_one_name in named for row in (*under_one_name.by_likeness, *under_one_name.by_number))
        return [*((claim, CLAIM) for claim in self.claims(details)), *rows]

    def case_id(self, one: str, other: str) -> str:
        """The id of the case of two children, whichever is named first."""
        return self.pseudonyms.of("case", *sorted((one, other)))

    def fingerprint(self, stated: Likeness, service_type: ServiceType) -> str:
        """Equal for two statements of one type of service if and only if scoring sees no difference between them."""
        values = (getattr(stated, detail.name) for detail in fields(stated))
        return self.pseudonyms.of("likeness", *(str(value or "") for value in values), service_type)[:11]

    def practitioner_limit(self, client_id: str, practitioner_id: str) -> str:
        """Of how often a practitioner has asked by a client."""
        return f"{client_limit(client_id)}#{self.pseudonyms.of('practitioner', practitioner_id)}"

    def habit(self, organisation_code: str, practitioner_id: str) -> str:
        """The partition of what one practitioner asks."""
        return f"HABIT#{organisation_code}#{self.pseudonyms.of('habit', practitioner_id)}"

    def _match_key(self, key: tuple[str, ...]) -> str:
        return f"KEY#{self.pseudonyms.of('key', *key)}"

    def _reference(self, source_reference: str) -> str:
        return self.pseudonyms.of("source_reference", source_reference)


_OF_PLACES = frozenset({"postcode", "names+area"})
"""The kinds of match keys that the postcode is part of."""
