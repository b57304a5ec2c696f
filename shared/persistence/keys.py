"""Every key of every table, and nowhere else. Nothing personal stands in a key: numbers and names are hashed."""

from __future__ import annotations

import re
import zlib
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


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
REACHED = "REACHED"
"""The partition of how far hours were looked at for which one run was too short."""
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


def reached(hour: datetime, practitioners: int) -> str:
    """The sort key of how many practitioners of an hour were looked at: the most come last."""
    return f"{habit_hour(hour)}#{practitioners:08d}"


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
