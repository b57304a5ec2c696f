"""A table's stream: what was written to it, as Lambda hands it over, taken down write by write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.persistence import keys, models
from tests.integration.emulated import ACCESS_LOG, REGISTER, taken

type Record = dict[str, Any]
type Image = dict[str, Any]

_BASES: dict[str, Any] = {REGISTER: models.RegisterItem, ACCESS_LOG: models.AccessLogItem}


@dataclass
class Stream:
    """Follows a table from now on. The records of one transaction come in the order of their keys, as they might."""

    table: str
    clock: Callable[[], datetime]
    records: list[Record] = field(default_factory=list)
    _held: dict[tuple[str, str], Image] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._held = self._images()
        client = _BASES[self.table]._get_connection().connection.client  # noqa: SLF001  # PynamoDB has no public way to it
        for operation in ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"):
            client.meta.events.register(f"after-call.dynamodb.{operation}", self._take_down)

    @property
    def changes(self) -> list[Record]:
        """Those that `RegisterChanges` is woken by."""
        return [one for one in self.records if place_of(one)[0].startswith((keys.child(""), keys.case("")))]

    @property
    def put(self) -> list[Record]:
        """Those that `NoticesMade` is woken by."""
        return [
            one
            for one in self.records
            if one["eventName"] == "INSERT"
            and place_of(one)[0].startswith(keys.notices(""))
            and place_of(one)[1] != keys.HEAD
        ]

    def forget(self) -> None:
        """All that was written until now, be it beside us."""
        with self._lock:
            self.records.clear()
            self._held = self._images()

    def _take_down(self, **_event: Any) -> None:
        with self._lock:
            before, self._held = self._held, self._images()
            for place in sorted(before.keys() | self._held.keys()):
                old, new = before.get(place), self._held.get(place)
                if old != new:
                    self.records.append(self._record(place, old, new))

    def _record(self, place: tuple[str, str], old: Image | None, new: Image | None) -> Record:
        number = len(self.records) + 1
        images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image}
        return {
            "eventID": f"event-{self.table}-{number}",
            "eventName": "MODIFY" if old and new else "INSERT" if new else "REMOVE",
            "eventSource": "aws:dynamodb",
            "eventSourceARN": f"arn:aws:dynamodb:eu-west-2:123456789012:table/{self.table}/stream/2026-11-20T00:00:00",
            "dynamodb": {
                "ApproximateCreationDateTime": float(int(self.clock().timestamp())),
                "Keys": {"pk": {"S": place[0]}, "sk": {"S": place[1]}},
                "SequenceNumber": f"{number:021d}",
                "StreamViewType": "NEW_AND_OLD_IMAGES",
                **images,
            },
        }

    def _images(self) -> dict[tuple[str, str], Image]:
        return {
            (item.attrs["pk"].value, item.attrs["sk"].value): item.to_json()["Attributes"]
            for rows in taken(self.table).values()
            for item in rows.values()
        }


def place_of(record: Record) -> tuple[str, str]:
    """The key of the item that a record is about."""
    of = record["dynamodb"]["Keys"]
    return of["pk"]["S"], of["sk"]["S"]


def number_of(record: Record) -> str:
    """As a function answers with it."""
    return str(record["dynamodb"]["SequenceNumber"])


def from_there(records: Sequence[Record], number: str) -> list[Record]:
    """What Lambda hands over again once a function has answered with a number."""
    (place,) = [place for place, one in enumerate(records) if number_of(one) == number]
    return list(records[place:])


def unreadable(record: Record) -> Record:
    """The same record, of an item that no write of ours can have left."""
    broken = {**record["dynamodb"], "NewImage": {**record["dynamodb"]["Keys"], "kind": {"S": "none of ours"}}}
    return {**record, "eventID": f"{record['eventID']}-broken", "dynamodb": broken}
