from __future__ import annotations

import inspect
import json
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import certificate as certificates
from shared.domain.certificate import Certificate, KeyFate, OutOfReach, Signature, unproven
from shared.domain.certificate_page import page
from shared.domain.destruction import Method, Stage
from shared.domain.plan import StepName
from shared.persistence import copies, elsewhere, emptying
from shared.runtime.places.feed_bucket import FeedBucketPlace
from shared.runtime.places.hashing_secret import HashingSecretPlace
from shared.runtime.places.identity import ClientsPlace, UsersPlace
from shared.runtime.places.key import KeyPlace
from shared.runtime.places.log_groups import LogGroupsPlace
from shared.runtime.places.queues import Queue
from tests.support.certifying import CLOSED, CLOSURE, DELETED, EMPTIED, PLACES, RESOURCES, TOOL, VERIFIED, over
from tests.support.closing import FakePlace

DIGEST = "ab" * 32


def a_certificate(**changed: Any) -> Certificate:
    facts: dict[str, Any] = {
        "environment": "production",
        "resources": RESOURCES,
        "lifecycle": CLOSURE,
        "progress": over(),
        "places": PLACES,
        "key": KeyFate(key_id="key-1", deleted_at=DELETED),
        "signature": Signature(key_id="signing-1", public_key_sha256="cd" * 32),
        "tool": TOOL,
        "verified_at": VERIFIED,
    }
    return Certificate(**facts | changed)


def not_counted_to_the_end() -> Certificate:
    progress = over()
    items = replace(progress.surveyed["register-items"], is_whole=False)
    return a_certificate(progress=replace(progress, surveyed={**progress.surveyed, "register-items": items}))


# The document


def test_it_says_who_ordered_it_and_what_did_it() -> None:
    said = a_certificate().document()
    assert said["ordered_by"] == "The Secretary of State"
    assert said["performed_by"] == {"tool": "Signpost", "version": "1.2.3", "commit": TOOL.commit}


def test_it_says_of_every_place_what_was_done_and_counted_and_when() -> None:
    items, bucket, key = a_certificate().document()["destruction"]["places"]
    assert items == {
        "name": "register-items",
        "what": certificates.PLACES["register-items"],
        "method": "clear",
        "before": {"child": 12_345, "involvement": 30_001},
        "before_is_whole": True,
        "counted_at": "2010-08-13T11:00:00.000Z",
        "after": 0,
        "found_empty_at": "2010-08-13T16:00:00.000Z",
        "gone_by": None,
    }
    assert (bucket["method"], key["method"]) == ("purge", "cryptographic_erase")


def test_it_explains_the_methods_that_were_used_and_no_other() -> None:
    assert a_certificate().document()["destruction"]["methods"].keys() == {"clear", "purge", "cryptographic_erase"}
    assert a_certificate(places=PLACES[:1]).document()["destruction"]["methods"].keys() == {"clear"}


def test_it_says_when_it_began_and_when_the_last_place_was_found_empty() -> None:
    progress = over()
    later = replace(progress, emptied={**progress.emptied, "key": EMPTIED + timedelta(hours=1)})
    said = a_certificate(progress=later).document()["destruction"]
    assert (said["started_at"], said["finished_at"]) == ("2010-08-13T11:00:00.000Z", "2010-08-13T17:00:00.000Z")


def test_it_says_the_parameters_as_the_template_names_them() -> None:
    assert a_certificate().document()["closure"]["parameters"] == {
        "ClosesAt": "2010-08-06T11:00:00+00:00",
        "SuccessorUrl": "https://successor.example/",
        "DestructionWindow": "P2M",
        "DestructionStartsAfter": "P7D",
        "CredentialsReturnBy": "",
        "DestructionAuthority": "The Secretary of State",
        "SupportEndsAt": "",
    }


def test_it_says_when_the_key_is_deleted_or_that_it_is() -> None:
    assert a_certificate().document()["encryption_key"] == {
        "key_id": "key-1",
        "state": "pending_deletion",
        "deletion_date": "2010-08-20T17:00:00.000Z",
    }
    gone = a_certificate(key=KeyFate(key_id="key-1", deleted_at=None)).document()["encryption_key"]
    assert (gone["state"], gone["deletion_date"]) == ("deleted", None)


def test_it_says_what_is_kept_and_why() -> None:
    kept = {entry["what"]: entry["why"] for entry in a_certificate().document()["kept_on_purpose"]}
    assert {"access log", "directory", "this certificate"} <= kept.keys()
    assert all(kept.values())


def test_it_says_whether_it_was_in_time_to_the_instant() -> None:
    deadline = CLOSURE.deadline
    assert deadline is not None
    assert a_certificate(verified_at=deadline).document()["verification"]["in_time"]
    late = a_certificate(verified_at=deadline + timedelta(microseconds=1))
    assert not late.document()["verification"]["in_time"]


def test_it_does_not_hide_that_a_place_was_not_counted_to_the_end() -> None:
    assert not not_counted_to_the_end().document()["destruction"]["places"][0]["before_is_whole"]


def test_the_same_facts_give_the_same_bytes_whatever_their_order() -> None:
    backwards = dict(reversed(RESOURCES.items()))
    assert a_certificate(resources=backwards).to_bytes() == a_certificate().to_bytes()


def test_its_bytes_are_utf_8_with_keys_in_order_and_one_newline_at_the_end() -> None:
    written = a_certificate(lifecycle=replace(CLOSURE, authority="Cyngor Sir Gâr")).to_bytes()
    read = json.loads(written)
    assert "Cyngor Sir Gâr" in written.decode()
    assert list(read) == sorted(read)
    assert written.endswith(b"}\n")
    assert b"\r" not in written


def test_nothing_is_certified_while_a_place_is_unproven() -> None:
    progress = over()
    assert unproven(PLACES, progress) == ()
    assert unproven(PLACES, replace(progress, emptied={})) == ("register-items", "feed-bucket", "key")
    assert unproven(PLACES, replace(progress, surveyed={**progress.surveyed}, emptied={"key": EMPTIED})) == (
        "register-items",
        "feed-bucket",
    )


def test_every_place_that_there_is_can_be_certified() -> None:
    own = (
        FeedBucketPlace, HashingSecretPlace, ClientsPlace, UsersPlace, KeyPlace, LogGroupsPlace,
    )  # fmt: skip
    of_the_table = {
        str(vars(found)["name"])
        for module in (copies, elsewhere, emptying)
        for found in vars(module).values()
        if inspect.isclass(found) and {"name", "stage"} <= vars(found).keys()
    }
    assert of_the_table
    assert {place.name for place in own} | {*Queue} | of_the_table == certificates.PLACES.keys()


def test_every_method_is_explained() -> None:
    places = tuple(replace(place, method=method) for place, method in zip((*PLACES, PLACES[0]), Method, strict=True))
    assert len(a_certificate(places=places).document()["destruction"]["methods"]) == len(Method)


def a_place(name: str, **changed: Any) -> dict[str, Any]:
    """What it says of one place."""
    places = (FakePlace(name, StepName.LOGS, Stage.TRACES),)
    said: dict[str, Any] = a_certificate(places=places, progress=replace(over(places), **changed)).document()
    (place,) = said["destruction"]["places"]
    return dict(place)


def test_it_says_how_long_aws_keeps_what_cannot_be_read_any_more() -> None:
    stream, logs = a_place("register-stream"), a_place("log-groups")
    assert (stream["found_empty_at"], stream["gone_by"]) == ("2010-08-13T16:00:00.000Z", "2010-08-14T16:00:00.000Z")
    assert "24 hours" in stream["what"]
    assert logs["gone_by"] == "2010-08-16T16:00:00.000Z"
    assert "72 hours" in logs["what"]


def test_it_says_how_many_clients_closure_had_deleted_before() -> None:
    assert a_place("clients", clients=12)["before"] == {"things": 1, "deleted_at_closure": 12}
    assert a_place("clients")["before"] == {"things": 1}
    assert a_place("failed-feeds", clients=12)["before"] == {"things": 1}


EXPORT = OutOfReach(what="export of the table to S3", where="arn:aws:dynamodb:eu-west-2:1:table/R/export/01")


def test_it_claims_no_more_than_was_looked_for() -> None:
    said = a_certificate().document()
    assert said["not_destroyed"] == []
    assert "this account and region" in said["statement"]
    assert "anywhere" not in json.dumps(said)
    assert said["not_looked_for"]


def test_a_copy_that_lies_elsewhere_is_named_and_the_statement_says_so() -> None:
    said = a_certificate(elsewhere=(EXPORT,)).document()
    assert said["not_destroyed"] == [{"what": EXPORT.what, "where": EXPORT.where}]
    assert "WERE NOT DESTROYED" in said["statement"]
    assert "WERE NOT DESTROYED" not in a_certificate().document()["statement"]


# Another run's


def another_run() -> Certificate:
    later = timedelta(minutes=5)
    before = over()
    counted = {name: replace(one, at=one.at + later, is_whole=False) for name, one in before.surveyed.items()}
    emptied = {name: at + later for name, at in before.emptied.items()}
    progress = replace(before, surveyed=counted, emptied=emptied)
    return a_certificate(progress=progress, verified_at=VERIFIED + later, key=KeyFate(key_id="key-1", deleted_at=None))


def test_what_another_run_found_at_other_instants_is_the_same_certificate() -> None:
    assert a_certificate().is_said_by(another_run().to_bytes())
    assert another_run().is_said_by(a_certificate().to_bytes())


@pytest.mark.parametrize(
    "other",
    [
        {"environment": "another"},
        {"resources": {"register table": "another"}},
        {"lifecycle": replace(CLOSURE, authority="Nobody")},
        {"lifecycle": replace(CLOSURE, closes_at=CLOSED + timedelta(days=1))},
        {"places": PLACES[:2]},
        {"key": KeyFate(key_id="key-2", deleted_at=DELETED)},
        {"elsewhere": (EXPORT,)},
        {"signature": Signature(key_id="signing-2", public_key_sha256="cd" * 32)},
        {"tool": replace(TOOL, commit="another")},
    ],
)
def test_what_says_anything_else_is_another_certificate(other: dict[str, Any]) -> None:
    assert not a_certificate().is_said_by(a_certificate(**other).to_bytes())
    assert not a_certificate(**other).is_said_by(a_certificate().to_bytes())


@pytest.mark.parametrize(
    "written",
    [b"", b"{}\n", b"null", b"[]", b"\xff", b"[" * 100_000, b'{"a": NaN}', a_certificate().to_bytes()[:-1]],
)
def test_what_is_not_even_a_certificate_is_none(written: bytes) -> None:
    assert not a_certificate().is_said_by(written)


@given(st.data())
def test_nothing_can_be_put_in_the_place_of_any_value_but_an_instant_or_a_count(data: st.DataObject) -> None:
    document = json.loads(a_certificate().to_bytes())
    part: Any = document
    while True:
        keys = sorted(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(part[key], dict | list) or not part[key]:
            break
        part = part[key]
    instead: list[Any] = ["<b>", "", 7.5, -1, {}, [[]], {"key": "another"}]
    part[key] = data.draw(st.sampled_from([other for other in instead if other != part[key]]))
    forged = (json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    assert not a_certificate().is_said_by(forged)


# The page


class Reader(HTMLParser):
    """The tags, and whether each that is opened is closed; and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def the_page(certificate: Certificate) -> Reader:
    reader = Reader()
    reader.feed(page(json.loads(certificate.to_bytes()), sha256=DIGEST))
    reader.close()
    assert not reader.open
    return reader


def test_the_page_shows_what_the_document_says() -> None:
    shown = the_page(a_certificate()).text
    for fact in (
        "The Secretary of State", TOOL.commit, "12,345 child", "30,001 involvement", "2010-08-13T16:00:00.000Z",
        "key-1", "2010-08-20T17:00:00.000Z", "signpost-feeds-1", "ClosesAt=2010-08-06T11:00:00+00:00",
        "cryptographic erase", "access log", "cd" * 32, DIGEST, "found 0",
    ):  # fmt: skip
        assert fact in shown


def test_the_page_shows_what_was_not_destroyed_and_when_the_rest_is_gone() -> None:
    places = (FakePlace("register-stream", StepName.STREAM, Stage.COPIES),)
    shown = the_page(a_certificate(elsewhere=(EXPORT,), places=places, progress=over(places))).text
    for fact in ("NOT DESTROYED BY THIS SYSTEM", EXPORT.where, "gone by 2010-08-14T16:00:00.000Z"):
        assert fact in shown
    assert "NOT DESTROYED BY" not in the_page(a_certificate()).text


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    read = the_page(a_certificate())
    assert not {"script", "link", "img", "iframe", "a"} & read.seen
    assert not {"src", "href", "onload", "style"} & read.attributes
    assert "url(" not in page(json.loads(a_certificate().to_bytes()), sha256=DIGEST)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><b>', "& Sons", "Director of Children's Services"])
def test_what_the_configuration_says_is_shown_and_not_obeyed(text: str) -> None:
    read = the_page(a_certificate(lifecycle=replace(CLOSURE, authority=text), resources={text: text}))
    assert read.text.count(text) >= 3
    assert not {"script", "b"} & read.seen


def test_the_page_does_not_hide_what_was_late_or_not_counted_to_the_end() -> None:
    late = a_certificate(verified_at=VERIFIED + timedelta(days=365))
    assert "AFTER THE DEADLINE" in the_page(late).text
    assert "AFTER THE DEADLINE" not in the_page(a_certificate()).text
    assert "at least 12,345 child" in the_page(not_counted_to_the_end()).text


def test_the_page_says_that_a_key_is_gone_whose_date_nobody_knows_any_more() -> None:
    assert "key-1: deleted" in the_page(a_certificate(key=KeyFate(key_id="key-1", deleted_at=None))).text


def test_an_order_that_names_nobody_is_shown_as_such() -> None:
    assert "not stated" in the_page(a_certificate(lifecycle=replace(CLOSURE, authority=None))).text
