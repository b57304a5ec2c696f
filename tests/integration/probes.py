"""Everything that a caller can ask of the API in the hope of noticing something, by a name of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from shared.domain.notices import Notice, NoticeKind
from shared.persistence.notices import DynamoNotices
from tests.integration.deployed import OFFICER as RECORDS_OFFICER
from tests.integration.deployed import Client, in_days
from tests.integration.hidden import DUPLICATE, MIA, MIA_NOW, NAMED, NOBODY, TIA, UNLIKE, Asker, Only
from tests.integration.people import involvement, of

type Probes = dict[str, Callable[[], object]]

WITHOUT_PLACE = tuple(name for name in NAMED if name != "postcode")

QUESTIONS: dict[str, dict[str, Any]] = {
    "all that is said": MIA,
    "names, birth, sex and postcode": of(MIA, *NAMED),
    "names and birth": of(MIA, *WITHOUT_PLACE),
    "names and postcode": of(MIA, "given_name", "family_name", "postcode"),
    "given name and birth": of(MIA, "given_name", "date_of_birth"),
    "family name and birth": of(MIA, "family_name", "date_of_birth"),
    "postcode and birth": of(MIA, "postcode", "date_of_birth"),
    "the NHS number": of(MIA, "nhs_number"),
    "the UPN": of(MIA, "upn"),
    "the council's number": of(MIA, "local_authority_child_id"),
    "the number, and another's name": UNLIKE,
    "the name, and another's number": {**of(MIA, *NAMED), "nhs_number": NOBODY},
    "names misspelt": {**of(MIA, *NAMED), "given_name": "Miah", "family_name": "Okonqwo-Reed"},
    "another day of birth": {**of(MIA, *NAMED), "date_of_birth": "2016-04-21"},
    "a home nearby": {**of(MIA, *NAMED), "postcode": "N12 7QG"},
    "the twin": TIA,
    "a sister's name": {**of(MIA, *NAMED), "given_name": "Ada", "date_of_birth": "2018-08-03"},
    "how a duplicate has it": DUPLICATE,
    "what is new": MIA_NOW,
    "what is new, but for the place": of(MIA_NOW, *WITHOUT_PLACE),
    "the new name and the old place": {**MIA_NOW, "postcode": MIA["postcode"]},
    "the old name and the new place": {**of(MIA, *NAMED), "postcode": MIA_NOW["postcode"]},
    "the new place and the birth": of(MIA_NOW, "postcode", "date_of_birth"),
    "the new name and the number": {**MIA_NOW, **of(MIA, "nhs_number")},
    "the old name as a former one": {**MIA_NOW, "former_names": [{"family_name": MIA["family_name"]}]},
    "the new name as a former one": {**of(MIA, *NAMED), "former_names": [{"family_name": "Stone"}]},
    "somebody else": {"nhs_number": NOBODY},
    "too little": of(MIA, "postcode"),
    "what cannot be read": {**MIA, "nhs_number": "1"},
}

SOMEBODY = {"given_name": "Noor", "family_name": "Hale", "date_of_birth": "2013-10-10"}
STATEMENTS: dict[str, dict[str, Any]] = {
    "all that is said": MIA,
    "names, birth, sex and postcode": of(MIA, *NAMED),
    "names and birth": of(MIA, *WITHOUT_PLACE),
    "the NHS number": of(MIA, "nhs_number"),
    "the number, and another's name": UNLIKE,
    "the name, and another's number": {**of(MIA, *NAMED), "nhs_number": NOBODY},
    "the twin": TIA,
    "how a duplicate has it": DUPLICATE,
    "what is new": MIA_NOW,
    "the old name as a former one": {**MIA_NOW, "former_names": [{"family_name": MIA["family_name"]}]},
    "somebody else": SOMEBODY,
    "somebody else, and her number": {**SOMEBODY, **of(MIA, "nhs_number")},
}
OF_ANOTHERS_NUMBER = ("the number, and another's name", "somebody else, and her number")
LIVES = ("all that is said", "the twin", "how a duplicate has it", "what is new", "the number, and another's name")
"""The statements that are taken through everything: the others differ from them in what leads to a child alone."""

KIND = "education"
"""What everybody here may register."""


def lookups(asker: Asker, named: list[Only]) -> Probes:
    """Every question, without and with an override that is not the asker's."""
    asked = {f"a lookup by {what}": partial(asker.look_up, child) for what, child in QUESTIONS.items()}
    overrides = {only.override_id for only in named}
    return asked | {
        f"a lookup by {what} with override {n}": partial(asker.look_up, QUESTIONS[what], override=override)
        for n, override in enumerate(sorted(overrides))
        for what in ("all that is said", "the NHS number", "somebody else")
    }


def registrations(asker: Asker) -> Probes:
    """Whatever can be done with an organisation's own involvements."""
    client, found = asker.client, dict[str, Callable[[], object]]()
    for what, child in STATEMENTS.items():
        said = involvement(child, service_type=KIND)
        bad = involvement({**child, "postcode": "nowhere"}, service_type=KIND)
        found[f"a preview of {what}"] = partial(client.preview, "own-1", said)
        found[f"a preview of {what} that cannot be right"] = partial(client.preview, "own-1", bad)
        asking = {"practitioner": asker.practitioner, "reason": asker.reason}
        found[f"who else works with {what}"] = partial(_ask_who_else, client, {**said, "asking": asking})
        if what in LIVES:
            batch = [{**said, "source_reference": "own-1"}, {**bad, "source_reference": "own-2"}]
            found[f"a batch with {what}"] = partial(client.batch, batch)
            found[f"the life of an involvement with {what}"] = partial(_life, client, said)
            found[f"an involvement that comes to say {what}"] = partial(_change, client, said)
            found[f"an extract with {what}"] = partial(_drop, client, child)
    return found


def _ask_who_else(client: Client, said: dict[str, Any]) -> None:
    client.put("own-1", said)
    client.put("own-1", said)


def _life(client: Client, said: dict[str, Any]) -> None:
    client.put("own-1", said)
    client.put("own-1", said)
    client.get("own-1")
    client.put("own-1", {**said, "duty_phone": "020 7946 0999"}, if_match='"1"')
    client.put("own-1", said, if_match='"7"')
    client.withdraw("own-1")
    client.get("own-1")
    client.put("own-1", said)


def _change(client: Client, said: dict[str, Any]) -> None:
    client.put("own-1", involvement(SOMEBODY, service_type=KIND))
    client.put("own-1", said)
    client.put("own-1", involvement(SOMEBODY, service_type=KIND))


def _drop(client: Client, child: dict[str, Any]) -> None:
    columns = {name: value for name, value in child.items() if isinstance(value, str)}
    rows = (("source_reference", "service_type", *columns), ("own-1", KIND, *columns.values()), ("own-2", "nonsense"))
    for _ in range(2):
        client.deployment.drop(client.organisation, "\n".join(map(",".join, rows)).encode())


def reviews(asker: Asker, named: list[Only]) -> Probes:
    """The review list, and every case that could be named."""
    client = asker.client
    about: dict[str, Callable[[str], object]] = {
        "comparing": client.compare,
        "comparing with a note that names the child of": partial(client.compare, note="Mia"),
        "comparing as nobody": partial(client.compare, practitioner={**RECORDS_OFFICER, "role": "nobody"}),
        "joining": partial(client.decide, decision="same"),
        "telling apart": partial(client.decide, decision="different"),
    }
    return {
        "the review list": client.reviews,
        "the first of the review list": partial(client.reviews, limit="1"),
        **{
            f"{what} case {n}": partial(ask, only.case_id)
            for n, only in enumerate(named)
            for what, ask in about.items()
        },
    }


def of_children(asker: Asker, named: list[Only]) -> Probes:
    """Every route that names a child, with every id that could be named."""
    as_social_worker = {**asker.practitioner, "role": "social_worker"}
    about: dict[str, Callable[[str], object]] = {
        "shielding": asker.shield,
        "shielding under another name": partial(asker.shield, hide_names=[{"family_name": "Stone"}]),
        "shielding with a note that names": partial(asker.shield, note="Okonkwo-Reed"),
        "shielding until yesterday": partial(asker.shield, ends="2020-01-01"),
        "the shield of": asker.client.shielded,
        "lifting the shield of": asker.lift,
        "opening the shield of": asker.open,
        "opening, with a note that names,": partial(asker.open, reason={**asker.reason, "note": "Okonkwo-Reed"}),
        "opening, with a note of what is new,": partial(asker.open, reason={**asker.reason, "note": "Stone EN52AB"}),
        "opening, with half a warning,": partial(asker.open, warning="I need to know"),
        "opening, as a social worker,": partial(asker.open, practitioner=as_social_worker),
        "who has looked at": asker.client.accesses,
    }
    return {f"{what} {n}": partial(ask, only.child_id) for n, only in enumerate(named) for what, ask in about.items()}


def notices(asker: Asker, named: list[Only]) -> Probes:
    """Every notice that there may be of a child that could be named, whoever has been told of it when; and watches."""
    seeking = {"practitioner": asker.practitioner, "reason": "missing_child", "ends": in_days(30)}
    about: dict[str, Callable[[str], object]] = {
        "a notice of": partial(_notice_of, asker.client),
        "watching": partial(asker.client.watch, body=seeking),
        "watching, with a note that names,": partial(asker.client.watch, body={**seeking, "note": "Okonkwo-Reed"}),
        "watching since yesterday": partial(asker.client.watch, body={**seeking, "ends": "2020-01-01"}),
        "ending the watch of": partial(asker.client.end_watch, body={"practitioner": asker.practitioner}),
    }
    return {f"{what} {n}": partial(ask, only.child_id) for n, only in enumerate(named) for what, ask in about.items()}


def _notice_of(client: Client, child_id: str) -> None:
    notice = Notice(
        notice_id="a-notice",
        kind=NoticeKind.LOOKED_UP,
        at=datetime(2026, 11, 2, 12, tzinfo=UTC),
        organisation=client.organisation,
        child_id=child_id,
        about={"organisation": "RX9", "practitioner_role": "police_officer"},
    )
    DynamoNotices(clock=lambda: datetime.now(UTC), pause=lambda _attempt: None).put([notice])
    client.notices()
    client.notice("a-notice")
    client.acknowledge("a-notice")
    client.notice("a-notice")


def others(asker: Asker) -> Probes:
    """What is asked about nobody."""
    client = asker.client
    return {
        "the alerts": client.alerts,
        "the notices": client.notices,
        "a notice that never was": partial(client.notice, "none-at-all"),
        "the status": partial(client.call, "status", "GET", "/status", None),
        "the contract": partial(client.call, "status", "GET", "/openapi.json", None),
    }


def at_a_glance(asker: Asker, named: list[Only]) -> Probes:
    """All that an asker does who registers nothing."""
    of_each = reviews(asker, named) | of_children(asker, named) | notices(asker, named)
    return lookups(asker, named) | of_each | others(asker)


def afterwards(asker: Asker) -> Probes:
    """What is found once it was registered by the asker itself."""
    found = dict[str, Callable[[], object]]()
    for what, child in STATEMENTS.items():
        found[f"a lookup after registering {what}"] = partial(_look_up_own, asker, child)
        found[f"a preview after registering {what}"] = partial(_preview_own, asker, child)
    return found


def _look_up_own(asker: Asker, child: dict[str, Any]) -> None:
    asker.client.put("own-1", involvement(child, service_type=KIND))
    asker.look_up(child)
    asker.look_up(MIA)
    asker.client.reviews()


def _preview_own(asker: Asker, child: dict[str, Any]) -> None:
    asker.client.put("own-1", involvement(child, service_type=KIND))
    asker.client.preview("own-1", involvement(child, service_type=KIND))
    asker.client.preview("own-2", involvement(child, service_type=KIND))
