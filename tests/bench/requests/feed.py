"""`python -m tests.bench.requests.feed ROWS …`: extracts of so many rows, one after the other; prints JSON.

The real feed function takes them in. S3 hands out rows that are made while they are read, and the tables answer that
they know nobody; or, the second time, that all is as it was: the pointers that were written are kept for that. With each
hundred rows a few bare queries are measured, and what those took is taken off.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import resource
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from statistics import mean
from typing import TYPE_CHECKING, Any, override

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from tests.bench.requests import bare
from tests.bench.requests.bare import IN_ONE_TURN, WARM_UPS, timed
from tests.bench.requests.measure import catch
from tests.bench.requests.recorded import Raw, Recorded, body_of, target_of
from tests.bench.requests.recording import FILE
from tests.bench.requests.scenarios import FED, FEEDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.awsrequest import AWSPreparedRequest

ROWS_AT_LEAST = 5_000
"""That are taken in of each size: a short extract comes in rounds."""
_LETTERS = "abcdefghijklmnoprstuvwy"
_ROW = "{reference},health_visiting,{given},{family},{born},{postcode},020 7946 0018,Willow Team,Bronwen Pugh\n"


def row_of(n: int) -> bytes:
    """The n-th row: a child of its own, and as long as every other."""
    places = [_LETTERS[n // len(_LETTERS) ** place % len(_LETTERS)] for place in range(4)]
    name = "".join(places)
    born = f"20{10 + n % 15}-{1 + n % 12:02}-{1 + n % 28:02}"
    postcode = (
        f"LS{n // 26 % 10} {n % 10}{'ABDEFGHJLNPQRSTUWXYZ'[n // 260 % 20]}{'ABDEFGHJLNPQRSTUWXYZ'[n // 5200 % 20]}"
    )
    text = _ROW.format(
        reference=f"case-{n:07}", given=f"Ann{name}", family=f"Mar{name[::-1]}", born=born, postcode=postcode
    )
    return text.encode()


class Rows(io.RawIOBase):
    """So many rows, made while they are read."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = (row_of(n) for n in range(rows))
        self._rest = FED

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        wanted = size if size is not None and size >= 0 else sys.maxsize
        while len(self._rest) < wanted and (more := b"".join(islice(self._rows, 1000))):
            self._rest += more
        some, self._rest = self._rest[:wanted], self._rest[wanted:]
        return some

    def stream(self, amount: int = 65536, **_: object) -> Iterator[bytes]:
        yield from iter(partial(self.read, amount), b"")


@dataclass
class Feed(Recorded):
    """The network, with a bucket. `pointers` are what was written, by key, if it is to be known again.

    `between` is called as often as the next hundred rows are looked up: the threads that register rows wait then.
    """

    rows: int = 0
    between: Callable[[], object] = lambda: None
    pointers: dict[str, Any] | None = field(default_factory=dict)

    @override
    def __call__(self, request: AWSPreparedRequest, **event: object) -> AWSResponse:
        if "X-Amz-Target" not in request.headers:
            return self._of_bucket(request)
        asked, target = json.loads(body_of(request) or b"{}"), target_of(request)
        if target == "BatchGetItem" and threading.current_thread() is threading.main_thread():
            self.between()
        match target:
            case "TransactWriteItems" if self.pointers is not None:
                items = [step["Put"]["Item"] for step in asked["TransactItems"] if "Put" in step]
                self.pointers |= {item["pk"]["S"]: item for item in items if item["kind"]["S"] == "pointer"}
            case "BatchGetItem" if self.pointers:
                ((table, wanted),) = asked["RequestItems"].items()
                found = [self.pointers[key["pk"]["S"]] for key in wanted["Keys"] if key["pk"]["S"] in self.pointers]
                return self.answering(request, json.dumps({"Responses": {table: found}}).encode())
        return super().__call__(request, **event)

    def _of_bucket(self, request: AWSPreparedRequest) -> AWSResponse:
        headers = HTTPHeaders()
        headers["ETag"] = '"0123456789abcdef0123456789abcdef"'
        headers["Last-Modified"] = "Mon, 23 Nov 2026 02:00:00 GMT"
        if request.method == "GET":
            headers["Content-Length"] = str(len(FED) + self.rows * len(row_of(0)))
            return AWSResponse(request.url, 200, headers, Rows(self.rows))
        return AWSResponse(request.url, 200, headers, Raw(b""))


def main(sizes: list[int]) -> dict[str, Any]:
    """Of each size, in order: rows a second of CPU and a bare query's milliseconds of each round; the most memory so far.

    That is in MiB. The first is taken in again in the end, when all of it is known.
    """
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    os.environ |= kept["environment"]
    network = Feed({key: answer.encode() for key, answer in kept["feed"].items()} | bare.held_by_few(kept))
    network.install()
    function = importlib.import_module("functions.feed.handler")
    handler, interrupted = function.handler, function.FeedInterrupted
    log = io.StringIO()
    catch(log)
    query, turns = bare.query(kept), list[float]()
    timed(query, WARM_UPS)
    network.between = lambda: turns.append(timed(query, IN_ONE_TURN))

    def take_in(rows: int, outcome: str) -> tuple[float, float]:
        network.rows = rows
        turns.clear()
        log.truncate(0)
        log.seek(0)
        began = time.process_time()
        with suppress(interrupted):  # the log says why
            handler({"detail": {"bucket": {"name": "feeds"}, "object": {"key": FEEDING}}}, None)
        seconds = time.process_time() - began - sum(turns) * IN_ONE_TURN / 1000
        line = json.loads(log.getvalue())
        if line.get("counts", {}).get(outcome) != rows:
            raise RuntimeError(line)
        return rows / seconds, mean(turns)

    def in_rounds(rows: int, outcome: str) -> dict[str, Any]:
        rates, bares = zip(*(take_in(rows, outcome) for _ in range(rounds_of(rows))), strict=True)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"rows": rows, "outcome": outcome, "rows_a_second": rates, "bare": bares, "mebibytes": most}

    network.pointers = None
    take_in(100, "created")  # warm
    taken = [in_rounds(rows, "created") for rows in sizes]
    network.pointers = {}
    take_in(sizes[0], "created")
    return {"taken": [*taken, in_rounds(sizes[0], "unchanged")]}


def rounds_of(rows: int) -> int:
    """How often an extract of so many rows is taken in."""
    return max(1, ROWS_AT_LEAST // rows)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main([int(size) for size in sys.argv[1:]])) + "\n")
