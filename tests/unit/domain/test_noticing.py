"""Who is told what: rows of what is held of a child, what happens, and who hears of it. Closed by default."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import disclosure
from shared.domain.access import Purpose, Role, Shown
from shared.domain.causes import ChildrenJoined, ChildShielded, InvolvementChanged, Questioned, causes_of
from shared.domain.child import FormerName
from shared.domain.directory import Capability, Coverage, Organisation
from shared.domain.held import HeldChild
from shared.domain.involvement import Dispute, Disputed, Involvement, ServiceType, Standing
from shared.domain.notices import NoticeKind, Watch
from shared.domain.noticing import receivers
from shared.domain.readers import Known, may_be_told, reader_of
from shared.domain.shield import Shield
from tests.support.builders import (
    COUNCIL,
    NOW,
    ORDINARY_SERVICES,
    PSEUDONYMS,
    SCHOOL,
    TRUST,
    a_child,
    a_shield,
    an_involvement,
    an_organisation,
    permissions,
)
from tests.support.noticing import HOUR, LEEDS, a_watch, at_school, changed, ended
from tests.support.watching import a_question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.domain.causes import Event

LEEDS_SCHOOL, POLICE = "SCH999", "POL35"
DAY = timedelta(days=1)


def somewhere(code: str, *districts: str, is_authority: bool = False, **said: Any) -> Organisation:
    """An organisation that feeds the register from these districts."""
    places = frozenset(districts)
    coverage = Coverage(districts=places, service_types=ORDINARY_SERVICES)
    return an_organisation(code, **({"coverage": coverage, "area": places if is_authority else frozenset()} | said))


BARNET_COUNCIL = somewhere(COUNCIL, "N", is_authority=True)
LEEDS_COUNCIL = somewhere(LEEDS, "LS", "WF", is_authority=True)
EVERYBODY = (
    BARNET_COUNCIL,
    LEEDS_COUNCIL,
    somewhere(SCHOOL, "N12"),
    somewhere(LEEDS_SCHOOL, "LS6"),
    somewhere(TRUST, "N", "NW"),
    somewhere(POLICE, "LS"),
)


def but(*others: Organisation) -> tuple[Organisation, ...]:
    """Everybody, with these in place of those of their codes."""
    return tuple({one.code: one for one in (*EVERYBODY, *others)}.values())


def may(organisation: Organisation, **given: Any) -> Organisation:
    return replace(organisation, permissions=permissions(**given))


NOT_NOTICES = frozenset(Capability) - {Capability.NOTICES}


def registering(*types: ServiceType) -> tuple[Organisation, ...]:
    """Everybody, while the trust may register these services alone."""
    return but(may(somewhere(TRUST, "N", "NW"), service_types=frozenset(types)))


BLIND_TO_SCHOOLS = may(BARNET_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.EDUCATION})


def heard(
    kind: NoticeKind,
    event: Event,
    *held: Involvement,
    organisations: Iterable[Organisation] = EVERYBODY,
    shield: Shield | None = None,
    watches: Sequence[Watch] = (),
    parted: HeldChild | None = None,
    child: HeldChild | None = None,
) -> set[str] | None:
    """Who is told of this kind of thing; None if the event is no cause of it at all."""
    child = child or HeldChild(child_id="child-1", involvements=held, shield=shield)
    known = known_of(child, organisations, watches, parted)
    told = [set(receivers(cause, event, known)) for cause in causes_of(event, PSEUDONYMS) if cause.kind is kind]
    return set[str]().union(*told) if told else None


def known_of(
    child: HeldChild,
    organisations: Iterable[Organisation] = EVERYBODY,
    watches: Sequence[Watch] = (),
    parted: HeldChild | None = None,
) -> Known:
    """The child as it is now, and who there is."""
    return Known(
        held=child,
        organisations={one.code: one for one in organisations},
        now=NOW,
        pseudonyms=PSEUDONYMS,
        watches=watches,
        parted=parted,
    )


LONG_AGO = {"recorded_at": NOW - DAY, "refreshed_at": NOW - DAY}
AT_COUNCIL = an_involvement(**LONG_AGO)
COUNCIL_ENDED = replace(AT_COUNCIL, service=replace(AT_COUNCIL.service, standing=Standing.ENDED))
COUNCIL_NOT_SURE = replace(AT_COUNCIL, service=replace(AT_COUNCIL.service, standing=Standing.NOT_KNOWN))
AT_SCHOOL = at_school()
IN_LEEDS = at_school(organisation=LEEDS_SCHOOL, child=a_child(postcode="LS6 1AA"), recorded_at=NOW, refreshed_at=NOW)
STARTS = changed(None, IN_LEEDS)
TRUSTS_SHIELD = a_shield(organisation=TRUST, since=NOW - DAY)
COUNCILS_SHIELD = a_shield(since=NOW - DAY)
PAST_SHIELD = a_shield(organisation=TRUST, since=NOW - DAY, until=NOW)


# involvement-elsewhere

ELSEWHERE: list[Any] = [
    ("who works with the child", STARTS, [AT_COUNCIL], {}, {COUNCIL}),
    ("all who do", STARTS, [AT_COUNCIL, AT_SCHOOL], {}, {COUNCIL, SCHOOL}),
    ("not who has ended", STARTS, [COUNCIL_ENDED], {}, set()),
    ("not who has not said whether it does", STARTS, [COUNCIL_NOT_SURE], {}, set()),
    ("nobody of who is there but has not begun", changed(None, ended(IN_LEEDS)), [AT_COUNCIL], {}, None),
    (
        "of who was there and begins now",
        changed(replace(ended(IN_LEEDS), version=1), replace(IN_LEEDS, version=2)),
        [AT_COUNCIL],
        {},
        {COUNCIL},
    ),
    (
        "nobody of who only says something else",
        changed(replace(IN_LEEDS, refreshed_at=NOW - HOUR), replace(IN_LEEDS, version=2)),
        [AT_COUNCIL],
        {},
        None,
    ),
    ("nobody of who came by a join", changed(None, IN_LEEDS, by_join=True), [AT_COUNCIL], {}, None),
    (
        "nobody of a sensitive service",
        changed(None, at_school(organisation=LEEDS_SCHOOL, service_type=ServiceType.MENTAL_HEALTH)),
        [AT_COUNCIL],
        {},
        None,
    ),
    ("nobody of a district in one's own area", changed(None, AT_SCHOOL), [AT_COUNCIL], {}, set()),
    (
        "nobody of an area that one's own district is in",
        changed(None, AT_COUNCIL),
        [AT_SCHOOL],
        {},
        set(),
    ),
    ("not who may not see such a service", STARTS, [AT_COUNCIL], {"organisations": but(BLIND_TO_SCHOOLS)}, set()),
    (
        "not who is suspended",
        STARTS,
        [AT_COUNCIL],
        {"organisations": but(replace(BARNET_COUNCIL, suspended=True))},
        set(),
    ),
    (
        "not who is not told of anything",
        STARTS,
        [AT_COUNCIL],
        {"organisations": but(may(BARNET_COUNCIL, capabilities=NOT_NOTICES))},
        set(),
    ),
    (
        "nobody who came only afterwards",
        STARTS,
        [AT_COUNCIL, at_school(recorded_at=NOW + HOUR, refreshed_at=NOW + HOUR)],
        {},
        {COUNCIL},
    ),
    ("nobody of who may be anywhere", STARTS, [AT_COUNCIL], {"organisations": but(somewhere(LEEDS_SCHOOL))}, set()),
    ("nobody who may be anywhere", STARTS, [AT_COUNCIL], {"organisations": but(somewhere(COUNCIL))}, set()),
    ("nobody of a shielded child", STARTS, [AT_COUNCIL], {"shield": TRUSTS_SHIELD}, set()),
    ("but the team that shields it", STARTS, [AT_COUNCIL, AT_SCHOOL], {"shield": COUNCILS_SHIELD}, {COUNCIL}),
    ("again once a shield has run out", STARTS, [AT_COUNCIL], {"shield": PAST_SHIELD}, {COUNCIL}),
]


@pytest.mark.parametrize(("event", "held", "state", "told"), [r[1:] for r in ELSEWHERE], ids=[r[0] for r in ELSEWHERE])
def test_of_a_newcomer_is_told(
    event: InvolvementChanged, held: list[Involvement], state: dict[str, Any], told: set[str] | None
) -> None:
    now_held = [*held, event.involvement]
    assert heard(NoticeKind.INVOLVEMENT_ELSEWHERE, event, *now_held, **state) == told


def test_of_a_newcomer_who_has_withdrawn_or_ended_since_nobody_is_told() -> None:
    assert heard(NoticeKind.INVOLVEMENT_ELSEWHERE, STARTS, AT_COUNCIL) == set()
    assert heard(NoticeKind.INVOLVEMENT_ELSEWHERE, STARTS, AT_COUNCIL, ended(IN_LEEDS)) == set()


def test_who_could_not_see_a_service_is_told_of_it_as_of_a_newcomer_once_it_is_of_another_type() -> None:
    was = replace(IN_LEEDS, service=replace(IN_LEEDS.service, service_type=ServiceType.POLICE))
    retyped = changed(was, replace(IN_LEEDS, version=2))
    blind = may(BARNET_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.POLICE})
    held = (AT_COUNCIL, AT_SCHOOL, replace(IN_LEEDS, version=2))
    assert heard(NoticeKind.INVOLVEMENT_ELSEWHERE, retyped, *held, organisations=but(blind)) == {COUNCIL}


# moved

STILL_IN_BARNET = replace(IN_LEEDS, child=a_child(postcode="N12 9ZZ"))
ELSEWHERE_IN_BARNET = replace(IN_LEEDS, child=a_child(postcode="N1 9AA"))
NOWHERE = replace(IN_LEEDS, child=a_child(postcode=None))
IN_SCOTLAND = replace(IN_LEEDS, child=a_child(postcode="EH1 1AA"))
IN_WALES = replace(AT_COUNCIL, child=a_child(postcode="CF10 1AA"))
COUNCIL_SAYS_LEEDS = replace(AT_COUNCIL, child=a_child(postcode="LS6 1AA"), version=2, refreshed_at=NOW)
SCHOOL_SAYS_LEEDS = at_school(child=a_child(postcode="LS6 1AA"), refreshed_at=NOW, version=2)
SAYS_LEEDS_ALREADY = replace(IN_LEEDS, recorded_at=NOW - HOUR, refreshed_at=NOW - HOUR)
SCHOOL_SAYS_LEEDS_LATER = at_school(child=a_child(postcode="LS6 1AA"), refreshed_at=NOW + HOUR)
AT_WELFARE = replace(AT_SCHOOL, organisation=POLICE)

MOVED: list[Any] = [
    ("both authorities", STARTS, [AT_COUNCIL], {}, {COUNCIL, LEEDS}),
    ("and all who work with it", STARTS, [AT_COUNCIL, AT_SCHOOL], {}, {COUNCIL, LEEDS, SCHOOL}),
    ("also an authority that never worked with it", STARTS, [AT_SCHOOL], {}, {COUNCIL, LEEDS, SCHOOL}),
    ("nobody who only did so once", STARTS, [ended(AT_WELFARE), AT_COUNCIL], {}, {COUNCIL, LEEDS}),
    (
        "the authorities, though one of them says so",
        changed(AT_COUNCIL, COUNCIL_SAYS_LEEDS),
        [AT_SCHOOL],
        {},
        {COUNCIL, LEEDS, SCHOOL},
    ),
    ("but nobody else who does", changed(AT_SCHOOL, SCHOOL_SAYS_LEEDS), [AT_COUNCIL], {}, {COUNCIL, LEEDS}),
    (
        "of who says so though another that was new has said it before",
        changed(AT_SCHOOL, SCHOOL_SAYS_LEEDS),
        [AT_COUNCIL, SAYS_LEEDS_ALREADY],
        {},
        {COUNCIL, LEEDS, LEEDS_SCHOOL},
    ),
    (
        "nobody of who says again where it was said to live before",
        changed(replace(AT_SCHOOL, version=1), replace(AT_SCHOOL, version=2, refreshed_at=NOW)),
        [AT_COUNCIL, SAYS_LEEDS_ALREADY],
        {},
        set(),
    ),
    (
        "of who had not said where it lives",
        changed(replace(AT_SCHOOL, child=a_child(postcode=None)), SCHOOL_SAYS_LEEDS),
        [AT_COUNCIL],
        {},
        {COUNCIL, LEEDS},
    ),
    (
        "nobody who came only afterwards",
        STARTS,
        [AT_COUNCIL, at_school(recorded_at=NOW + HOUR, refreshed_at=NOW + HOUR)],
        {},
        {COUNCIL, LEEDS},
    ),
    (
        "as ever, if who was there has only said the same again since",
        STARTS,
        [replace(AT_COUNCIL, refreshed_at=NOW + HOUR, version=2)],
        {},
        {COUNCIL, LEEDS},
    ),
    ("nobody if it stays", changed(None, STILL_IN_BARNET), [AT_COUNCIL], {}, set()),
    ("nobody if it stays with its authority", changed(None, ELSEWHERE_IN_BARNET), [AT_COUNCIL], {}, set()),
    ("nobody of a first postcode", STARTS, [], {}, set()),
    ("nobody if none is stated", changed(None, NOWHERE), [AT_COUNCIL], {}, set()),
    ("the one authority that is known", changed(None, IN_SCOTLAND), [AT_COUNCIL], {}, {COUNCIL}),
    ("nobody between two that are not", changed(None, IN_SCOTLAND), [IN_WALES], {}, set()),
    ("nobody once what told of it is withdrawn", changed(IN_LEEDS, None), [AT_COUNCIL], {}, None),
    (
        "nobody if who was there has said the same since: of that is told",
        STARTS,
        [AT_COUNCIL, SCHOOL_SAYS_LEEDS_LATER],
        {},
        set(),
    ),
    ("nobody by a join", changed(None, IN_LEEDS, by_join=True), [AT_COUNCIL], {}, None),
    ("not who may not see who says so", STARTS, [AT_COUNCIL], {"organisations": but(BLIND_TO_SCHOOLS)}, {LEEDS}),
    (
        "no children's services without social care",
        STARTS,
        [AT_COUNCIL],
        {"organisations": but(may(LEEDS_COUNCIL, service_types=frozenset({ServiceType.EDUCATION})))},
        {COUNCIL},
    ),
    ("nobody of a shielded child", STARTS, [AT_COUNCIL, AT_SCHOOL], {"shield": TRUSTS_SHIELD}, set()),
    ("but the team that shields it", STARTS, [AT_COUNCIL, AT_SCHOOL], {"shield": COUNCILS_SHIELD}, {COUNCIL}),
]


@pytest.mark.parametrize(("event", "held", "state", "told"), [r[1:] for r in MOVED], ids=[r[0] for r in MOVED])
def test_of_a_move_is_told(
    event: InvolvementChanged, held: list[Involvement], state: dict[str, Any], told: set[str] | None
) -> None:
    now_held = [*held, event.after] if event.after else held
    assert heard(NoticeKind.MOVED, event, *now_held, **state) == told


class GoneThroughByOne(dict[str, Organisation]):
    """All organisations, of whom each is asked in turn; none of them may go through all of them again."""

    def values(self) -> Any:
        raise AssertionError("for each organisation all were gone through")


def test_whose_a_district_is_is_not_looked_for_where_nobody_has_moved() -> None:
    stays = changed(None, STILL_IN_BARNET)
    known = replace(
        known_of(HeldChild(child_id="child-1", involvements=[AT_COUNCIL, STILL_IN_BARNET])),
        organisations=GoneThroughByOne({one.code: one for one in EVERYBODY}),
    )
    (moved,) = [cause for cause in causes_of(stays, PSEUDONYMS) if cause.kind is NoticeKind.MOVED]
    assert receivers(moved, stays, known) == []


def test_a_move_is_told_by_one_word_of_it_at_least_however_late_they_are_read() -> None:
    """A newcomer says so, and a service that was there says so after it: read one by one, or both after both."""
    first, second = STARTS, changed(AT_COUNCIL, replace(COUNCIL_SAYS_LEEDS, refreshed_at=NOW + HOUR), at=NOW + HOUR)
    assert heard(NoticeKind.MOVED, first, AT_COUNCIL, IN_LEEDS) == {COUNCIL, LEEDS}
    both = (second.involvement, IN_LEEDS)
    assert heard(NoticeKind.MOVED, first, *both) == set()
    assert heard(NoticeKind.MOVED, second, *both) == {COUNCIL, LEEDS, LEEDS_SCHOOL}


def test_whoever_does_not_see_what_a_service_was_hears_of_its_postcode_as_of_a_newcomers() -> None:
    was = replace(SCHOOL_SAYS_LEEDS, service=replace(IN_LEEDS.service, service_type=ServiceType.POLICE))
    retyped = changed(replace(was, refreshed_at=NOW - HOUR), SCHOOL_SAYS_LEEDS)
    blind = may(BARNET_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.POLICE})
    assert heard(NoticeKind.MOVED, retyped, AT_COUNCIL, SCHOOL_SAYS_LEEDS, organisations=but(blind)) == {COUNCIL}


# looked-up

WITH_LEAD = replace(AT_COUNCIL, service=replace(AT_COUNCIL.service, lead_professional=True))
LED_ONCE = ended(WITH_LEAD)


def asked(**said: Any) -> Questioned:
    """An emergency department has asked about the child, and was shown it."""
    known = {
        "organisation": TRUST,
        "practitioner_role": Role.NURSE,
        "purpose": Purpose.EMERGENCY_CARE,
        "child_id": "child-1",
    }
    return Questioned(a_question(NOW, **(known | said)))


ROUTINE = {"purpose": Purpose.CONTINUITY_OF_CARE}
LOOKED_UP: list[Any] = [
    ("the lead professional's organisation, by an emergency department", asked(), [WITH_LEAD], {}, {COUNCIL}),
    (
        "by the police",
        asked(organisation=POLICE, purpose=Purpose.SAFEGUARDING_CONCERN, practitioner_role=Role.POLICE_OFFICER),
        [WITH_LEAD],
        {},
        {COUNCIL},
    ),
    (
        "by a colleague for the police",
        asked(organisation=POLICE, purpose=Purpose.SAFEGUARDING_CONCERN, on_behalf_of_role=Role.POLICE_OFFICER),
        [WITH_LEAD],
        {},
        {COUNCIL},
    ),
    ("by nobody else", asked(**ROUTINE), [WITH_LEAD], {}, None),
    ("not who does not lead", asked(), [AT_COUNCIL, AT_SCHOOL], {}, set()),
    ("not who led once", asked(), [LED_ONCE], {}, set()),
    ("not of one's own question", asked(organisation=COUNCIL), [WITH_LEAD], {}, set()),
    ("not of one that was refused", asked(answered="refused", outcome="not_permitted"), [WITH_LEAD], {}, None),
    ("not if the child was not found", asked(child_id=None, outcome="no_match"), [WITH_LEAD], {}, None),
    (
        "not of a shield that was opened, before anything is asked behind it",
        asked(outcome="shield_opened", shown=Shown.SHIELDED_CHILD_AND_INVOLVEMENTS),
        [WITH_LEAD],
        {},
        None,
    ),
    ("not if only the child was shown", asked(shown=Shown.CHILD), [WITH_LEAD], {}, None),
    (
        "not of a question that found sensitive services",
        asked(shown=Shown.WITH_SENSITIVE_SERVICES),
        [WITH_LEAD],
        {},
        None,
    ),
    ("not of who reads notices", asked(purpose="notice", practitioner_role="police_officer"), [WITH_LEAD], {}, None),
    ("nobody of a shielded child", asked(), [WITH_LEAD], {"shield": TRUSTS_SHIELD}, set()),
    (
        "but the team that shields it",
        asked(shown=Shown.SHIELDED_CHILD_AND_INVOLVEMENTS),
        [WITH_LEAD],
        {"shield": COUNCILS_SHIELD},
        {COUNCIL},
    ),
]


@pytest.mark.parametrize(("event", "held", "state", "told"), [r[1:] for r in LOOKED_UP], ids=[r[0] for r in LOOKED_UP])
def test_of_an_urgent_question_is_told(
    event: Questioned, held: list[Involvement], state: dict[str, Any], told: set[str] | None
) -> None:
    assert heard(NoticeKind.LOOKED_UP, event, *held, **state) == told


# nobody-left

WITH_PLAN = replace(AT_COUNCIL, service=replace(AT_COUNCIL.service, assessment_held=True, lead_professional=True))
PLAN_OF_OLD = at_school(standing=Standing.ENDED, assessment_held=True)
LEADING_SCHOOL = at_school(lead_professional=True)
POLICE_NOW = at_school(organisation=POLICE, service_type=ServiceType.POLICE)
PLAN_ENDS = changed(WITH_PLAN, ended(WITH_PLAN))
SCHOOL_LEAVES = changed(AT_SCHOOL, None)
WITHOUT_SOCIAL_CARE = may(BARNET_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.SOCIAL_CARE})
TRUST_PLANS = an_involvement(
    organisation=TRUST, source_reference="T-1", service_type=ServiceType.HOSPITAL, assessment_held=True, **LONG_AGO
)

NOBODY_LEFT: list[Any] = [
    ("the authority, when the last of all ends", changed(TRUST_PLANS, ended(TRUST_PLANS)), [], {}, {COUNCIL}),
    ("or withdraws", changed(TRUST_PLANS, None), [], {}, {COUNCIL}),
    ("of a plan that somebody else once made", SCHOOL_LEAVES, [PLAN_OF_OLD], {"ref": "P-2"}, {COUNCIL}),
    ("not without any plan", SCHOOL_LEAVES, [ended(AT_COUNCIL)], {}, set()),
    ("not while another works with the child", changed(TRUST_PLANS, None), [AT_SCHOOL], {}, set()),
    (
        "though another does, when the last lead professional goes",
        changed(LEADING_SCHOOL, None),
        [TRUST_PLANS],
        {},
        {COUNCIL},
    ),
    (
        "not while another leads",
        changed(LEADING_SCHOOL, None),
        [TRUST_PLANS, replace(WITH_LEAD, organisation=POLICE)],
        {},
        set(),
    ),
    ("though it was its own doing", PLAN_ENDS, [], {}, {COUNCIL}),
    (
        "when the last lead professional leads no more, though its service goes on",
        changed(LEADING_SCHOOL, replace(AT_SCHOOL, version=2)),
        [TRUST_PLANS],
        {},
        {COUNCIL},
    ),
    (
        "not if another leads then",
        changed(LEADING_SCHOOL, replace(AT_SCHOOL, version=2)),
        [TRUST_PLANS, replace(WITH_LEAD, organisation=POLICE)],
        {},
        set(),
    ),
    (
        "nor without any plan",
        changed(LEADING_SCHOOL, replace(AT_SCHOOL, version=2)),
        [replace(TRUST_PLANS, service=AT_COUNCIL.service)],
        {},
        set(),
    ),
    (
        "not of who led, but did not work with the child any more",
        changed(LED_ONCE, replace(ended(AT_COUNCIL), version=3)),
        [TRUST_PLANS],
        {},
        None,
    ),
    ("not of what had its time", changed(TRUST_PLANS, None, by_rule=True), [], {}, None),
    (
        "not of what has ended before",
        changed(replace(ended(TRUST_PLANS), version=1), replace(ended(TRUST_PLANS), version=3)),
        [],
        {},
        None,
    ),
    ("not of what moves by a join", changed(TRUST_PLANS, None, by_join=True), [], {}, None),
    (
        "not another authority",
        changed(replace(TRUST_PLANS, child=a_child(postcode="LS6 1AA")), None),
        [],
        {},
        {LEEDS},
    ),
    (
        "not if it may not see who worked with the child last",
        changed(TRUST_PLANS, None),
        [],
        {"organisations": but(may(BARNET_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.HOSPITAL}))},
        set(),
    ),
    (
        "nor of the end of what it may not have seen, whatever is held of old",
        changed(POLICE_NOW, None),
        [PLAN_OF_OLD],
        {"ref": "P-2", "organisations": but(may(BARNET_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.POLICE}))},
        set(),
    ),
    (
        "as if nobody were left, if it may not see who is",
        changed(TRUST_PLANS, None),
        [POLICE_NOW],
        {"organisations": but(may(BARNET_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.POLICE}))},
        {COUNCIL},
    ),
    ("nobody of a shielded child", changed(TRUST_PLANS, None), [], {"shield": a_shield(organisation=SCHOOL)}, set()),
    ("but the team that shields it", changed(TRUST_PLANS, None), [], {"shield": COUNCILS_SHIELD}, {COUNCIL}),
]


@pytest.mark.parametrize(
    ("event", "held", "state", "told"), [r[1:] for r in NOBODY_LEFT], ids=[r[0] for r in NOBODY_LEFT]
)
def test_that_nobody_is_left_is_told(
    event: InvolvementChanged, held: list[Involvement], state: dict[str, Any], told: set[str] | None
) -> None:
    if reference := state.get("ref"):
        held = [replace(one, source_reference=reference) for one in held]
        state = {what: said for what, said in state.items() if what != "ref"}
    now_held = [*held, event.after] if event.after else held
    assert heard(NoticeKind.NOBODY_LEFT, event, *now_held, **state) == told


# watched

BY_LEEDS = a_watch(LEEDS)
SAYS_MORE = changed(replace(AT_SCHOOL, refreshed_at=NOW - DAY), replace(AT_SCHOOL, version=2))
DISPUTED_NOW = replace(AT_SCHOOL, version=2, disputed=Disputed(Dispute.CORRECTION, NOW))
NOT_WATCH = frozenset(Capability) - {Capability.WATCH}

WATCHED: list[Any] = [
    ("who watches, of a question", asked(**ROUTINE), [AT_COUNCIL], {}, {LEEDS}),
    ("of an urgent one, too", asked(), [AT_COUNCIL], {}, {LEEDS}),
    ("not of its own", asked(organisation=LEEDS), [AT_COUNCIL], {}, set()),
    ("not of one that was refused", asked(answered="refused"), [AT_COUNCIL], {}, None),
    ("not of who reads notices, or there were no end to it", asked(purpose="notice"), [AT_COUNCIL], {}, None),
    ("not of who runs the register", asked(purpose="dispute", practitioner_role=None), [AT_COUNCIL], {}, None),
    ("of what is registered", changed(None, AT_SCHOOL), [AT_SCHOOL], {}, {LEEDS}),
    ("of what is changed", SAYS_MORE, [AT_SCHOOL], {}, {LEEDS}),
    ("of what is withdrawn", changed(AT_SCHOOL, None), [AT_COUNCIL], {}, {LEEDS}),
    ("also if that was the last", changed(AT_SCHOOL, None), [], {}, {LEEDS}),
    ("not of what an operator notes", changed(AT_SCHOOL, DISPUTED_NOW), [DISPUTED_NOW], {}, None),
    ("not of a join", changed(None, AT_SCHOOL, by_join=True), [AT_SCHOOL], {}, None),
    (
        "not of its own involvement",
        changed(None, at_school(organisation=LEEDS)),
        [at_school(organisation=LEEDS)],
        {},
        set(),
    ),
    ("nobody who does not watch", asked(), [AT_COUNCIL], {"watches": []}, set()),
    ("nobody once the watch has ended", asked(), [AT_COUNCIL], {"watches": [a_watch(LEEDS, until=NOW)]}, set()),
    (
        "not of what was before it began",
        changed(None, AT_SCHOOL, at=NOW - timedelta(seconds=1)),
        [AT_SCHOOL],
        {},
        set(),
    ),
    (
        "of what was in its first second",
        changed(None, AT_SCHOOL),
        [AT_SCHOOL],
        {"watches": [a_watch(LEEDS, since=NOW + timedelta(microseconds=9))]},
        {LEEDS},
    ),
    ("not of what has had its time", changed(AT_SCHOOL, None, by_rule=True), [AT_COUNCIL], {}, None),
    ("not of who is in no directory", asked(organisation="GONE"), [AT_COUNCIL], {}, set()),
    ("of who registers nothing", asked(**ROUTINE), [AT_COUNCIL], {"organisations": registering()}, {LEEDS}),
    (
        "not of who registers sensitive services alone",
        asked(**ROUTINE),
        [AT_COUNCIL],
        {"organisations": registering(ServiceType.MENTAL_HEALTH, ServiceType.SUBSTANCE_MISUSE)},
        set(),
    ),
    (
        "nor of who registers besides only what it may not see",
        asked(**ROUTINE),
        [AT_COUNCIL],
        {
            "organisations": (
                *registering(ServiceType.MENTAL_HEALTH, ServiceType.YOUTH_JUSTICE),
                may(LEEDS_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.YOUTH_JUSTICE}),
            )
        },
        set(),
    ),
    (
        "of who registers something that it may see",
        asked(**ROUTINE),
        [AT_COUNCIL],
        {"organisations": registering(ServiceType.MENTAL_HEALTH, ServiceType.HOSPITAL)},
        {LEEDS},
    ),
    (
        "nobody who may not watch any more",
        asked(),
        [AT_COUNCIL],
        {"organisations": but(may(LEEDS_COUNCIL, capabilities=NOT_WATCH))},
        set(),
    ),
    (
        "not of a service that it may not see",
        changed(None, AT_SCHOOL),
        [AT_SCHOOL, AT_COUNCIL],
        {"organisations": but(may(LEEDS_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.EDUCATION}))},
        set(),
    ),
    (
        "not of a child of which it may see nothing",
        asked(),
        [AT_SCHOOL],
        {"organisations": but(may(LEEDS_COUNCIL, sees=ORDINARY_SERVICES - {ServiceType.EDUCATION}))},
        set(),
    ),
    ("nobody of a shielded child", asked(), [AT_COUNCIL], {"shield": TRUSTS_SHIELD}, set()),
    ("nobody of what a shielded child leaves behind", changed(AT_SCHOOL, None), [], {"shield": TRUSTS_SHIELD}, set()),
]


@pytest.mark.parametrize(("event", "held", "state", "told"), [r[1:] for r in WATCHED], ids=[r[0] for r in WATCHED])
def test_of_a_child_that_is_watched_is_told(
    event: Event, held: list[Involvement], state: dict[str, Any], told: set[str] | None
) -> None:
    assert heard(NoticeKind.WATCHED, event, *held, **({"watches": [BY_LEEDS]} | state)) == told


# disputed

WAS_DISPUTED = replace(AT_SCHOOL, disputed=Disputed(Dispute.CORRECTION, NOW - HOUR))
SETTLED = replace(AT_SCHOOL, version=2)
OBJECTED = replace(AT_SCHOOL, version=2, disputed=Disputed(Dispute.OBJECTION, NOW))

DISPUTED: list[Any] = [
    ("its organisation", changed(AT_SCHOOL, DISPUTED_NOW), {}, {SCHOOL}),
    ("that it is settled, too", changed(WAS_DISPUTED, SETTLED), {}, {SCHOOL}),
    ("not of another dispute in its place", changed(WAS_DISPUTED, OBJECTED), {}, None),
    ("not of what comes disputed from another child", changed(None, DISPUTED_NOW), {}, None),
    ("not of what is withdrawn while it is", changed(WAS_DISPUTED, None), {}, None),
    ("not of a shielded child", changed(AT_SCHOOL, DISPUTED_NOW), {"shield": TRUSTS_SHIELD}, set()),
]


@pytest.mark.parametrize(("event", "state", "told"), [r[1:] for r in DISPUTED], ids=[r[0] for r in DISPUTED])
def test_of_a_dispute_is_told(event: InvolvementChanged, state: dict[str, Any], told: set[str] | None) -> None:
    assert heard(NoticeKind.DISPUTED, event, AT_COUNCIL, event.involvement, **state) == told


def test_a_notice_of_a_dispute_says_whether_it_began_or_ended() -> None:
    def state(event: InvolvementChanged) -> str:
        return next(c.about["state"] for c in causes_of(event, PSEUDONYMS) if c.kind is NoticeKind.DISPUTED)

    assert state(changed(AT_SCHOOL, DISPUTED_NOW)) == "disputed"
    assert state(changed(WAS_DISPUTED, SETTLED)) == "settled"


# joined

JOINED = ChildrenJoined("child-2", "child-1", NOW, undone=False, case_id="case-1")
UNDONE = replace(JOINED, undone=True)
WENT = replace(IN_LEEDS, child_id="child-1")


def one_child(*brought: Involvement, **said: Any) -> HeldChild:
    """The council's, with all that came with the child that is one with it now."""
    came = frozenset((one.organisation, one.source_reference) for one in brought)
    return HeldChild(
        **(
            {
                "child_id": "child-1",
                "involvements": [AT_COUNCIL, *brought],
                "formerly": frozenset({"child-2"}),
                "came_with": {"child-2": came},
            }
            | said
        )
    )


def test_of_two_who_became_one_is_told_whose_involvement_lies_in_either() -> None:
    assert heard(NoticeKind.JOINED, JOINED, child=one_child(WENT)) == {COUNCIL, LEEDS_SCHOOL}


def test_of_two_who_became_one_and_part_of_a_third_is_told_who_knew_either() -> None:
    third = replace(POLICE_NOW, source_reference="P-3")
    mine = frozenset({(AT_COUNCIL.organisation, AT_COUNCIL.source_reference)})
    theirs = frozenset({(WENT.organisation, WENT.source_reference)})
    now = HeldChild(
        child_id="child-3",
        involvements=[third, AT_COUNCIL, WENT],
        came_with={"child-2": theirs, "child-1": mine | theirs},
    )
    assert heard(NoticeKind.JOINED, JOINED, child=now) == {COUNCIL, LEEDS_SCHOOL}


def test_of_a_join_with_a_child_that_it_may_not_know_an_organisation_is_not_told() -> None:
    joined = one_child(WENT)
    assert heard(NoticeKind.JOINED, JOINED, child=joined, organisations=but(BLIND_TO_SCHOOLS)) == {LEEDS_SCHOOL}
    school = may(somewhere(LEEDS_SCHOOL, "LS6"), sees=frozenset({ServiceType.EDUCATION}))
    assert heard(NoticeKind.JOINED, JOINED, child=joined, organisations=but(school)) == {COUNCIL}


def test_of_a_join_that_was_undone_since_nobody_is_told() -> None:
    assert heard(NoticeKind.JOINED, JOINED, child=one_child(involvements=[AT_COUNCIL], came_with={})) == set()


def test_of_a_shielded_child_that_became_one_with_another_its_team_alone_is_told() -> None:
    assert heard(NoticeKind.JOINED, JOINED, child=one_child(WENT, shield=COUNCILS_SHIELD)) == {COUNCIL}


def test_that_a_join_is_undone_is_told_in_the_same_way() -> None:
    parted = HeldChild(child_id="child-2", involvements=[replace(WENT, child_id="child-2")])
    both = {COUNCIL, LEEDS_SCHOOL}
    assert heard(NoticeKind.JOINED, UNDONE, AT_COUNCIL, parted=parted) == both
    assert heard(NoticeKind.JOINED, UNDONE, AT_COUNCIL, parted=replace(parted, shield=TRUSTS_SHIELD)) == set()
    assert heard(NoticeKind.JOINED, UNDONE, AT_COUNCIL, parted=None) == set()
    assert heard(NoticeKind.JOINED, UNDONE, child=one_child(WENT), parted=one_child(WENT)) == set()


def test_each_hears_of_an_undone_join_as_of_the_child_in_which_its_own_involvement_lies() -> None:
    parted = HeldChild(child_id="child-2", involvements=[replace(WENT, child_id="child-2")])
    known = known_of(HeldChild(child_id="child-1", involvements=[AT_COUNCIL]), parted=parted)
    told = {
        (code, cause.child_id, cause.about["child_id"])
        for cause in causes_of(UNDONE, PSEUDONYMS)
        for code in receivers(cause, UNDONE, known)
    }
    assert told == {(COUNCIL, "child-1", "child-2"), (LEEDS_SCHOOL, "child-2", "child-1")}


LEEDS_TOO = replace(IN_LEEDS, organisation=TRUST)
MOVED_BY_JOIN: list[Any] = [
    ("both authorities and who works with either", one_child(LEEDS_TOO), {}, {COUNCIL, LEEDS, TRUST}),
    ("not who came afterwards", one_child(replace(LEEDS_TOO, recorded_at=NOW + HOUR)), {}, set()),
    ("nobody of two of one authority", one_child(replace(LEEDS_TOO, child=a_child(postcode="N1 9AA"))), {}, set()),
    ("nobody if of one it is not known", one_child(replace(LEEDS_TOO, child=a_child(postcode=None))), {}, set()),
    (
        "not who may not see something of both",
        one_child(LEEDS_TOO),
        {"organisations": but(BLIND_TO_SCHOOLS)},
        {LEEDS, TRUST},
    ),
    ("nobody of a shielded child but its team", one_child(LEEDS_TOO, shield=COUNCILS_SHIELD), {}, {COUNCIL}),
]


@pytest.mark.parametrize(("child", "state", "told"), [r[1:] for r in MOVED_BY_JOIN], ids=[r[0] for r in MOVED_BY_JOIN])
def test_of_a_join_across_authorities_is_told_as_of_a_move(
    child: HeldChild, state: dict[str, Any], told: set[str]
) -> None:
    assert heard(NoticeKind.MOVED, JOINED, child=child, **state) == told


def test_of_a_join_that_is_undone_nobody_is_told_as_of_a_move() -> None:
    assert heard(NoticeKind.MOVED, UNDONE, child=one_child(LEEDS_TOO)) is None


# Behind a shield that has ended

LONG_ENDED, JUST_ENDED = NOW - DAY, NOW + timedelta(seconds=2)
BEHIND: dict[str, Event] = {
    "a newcomer": STARTS,
    "an end": changed(TRUST_PLANS, None),
    "a question": asked(),
    "a dispute": changed(AT_SCHOOL, DISPUTED_NOW),
    "a join": JOINED,
}
ENDED: dict[str, tuple[dict[str, Any], bool]] = {
    "lifted before": ({"unshielded_at": LONG_ENDED}, True),
    "lifted in the same second": ({"unshielded_at": NOW + timedelta(milliseconds=400)}, True),
    "lifted since": ({"unshielded_at": JUST_ENDED}, False),
    "run out before": ({"shield": a_shield(organisation=TRUST, since=NOW - DAY, until=NOW - HOUR)}, True),
    "run out since": ({"shield": a_shield(organisation=TRUST, since=NOW - DAY, until=JUST_ENDED)}, False),
}


@pytest.mark.parametrize(("said", "is_told"), ENDED.values(), ids=ENDED)
@pytest.mark.parametrize("event", BEHIND.values(), ids=BEHIND)
def test_what_has_happened_behind_a_shield_is_not_told_once_that_has_ended(
    event: Event,
    said: dict[str, Any],
    is_told: bool,  # noqa: FBT001  # a row of a table
) -> None:
    child = one_child(WENT, involvements=[WITH_PLAN, DISPUTED_NOW, WENT], **said)
    known = replace(known_of(child, watches=[BY_LEEDS]), now=NOW + HOUR)
    assert bool(told_in(event, known)) is is_told


def test_that_a_shield_was_set_is_told_though_it_has_ended_since() -> None:
    child = HeldChild(child_id="child-1", involvements=[AT_SCHOOL], unshielded_at=JUST_ENDED)
    assert heard(NoticeKind.SHIELDED, SET, child=child) == {SCHOOL}


def test_of_a_join_that_was_undone_behind_a_shield_of_either_nobody_is_told() -> None:
    parted = HeldChild(child_id="child-2", involvements=[replace(WENT, child_id="child-2")], unshielded_at=JUST_ENDED)
    assert heard(NoticeKind.JOINED, UNDONE, AT_COUNCIL, parted=parted) == set()


# shielded

NOT_OVERRIDE = frozenset(Capability) - {Capability.OVERRIDE}
SET = ChildShielded("child-1", None, a_shield(a_child()), 7, NOW)
LIFTED = ChildShielded("child-1", a_shield(a_child()), None, 8, NOW)
BY_TRUST = ChildShielded("child-1", None, a_shield(a_child(), organisation=TRUST), 7, NOW)
INHERITED = ChildShielded("child-1", None, a_shield(a_child(), inherited=True), 7, NOW)
ONLY_THE_SCHOOL_MAY_NOT = but(may(somewhere(SCHOOL, "N12"), capabilities=NOT_OVERRIDE))
UNDER_A_NAME_THAT_IS_HIDDEN = replace(SET, after=a_shield(a_child(family_name="Another")))

SHIELDED: list[Any] = [
    ("who works with it and may open shields", SET, {}, {SCHOOL}),
    ("of the end of it, the same", LIFTED, {}, {SCHOOL}),
    ("not who may not", SET, {"organisations": ONLY_THE_SCHOOL_MAY_NOT}, set()),
    ("nor of the end of it", LIFTED, {"organisations": ONLY_THE_SCHOOL_MAY_NOT}, set()),
    (
        "not who has nobody who might",
        SET,
        {"organisations": but(may(somewhere(SCHOOL, "N12"), roles=frozenset({Role.TEACHER})))},
        set(),
    ),
    ("who had not shielded it", BY_TRUST, {}, {COUNCIL, SCHOOL}),
    ("who shields another from whom it is inherited", INHERITED, {"organisations": ONLY_THE_SCHOOL_MAY_NOT}, {COUNCIL}),
    (
        "not who does not see its own service",
        SET,
        {"organisations": but(may(somewhere(SCHOOL, "N12"), sees=ORDINARY_SERVICES - {ServiceType.EDUCATION}))},
        set(),
    ),
    (
        "the team from whose child it is inherited, though it opens no shields",
        INHERITED,
        {"organisations": but(may(BARNET_COUNCIL, capabilities=NOT_OVERRIDE))},
        {COUNCIL, SCHOOL},
    ),
    ("not by a name that is hidden", UNDER_A_NAME_THAT_IS_HIDDEN, {}, set()),
    ("not of one in place of another", replace(SET, before=a_shield(until=NOW + DAY)), {}, None),
    ("not of one that has run out by itself", replace(LIFTED, before=PAST_SHIELD), {}, None),
    ("not of what is part of another child by now", replace(SET, child_id="child-2"), {}, set()),
]


@pytest.mark.parametrize(("event", "state", "told"), [r[1:] for r in SHIELDED], ids=[r[0] for r in SHIELDED])
def test_of_a_shield_is_told(event: ChildShielded, state: dict[str, Any], told: set[str] | None) -> None:
    assert heard(NoticeKind.SHIELDED, event, AT_COUNCIL, AT_SCHOOL, shield=event.after, **state) == told


# Again, and nothing

AGAIN: dict[str, list[Event]] = {
    "shielded, open, and shielded again": [SET, LIFTED, replace(SET, version=9)],
    "two children shielded": [SET, replace(SET, child_id="child-2")],
    "one, two, and one again": [JOINED, replace(UNDONE, at=NOW + HOUR), replace(JOINED, at=NOW + DAY)],
    "two pairs joined": [JOINED, replace(JOINED, case_id="case-2")],
    "asked twice": [asked(**ROUTINE), asked(**ROUTINE, access_id="another")],
}


@pytest.mark.parametrize("events", AGAIN.values(), ids=AGAIN)
def test_what_happens_again_or_to_another_is_another_cause(events: list[Event]) -> None:
    causes = [(cause.kind, cause.what) for event in events for cause in causes_of(event, PSEUDONYMS)]
    assert len(set(causes)) == len(causes) >= len(events)


@pytest.mark.parametrize("nothing", [changed(AT_SCHOOL, AT_SCHOOL), changed(None, None)], ids=["the same", "nothing"])
def test_what_has_not_changed_is_the_cause_of_nothing(nothing: InvolvementChanged) -> None:
    assert causes_of(nothing, PSEUDONYMS) == ()


def test_an_involvement_that_was_never_there_has_no_last_state() -> None:
    with pytest.raises(ValueError, match="not there"):
        _ = changed(None, None).involvement


# Whatever is held, and whoever there is

TYPES = (ServiceType.SOCIAL_CARE, ServiceType.EDUCATION, ServiceType.POLICE, ServiceType.HOSPITAL)
CODES = (COUNCIL, LEEDS, SCHOOL, TRUST)

sets_of_types = st.frozensets(st.sampled_from(TYPES))
capabilities = st.frozensets(st.sampled_from(Capability)).map(lambda some: some | {Capability.NOTICES})
places = st.frozensets(st.sampled_from(["N", "N12", "LS", "WF"]), max_size=2)


@st.composite
def organisations_of(draw: st.DrawFn) -> tuple[Organisation, ...]:
    return tuple(
        Organisation(
            code=code,
            name=code,
            permissions=permissions(sees=draw(sets_of_types), capabilities=draw(capabilities)),
            coverage=Coverage(districts=draw(places), service_types=frozenset(TYPES)),
            area=draw(places),
            suspended=draw(st.integers(0, 9)) == 0,
        )
        for code in CODES
    )


@st.composite
def involvements(draw: st.DrawFn, code: str, reference: str) -> Involvement:
    return an_involvement(
        organisation=code,
        source_reference=reference,
        child=a_child(postcode=draw(st.sampled_from([None, "N12 0AB", "N1 9AA", "LS6 1AA"]))),
        service_type=draw(st.sampled_from(TYPES)),
        standing=draw(st.sampled_from(Standing)),
        lead_professional=draw(st.booleans()),
        assessment_held=draw(st.booleans()),
        recorded_at=NOW - DAY,
        refreshed_at=NOW - draw(st.integers(1, 5)) * HOUR,
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Event, Known]:
    """An event, and the child just after it."""
    others = [draw(involvements(draw(st.sampled_from(CODES)), f"REF-{n}")) for n in range(draw(st.integers(0, 4)))]
    old = draw(involvements(draw(st.sampled_from(CODES)), "CASE-9"))
    new = replace(draw(involvements(old.organisation, "CASE-9")), version=2, refreshed_at=NOW)
    shield = draw(
        st.none()
        | st.builds(
            lambda c, *, kept: a_shield(*kept, organisation=c),
            st.sampled_from(CODES),
            kept=st.sampled_from([(), (a_child(),)]),
        )
    )
    happened: list[Event] = [
        changed(old, new),
        changed(None, new),
        changed(old, None),
        changed(old, replace(old, version=2, disputed=Disputed(Dispute.OBJECTION, NOW))),
        asked(organisation=old.organisation),
        ChildShielded("child-1", None, shield, 3, NOW),
        ChildShielded("child-1", shield, None, 3, NOW),
    ]
    event = draw(st.sampled_from(happened))
    after = event.after if isinstance(event, InvolvementChanged) else old
    held = HeldChild(
        child_id="child-1",
        involvements=[*others, after] if after else others,
        shield=event.after if isinstance(event, ChildShielded) else shield,
    )
    known = Known(
        held=held,
        organisations={one.code: one for one in draw(organisations_of())},
        now=NOW,
        pseudonyms=PSEUDONYMS,
        watches=[a_watch(code) for code in draw(st.frozensets(st.sampled_from(CODES)))],
    )
    return event, known


def told_in(event: Event, known: Known) -> set[tuple[NoticeKind, str]]:
    return {(cause.kind, code) for cause in causes_of(event, PSEUDONYMS) for code in receivers(cause, event, known)}


@given(worlds())
def test_nobody_is_told_of_what_it_may_not_see(world: tuple[Event, Known]) -> None:
    event, known = world
    before = [event.before] if isinstance(event, InvolvementChanged) and event.before else []
    for kind, code in told_in(event, known):
        organisation = known.organisations[code]
        assert may_be_told(organisation)
        shield = None if kind is NoticeKind.SHIELDED else known.held.shield
        everything = [*known.held.involvements, *before]
        assert disclosure.visible(reader_of(organisation, NOW), everything, shield, "child-1")


@given(worlds())
def test_what_an_organisation_may_not_see_makes_no_difference_to_what_it_is_told(world: tuple[Event, Known]) -> None:
    """But for whose child it is: that is said by all that is held."""
    event, known = world
    for code, organisation in known.organisations.items():
        reader = reader_of(organisation, NOW)
        there = [
            one
            for one in known.held.involvements
            if one.organisation == code or reader.sees_type(one.service.service_type)
        ]
        without = replace(known, held=replace(known.held, involvements=there))
        passed_over = set[NoticeKind]()
        if is_its_own(organisation, event, known) != is_its_own(organisation, event, without):
            passed_over = {NoticeKind.NOBODY_LEFT}
        assert of(code, event, known) - passed_over == of(code, as_it_may_be_seen(event, reader), without) - passed_over


def of(code: str, event: Event | None, known: Known) -> set[NoticeKind]:
    return {kind for kind, told in told_in(event, known) if told == code} if event else set()


def is_its_own(organisation: Organisation, event: Event, known: Known) -> bool:
    """Before the event."""
    before = [event.before] if isinstance(event, InvolvementChanged) and event.before else []
    others = [one for one in known.held.involvements if one.source_reference != "CASE-9"]
    return disclosure.is_own(organisation, [*others, *before])


def as_it_may_be_seen(event: Event, reader: disclosure.Viewer) -> Event | None:
    if not isinstance(event, InvolvementChanged):
        return event
    before, after = (
        one if one and reader.sees_type(one.service.service_type) else None for one in (event.before, event.after)
    )
    return replace(event, before=before, after=after) if before or after else None


@given(worlds())
def test_a_shield_that_is_closed_to_it_silences_all_but_that_there_is_one(world: tuple[Event, Known]) -> None:
    event, known = world
    shield = a_shield(organisation="E09000099")
    behind = replace(known, held=replace(known.held, shield=shield))
    assert {kind for kind, _ in told_in(event, behind)} <= {NoticeKind.SHIELDED}


def test_a_former_name_may_lead_to_a_shielded_child_whose_name_is_hidden() -> None:
    known_as = a_child(family_name="Hill")
    goes_by = replace(AT_SCHOOL, child=a_child(former_names=(FormerName(family_name="Hill"),)))
    shield = ChildShielded("child-1", None, a_shield(known_as), 7, NOW)
    assert heard(NoticeKind.SHIELDED, shield, goes_by, shield=shield.after) == {SCHOOL}
