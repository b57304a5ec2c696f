"""Sealing: which hours, in which order, and that a run that is killed anywhere changes nothing of the outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accesses import Logged, hour_text
from shared.domain.errors import NotOurDocument, Unavailable
from shared.domain.hash_tree import leaf_hash, root_of
from shared.domain.sealing import Seal, leaves_name, public_key_name, seal_name, signature_name
from tests.support.closing import Killed, killed
from tests.support.sealing import HOUR, KEPT, NINE, PLENTY, SealingOffice, a_record

MOST_CALLS = 60


@pytest.fixture
def office() -> SealingOffice:
    return SealingOffice()


def unavailable() -> None:
    raise Unavailable("a fault for a test")


def seals_of(office: SealingOffice) -> list[Seal]:
    return [office.seals.held[hour].seal for hour in sorted(office.seals.held)]


def test_an_hour_is_sealed_with_all_its_records_in_order_of_time(office: SealingOffice) -> None:
    office.records(5)
    assert office.seal().hours == (NINE,)
    (seal,) = seals_of(office)
    leaves = [leaf_hash(logged.content) for logged in office.log.logged_in(NINE)]
    assert (seal.hour, seal.count, seal.root, seal.previous) == (NINE, 5, root_of(leaves), None)
    assert seal.kept_until == NINE + KEPT


def test_a_seal_its_signature_and_the_leaves_lie_in_the_archive_too(office: SealingOffice) -> None:
    office.records(3)
    office.seal()
    stored = office.seals.held[hour_text(NINE)]
    assert office.archive.written[seal_name(NINE)][0] == stored.written
    key = public_key_name(office.key.key_id)
    assert office.archive.written.keys() == {leaves_name(NINE), seal_name(NINE), signature_name(NINE), key}
    assert office.archive.written[key][0].decode() == office.key.public_key()
    office.key.verifies(stored.signature, stored.written)


@pytest.mark.parametrize(
    ("minutes", "hours"), [(0, 0), (59, 0), (60, 0), (69, 0), (70, 1), (129, 1), (130, 2), (24 * 60 + 10, 24)]
)
def test_an_hour_is_sealed_from_ten_minutes_after_its_end_on(office: SealingOffice, minutes: int, hours: int) -> None:
    office.records(1)
    office.clock.at = NINE + timedelta(minutes=minutes)
    assert office.seal().hours == tuple(NINE + HOUR * n for n in range(hours))


def test_hours_without_a_record_are_sealed_and_each_names_the_one_before(office: SealingOffice) -> None:
    office.records(2)
    office.clock.at = NINE + HOUR * 4
    office.seal()
    first, *rest = seals_of(office)
    assert [seal.count for seal in (first, *rest)] == [2, 0, 0]
    for before, seal in zip((first, *rest), rest, strict=False):
        assert seal.previous == before.digest


def test_where_nothing_was_ever_recorded_nothing_is_sealed(office: SealingOffice) -> None:
    assert office.seal().hours == ()
    assert office.seals.held == {}


def test_sealing_goes_on_from_the_last_seal_and_catches_up(office: SealingOffice) -> None:
    office.records(1)
    office.seal()
    office.clock.at = NINE + HOUR * 30
    assert office.seal().hours == tuple(NINE + HOUR * n for n in range(1, 29))
    assert office.seal().hours == ()


def test_a_run_without_time_seals_nothing_more_and_says_so(office: SealingOffice) -> None:
    office.records(1)
    sealed = office.seal(time_left=timedelta(0))
    assert (sealed.hours, sealed.is_up_to_date) == ((), False)
    assert office.seal(time_left=PLENTY).is_up_to_date


@pytest.mark.parametrize("half", ["before", "after"])
@pytest.mark.parametrize("fault", [killed, unavailable])
def test_killed_at_any_call_and_run_again_it_ends_in_the_same_seals(half: str, fault: object) -> None:
    whole = SealingOffice()
    whole.records(3)
    whole.clock.at = NINE + HOUR * 3
    whole.seal()
    for which in range(MOST_CALLS):
        office = SealingOffice()
        office.records(3)
        office.clock.at = NINE + HOUR * 3
        office.script.calls.clear()
        getattr(office.script, half)[which] = fault
        try:
            office.seal()
        except (Killed, Unavailable):
            office.clock.move(timedelta(minutes=5))
            office.seal()
        else:
            assert which > 15
            return
        assert [(s.hour, s.count, s.root) for s in seals_of(office)] == [
            (s.hour, s.count, s.root) for s in seals_of(whole)
        ]
        assert office.verify().discrepancies == []
    pytest.fail(f"more than {MOST_CALLS} calls")


def test_two_runs_at_once_make_one_seal_whichever_is_ahead() -> None:
    for which in range(MOST_CALLS):
        office = SealingOffice()
        office.records(3)
        office.script.calls.clear()
        office.script.before[which] = office.seal
        office.seal()
        if not office.script.before:
            assert len(office.seals.held) == 1
            assert office.verify().discrepancies == []
            continue
        assert which > 5
        return
    pytest.fail(f"more than {MOST_CALLS} calls")


def test_what_was_listed_by_a_run_that_was_killed_is_what_is_sealed(office: SealingOffice) -> None:
    sealed = office.records(3)
    office.script.calls.clear()
    office.script.after[6] = killed  # the list of leaves is in the archive
    with pytest.raises(Killed):
        office.seal()
    late = a_record(99, NINE + timedelta(minutes=5))
    office.log.append(late)
    office.seal()
    assert seals_of(office)[0].count == len(sealed)
    assert [d.access_id for d in office.verify().discrepancies] == [late.access_id]


PLANTED = {
    "a list that is none": (leaves_name(NINE), b"no such list"),
    "a list of another hour": (leaves_name(NINE), b"2026-11-20T08:00:00.000000Z#1 " + b"07" * 32 + b"\n"),
    "a seal of other records": (
        seal_name(NINE),
        Seal(hour=NINE, count=0, root=b"0" * 32, previous=None, kept_until=None, made_at=NINE).to_bytes(),
    ),
    "a seal that is none": (seal_name(NINE), b"{}"),
    "another public key": (public_key_name(SealingOffice().key.key_id), b"-----BEGIN PUBLIC KEY-----\n"),
    "a signature that is none": (signature_name(NINE), b"bm8gc2lnbmF0dXJl\n"),
    "a signature that is no base64": (signature_name(NINE), b"!"),
}


@pytest.mark.parametrize(("name", "content"), PLANTED.values(), ids=PLANTED)
def test_what_somebody_planted_in_the_archive_is_never_passed_off_as_a_seal(
    office: SealingOffice, name: str, content: bytes
) -> None:
    office.records(3)
    office.archive.written[name] = content, "text/plain"
    with pytest.raises(NotOurDocument):
        office.seal()
    assert office.seals.held == {}


def test_a_seal_that_our_key_has_not_signed_does_not_decide_where_to_go_on(office: SealingOffice) -> None:
    office.records(1)
    office.seal()
    stranger = SealingOffice(clock=office.clock)
    stranger.records(1, NINE + HOUR * 24 * 365)
    stranger.clock.at = NINE + HOUR * 24 * 366
    stranger.seal()
    hour, planted = max(stranger.seals.held.items())
    office.seals.held[hour] = planted
    with pytest.raises(NotOurDocument):
        office.seal()


def test_a_seal_under_the_key_of_another_hour_does_not_decide_where_to_go_on(office: SealingOffice) -> None:
    office.records(1)
    office.seal()
    sealed = office.seals.held[hour_text(NINE)]
    office.seals.held["2099-01-01T00"] = replace(sealed, hour="2099-01-01T00")
    with pytest.raises(NotOurDocument):
        office.seal()


def test_seals_that_were_taken_away_are_put_back_as_they_were(office: SealingOffice) -> None:
    office.records(2)
    office.clock.at = NINE + HOUR * 5
    office.seal()
    before = dict(office.seals.held)
    office.seals.held.clear()
    office.seal()
    assert office.seals.held == before


def test_what_a_record_says_of_when_it_is_removed_decides_nothing(office: SealingOffice) -> None:
    office.records(2)
    office.log.expiring[next(iter(office.log.rows))] = NINE - HOUR
    office.seal()
    (seal,) = seals_of(office)
    assert seal.kept_until == NINE + KEPT


def test_an_hour_of_which_nothing_was_recorded_has_nothing_to_be_kept(office: SealingOffice) -> None:
    office.records(1)
    office.clock.at = NINE + HOUR * 3
    office.seal()
    assert [seal.kept_until for seal in seals_of(office)] == [NINE + KEPT, None]


PLANTED_KEYS = ("2026-11-20T09:00:01.000000Z#a\nb", "2026-11-20T09:00:01.000000Z#a", "~", "")


def test_what_lies_under_a_key_that_no_record_has_is_not_sealed_and_stops_nothing(office: SealingOffice) -> None:
    office.records(2)
    office.log.oddities = [Logged(key, b"{}", None, in_place=False) for key in (*PLANTED_KEYS, *PLANTED_KEYS)]
    office.log.oddities.append(Logged("2026-11-20T09:00:02.000000Z#a", b"{}", None, is_record=False))
    sealed = office.seal()
    assert (sealed.hours, sealed.odd, sealed.is_up_to_date) == ((NINE,), 9, True)
    assert [seal.count for seal in seals_of(office)] == [3]


@pytest.mark.parametrize(
    ("minutes", "time_left", "behind"),
    [(70, PLENTY, 10), (129, PLENTY, 69), (130, PLENTY, 10), (300, timedelta(0), 300), (5, PLENTY, 5)],
)
def test_a_run_says_how_old_the_last_seal_is(
    office: SealingOffice, minutes: int, time_left: timedelta, behind: int
) -> None:
    office.records(1)
    office.clock.at = NINE + timedelta(minutes=minutes)
    assert office.seal(time_left).behind == timedelta(minutes=behind)


def test_where_nothing_was_ever_recorded_no_seal_is_late(office: SealingOffice) -> None:
    assert office.seal().behind == timedelta(0)
