"""Shields over the real handlers and tables: who finds what, what is recorded, who is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.shield import WARNING
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import Answer, Deployment
from tests.integration.emulated import ACCESS_LOG, REGISTER, dump
from tests.integration.hidden import COUNCIL, MIA, MIA_NOW, NAMED, POLICE, SOCIAL_WORKER, Asker, Scene, registered
from tests.integration.people import of

QUESTIONS = (of(MIA, *NAMED), of(MIA, "nhs_number"), of(MIA, "given_name", "family_name", "date_of_birth"))


@pytest.fixture
def scene(deployment: Deployment) -> Scene:
    """Mia is known to the hospital."""
    scene = Scene.enrolled(deployment)
    registered(scene.hospital, "mia-1", MIA)
    return scene


@pytest.fixture
def mia(scene: Scene) -> str:
    """Her id, as the council's shield team is told."""
    found: str = scene.council.look_up(MIA).body["child"]["child_id"]
    return found


def outcomes(asker: Asker, *children: dict[str, Any], **said: Any) -> list[str]:
    return [asker.look_up(child, **said).body["outcome"] for child in children or QUESTIONS]


def records(purpose: str) -> list[dict[str, Any]]:
    kept = [item for item in dump(ACCESS_LOG) if item.get("purpose") == purpose]
    return sorted(kept, key=lambda record: record["at"])


def opened(asker: Asker, child_id: str, **said: Any) -> str:
    answer = asker.open(child_id, **said)
    assert answer.status == 201, answer
    override: str = answer.body["override_id"]
    return override


# Setting and lifting


def test_a_shielded_child_is_found_by_its_team_and_by_nobody_else(scene: Scene, mia: str) -> None:
    assert outcomes(scene.trust) == outcomes(scene.hospital) == ["match"] * 3
    answer = scene.council.shield(mia)
    assert answer.status == 200
    assert outcomes(scene.trust) == outcomes(scene.hospital) == outcomes(scene.distant) == ["no_match"] * 3
    found = scene.council.look_up(MIA).body
    assert (found["outcome"], len(found["involvements"])) == ("match", 1)
    assert found["shielded"]["warning"] == WARNING


def test_the_answer_says_whether_it_is_shielded_why_and_until_when(scene: Scene, mia: str) -> None:
    assert scene.council.client.shielded(mia).body == {"child_id": mia, "shielded": False}
    set_now = scene.council.shield(mia, ends="2028-06-30", reason="court_order")
    assert set_now.body["until"] == "2028-06-30T23:00:00Z"  # midnight in London, in summer
    assert {name: set_now.body[name] for name in ("shielded", "reason", "inherited")} == {
        "shielded": True,
        "reason": "court_order",
        "inherited": False,
    }
    assert scene.council.client.shielded(mia).body == set_now.body


def test_the_same_again_changes_nothing_and_another_end_replaces_it(scene: Scene, mia: str) -> None:
    first = scene.council.shield(mia)
    assert scene.council.shield(mia).body == first.body
    longer = scene.council.shield(mia, ends="2030-01-31").body
    assert (longer["since"], longer["until"]) == (first.body["since"], "2030-02-01T00:00:00Z")


def test_a_shield_that_is_lifted_hides_nothing(scene: Scene, mia: str) -> None:
    scene.council.shield(mia)
    assert scene.council.lift(mia).status == scene.council.lift(mia).status == 204
    assert outcomes(scene.trust) == ["match"] * 3
    assert scene.council.client.shielded(mia).body["shielded"] is False


def test_a_shield_ends_by_itself(scene: Scene, mia: str) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=2)
    assert scene.council.shield(mia, ends=ends.isoformat(timespec="seconds")).status == 200
    assert outcomes(scene.trust) == ["no_match"] * 3
    while datetime.now(UTC) < ends:
        assert outcomes(scene.distant, MIA) in (["no_match"], ["match"])
    assert outcomes(scene.trust) == ["match"] * 3


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"ends": "2020-01-01"}, "/ends"),
        ({"ends": "2045-01-01"}, "/ends"),
        ({"ends": "2028-02-30"}, "/ends"),
        ({"ends": "2028-02-28T10:00"}, "/ends"),
        ({"ends": None}, "/ends"),
        ({"reason": "because"}, "/reason"),
        ({"note": f"is {MIA['nhs_number']}"}, "/note"),
        ({"note": "now Stone", "hide_names": [{"family_name": "Stone"}]}, "/note"),
        ({"hide_names": [{}]}, "/hide_names/0"),
        ({"hide_names": [{"family_name": "Stone"}] * 11}, "/hide_names"),
        ({"practitioner": {"id": "SW-1"}}, "/practitioner/name"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name_and_recorded(
    scene: Scene, mia: str, said: dict[str, Any], where: str
) -> None:
    before = len(dump(ACCESS_LOG))
    answer = scene.council.shield(mia, **said)
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == where
    refused = [record for record in dump(ACCESS_LOG) if record["answered"] == "refused"]
    assert len(dump(ACCESS_LOG)) - before == len(refused) == 1
    assert outcomes(scene.trust) == ["match"] * 3


def test_a_note_that_names_the_child_is_refused(scene: Scene, mia: str) -> None:
    answer = scene.council.shield(mia, note="Okonkwo")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (403, "/note")
    assert "Okonkwo" not in str(dump(ACCESS_LOG))


@pytest.mark.parametrize("act", ["shield", "shielded", "lift", "open"])
@pytest.mark.parametrize("child_id", ["nobody", "a b", "CHILD#1", "x" * 65, ""])
def test_a_child_that_is_not_there_is_not_found_and_that_is_recorded(scene: Scene, act: str, child_id: str) -> None:
    asker = scene.police if act == "open" else scene.council
    ask = getattr(asker.client if act == "shielded" else asker, act)
    assert ask(child_id).problem == "no-such-child"
    (record,) = dump(ACCESS_LOG)
    assert (record["answered"], record["shown"]) == ("refused", "nothing")
    assert "child_id" not in record


@pytest.mark.parametrize("act", ["shield", "shielded", "lift"])
def test_another_authority_is_answered_as_for_a_child_who_is_not_there(scene: Scene, mia: str, act: str) -> None:
    ask = getattr(scene.distant.client if act == "shielded" else scene.distant, act)
    not_there, not_its_own = ask("nobody"), ask(mia)
    scene.council.shield(mia)
    shielded_by_another = ask(mia)
    assert plain(not_there) == plain(not_its_own) == plain(shielded_by_another)
    assert not_there.problem == "no-such-child"


def plain(answer: Answer) -> tuple[int, Any]:
    return answer.status, {name: value for name, value in answer.body.items() if name != "request_id"}


def test_every_act_is_recorded_with_who_acted_for_whom(scene: Scene, mia: str) -> None:
    behalf = {"id": "SW-9", "name": "Ida Park", "role": "social_worker"}
    scene.council.shield(mia, practitioner={**SOCIAL_WORKER, "on_behalf_of": behalf}, note="order 12/26")
    scene.council.client.shielded(mia)
    scene.council.lift(mia)
    kept = records("shielding")
    assert [record["outcome"] for record in kept] == ["shield_set", "shield_read", "shield_lifted"]
    assert {record["child_id"] for record in kept} == {mia}
    assert (kept[0]["practitioner_id"], kept[0]["on_behalf_of_id"], kept[0]["note"]) == ("SW-1", "SW-9", "order 12/26")
    assert "Sam Archer" not in str(kept)


# Who may open it


def test_police_learn_that_a_child_is_shielded_and_nothing_of_its_whereabouts(scene: Scene, mia: str) -> None:
    scene.council.shield(mia)
    answer = scene.police.look_up(of(MIA, *NAMED)).body
    assert answer["outcome"] == "match"
    assert answer["child"] == {
        "child_id": mia,
        **of(MIA, "given_name", "family_name", "date_of_birth", "sex"),
    }
    assert answer.get("involvements", []) == []
    assert answer["shielded"]["warning"] == WARNING
    assert outcomes(scene.police, of(MIA, "given_name", "family_name", "postcode")) == ["no_match"]


def test_a_name_and_a_home_that_are_new_find_nothing(scene: Scene, mia: str) -> None:
    scene.council.shield(mia)
    registered(scene.hospital, "mia-1", {**MIA, **MIA_NOW, "former_names": [{"family_name": "Okonkwo-Reed"}]})
    asked = (MIA_NOW, of(MIA_NOW, "given_name", "family_name", "date_of_birth"), {**MIA_NOW, **of(MIA, "nhs_number")})
    assert outcomes(scene.police, *asked[:2]) == ["no_match", "no_match"]
    assert outcomes(scene.trust, *asked) == ["no_match"] * 3
    assert outcomes(scene.council, *asked) == ["match"] * 3
    told = scene.police.look_up(of(MIA, *NAMED)).body
    assert told["child"]["family_name"] == "Okonkwo-Reed"


def test_a_name_that_the_team_hides_finds_nothing(scene: Scene, mia: str) -> None:
    registered(scene.hospital, "mia-1", {**MIA, "family_name": "Stone", "former_names": [{"family_name": "Reed"}]})
    scene.council.shield(mia, hide_names=[{"family_name": "Stone"}])
    stone, reed = ({**of(MIA, *NAMED), "family_name": name} for name in ("Stone", "Reed"))
    assert outcomes(scene.police, stone, reed) == ["no_match", "match"]
    assert scene.police.look_up(reed).body["child"]["family_name"] == "Reed"


def test_a_shield_that_is_opened_hides_nothing_from_the_one_who_opened_it(scene: Scene, mia: str) -> None:
    scene.council.shield(mia)
    override = opened(scene.police, mia)
    answer = scene.police.look_up(MIA, override=override).body
    assert (answer["outcome"], len(answer["involvements"])) == ("match", 1)
    assert outcomes(scene.police, of(MIA, "given_name", "family_name", "postcode"), override=override) == ["match"]
    assert scene.police.look_up(MIA).body.get("involvements", []) == []
    for other in (
        {"practitioner": {**scene.police.practitioner, "id": "PC-2"}},
        {"practitioner": {**scene.police.practitioner, "role": "nurse"}, "reason": scene.trust.reason},
    ):
        asked = {"practitioner": scene.police.practitioner, "reason": scene.police.reason, **other}
        assert scene.police.client.look_up(MIA, **asked, override=override).problem == "no-such-override"
    assert scene.distant.look_up(MIA, override=override).problem == "no-such-override"


def test_the_team_is_alerted_and_everything_is_recorded(scene: Scene, mia: str) -> None:
    events = heard_on_the_bus(scene.police.client.deployment)
    scene.council.shield(mia)
    override = opened(scene.police, mia)
    scene.police.look_up(MIA, override=override)
    (alert,) = [item for item in dump(ACCESS_LOG) if item["pk"] == f"ALERTS#{COUNCIL}"]
    assert (alert["by_organisation"], alert["by_practitioner"], alert["about_child"]) == (POLICE, "PC-1", mia)
    (event,) = events
    detail = json.loads(event["Detail"])
    assert (event["DetailType"], event["Source"]) == ("ShieldOpened", "signpost")
    assert detail == {
        "environment": "local",
        "organisation": COUNCIL,
        "by_organisation": POLICE,
        "by_practitioner": "PC-1",
        "child_id": mia,
        "alert_id": alert["alert_id"],
        "access_id": alert["access_id"],
        "at": alert["at"],
    }
    opening, looking = [record for record in records("safeguarding_concern") if record["organisation"] == POLICE]
    assert (opening["outcome"], opening["access_id"], opening["child_id"]) == ("shield_opened", alert["access_id"], mia)
    assert opening["override_id"] == looking["override_id"] == override
    assert looking["shown"] == "shielded_child_and_involvements"


def heard_on_the_bus(deployment: Deployment) -> list[dict[str, Any]]:
    """What is put on the bus from now on."""
    heard: list[dict[str, Any]] = []
    events = deployment.function("shield").open_shield.bus.client.meta.events
    events.register("before-parameter-build.events.PutEvents", lambda params, **_: heard.extend(params["Entries"]))
    return heard


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"warning": "I need to know where this child is."}, "warning-not-accepted"),
        ({"practitioner": {"id": "N-1", "name": "Ann Askwith", "role": "nurse"}}, "not-permitted"),
        (
            {
                "practitioner": {
                    "id": "PC-1",
                    "name": "Pat Cole",
                    "role": "police_officer",
                    "on_behalf_of": {"id": "N-1", "name": "Ann Askwith", "role": "nurse"},
                }
            },
            "not-permitted",
        ),
        ({"reason": {"purpose": "education_welfare", "legal_basis": "children_act_1989_s47"}}, "ill-matched-reason"),
        (
            {
                "reason": {
                    "purpose": "safeguarding_concern",
                    "legal_basis": "children_act_1989_s47",
                    "note": "9990040001",
                }
            },
            "invalid",
        ),
        (
            {
                "reason": {
                    "purpose": "safeguarding_concern",
                    "legal_basis": "children_act_1989_s47",
                    "note": "Okonkwo",
                }
            },
            "not-permitted",
        ),
    ],
)
def test_what_may_not_be_opened_is_refused_recorded_and_told_to_nobody(
    scene: Scene, mia: str, said: dict[str, Any], problem: str
) -> None:
    scene.council.shield(mia)
    before = len(dump(ACCESS_LOG))
    assert scene.police.open(mia, **said).problem == problem
    written = dump(ACCESS_LOG)
    assert len(written) == before + 1
    assert [item["answered"] for item in written].count("refused") == 1
    assert not [item for item in dump(REGISTER) if item["kind"] == "override"]


def test_the_warning_is_quoted_to_whoever_mistypes_it(scene: Scene, mia: str) -> None:
    scene.council.shield(mia)
    assert WARNING in scene.police.open(mia, warning="yes").body["detail"]


@pytest.mark.parametrize("fault", Fault)
def test_under_any_fault_no_shield_is_open_that_is_not_recorded_and_reported(
    scene: Scene, mia: str, fault: Fault
) -> None:
    scene.council.shield(mia)
    opened(scene.police, mia)  # warm: the Directory is remembered from here on
    shield = scene.police.client.deployment.function("shield")
    calls, n = Calls().of_tables().of(shield.open_shield.bus.client), 0
    while True:
        n += 1
        calls.fail(n, fault)
        answer = scene.police.open(mia)
        overrides = [item for item in dump(REGISTER) if item["kind"] == "override"]
        alerts = [item for item in dump(ACCESS_LOG) if item["pk"] == f"ALERTS#{COUNCIL}"]
        kept = [record for record in dump(ACCESS_LOG) if record.get("outcome") == "shield_opened"]
        assert len(overrides) == len(alerts) == len(kept), calls.struck
        if not calls.mend():
            break
        if answer.status != 201:
            assert answer.problem in {"unavailable", "access-not-recorded"}, calls.struck
    assert answer.status == 201
    assert n > 3


@pytest.mark.parametrize("fault", Fault)
def test_under_any_fault_a_shield_that_was_acknowledged_hides_and_none_is_set_unrecorded(
    scene: Scene, mia: str, fault: Fault
) -> None:
    scene.council.client.shielded(mia)  # warm
    calls, n = Calls().of_tables(), 0
    while True:
        n += 1
        set_before = len([record for record in records("shielding") if record["outcome"] == "shield_set"])
        calls.fail(n, fault)
        answer = scene.council.shield(mia)
        if not calls.mend():
            break
        is_shielded = any(item.get("shield") for item in dump(REGISTER) if item["kind"] == "child")
        recorded = len([record for record in records("shielding") if record["outcome"] == "shield_set"]) - set_before
        assert recorded or not is_shielded
        assert answer.status == 200 or answer.problem in {"unavailable", "access-not-recorded", "contended"}
        if is_shielded:
            assert outcomes(scene.trust) == ["no_match"] * 3
        scene.council.lift(mia)
    assert answer.status == 200
    assert n > 2


@pytest.mark.parametrize("act", ["shield", "shielded", "lift", "open"])
def test_from_the_closing_date_on_nobody_gets_in(scene: Scene, mia: str, act: str) -> None:
    scene.council.shield(mia)
    scene.trust.client.deployment.restart(CLOSES_AT="2010-08-06T12:00:00+01:00", ANNOUNCED_AT="1273158000")
    before = dump(REGISTER), dump(ACCESS_LOG)
    asker = scene.police if act == "open" else scene.council
    assert getattr(asker.client if act == "shielded" else asker, act)(mia).problem == "closed"
    assert (dump(REGISTER), dump(ACCESS_LOG)) == before
