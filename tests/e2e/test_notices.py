"""Who learns what, and when: a child known in Barnet comes to a school in Leeds, on the deployed stack."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.closing import wait_until
from infra.local.enrolment import Enrolling, instruct
from infra.local.listening import listening
from infra.local.sample_data import LOCAL_AUTHORITY
from infra.local.sample_data.numbering import nhs_number
from tests.e2e.closing_stack import SHIELDED, SOCIAL_WORKER, WATCHED, kill_workers
from tests.e2e.test_the_api import a_child, an_involvement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from infra.local.listening import Listener, Received
    from infra.local.scene import Scene
    from infra.local.stack import Stack
    from tests.e2e.conftest import Client, Clients

SEED = 2010
BARNET, LEEDS = "N12 7QF", "LS8 2AB"
WITHIN = 120.0
"""Seconds. Functions that start at once share the processors of one small machine."""
LEAD = {"id": "DSL-7", "name": "Tamsin Achebe", "role": "designated_safeguarding_lead"}
ASKING = {"reason": {"purpose": "move_between_areas", "legal_basis": "children_act_2004_s10"}, "practitioner": LEAD}
OFFICER = {"id": "PC-2291", "name": "Owen Sharma", "role": "police_officer"}
IN_NEED = {"purpose": "child_in_need", "legal_basis": "children_act_1989_s17"}
MISSING = {"purpose": "missing_child", "legal_basis": "children_act_2004_s11"}
POLICE = Enrolling(
    code="POL77",
    name="Kirkfold Police",
    capabilities=("lookup",),
    purposes=("missing_child",),
    roles=("police_officer",),
    service_types=(),
    covers=(),
    sees=("social_care", "health_visiting", "education"),
)


@dataclass
class Reader:
    """A client, and how far it has read its organisation's notices."""

    client: Client
    cursor: str | None = None

    def new(self) -> list[dict[str, Any]]:
        """What has been put since it looked last."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.client.get("/notices" + (f"?after={self.cursor}" if self.cursor else ""))
            assert answer.status_code == HTTPStatus.OK, answer.text
            page = answer.json()
            if not page["notices"]:
                return found
            found += page["notices"]
            self.cursor = page["next"]

    def until(self, enough: Callable[[list[dict[str, Any]]], bool], what: str) -> list[dict[str, Any]]:
        """Reads on until that is enough; all that came meanwhile."""
        found: list[dict[str, Any]] = []

        def is_enough() -> bool:
            found.extend(self.new())
            return enough(found)

        wait_until(is_enough, what, within=WITHIN)
        return found

    def waits_for(self, *kinds: str, of: str) -> list[dict[str, Any]]:
        """All that came of this child, once notices of all these kinds have."""
        found = self.until(
            lambda found: {notice["kind"] for notice in found if notice["child_id"] == of} >= set(kinds),
            f"notices of {kinds}",
        )
        return [notice for notice in found if notice["child_id"] == of]

    def fetched(self, notice_id: str) -> dict[str, Any]:
        """The rest of a notice."""
        answer = self.client.get(f"/notices/{notice_id}")
        assert answer.status_code == HTTPStatus.OK, answer.text
        body: dict[str, Any] = answer.json()
        return body


@dataclass(frozen=True)
class Readers:
    """Of Barnet's council and health trust, of Leeds' school and council, and the police."""

    council: Reader
    trust: Reader
    leeds_school: Reader
    leeds_council: Reader
    police: Client


@pytest.fixture(scope="module")
def webhook(stack: Stack, enrolled: Mapping[str, Client]) -> Iterator[tuple[Listener, str]]:
    """Where the council's notices are sent from the start on, and the secret that they are signed with."""
    assert enrolled
    with listening() as listener:
        told = instruct(stack, {"action": "webhook", "organisation": LOCAL_AUTHORITY.code, "url": listener.url})
        assert told["ok"], told
        yield listener, told["secret"]
        assert instruct(stack, {"action": "clear-webhook", "organisation": LOCAL_AUTHORITY.code})["ok"]


@pytest.fixture(scope="module")
def readers(enrolled: Mapping[str, Client], clients: Clients, scene: Scene, webhook: object) -> Readers:
    assert webhook
    leeds_school, leeds_council, police = clients.enrolled_as(scene.new_school, scene.new_authority, POLICE)
    # Functions hold the organisations for a minute: those that start now know these, and where the webhook goes.
    for function in ("lookup", "registration", "notices", "notify", "deliver"):
        kill_workers(clients.stack, function)
    readers = Readers(
        council=Reader(enrolled[scene.authority.code]),
        trust=Reader(enrolled[scene.asker.code]),
        leeds_school=Reader(leeds_school),
        leeds_council=Reader(leeds_council),
        police=police,
    )
    for reader in (readers.council, readers.trust, readers.leeds_school, readers.leeds_council):
        reader.new()
    return readers


_numbers = (number for serial in itertools.count(480_000) if (number := nhs_number(serial)))


def known_in_barnet(readers: Readers, reference: str) -> tuple[dict[str, Any], str]:
    """A child with a social worker, who leads, and a health visitor; its details and its id."""
    child = a_child(postcode=BARNET, nhs_number=next(_numbers))
    put(readers.council.client, f"{reference}-sc", child, service_type="social_care", lead_professional=True)
    put(readers.trust.client, f"{reference}-hv", child, service_type="health_visiting")
    asked = {"reason": IN_NEED, "practitioner": SOCIAL_WORKER, "child": child}
    return child, str(readers.council.client.post("/lookups", asked).json()["child"]["child_id"])


def comes_to_leeds(readers: Readers, reference: str, child: Mapping[str, Any], **asking: Any) -> dict[str, Any]:
    """The answer to the school there, which knows the new postcode."""
    there = {**child, "postcode": LEEDS}
    return put(readers.leeds_school.client, f"{reference}-ed", there, service_type="education", **asking)


def put(client: Client, reference: str, child: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """The answer to a registration."""
    answer = client.put(f"/involvements/{reference}", an_involvement(dict(child), **changed))
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


def kinds(notices: Sequence[Mapping[str, Any]]) -> Counter[str]:
    return Counter(notice["kind"] for notice in notices)


# The move


def test_a_child_known_in_barnet_comes_to_a_school_in_leeds_and_all_learn_of_it_who_have_to(
    readers: Readers, webhook: tuple[Listener, str]
) -> None:
    listener, secret = webhook
    child, child_id = known_in_barnet(readers, "moves")
    began = datetime.now(UTC).replace(microsecond=0)  # as a stream has it
    elsewhere = comes_to_leeds(readers, "moves", child, asking=ASKING)["elsewhere"]

    # The newcomer learns in the answer itself who else works with the child, and whom to ring first.
    assert {row["service_type"] for row in elsewhere["involvements"]} == {"social_care", "health_visiting"}
    assert elsewhere["lead_professional"]["organisation"] == LOCAL_AUTHORITY.code
    assert elsewhere["lead_professional"]["duty_phone"] == "+44 20 7946 0155"

    # Both authorities learn that it has moved; those who work with it also that somebody elsewhere does.
    of_council = readers.council.waits_for("moved", "involvement-elsewhere", of=child_id)
    of_trust = readers.trust.waits_for("moved", "involvement-elsewhere", of=child_id)
    of_leeds = readers.leeds_council.waits_for("moved", of=child_id)
    assert kinds(of_council) == kinds(of_trust) == Counter(["moved", "involvement-elsewhere"])
    assert kinds(of_leeds) == Counter(["moved"])
    assert readers.leeds_school.new() == [], "whose doing it was knows"
    told = [*of_council, *of_trust, *of_leeds]
    assert all(began <= datetime.fromisoformat(notice["at"]) <= datetime.now(UTC) for notice in told)
    assert all(set(notice) == {"notice_id", "kind", "at", "child_id"} for notice in told)

    # The rest is fetched, and is what a lookup would show.
    (moved,) = [notice for notice in of_council if notice["kind"] == "moved"]
    fetched = readers.council.fetched(moved["notice_id"])
    assert fetched["child"]["family_name"] == child["family_name"]
    assert {row["service_type"] for row in fetched["involvements"]} == {"social_care", "health_visiting", "education"}
    assert fetched["source_references"] == ["moves-sc"]
    assert LEEDS not in json.dumps(fetched)

    # The same was sent to the council's webhook: signed, and saying nothing of whom it is about.
    wanted = {notice["notice_id"] for notice in of_council}
    wait_until(
        lambda: wanted <= {one.payload["data"]["notice_id"] for one in listener.received}, "webhooks", within=WITHIN
    )
    for one in listener.received:
        assert one.is_signed_with(secret)
        assert set(one.payload) == {"type", "timestamp", "data"}
        assert set(one.payload["data"]) == {"notice_id", "kind", "at"}
        assert child_id not in one.body.decode()


def test_a_notice_is_another_organisations_to_nobody_and_gone_from_the_list_once_acknowledged(readers: Readers) -> None:
    child, child_id = known_in_barnet(readers, "acknowledged")
    comes_to_leeds(readers, "acknowledged", child)
    (moved,) = readers.leeds_council.waits_for("moved", of=child_id)
    path = f"/notices/{moved['notice_id']}"
    for call in (readers.trust.client.get(path), readers.trust.client.post(f"{path}/ack", {})):
        assert call.status_code == HTTPStatus.NOT_FOUND
    for _ in range(2):
        assert readers.leeds_council.client.raw("POST", f"{path}/ack").status_code == HTTPStatus.NO_CONTENT
    assert moved["notice_id"] not in {notice["notice_id"] for notice in Reader(readers.leeds_council.client).new()}
    assert readers.leeds_council.fetched(moved["notice_id"])["acknowledged_at"]


def test_who_seeks_a_child_is_told_when_the_police_look_it_up_and_so_is_its_lead_professional(readers: Readers) -> None:
    child, child_id = known_in_barnet(readers, "sought")
    assert readers.council.client.put(f"/watches/{child_id}", WATCHED).status_code == HTTPStatus.OK
    asked = readers.police.post("/lookups", {"reason": MISSING, "practitioner": OFFICER, "child": child})
    assert asked.json()["outcome"] == "match", asked.text
    found = readers.council.waits_for("watched", "looked-up", of=child_id)
    (watched,) = [notice for notice in found if notice["kind"] == "watched"]
    fetched = readers.council.fetched(watched["notice_id"])
    assert fetched["about"]["organisation"] == POLICE.code
    assert OFFICER["name"] not in json.dumps(fetched)
    ending = {"practitioner": SOCIAL_WORKER}
    ended = readers.council.client.post(f"/watches/{child_id}/ending", ending)
    assert ended.status_code == HTTPStatus.NO_CONTENT


def test_of_a_shielded_child_nobody_is_told_who_may_not_see_it(readers: Readers) -> None:
    child, child_id = known_in_barnet(readers, "hidden")
    shielded = readers.council.client.put(f"/shields/{child_id}", SHIELDED)
    assert shielded.is_success, shielded.text
    for reader in (readers.trust, readers.leeds_council):
        reader.new()
    answer = comes_to_leeds(readers, "hidden", child, asking=ASKING)
    assert answer["elsewhere"]["involvements"] == []
    # What happens to another child afterwards is told after it: had there been anything, it would be there.
    other, other_id = known_in_barnet(readers, "seen")
    comes_to_leeds(readers, "seen", other)
    for reader in (readers.trust, readers.leeds_council):
        found = reader.until(
            lambda found: other_id in {notice["child_id"] for notice in found}, "the other child's notice"
        )
        assert {notice["child_id"] for notice in found} == {other_id}
    assert readers.council.client.post(f"/shields/{child_id}/lifting", {"practitioner": SOCIAL_WORKER}).is_success


# When something fails


def test_a_consumer_that_is_killed_again_and_again_tells_everybody_exactly_once(stack: Stack, readers: Readers) -> None:
    rng, over = random.Random(SEED), Event()  # noqa: S311  # the same each time, and nothing to guess

    def kill_at_random() -> int:
        killed = 0
        while not over.wait(rng.uniform(0.05, 0.6)):
            killed += kill_workers(stack, "notify")
        return killed

    readers.council.new()
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(kill_at_random)
        try:
            ids = []
            for number in range(6):
                child, child_id = known_in_barnet(readers, f"killed-{number}")
                comes_to_leeds(readers, f"killed-{number}", child)
                ids.append(child_id)
        finally:
            over.set()
        assert killing.result(), "nothing was killed, so nothing was tried"
    expected = Counter((child_id, kind) for child_id in ids for kind in ("moved", "involvement-elsewhere"))
    found = readers.council.until(
        lambda found: {(notice["child_id"], notice["kind"]) for notice in found} >= set(expected), "all notices"
    )
    found += readers.council.new()
    assert Counter((notice["child_id"], notice["kind"]) for notice in found) == expected
    assert len({notice["notice_id"] for notice in found}) == len(found)


def test_a_change_that_nobody_can_read_is_put_aside_and_holds_nothing_up(stack: Stack, readers: Readers) -> None:
    queue, table = stack.outputs["UnreadChangesUrl"], stack.outputs["RegisterName"]
    key = {"pk": {"S": "CHILD#unreadable"}, "sk": {"S": "INV#X99#unreadable"}}
    stack.dynamodb.put_item(
        TableName=table, Item={**key, "kind": {"S": "involvement"}, "given_name": {"S": "Perpetua"}}
    )
    child, child_id = known_in_barnet(readers, "behind-it")
    comes_to_leeds(readers, "behind-it", child)
    readers.leeds_council.waits_for("moved", of=child_id)
    stack.dynamodb.delete_item(TableName=table, Key=key)
    (message,) = stack.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert set(json.loads(message["Body"])) == {"source", "sequence_number", "event_id"}
    assert "Perpetua" not in message["Body"]
    stack.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def test_a_webhook_that_fails_is_tried_again_with_the_same_id_and_signed_anew(
    stack: Stack, readers: Readers, webhook: tuple[Listener, str]
) -> None:
    listener, secret = webhook
    child, child_id = known_in_barnet(readers, "again")
    wait_until(lambda: _waiting(stack) == 0, "nothing of before left to deliver", within=WITHIN)
    before = len(listener.received)
    listener.answers.append(HTTPStatus.SERVICE_UNAVAILABLE)
    comes_to_leeds(readers, "again", child)
    told = readers.council.waits_for("moved", "involvement-elsewhere", of=child_id)

    def calls_of() -> dict[str, list[Received]]:
        calls = listener.received[before:]
        return {notice["notice_id"]: [c for c in calls if c.message_id == notice["notice_id"]] for notice in told}

    wait_until(lambda: sorted(map(len, calls_of().values())) == [1, 2], "another attempt", within=WITHIN)
    first, second = max(calls_of().values(), key=len)
    assert first.body == second.body
    assert second.at - first.at >= timedelta(seconds=5)
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    assert first.is_signed_with(secret)
    assert second.is_signed_with(secret)
    wait_until(lambda: _waiting(stack) == 0, "nothing left to deliver", within=WITHIN)


def _waiting(stack: Stack) -> int:
    url = stack.outputs["NoticesToDeliverUrl"]
    counted = stack.sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )
    return sum(map(int, counted["Attributes"].values()))
