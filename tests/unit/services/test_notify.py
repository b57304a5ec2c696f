"""Something has happened: everybody who has to know is told once, whatever fails or is repeated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access import Shown
from shared.domain.causes import ChildrenJoined, ChildShielded, InvolvementChanged, Questioned
from shared.domain.directory import Capability, Coverage
from shared.domain.errors import Unavailable
from shared.domain.held import HeldChild
from shared.domain.involvement import Dispute, Disputed, ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.notices import NoticeKind
from shared.services.gate import Gate
from shared.services.notify import Notify
from tests.support.builders import (
    COUNCIL,
    NOW,
    PSEUDONYMS,
    SCHOOL,
    TRUST,
    a_child,
    a_registration,
    a_shield,
    an_involvement,
    an_organisation,
    permissions,
)
from tests.support.fakes import Clock, FakeDirectory, Faults
from tests.support.noticing import LEEDS, FakeChildren, FakeNotices, FakeWatches, a_watch, at_school, changed
from tests.support.watching import a_question
from tests.support.worlds import World

if TYPE_CHECKING:
    from shared.domain.causes import Event

DAY = timedelta(days=1)
AT_COUNCIL = an_involvement(recorded_at=NOW - DAY, refreshed_at=NOW - DAY, lead_professional=True)
AT_SCHOOL = at_school()
IN_LEEDS = at_school(
    organisation=LEEDS, child=a_child(postcode="LS6 1AA"), recorded_at=NOW, refreshed_at=NOW, child_id="child-1"
)
DISPUTED = replace(AT_SCHOOL, version=2, disputed=Disputed(Dispute.OBJECTION, NOW))
STARTS = changed(None, IN_LEEDS)
ASKED = Questioned(
    a_question(NOW, organisation=TRUST, purpose="emergency_care", practitioner_role="nurse", child_id="child-1")
)
SHIELDED = ChildShielded("child-1", None, a_shield(a_child(), organisation=TRUST), 4, NOW)
JOINED = ChildrenJoined("child-2", "child-1", NOW, undone=False, case_id="case-1")
UNDONE = replace(JOINED, undone=True, at=NOW + DAY)
EVENTS: tuple[Event, ...] = (
    STARTS,
    ASKED,
    SHIELDED,
    JOINED,
    UNDONE,
    changed(AT_SCHOOL, DISPUTED),
    changed(AT_SCHOOL, None),
)


@dataclass
class Office:
    """A child of Barnet who appears in Leeds; it is one with another, whom Barnet watches."""

    faults: Faults = field(default_factory=Faults)
    clock: Clock = field(default_factory=Clock)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)

    def __post_init__(self) -> None:
        leeds = frozenset({"LS"})
        self.directory = FakeDirectory(
            [
                an_organisation(COUNCIL),
                an_organisation(SCHOOL, area=frozenset()),
                an_organisation(LEEDS, area=leeds, coverage=Coverage(districts=leeds)),
                an_organisation(TRUST, area=frozenset()),
            ],
            faults=self.faults,
        )
        self.notices = FakeNotices(self.faults)
        self.watches = FakeWatches(self.faults)
        self.watches.kept["child-2", COUNCIL] = a_watch(child_id="child-2")
        one = HeldChild(
            child_id="child-1",
            involvements=[AT_COUNCIL, DISPUTED, IN_LEEDS],
            formerly=frozenset({"child-2"}),
            came_with={"child-2": frozenset({(LEEDS, IN_LEEDS.source_reference)})},
        )
        parted = HeldChild(child_id="child-2", involvements=[IN_LEEDS])
        self.children = FakeChildren(self.faults, {"child-1": one, "child-2": parted})

    @property
    def notify(self) -> Notify:
        return Notify(
            register=self.children,
            directory=self.directory,
            notices=self.notices,
            watches=self.watches,
            pseudonyms=PSEUDONYMS,
            gate=Gate(self.lifecycle, self.clock),
        )

    @property
    def told(self) -> list[tuple[str, str]]:
        return sorted((one.kind, one.organisation) for one in self.notices.put_once.values())


def test_a_child_of_barnet_who_appears_in_leeds_is_told_of_to_those_who_know_it() -> None:
    office = Office()
    assert office.notify(STARTS) == 6
    assert office.told == [
        ("involvement-elsewhere", COUNCIL),
        ("involvement-elsewhere", SCHOOL),
        ("moved", LEEDS),
        ("moved", COUNCIL),
        ("moved", SCHOOL),
        ("watched", COUNCIL),
    ]
    assert all(one.at == NOW and one.child_id == "child-1" for one in office.notices.put_once.values())
    assert {one.about["organisation"] for one in office.notices.put_once.values()} == {LEEDS}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_the_same_again_tells_nothing_new(event: Event) -> None:
    office = Office()
    assert office.notify(event) == len(office.told) > 0
    before = dict(office.notices.put_once)
    office.clock.move()
    assert office.notify(event) == 0
    assert office.notices.put_once == before


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_in_whatever_order_and_however_often_it_comes_the_same_notices_are_made(events: list[Event]) -> None:
    in_order, replayed = Office(), Office()
    for event in EVENTS:
        in_order.notify(event)
    for event in (*events, *reversed(EVENTS), *events):
        replayed.notify(event)
    assert replayed.notices.put_once == in_order.notices.put_once


def test_two_changes_of_one_involvement_are_two_causes() -> None:
    office = Office()
    office.notify(STARTS)
    moved_on = replace(IN_LEEDS, version=2, refreshed_at=NOW + DAY)
    assert office.notify(changed(IN_LEEDS, moved_on, at=NOW + DAY)) == 1  # to who watches
    withdrawn = office.notify(changed(moved_on, None, at=NOW + DAY))
    assert withdrawn == 1
    anew = replace(IN_LEEDS, version=1, recorded_at=NOW + DAY * 90)
    assert office.notify(changed(None, anew)) == 6  # under a reference that the store had forgotten


def test_of_every_event_the_child_is_read_at_most_once() -> None:
    for event in EVENTS:
        office = Office()
        office.notify(event)
        reads = office.faults.calls.count("register.known_by_id")
        assert reads == (2 if event == UNDONE else 1)  # two children, each once
        assert office.faults.calls.count("watches.of") <= 1


def test_of_what_retention_or_coverage_has_hidden_nothing_is_even_read() -> None:
    office = Office()
    assert office.notify(changed(AT_COUNCIL, None, by_rule=True)) == 0
    assert office.faults.calls == []


SENSITIVE = at_school(service_type=ServiceType.MENTAL_HEALTH)


@pytest.mark.parametrize(
    "event",
    [
        changed(None, SENSITIVE),
        changed(SENSITIVE, None),
        changed(SENSITIVE, AT_SCHOOL),
        changed(AT_SCHOOL, SENSITIVE),
        Questioned(replace(ASKED.record, shown=Shown.WITH_SENSITIVE_SERVICES)),
    ],
)
def test_of_what_is_sensitive_nothing_is_even_read(event: Event) -> None:
    office = Office()
    assert office.notify(event) == 0
    assert office.faults.calls == []


def test_once_the_register_is_closed_nothing_is_done_and_nothing_fails() -> None:
    office = Office(lifecycle=Lifecycle(NOW, "https://successor.example"), faults=Faults(position=0))
    assert [office.notify(event) for event in EVENTS] == [0] * len(EVENTS)
    assert office.faults.calls == []


def test_the_child_is_not_read_if_nobody_could_be_told() -> None:
    office = Office()
    nothing = permissions(capabilities=frozenset(Capability) - {Capability.NOTICES})
    office.directory = FakeDirectory([an_organisation(COUNCIL, permissions=nothing)], faults=office.faults)
    assert office.notify(STARTS) == 0
    assert "register.known_by_id" not in office.faults.calls


def test_of_a_child_that_the_store_has_forgotten_nothing_is_told() -> None:
    office = Office()
    office.children.known.clear()
    assert [office.notify(event) for event in EVENTS] == [0] * len(EVENTS)


def test_nobody_is_told_that_an_organisation_has_asked_which_would_give_a_sensitive_service_away() -> None:
    office = Office()
    office.notify(ASKED)
    assert {kind for kind, _ in office.told} == {NoticeKind.LOOKED_UP, NoticeKind.WATCHED}
    assert {one.about["organisation"] for one in office.notices.put_once.values()} == {TRUST}
    office = Office()
    clinic = permissions(service_types=frozenset({ServiceType.SEXUAL_HEALTH}))
    organisations = [*office.directory.organisations(), an_organisation(TRUST, permissions=clinic, suspended=True)]
    office.directory = FakeDirectory(organisations)
    assert office.notify(ASKED) == 0


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_a_store_that_fails_anywhere_loses_nothing(event: Event, after: bool) -> None:  # noqa: FBT001  # a row of a table
    whole = Office()
    whole.notify(event)
    for position in range(len(whole.faults.calls)):
        office = Office(faults=Faults(position=position, after=after))
        with pytest.raises(Unavailable):
            office.notify(event)
        office.notify(event)
        assert office.notices.put_once == whole.notices.put_once


@pytest.mark.parametrize("is_shielded", [False, True])
def test_who_watches_is_told_of_the_last_that_is_withdrawn_but_not_of_a_shielded_child(is_shielded: bool) -> None:  # noqa: FBT001  # a row of a table
    world, office = World(), Office()
    world.put(a_registration())
    child_id = world.child_of()
    office.watches.put(a_watch(SCHOOL, child_id))
    if is_shielded:
        world.shield(child_id, organisation=TRUST)
    held = world.register.held[COUNCIL, "CASE-1"].involvement
    world.withdraw()
    notify = replace(office.notify, register=world.register)
    assert notify(InvolvementChanged(held, None, NOW)) == (0 if is_shielded else 1)
