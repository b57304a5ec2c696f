"""Nothing personal in any key, of any table or index: keys end up in metrics, logs and error messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.integration.deployed import Deployment
from tests.integration.emulated import ACCESS_LOG, DIRECTORY, REGISTER, TABLES, dump
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, involvement, of, personal_values

REFERENCES = ("hv-okafor-77", "sw.zoe~1", "b-1")


def test_no_key_of_any_table_or_index_holds_anything_personal(deployment: Deployment) -> None:
    trust, council = deployment.enrol("X99"), deployment.enrol("E99000001")
    died = {"date_of_death": (datetime.now(UTC) - timedelta(days=30)).date().isoformat()}
    local_id = {"local_authority_child_id": {"authority": "E99000001", "id": "c/4711"}}
    bodies = [
        involvement(ZOE),
        involvement({**ABEL, **local_id, **died}, service_type="social_care"),
        involvement(ABEL),
    ]
    assert trust.put(REFERENCES[0], bodies[0]).status == 201
    assert council.put(REFERENCES[1], bodies[1]).status == 201
    assert council.batch([{**bodies[2], "source_reference": REFERENCES[2]}]).body["results"][0]["status"] == 201
    assert trust.look_up(of(ZOE, *DETAILS)).body["outcome"] == "match"
    assert trust.look_up(of(ABEL, *NUMBER)).body["outcome"] == "match"
    assert council.withdraw(REFERENCES[1]).status == 204

    keys = "\n".join(
        value.lower() for table in TABLES for item in dump(table) for value in (item["pk"], item.get("sk", ""))
    )
    indexed = "\n".join(item.get("child_id", "") for item in dump(ACCESS_LOG)).lower()
    values = {*REFERENCES, "4711", *(value for body in bodies for value in personal_values(body))}
    assert len(values) > 15
    assert [value for value in values if value.lower() in keys or value.lower() in indexed] == []
    assert {len(dump(table)) > 0 for table in (REGISTER, ACCESS_LOG, DIRECTORY)} == {True}


def test_the_access_log_holds_ids_and_codes_only(deployment: Deployment) -> None:
    trust = deployment.enrol("X99")
    trust.put("hv-1", involvement(ZOE))
    trust.look_up(ZOE)
    trust.look_up(of(ABEL, *DETAILS))
    trust.look_up({**ZOE, "favourite_colour": "Zoë"})

    written = str(dump(ACCESS_LOG)).lower()
    values = {*personal_values(involvement(ZOE)), *personal_values({"child": ABEL}), "Ann Askwith"}
    assert [value for value in values if value.lower() in written] == []
