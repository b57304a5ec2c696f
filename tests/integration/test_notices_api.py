"""Notices and watches over the real handlers and tables: who is told what of them, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from shared.domain.notices import Notice, NoticeKind
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import READER, Answer, Client, Deployment, in_days
from tests.integration.emulated import ACCESS_LOG, LIMITS, dump
from tests.integration.hidden import MIA, SOCIAL_WORKER, Asker, Scene, registered
from tests.integration.people import ABEL, ZOE, involvement, personal_values

SEEKING = {"practitioner": SOCIAL_WORKER, "reason": "missing_child", "ends": in_days(30)}
MOST_CALLS = 20
ASKING = {
    "reason": {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11", "note": "ED 4471"},
    "practitioner": {"id": "NMC-7", "name": "Ann Askwith", "role": "nurse"},
}


@pytest.fixture
def scene(deployment: Deployment) -> Scene:
    """Mia is known to the hospital and, as one of its pupils, to the school."""
    scene = Scene.enrolled(deployment)
    registered(scene.hospital, "mia-1", MIA)
    registered(scene.school, "pupil-1", MIA, service_type="education", lead_professional=False)
    return scene


@pytest.fixture
def mia(scene: Scene) -> str:
    """Her id, as the council's shield team is told."""
    found: str = scene.council.look_up(MIA).body["child"]["child_id"]
    return found


def seeking(**said: Any) -> dict[str, Any]:
    return {**SEEKING, **said}


def put(to: Asker, *, child_id: str | None, notice_id: str = "n-1", **said: Any) -> str:
    """Puts a notice, as the streams' consumer does."""
    known: dict[str, Any] = {
        "kind": NoticeKind.INVOLVEMENT_ELSEWHERE,
        "at": datetime.now(UTC),
        "about": {"organisation": "RAL"},
        "organisation": to.client.organisation,
    }
    notices = to.client.deployment.function("notices").read_notices.notices
    assert notices.put([Notice(notice_id=notice_id, child_id=child_id, **(known | said))]) == 1
    return notice_id


def records(outcome: str) -> list[dict[str, Any]]:
    kept = [item for item in dump(ACCESS_LOG) if item.get("outcome") == outcome]
    return sorted(kept, key=lambda record: record["at"])


# Notices


def test_a_notice_is_listed_fetched_and_acknowledged(scene: Scene, mia: str) -> None:
    put(scene.hospital, child_id=mia)
    client = scene.hospital.client
    (listed,) = client.notices().body["notices"]
    assert listed.pop("at")
    assert listed == {"notice_id": "n-1", "kind": "involvement-elsewhere", "child_id": mia}
    told = client.notice("n-1").body
    assert told["child"]["given_name"] == "Mia"
    assert {i["organisation"] for i in told["involvements"]} == {scene.hospital.client.organisation, "EE999999"}
    assert told["source_references"] == ["mia-1"]
    assert told["about"] == {"organisation": "RAL"}
    assert client.acknowledge("n-1").status == client.acknowledge("n-1").status == 204
    page = client.notices().body
    assert (page["notices"], client.notices(after=page["next"]).body) == ([], page)
    assert client.notice("n-1").body["acknowledged_at"]


def test_the_list_tells_ids_and_codes_alone(scene: Scene, mia: str) -> None:
    put(scene.hospital, child_id=mia)
    said = str(scene.hospital.client.notices().body)
    assert not [value for value in personal_values(involvement(MIA)) if value in said]


def test_a_notice_tells_no_address_and_no_number(scene: Scene, mia: str) -> None:
    put(scene.hospital, child_id=mia)
    said = str(scene.hospital.client.notice("n-1").body)
    assert not [MIA[name] for name in ("postcode", "nhs_number", "upn") if MIA[name] in said]


def test_whoever_comes_back_with_the_cursor_is_told_what_is_new(scene: Scene, mia: str) -> None:
    client = scene.hospital.client
    for n in range(3):
        put(scene.hospital, child_id=mia, notice_id=f"n-{n}")
    first = client.notices(limit="2").body
    assert [notice["notice_id"] for notice in first["notices"]] == ["n-0", "n-1"]
    second = client.notices(limit="2", after=first["next"]).body
    assert [notice["notice_id"] for notice in second["notices"]] == ["n-2"]
    assert client.notices(after=second["next"]).body == {"notices": [], "next": second["next"]}
    put(scene.hospital, child_id=mia, notice_id="late")
    assert [notice["notice_id"] for notice in client.notices(after=second["next"]).body["notices"]] == ["late"]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"after": "%%"}, {"before": "x"}])
def test_a_page_that_cannot_be_is_refused_on_record(scene: Scene, query: dict[str, str]) -> None:
    assert scene.hospital.client.notices(**query).status == 422
    assert len(records("invalid")) == 1


def test_anothers_notice_is_as_one_that_never_was(scene: Scene, mia: str) -> None:
    put(scene.school, child_id=mia)
    client = scene.hospital.client
    calls = Calls().of_tables()
    for ask in (client.notice, client.acknowledge):
        told, made = [], []
        for notice_id in ("n-1", "never"):
            ask(notice_id)  # warm
            calls.made.clear()
            told.append(ask(notice_id))
            made.append(sorted(map(str, calls.made)))
        assert [answer.problem for answer in told] == ["no-such-notice"] * 2
        assert set(told[0].body) == set(told[1].body)
        assert made[0] == made[1]
    assert ask("no id#of a notice").problem == "no-such-notice"
    assert len(records("notice_not_found")) == 8
    assert scene.school.client.notice("n-1").status == 200


def test_a_practitioner_has_to_be_named_who_is_shown_a_child(scene: Scene, mia: str) -> None:
    put(scene.hospital, child_id=mia)
    parameters = {"notice_id": "n-1"}
    path = "/notices/{notice_id}"
    answer = scene.hospital.client.call(
        "notices", "GET", path, None, headers={"Signpost-Practitioner": ""}, parameters=parameters
    )
    assert answer.body["errors"][0]["pointer"] == "/Signpost-Practitioner"
    assert scene.hospital.client.notice("n-1").status == 200
    (record,) = records("notice_read")
    assert (record["practitioner_id"], record["child_id"], record["shown"]) == (READER, mia, "child_and_involvements")
    assert (record["purpose"], record["legal_basis"]) == ("notice", "children_act_2004_s10")


def test_of_a_child_that_was_shielded_since_nothing_is_told_but_to_its_team(scene: Scene, mia: str) -> None:
    put(scene.hospital, child_id=mia)
    put(scene.council, child_id=mia, notice_id="n-2", kind=NoticeKind.MOVED)
    assert scene.council.shield(mia).status == 200
    told = scene.hospital.client.notice("n-1").body
    assert told.keys() == {"notice_id", "kind", "at", "about", "source_references", "involvements", "access_id"}
    assert (told["about"], told["source_references"], told["involvements"]) == ({}, [], [])
    assert scene.council.client.notice("n-2").body["child"]["given_name"] == "Mia"
    hidden, shown = records("notice_read")
    assert "child_id" not in hidden
    assert (hidden["shown"], shown["shown"]) == ("notices", "shielded_child_and_involvements")


def test_who_looked_at_the_child_says_who_read_a_notice_of_it(scene: Scene, mia: str) -> None:
    put(scene.hospital, child_id=mia)
    scene.hospital.client.notice("n-1")
    latest = scene.council.client.accesses(mia).body["accesses"]
    assert ("RAL", "notice_read") in {(access["organisation"], access["outcome"]) for access in latest}


# Watches


def test_a_child_is_watched_until_the_watch_ends_or_is_ended(scene: Scene, mia: str) -> None:
    answer = scene.police.client.watch(mia, seeking())
    assert answer.status == 200
    assert {name: answer.body[name] for name in ("child_id", "reason")} == {"child_id": mia, "reason": "missing_child"}
    watches = scene.police.client.deployment.function("notices").watch_children.watches
    (watch,) = watches.of([mia], datetime.now(UTC))
    assert (watch.organisation, watch.until.isoformat()) == ("RX9", answer.body["until"].replace("Z", "+00:00"))
    ending = {"practitioner": SOCIAL_WORKER}
    assert scene.police.client.end_watch(mia, ending).status == scene.police.client.end_watch(mia, ending).status == 204
    assert watches.of([mia], datetime.now(UTC)) == []
    assert [record["child_id"] for record in (*records("watch_set"), *records("watch_ended"))] == [mia] * 3


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"ends": "2020-01-01"}, "/ends"),
        ({"ends": "2045-01-01"}, "/ends"),
        ({"ends": None}, "/ends"),
        ({"reason": "because"}, "/reason"),
        ({"note": f"is {MIA['nhs_number']}"}, "/note"),
        ({"note": "Mia was seen"}, "/note"),
        ({"practitioner": {"id": "SW-1"}}, "/practitioner/name"),
        ({"practitioner": {"id": "RO-1", "name": "Nadia Brandt", "role": "records_officer"}}, "/practitioner/role"),
    ],
)
def test_a_watch_that_cannot_be_meant_is_refused_by_its_name_and_recorded(
    scene: Scene, mia: str, said: dict[str, Any], where: str
) -> None:
    before = len(dump(ACCESS_LOG))
    answer = scene.police.client.watch(mia, seeking(**said))
    assert answer.status in (403, 422)
    assert [mistake["pointer"] for mistake in answer.body["errors"]] in ([where], [where, "/practitioner/role"])
    assert len(dump(ACCESS_LOG)) == before + 1
    assert not [record for record in dump(ACCESS_LOG) if record.get("note", "").startswith("Mia")]


def test_a_shielded_child_cannot_be_watched_and_its_watch_can_not_be_ended(scene: Scene, mia: str) -> None:
    assert scene.council.shield(mia).status == 200
    told = [scene.police.client.watch(named, seeking()) for named in (mia, "nobody-at-all", "no#id")]
    ended = [scene.police.client.end_watch(named, {"practitioner": SOCIAL_WORKER}) for named in (mia, "nobody-at-all")]
    assert {answer.problem for answer in (*told, *ended)} == {"no-such-child"}
    assert len({len(str(answer.body)) for answer in (*told, *ended)}) == 1
    assert scene.council.client.watch(mia, seeking()).status == 200


# Capabilities, limits, the end


def every_call(client: Client, child_id: str) -> dict[str, Answer]:
    return {
        "list": client.notices(),
        "one": client.notice("n-1"),
        "acknowledge": client.acknowledge("n-1"),
        "watch": client.watch(child_id, seeking()),
        "end a watch": client.end_watch(child_id, {"practitioner": SOCIAL_WORKER}),
    }


def test_who_may_neither_be_told_nor_watch_is_refused_on_record(deployment: Deployment, scene: Scene, mia: str) -> None:
    other = deployment.enrol("X77", capabilities=["lookup", "register"])
    before = len(dump(ACCESS_LOG))
    told = every_call(other, mia)
    assert {name: answer.problem for name, answer in told.items()} == dict.fromkeys(told, "not-permitted")
    assert len(records("not_permitted")) == len(dump(ACCESS_LOG)) - before == len(told)
    _ = scene


def test_notices_and_watches_count_as_questions(scene: Scene, mia: str) -> None:
    put(scene.hospital, child_id=mia)
    hospital = scene.hospital.client
    hospital.deployment.restart(PRACTITIONER_QUESTIONS_AN_HOUR="1", PRACTITIONER_BURST="1")
    assert hospital.notice("n-1").status == 200
    refused = hospital.notice("n-1")
    assert (refused.status, refused.problem) == (429, "asked-too-often")
    assert hospital.watch(mia, seeking()).status == 200
    assert hospital.watch(mia, seeking()).status == 429
    assert len(records("asked_too_often")) == 2


def test_nothing_is_told_once_the_register_has_closed(scene: Scene, mia: str) -> None:
    put(scene.hospital, child_id=mia)
    closed = datetime.now(UTC) - timedelta(seconds=1)
    scene.hospital.client.deployment.restart(CLOSES_AT=closed.isoformat(), ANNOUNCED_AT="1700000000")
    told = every_call(scene.hospital.client, mia)
    assert {name: answer.status for name, answer in told.items()} == dict.fromkeys(told, 410)


# Whatever fails


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
@pytest.mark.parametrize("what", ["list", "one"])
def test_nothing_is_disclosed_without_an_access_record_whatever_fails(
    scene: Scene, mia: str, fault: Fault, what: str
) -> None:
    put(scene.hospital, child_id=mia)
    client = scene.hospital.client
    ask: Callable[[], Answer] = client.notices if what == "list" else partial(client.notice, "n-1")
    for which in range(1, MOST_CALLS):
        client.deployment.restart()
        client.deployment.function("notices")
        calls = Calls().of_tables()
        before = len(dump(ACCESS_LOG))
        calls.fail(which, fault)
        answer = ask()
        if not calls.mend():
            break
        assert answer.status == 200 if calls.struck.table == LIMITS else answer.status == 503, (calls.struck, answer)
        if answer.status == 200:
            assert len(dump(ACCESS_LOG)) == before + 1
    else:
        pytest.fail("never ends")
    assert which > 3, "the request calls nobody"
    answered = records("notices" if what == "list" else "notice_read")
    assert answered
    assert all(record["answered"] == "answered" for record in answered)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.ANSWER_LOST], ids=lambda fault: fault.name.lower())
def test_no_watch_is_set_that_is_not_on_record_and_setting_it_again_is_safe(
    scene: Scene, mia: str, fault: Fault
) -> None:
    client = scene.police.client
    watches = client.deployment.function("notices").watch_children.watches
    calls = Calls().of_tables()
    for which in range(1, MOST_CALLS):
        watches.end(mia, "RX9", datetime.now(UTC))
        before = len(records("watch_set"))
        calls.fail(which, fault)
        answer = client.watch(mia, seeking())
        if not calls.mend():
            break
        is_set = bool(watches.of([mia], datetime.now(UTC)))
        assert answer.status == 503 or (answer.status, is_set) == (200, True)
        assert len(records("watch_set")) > before or not is_set
        assert client.watch(mia, seeking()).status == 200
    else:
        pytest.fail("never ends")
    assert which > 3, "the request calls nobody"


# The newcomer's answer


def new_to(asker: Asker, child: dict[str, Any] = MIA, **said: Any) -> Answer:
    return asker.client.put("hv-7", {**involvement(child), "asking": ASKING, **said})


def test_a_newcomer_is_told_who_else_works_with_the_child_and_whom_to_ring_first(scene: Scene) -> None:
    answer = new_to(scene.trust)
    assert answer.status == 201
    elsewhere = answer.body["elsewhere"]
    assert [i["organisation"] for i in elsewhere["involvements"]] == ["RAL", "EE999999"]
    assert elsewhere["lead_professional"]["duty_phone"] == "+44 20 7946 0018"
    assert elsewhere["lead_professional"]["organisation_name"] == "The organisation RAL"
    (record,) = [one for one in records("match") if one["access_id"] == elsewhere["lookup_id"]]
    assert (record["organisation"], record["practitioner_id"]) == ("X99", "NMC-7")
    assert (record["purpose"], record["shown"]) == ("emergency_care", "child_and_involvements")


def test_a_newcomer_that_does_not_ask_is_told_nothing_and_nothing_is_recorded(scene: Scene) -> None:
    before = len(dump(ACCESS_LOG))
    answer = scene.trust.client.put("hv-7", involvement(MIA))
    assert answer.status == 201
    assert "elsewhere" not in answer.body
    assert "elsewhere" not in scene.trust.client.get("hv-7").body
    assert len(dump(ACCESS_LOG)) == before


def test_the_same_request_again_changes_nothing_and_gets_the_same_answer(scene: Scene) -> None:
    first, again = new_to(scene.trust), new_to(scene.trust)
    assert (first.status, again.status) == (201, 200)
    ids = [answer.body["elsewhere"].pop("lookup_id") for answer in (first, again)]
    assert ids[0] != ids[1]
    assert first.body == again.body


def test_a_newcomer_to_a_shielded_child_is_told_as_if_it_were_the_first(scene: Scene, mia: str) -> None:
    assert scene.council.shield(mia).status == 200
    hidden = new_to(scene.trust)
    first = scene.distant.client.put("hv-8", {**involvement(ABEL), "asking": ASKING})
    for answer in (hidden, first):
        assert answer.status == 201
        assert answer.body["elsewhere"].pop("lookup_id")
    assert hidden.body["elsewhere"] == first.body["elsewhere"] == {"involvements": []}


@pytest.mark.parametrize(
    ("said", "problem", "where"),
    [
        ({"preview": True}, "invalid", "/asking"),
        ({"service_type": "mental_health", "sensitive_basis": "consent"}, "invalid", "/asking"),
        ({"asking": {}}, "invalid", "/asking/reason"),
        ({"asking": {**ASKING, "reason": {**ASKING["reason"], "note": "Mia"}}}, "invalid", "/asking/reason/note"),
        (
            {"asking": {**ASKING, "practitioner": {**ASKING["practitioner"], "role": "teacher"}}},
            "ill-matched-reason",
            "/asking/practitioner/role",
        ),
    ],
)
def test_what_may_not_be_asked_registers_nothing_and_is_recorded_as_refused(
    scene: Scene, said: dict[str, Any], problem: str, where: str
) -> None:
    asker = scene.clinic if "sensitive_basis" in said else scene.trust
    answer = new_to(asker, **said)
    assert (answer.problem, answer.body["errors"][0]["pointer"]) == (problem, where)
    assert asker.client.get("hv-7").status == 404
    (record,) = [record for record in dump(ACCESS_LOG) if record["answered"] == "refused"]
    assert record["organisation"] == asker.client.organisation


def test_nobody_is_told_in_a_batch(scene: Scene) -> None:
    item = {**involvement(MIA), "source_reference": "hv-7", "asking": ASKING}
    (result,) = scene.trust.client.batch([item]).body["results"]
    assert result["problem"]["errors"][0]["pointer"] == "/asking"


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
def test_nobody_is_told_of_without_a_record_whatever_fails_and_trying_again_tells_all(
    scene: Scene, fault: Fault
) -> None:
    told = set[str]()
    client = scene.trust.client
    client.deployment.function("registration")
    calls = Calls().of_tables()
    for which in range(1, 40):
        assert client.withdraw("hv-7").status in (204, 404)
        calls.fail(which, fault)
        answer = new_to(scene.trust, ZOE)
        ended = not calls.mend()
        again = answer if answer.status in (200, 201) else new_to(scene.trust, ZOE)
        assert again.status in (200, 201), again
        told |= {one.body["elsewhere"]["lookup_id"] for one in (answer, again) if "elsewhere" in one.body}
        if ended:
            break
    else:
        pytest.fail("never ends")
    recorded = {record["access_id"] for record in dump(ACCESS_LOG) if record["answered"] == "answered"}
    assert told <= recorded
    assert told
