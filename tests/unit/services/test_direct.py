from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.domain.conflicts import Conflict
from shared.domain.directory import Capability, Coverage, Credential, CredentialState, Permissions
from shared.domain.errors import (
    AlreadyExists,
    CredentialEnded,
    CredentialNotFound,
    MoreThanPermitted,
    NothingPermitted,
    OrganisationNotFound,
    RegisterClosed,
    SignpostError,
    Unavailable,
)
from shared.domain.lifecycle import Lifecycle
from shared.services.direct import Direct, Issued
from tests.support.builders import COUNCIL, NOW, SCHOOL, an_organisation, permissions
from tests.support.fakes import Faults
from tests.support.worlds import World


def a_world() -> World:
    world = World()
    world.direct.enrol(an_organisation(COUNCIL))
    return world


# Organisations


def test_an_organisation_that_was_enrolled_is_listed() -> None:
    assert [organisation.code for organisation in a_world().direct.organisations()] == [COUNCIL]


def test_an_organisation_is_enrolled_once() -> None:
    with pytest.raises(AlreadyExists):
        a_world().direct.enrol(an_organisation(COUNCIL, name="Another"))


def test_enrolling_an_organisation_twice_alike_is_enrolling_it_once() -> None:
    """The first answer may have been lost on its way."""
    world = a_world()
    assert world.direct.enrol(an_organisation(COUNCIL)) == an_organisation(COUNCIL)
    assert world.keeper.enrolled[COUNCIL].version == 1


def test_an_amendment_replaces_what_an_organisation_may_do() -> None:
    world = a_world()
    only_lookup = permissions(capabilities=frozenset({Capability.LOOKUP}))
    amended = world.direct.amend(COUNCIL, an_organisation(name="Renamed", permissions=only_lookup))
    assert (amended.name, amended.permissions, amended.version) == ("Renamed", only_lookup, 2)
    assert world.keeper.enrolled[COUNCIL] == amended


def test_an_amendment_keeps_a_suspension_and_how_current_the_data_are() -> None:
    world = a_world()
    world.keeper.feed_received(COUNCIL, date(2026, 3, 1))
    world.direct.suspend(COUNCIL, suspended=True)
    amended = world.direct.amend(COUNCIL, an_organisation(coverage=Coverage(districts=frozenset({"M"}))))
    assert amended.suspended
    assert amended.coverage == Coverage(districts=frozenset({"M"}), current_as_of=date(2026, 3, 1))


def test_an_organisation_may_be_suspended_and_resumed() -> None:
    world = a_world()
    assert world.direct.suspend(COUNCIL, suspended=True).suspended
    assert not world.direct.suspend(COUNCIL, suspended=False).suspended
    assert world.keeper.enrolled[COUNCIL] == replace(an_organisation(COUNCIL), version=3)


def test_two_operators_who_amend_at_once_do_not_overwrite_each_other() -> None:
    world = a_world()
    stale = replace(an_organisation(COUNCIL), version=2)
    world.direct.suspend(COUNCIL, suspended=True)
    with pytest.raises(Conflict):
        world.keeper.amend(stale)


def replaced(world: World, old: Credential) -> Credential:
    """The new credential in place of one."""
    issued = world.direct.reset(old.organisation, old.client_id)
    assert isinstance(issued, Issued)
    return issued.credential


CALLS: dict[str, Callable[[Direct], object]] = {
    "amend": lambda direct: direct.amend(SCHOOL, an_organisation(SCHOOL)),
    "suspend": lambda direct: direct.suspend(SCHOOL, suspended=True),
    "issue": lambda direct: direct.issue(SCHOOL, "main"),
    "reset": lambda direct: direct.reset(SCHOOL, "client1"),
    "returned": lambda direct: direct.returned(SCHOOL, "client1"),
    "credentials": lambda direct: direct.credentials(SCHOOL),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_an_organisation_that_is_not_enrolled_is_not_found(call: Callable[[Direct], object]) -> None:
    direct = a_world().direct
    with pytest.raises(OrganisationNotFound):
        call(direct)


# Credentials


def test_an_issued_credential_works_and_its_secret_is_kept_nowhere() -> None:
    world = a_world()
    issued = world.direct.issue(COUNCIL, "Case management")
    assert world.keeper.admits(issued.credential.client_id)
    assert issued.credential.issued_at == world.clock.at
    assert issued.secret not in repr(world.keeper)


def test_a_client_gets_the_capabilities_of_its_organisation_and_no_others() -> None:
    world = a_world()
    world.direct.amend(COUNCIL, an_organisation(permissions=permissions(capabilities=frozenset({Capability.REGISTER}))))
    issued = world.direct.issue(COUNCIL, "Case management")
    assert world.issuer.clients[issued.credential.client_id] == (f"{COUNCIL} Case management", ("register",))


def test_an_organisation_that_may_do_nothing_is_given_no_credential() -> None:
    world = a_world()
    world.direct.amend(COUNCIL, an_organisation(permissions=Permissions()))
    with pytest.raises(NothingPermitted):
        world.direct.issue(COUNCIL, "Case management")
    assert not world.issuer.clients


def test_a_reset_ends_the_old_credential_and_gives_a_new_one_of_the_same_name() -> None:
    world = a_world()
    old = world.direct.issue(COUNCIL, "Case management").credential
    world.clock.move()
    new = replaced(world, old)
    assert new.label == "Case management"
    assert world.keeper.admits(new.client_id)
    assert not world.keeper.admits(old.client_id)
    assert world.issuer.clients.keys() == {new.client_id}
    assert world.keeper.held[old.client_id] == replace(old, state=CredentialState.RESET, ended_at=world.clock.at)


@pytest.mark.parametrize("ended_by", ["reset", "returned"])
def test_a_credential_that_has_ended_cannot_be_reset(ended_by: str) -> None:
    world = a_world()
    old = world.direct.issue(COUNCIL, "Case management").credential
    getattr(world.direct, ended_by)(COUNCIL, old.client_id)
    before = list(world.direct.credentials(COUNCIL))
    with pytest.raises(CredentialEnded):
        world.direct.reset(COUNCIL, old.client_id)
    assert world.direct.credentials(COUNCIL) == before


ALL_BUT_LOOKUP = frozenset(Capability) - {Capability.LOOKUP}


@pytest.mark.parametrize("capabilities", [frozenset(), ALL_BUT_LOOKUP], ids=["nothing", "nothing of what it opened"])
def test_a_reset_ends_the_old_credential_also_if_its_organisation_may_do_it_no_more(
    capabilities: frozenset[Capability],
) -> None:
    world = a_world()
    old = world.direct.issue(COUNCIL, "Case management", frozenset({Capability.LOOKUP})).credential
    world.direct.amend(COUNCIL, an_organisation(permissions=permissions(capabilities=capabilities)))
    with pytest.raises(NothingPermitted):
        world.direct.reset(COUNCIL, old.client_id)
    assert [credential.state for credential in world.direct.credentials(COUNCIL)] == [CredentialState.RESET]
    assert not world.issuer.clients


LATER = frozenset({Capability.BROKER, Capability.SHIELD, Capability.AUDIT, Capability.OVERRIDE})
AT_FIRST = frozenset({Capability.LOOKUP, Capability.REGISTER})


@pytest.mark.parametrize("is_noted", [True, False], ids=["issued for all", "issued before that was noted"])
def test_a_reset_opens_nothing_that_the_old_credential_did_not(*, is_noted: bool) -> None:
    world = World()
    world.direct.enrol(an_organisation(permissions=permissions(capabilities=AT_FIRST)))
    old = world.direct.issue(COUNCIL, "Case management").credential
    if not is_noted:
        world.keeper.held[old.client_id] = old = replace(old, capabilities=None)
    world.direct.amend(COUNCIL, an_organisation(permissions=permissions(capabilities=AT_FIRST | LATER)))
    new = replaced(world, old)
    assert new.capabilities == AT_FIRST
    assert world.issuer.clients[new.client_id][1] == tuple(sorted(AT_FIRST))


def test_a_reset_opens_what_the_organisation_may_still_do_of_what_the_old_credential_opened() -> None:
    world = a_world()
    old = world.direct.issue(COUNCIL, "MASH", frozenset({Capability.LOOKUP, Capability.REGISTER})).credential
    only_lookup = permissions(capabilities=frozenset({Capability.LOOKUP, Capability.AUDIT}))
    world.direct.amend(COUNCIL, an_organisation(permissions=only_lookup))
    assert replaced(world, old).capabilities == frozenset({Capability.LOOKUP})
    assert not world.keeper.admits(old.client_id)


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
def test_a_reset_that_fails_at_its_new_credential_has_ended_the_old_one(*, after: bool) -> None:
    world = a_world()
    old = world.direct.issue(COUNCIL, "Case management").credential
    faults = world.struck_by(Faults())
    replaced(world, old)
    position = next(n for n, call in enumerate(faults.calls) if call.endswith(".issue"))
    world.struck_by(Faults())
    old = world.direct.outstanding()[0]
    world.struck_by(Faults(position=position, after=after))
    with pytest.raises(Unavailable):
        world.direct.reset(COUNCIL, old.client_id)
    assert not world.keeper.admits(old.client_id)
    assert old.client_id not in world.issuer.clients


def test_a_returned_credential_ends_and_is_outstanding_no_more() -> None:
    world = a_world()
    credential = world.direct.issue(COUNCIL, "Case management").credential
    returned = world.direct.returned(COUNCIL, credential.client_id)
    assert (returned.state, returned.ended_at) == (CredentialState.RETURNED, world.clock.at)
    assert not world.direct.outstanding()
    assert not world.issuer.clients


def test_a_credential_that_is_returned_twice_keeps_when_it_ended() -> None:
    world = a_world()
    credential = world.direct.issue(COUNCIL, "Case management").credential
    first = world.direct.returned(COUNCIL, credential.client_id)
    world.clock.move()
    assert world.direct.returned(COUNCIL, credential.client_id) == first


def test_what_is_outstanding_is_listed_over_all_organisations_oldest_first() -> None:
    world = a_world()
    world.direct.enrol(an_organisation(SCHOOL))
    oldest = world.direct.issue(SCHOOL, "one").credential
    world.clock.move()
    reset = world.direct.issue(COUNCIL, "two").credential
    world.clock.move()
    newest = replaced(world, reset)
    world.direct.returned(COUNCIL, world.direct.issue(COUNCIL, "three").credential.client_id)
    assert world.direct.outstanding() == [oldest, newest]


def test_all_credentials_of_an_organisation_are_listed_whatever_their_state() -> None:
    world = a_world()
    old = world.direct.issue(COUNCIL, "one").credential
    new = replaced(world, old)
    assert {c.client_id: c.state for c in world.direct.credentials(COUNCIL)} == {
        old.client_id: CredentialState.RESET,
        new.client_id: CredentialState.ISSUED,
    }


@pytest.mark.parametrize("call", ["reset", "returned"])
def test_a_credential_of_another_organisation_is_not_found(call: str) -> None:
    world = a_world()
    world.direct.enrol(an_organisation(SCHOOL))
    schools = world.direct.issue(SCHOOL, "main").credential
    with pytest.raises(CredentialNotFound):
        getattr(world.direct, call)(COUNCIL, schools.client_id)
    assert world.keeper.admits(schools.client_id)


# Faults


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
@pytest.mark.parametrize("position", range(3))
def test_issuing_that_fails_leaves_no_client_that_may_do_anything_unseen(position: int, *, after: bool) -> None:
    world = a_world()
    world.struck_by(Faults(position=position, after=after))
    with pytest.raises(Unavailable):
        world.direct.issue(COUNCIL, "Case management")
    world.struck_by(Faults())
    admitted = {client_id for client_id in world.issuer.clients if world.keeper.admits(client_id)}
    assert admitted <= {credential.client_id for credential in world.direct.outstanding()}


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
@pytest.mark.parametrize("position", range(4))
def test_an_end_that_fails_can_be_tried_again_and_then_has_ended(position: int, *, after: bool) -> None:
    world = a_world()
    credential = world.direct.issue(COUNCIL, "Case management").credential
    world.struck_by(Faults(position=position, after=after))
    with pytest.raises(SignpostError):
        world.direct.returned(COUNCIL, credential.client_id)
    world.struck_by(Faults())
    world.direct.returned(COUNCIL, credential.client_id)
    assert not world.keeper.admits(credential.client_id)
    assert not world.issuer.clients


def test_a_credential_ends_in_the_directory_before_the_identity_provider_is_asked() -> None:
    world = a_world()
    credential = world.direct.issue(COUNCIL, "Case management").credential
    world.struck_by(Faults(position=3))
    with pytest.raises(Unavailable):
        world.direct.returned(COUNCIL, credential.client_id)
    assert not world.keeper.admits(credential.client_id)


# From closure on


def a_world_that_closes() -> tuple[World, Credential]:
    """A world a second after its closure, with a credential that was issued before."""
    world = a_world()
    world.lifecycle = Lifecycle(NOW + timedelta(seconds=1))
    credential = world.direct.issue(COUNCIL, "Case management").credential
    world.clock.move()
    return world, credential


LETTING_IN: dict[str, Callable[[Direct], object]] = {
    "enrol": lambda direct: direct.enrol(an_organisation(SCHOOL)),
    "amend": lambda direct: direct.amend(COUNCIL, an_organisation(COUNCIL)),
    "resume": lambda direct: direct.suspend(COUNCIL, suspended=False),
    "issue": lambda direct: direct.issue(COUNCIL, "main"),
}


@pytest.mark.parametrize("call", LETTING_IN.values(), ids=LETTING_IN.keys())
def test_from_closure_on_nobody_is_let_in(call: Callable[[Direct], object]) -> None:
    world, _ = a_world_that_closes()
    before = dict(world.keeper.enrolled), dict(world.keeper.held), dict(world.issuer.clients)
    with pytest.raises(RegisterClosed):
        call(world.direct)
    assert (world.keeper.enrolled, world.keeper.held, world.issuer.clients) == before


def test_after_closure_a_reset_is_recorded_and_gives_no_new_credential() -> None:
    world, credential = a_world_that_closes()
    world.issuer.clients.clear()  # as closing does
    ended = replace(credential, state=CredentialState.RESET, ended_at=world.clock.at)
    assert world.direct.reset(COUNCIL, credential.client_id) == ended
    assert world.direct.credentials(COUNCIL) == [ended]
    assert not world.direct.outstanding()
    assert not world.issuer.clients


def test_a_reset_that_closure_overtakes_gives_no_new_credential() -> None:
    world = a_world()
    world.lifecycle = Lifecycle(NOW + timedelta(seconds=1))
    credential = world.direct.issue(COUNCIL, "Case management").credential
    world.clock.moves_after(1, NOW + timedelta(seconds=1))
    ended = world.direct.reset(COUNCIL, credential.client_id)
    assert isinstance(ended, Credential)
    assert ended.state is CredentialState.RESET
    assert not world.issuer.clients


def test_after_closure_a_return_is_recorded_though_the_client_is_gone() -> None:
    world, credential = a_world_that_closes()
    world.issuer.clients.clear()
    assert world.direct.returned(COUNCIL, credential.client_id).state is CredentialState.RETURNED
    assert not world.direct.outstanding()


def test_after_closure_an_organisation_can_still_be_suspended() -> None:
    world, _ = a_world_that_closes()
    assert world.direct.suspend(COUNCIL, suspended=True).suspended


# A part of what an organisation may do


def test_a_credential_may_be_issued_for_a_part_of_what_the_organisation_may_do() -> None:
    issued = a_world().direct.issue(COUNCIL, "MASH", frozenset({Capability.LOOKUP, Capability.BROKER}))
    assert issued.credential.capabilities == frozenset({Capability.LOOKUP, Capability.BROKER})


def test_a_credential_for_more_than_the_organisation_may_do_is_not_issued() -> None:
    world = World()
    world.direct.enrol(an_organisation(permissions=permissions(capabilities=frozenset({Capability.LOOKUP}))))
    with pytest.raises(MoreThanPermitted):
        world.direct.issue(COUNCIL, "MASH", frozenset({Capability.LOOKUP, Capability.BROKER}))
    assert world.direct.credentials(COUNCIL) == []


def test_a_credential_that_is_reset_is_for_what_the_old_one_was() -> None:
    world = a_world()
    old = world.direct.issue(COUNCIL, "MASH", frozenset({Capability.LOOKUP})).credential
    assert replaced(world, old).capabilities == frozenset({Capability.LOOKUP})
    whole = world.direct.issue(COUNCIL, "CMS").credential
    assert replaced(world, whole).capabilities == whole.capabilities
