"""Verifying: whatever is done to records, seals or the archive behind its back is named, and nothing else is."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.accesses import Logged, hour_text
from shared.domain.sealing import leaves_name, seal_name, signature_name
from shared.domain.verifying import Discrepancy, Wrong
from shared.services.verify import MOST_DISCREPANCIES
from tests.support.sealing import HOUR, KEPT, NINE, SealingOffice, a_record

TEN = NINE + HOUR


@pytest.fixture
def office() -> SealingOffice:
    """Four hours sealed: three records in each of the first two, none in the others."""
    office = SealingOffice()
    office.records(3)
    office.records(3, TEN)
    office.clock.at = NINE + HOUR * 4 + timedelta(minutes=15)
    office.seal()
    return office


def found(office: SealingOffice) -> set[tuple[Wrong, str, str | None]]:
    return {(d.wrong, hour_text(d.hour)[-2:], d.access_id) for d in office.verify().discrepancies}


def test_a_log_that_nobody_touched_is_as_it_was_sealed(office: SealingOffice) -> None:
    verified = office.verify()
    assert (verified.hours, verified.records, verified.discrepancies, verified.next) == (4, 6, [], None)


def key_of(office: SealingOffice, number: int) -> str:
    return next(key for key in office.log.rows if key.endswith(f"{number:032x}"))


def test_a_record_that_was_changed_is_named(office: SealingOffice) -> None:
    record, _ = office.log.rows[key_of(office, 4)]
    office.log.rows[key_of(office, 4)] = record, {"outcome": "no_match"}
    assert found(office) == {(Wrong.CHANGED, "10", record.access_id)}


def test_a_record_that_was_removed_is_named(office: SealingOffice) -> None:
    record, _ = office.log.rows.pop(key_of(office, 1))
    assert found(office) == {(Wrong.REMOVED, "09", record.access_id)}


def test_a_record_that_was_slipped_in_is_named(office: SealingOffice) -> None:
    record = a_record(77, NINE + timedelta(minutes=1))
    office.log.append(record)
    assert found(office) == {(Wrong.SLIPPED_IN, "09", record.access_id)}


def test_a_record_slipped_into_an_hour_that_had_none_is_named(office: SealingOffice) -> None:
    record = a_record(77, NINE + HOUR * 2)
    office.log.append(record)
    assert found(office) == {(Wrong.SLIPPED_IN, "11", record.access_id)}


@given(changed=st.sets(st.integers(0, 5)), removed=st.sets(st.integers(0, 5)), added=st.sets(st.integers(10, 15)))
def test_whatever_was_done_is_named_record_by_record(changed: set[int], removed: set[int], added: set[int]) -> None:
    office = SealingOffice()
    ids = [*office.records(3), *office.records(3, TEN)]
    office.clock.at = NINE + HOUR * 3
    office.seal()
    for number in changed:
        office.log.rows[key_of(office, number)] = office.log.rows[key_of(office, number)][0], {"outcome": "other"}
    for number in removed:
        del office.log.rows[key_of(office, number)]
    for number in added:
        office.log.append(a_record(number, NINE + timedelta(minutes=number)))
    expected = {(Wrong.REMOVED, ids[number]) for number in removed}
    expected |= {(Wrong.CHANGED, ids[number]) for number in changed - removed}
    expected |= {(Wrong.SLIPPED_IN, f"{number:032x}") for number in added}
    assert {(d.wrong, d.access_id) for d in office.verify().discrepancies} == expected


def with_seal(office: SealingOffice, **changed: object) -> None:
    """Puts another seal beside the log, and signs it with our own key: what somebody could do who may use that."""
    stored = office.seals.held[hour_text(TEN)]
    written = replace(stored.seal, **changed).to_bytes()  # type: ignore[arg-type]  # fields of a seal
    office.seals.held[hour_text(TEN)] = replace(stored, written=written, signature=office.key.sign(written))


def archived(office: SealingOffice, name: str, content: bytes | None) -> None:
    """Something that object lock forbids."""
    del office.archive.written[name]
    if content is not None:
        office.archive.written[name] = content, "text/plain"


def forged(office: SealingOffice) -> None:
    """Replaces a seal beside the log and in the archive, well signed."""
    with_seal(office, count=0, root=b"\x09" * 32)
    stored = office.seals.held[hour_text(TEN)]
    archived(office, seal_name(TEN), stored.written)
    archived(office, signature_name(TEN), encodebytes(stored.signature))


TAMPERED: dict[str, tuple[Callable[[SealingOffice], object], set[tuple[Wrong, str]]]] = {
    "a seal beside the log is replaced, well signed": (
        lambda office: with_seal(office, count=2, root=b"\x09" * 32),
        {(Wrong.SEAL_REPLACED, "10")},
    ),
    "only its signature is replaced": (
        with_seal,
        {(Wrong.SEAL_REPLACED, "10")},
    ),
    "a seal beside the log is removed": (
        lambda office: office.seals.held.pop(hour_text(TEN)),
        {(Wrong.SEAL_REMOVED, "10")},
    ),
    "all seals beside the log are removed": (
        lambda office: office.seals.held.clear(),
        {(Wrong.SEAL_REMOVED, hour) for hour in ("09", "10", "11", "12")},
    ),
    "the oldest seals beside the log are removed": (
        lambda office: [office.seals.held.pop(hour_text(hour)) for hour in (NINE, TEN)],
        {(Wrong.SEAL_REMOVED, hour) for hour in ("09", "10")},
    ),
    "a seal is gone from the archive": (
        lambda office: archived(office, seal_name(TEN), None),
        {(Wrong.NOT_ARCHIVED, "10")},
    ),
    "a signature is gone from the archive": (
        lambda office: archived(office, signature_name(TEN), None),
        {(Wrong.NOT_ARCHIVED, "10")},
    ),
    "a signature in the archive is another": (
        lambda office: archived(office, signature_name(TEN), b"bm90IGl0\n"),
        {(Wrong.SEAL_REPLACED, "10"), (Wrong.NOT_SIGNED, "10")},
    ),
    "a signature in the archive is no base64": (
        lambda office: archived(office, signature_name(TEN), b"x"),
        {(Wrong.NOT_ARCHIVED, "10")},
    ),
    "a seal in the archive is no seal": (
        lambda office: archived(office, seal_name(TEN), b"{}"),
        {(Wrong.SEAL_REPLACED, "10"), (Wrong.NOT_SIGNED, "10"), (Wrong.CHAIN_BROKEN, "11")},
    ),
    "an hour is sealed anew everywhere, by our own key": (
        forged,
        {(Wrong.LEAVES_MISSING, "10"), (Wrong.HOUR_DIFFERS, "10"), (Wrong.CHAIN_BROKEN, "11")},
    ),
    "the list of leaves is gone": (
        lambda office: archived(office, leaves_name(TEN), None),
        {(Wrong.LEAVES_MISSING, "10")},
    ),
    "the list of leaves is another": (
        lambda office: archived(office, leaves_name(TEN), office.archive.written[leaves_name(NINE)][0]),
        {(Wrong.LEAVES_MISSING, "10")},
    ),
    "the list of leaves is none": (
        lambda office: archived(office, leaves_name(TEN), b"x"),
        {(Wrong.LEAVES_MISSING, "10")},
    ),
}


@pytest.mark.parametrize(("tamper", "expected"), TAMPERED.values(), ids=TAMPERED)
def test_whatever_is_done_to_seals_is_named(
    office: SealingOffice, tamper: Callable[[SealingOffice], object], expected: set[tuple[Wrong, str]]
) -> None:
    tamper(office)
    assert {(wrong, hour) for wrong, hour, _ in found(office)} == expected


def test_without_the_list_of_leaves_the_hour_is_named_and_no_record(office: SealingOffice) -> None:
    archived(office, leaves_name(NINE), None)
    office.log.rows.pop(key_of(office, 1))
    assert found(office) == {(Wrong.LEAVES_MISSING, "09", None), (Wrong.HOUR_DIFFERS, "09", None)}


def test_an_hour_that_should_be_sealed_and_is_not_is_named(office: SealingOffice) -> None:
    office.clock.at += HOUR * 2
    assert found(office) == {(Wrong.UNSEALED, "13", None), (Wrong.UNSEALED, "14", None)}
    office.seal()
    assert found(office) == set()


def test_a_seal_of_nobody_knows_which_hour_is_no_reason_to_fail(office: SealingOffice) -> None:
    stored = office.seals.held[hour_text(TEN)]
    office.seals.held["1"] = replace(stored, hour="1")
    assert found(office) == set()


def test_a_log_that_was_never_sealed_is_unsealed(office: SealingOffice) -> None:
    office.seals.held.clear()
    office.archive.written.clear()
    assert found(office) == {(Wrong.UNSEALED, hour, None) for hour in ("09", "10", "11", "12")}


def test_where_nothing_was_recorded_nothing_is_wrong() -> None:
    assert SealingOffice().verify().hours == 0


def test_a_part_is_verified_with_its_link_to_the_part_before(office: SealingOffice) -> None:
    verified = office.verify(first=TEN, last=TEN)
    assert (verified.hours, verified.discrepancies) == (1, [])
    archived(office, seal_name(NINE), office.archive.written[seal_name(TEN)][0])
    assert office.verify(first=TEN, last=TEN).discrepancies == [Discrepancy(Wrong.CHAIN_BROKEN, TEN)]


def test_records_that_retention_has_removed_are_not_missed_and_their_seals_are_still_verified(
    office: SealingOffice,
) -> None:
    office.clock.at = NINE + HOUR + KEPT - timedelta(seconds=1)
    office.seal()
    office.log.rows.pop(key_of(office, 0))
    office.seals.held.pop(hour_text(NINE))
    verified = office.verify(last=NINE + HOUR * 3)
    assert verified.removed_by_retention == 1
    assert verified.records == 3
    assert verified.discrepancies == [Discrepancy(Wrong.SEAL_REMOVED, NINE)]


def test_a_run_without_time_says_where_to_go_on(office: SealingOffice) -> None:
    verified = office.verify(first=TEN, time_left=timedelta(0))
    assert (verified.hours, verified.next) == (0, TEN)


def test_no_more_is_named_than_an_answer_holds(office: SealingOffice) -> None:
    for number in range(MOST_DISCREPANCIES):
        office.log.append(a_record(1000 + number, NINE + timedelta(seconds=number)))
    verified = office.verify()
    assert (len(verified.discrepancies), verified.next) == (MOST_DISCREPANCIES, TEN)


def test_a_record_that_is_to_be_removed_early_is_named_and_keeps_no_other_from_being_verified(
    office: SealingOffice,
) -> None:
    office = SealingOffice()
    office.records(3)
    office.log.expiring[key_of(office, 0)] = NINE - HOUR
    office.seal()
    gone, _ = office.log.rows.pop(key_of(office, 1))
    assert found(office) == {
        (Wrong.EXPIRES_EARLY, "09", f"{0:032x}"),
        (Wrong.REMOVED, "09", gone.access_id),
    }


@pytest.mark.parametrize("is_sealed", [False, True])
def test_what_is_no_record_is_named_whether_it_was_there_at_the_sealing_or_not(*, is_sealed: bool) -> None:
    office = SealingOffice()
    office.records(3)
    odd = [
        Logged("2026-11-20T09:00:01.000000Z#a\nb", b"{}", None, in_place=False),
        Logged("2026-11-20T09:59:01.000000Z#" + "c" * 32, b"{}", None, is_record=False),
    ]
    if is_sealed:
        office.log.oddities = odd
    office.seal()
    office.log.oddities = odd
    expected = {(Wrong.SLIPPED_IN, "09", "a\nb"), (Wrong.NO_RECORD, "09", "c" * 32)}
    assert found(office) == expected | (set() if is_sealed else {(Wrong.SLIPPED_IN, "09", "c" * 32)})
