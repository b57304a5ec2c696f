from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.conflicts import Conflict
from shared.domain.errors import RegisterClosed, Unavailable
from shared.domain.extract import Receipt, ReceiptStatus, Row, RowNote, RowProblem
from shared.domain.involvement import ServiceType, Standing
from shared.domain.lifecycle import Lifecycle
from shared.services.take_in_extract import MOST_NOTES, Tally
from tests.support.builders import NOW, SCHOOL, a_caller, a_child, a_registration, permissions
from tests.support.fakes import Faults
from tests.support.worlds import World

WRONG = RowProblem("date_of_birth", "give a date that exists")
DOUBTFUL = RowProblem("postcode", "left out: no such postcode can exist")


LONG_AGO = {"standing": Standing.ENDED, "started": date(2020, 1, 1), "ended": date(2025, 2, 28), "last_contact": None}
"""Over a year before the extract."""


def row(line: int, reference: str | None = None, *warnings: RowProblem, team: str = "North") -> Row:
    """A pupil of its own on each line, unless it says otherwise."""
    born = date(2010, 1, 1) + timedelta(days=line)
    child = a_child(given_name="Pupil", family_name=f"Of {'abcdefghij'[line % 10]}", date_of_birth=born)
    return Row(line, a_registration(reference or f"P{line}", child=child, team=team), warnings=warnings)


def ended(line: int, reference: str | None = None, *warnings: RowProblem) -> Row:
    """Work that ended longer ago than the register keeps it."""
    return Row(line, a_registration(reference or f"P{line}", **LONG_AGO), warnings=warnings)


def rejected(line: int) -> Row:
    return Row(line, rejections=(WRONG,))


def take_in(world: World, *rows: Row) -> Tally:
    return world.take_in(iter(rows), caller=a_caller(SCHOOL))


def receipt(tally: Tally, truncated_at: int | None = None) -> Receipt:
    return tally.receipt(
        organisation=SCHOOL,
        name="pupils",
        received_at=NOW,
        layout="the register's own columns",
        encoding="utf-8",
        current_as_of=date(2026, 3, 1),
        truncated_at=truncated_at,
    )


def counts(tally: Tally) -> dict[str, int]:
    kept = receipt(tally)
    names = ("rows", "accepted", "created", "updated", "unchanged", "no_longer_kept", "rejected", "with_warnings")
    return {name: getattr(kept, name) for name in names if getattr(kept, name)}


def test_every_row_is_registered_and_counted() -> None:
    world = World()
    tally = take_in(world, row(2), row(3), rejected(4), row(5, None, DOUBTFUL))
    assert counts(tally) == {"rows": 4, "accepted": 3, "created": 3, "rejected": 1, "with_warnings": 1}
    assert {reference for _, reference in world.register.state()} == {"P2", "P3", "P5"}


def test_a_changed_row_is_an_update() -> None:
    world = World()
    take_in(world, row(2), row(3))
    assert counts(take_in(world, row(2), row(3, team="South"))) == {
        "rows": 2, "accepted": 2, "updated": 1, "unchanged": 1,
    }  # fmt: skip


def test_rows_that_have_not_changed_cost_one_read_in_a_hundred_and_no_write() -> None:
    world = World()
    rows = [row(line) for line in range(2, 252)]
    take_in(world, *rows)
    world.register.calls.clear()
    assert counts(take_in(world, *rows)) == {"rows": 250, "accepted": 250, "unchanged": 250}
    assert world.register.calls == {"pointers": 3}


def test_rows_that_have_had_their_time_are_left_out_and_cost_one_read_in_a_hundred() -> None:
    world = World()
    rows = [ended(line) for line in range(2, 252)]
    for _ in range(2):
        world.register.calls.clear()
        tally = take_in(world, *rows)
        assert counts(tally) == {"rows": 250, "no_longer_kept": 250}
        assert world.register.calls == {"pointers": 3}
    assert not world.register.held


def test_an_extract_of_which_some_has_had_its_time_reads_as_whole() -> None:
    grown_up = Row(4, a_registration("P4", child=a_child(date_of_birth=date(2008, 3, 1))))
    kept = receipt(take_in(World(), row(2), ended(3, None, DOUBTFUL), grown_up))
    assert kept.status is ReceiptStatus.ACCEPTED
    assert (kept.rows, kept.accepted, kept.no_longer_kept, kept.rejected, kept.with_warnings) == (3, 1, 2, 0, 0)
    assert [(note.line, note.field) for note in kept.no_longer_kept_rows] == [(3, "ended"), (4, "date_of_birth")]
    assert all("put the date right" in note.reason for note in kept.no_longer_kept_rows)


def test_a_row_that_has_had_its_time_since_it_was_registered_is_withdrawn_at_once() -> None:
    world = World()
    take_in(world, row(2), row(3))
    assert counts(take_in(world, row(2), ended(3))) == {
        "rows": 2, "accepted": 1, "unchanged": 1, "no_longer_kept": 1,
    }  # fmt: skip
    assert [world.register.held[SCHOOL, reference].is_live for reference in ("P2", "P3")] == [True, False]


def test_a_row_that_has_not_changed_is_withdrawn_once_it_has_had_its_time() -> None:
    world = World()
    nearly = replace(row(2), registration=a_registration("P2", **(LONG_AGO | {"ended": date(2025, 3, 2)})))
    assert counts(take_in(world, nearly))["created"] == 1
    world.clock.move(timedelta(days=1))
    assert counts(take_in(world, nearly)) == {"rows": 1, "no_longer_kept": 1}
    assert not world.register.held[SCHOOL, "P2"].is_live


def test_no_more_of_them_are_listed_than_of_others() -> None:
    kept = receipt(take_in(World(), *(ended(line) for line in range(2, MOST_NOTES + 7))))
    assert (len(kept.no_longer_kept_rows), kept.no_longer_kept, kept.notes_left_out) == (MOST_NOTES, MOST_NOTES + 5, 5)


def test_a_row_that_was_withdrawn_is_registered_again() -> None:
    world = World()
    take_in(world, row(2))
    world.withdraw("P2", by=SCHOOL)
    assert counts(take_in(world, row(2))) == {"rows": 1, "accepted": 1, "created": 1}


def test_a_reference_that_comes_again_in_a_file_is_registered_as_it_came_first() -> None:
    world = World()
    tally = take_in(world, row(2, "P", team="first"), row(3, "P", team="second"))
    assert world.register.held[SCHOOL, "P"].involvement.service.team == "first"
    assert counts(tally) == {"rows": 2, "accepted": 1, "created": 1, "rejected": 1}
    assert [(note.line, note.field) for note in receipt(tally).rejections] == [(3, "source_reference")]


def test_a_reference_that_comes_again_more_than_a_hundred_rows_later_is_found() -> None:
    world = World()
    rows = [row(line) for line in range(2, 202)]
    assert counts(take_in(world, *rows, row(202, "P2")))["rejected"] == 1


def test_a_reference_whose_first_row_was_rejected_may_come_again() -> None:
    assert counts(take_in(World(), rejected(2), row(3, "P"))) == {
        "rows": 2, "accepted": 1, "created": 1, "rejected": 1,
    }  # fmt: skip


def test_a_row_that_is_not_permitted_is_rejected_and_fails_no_other() -> None:
    world = World()
    caller = a_caller(SCHOOL, permissions=permissions(service_types=frozenset({ServiceType.EDUCATION})))
    school = Row(3, a_registration("P3", child=a_child(), service_type=ServiceType.EDUCATION))
    tally = world.take_in([row(2), school], caller=caller)
    assert counts(tally) == {"rows": 2, "accepted": 1, "created": 1, "rejected": 1}
    assert [(note.line, note.field) for note in receipt(tally).rejections] == [(2, "service_type")]


def test_notes_come_in_the_order_of_the_lines() -> None:
    tally = take_in(World(), rejected(2), row(3, "P"), row(4, "P"), rejected(5))
    assert [note.line for note in receipt(tally).rejections] == [2, 4, 5]


def test_a_receipt_lists_what_was_wrong_by_line_field_and_reason() -> None:
    kept = receipt(take_in(World(), rejected(2), row(3, None, DOUBTFUL)))
    assert kept.rejections == (RowNote(2, WRONG.field, WRONG.reason),)
    assert kept.warnings == (RowNote(3, DOUBTFUL.field, DOUBTFUL.reason),)


def test_a_receipt_lists_so_many_notes_and_counts_the_rest() -> None:
    tally = take_in(World(), *(rejected(line) for line in range(2, MOST_NOTES + 7)))
    kept = receipt(tally)
    assert len(kept.rejections) == MOST_NOTES
    assert kept.notes_left_out == 5
    assert kept.rejected == MOST_NOTES + 5


def test_rejections_leave_room_for_warnings() -> None:
    tally = take_in(World(), *(rejected(line) for line in range(2, MOST_NOTES + 7)), row(9_000, None, DOUBTFUL))
    assert len(receipt(tally).warnings) == 1


@pytest.mark.parametrize(
    ("rows", "truncated_at", "status"),
    [
        ([row(2)], None, ReceiptStatus.ACCEPTED),
        ([], None, ReceiptStatus.ACCEPTED),
        ([row(2), rejected(3)], None, ReceiptStatus.ACCEPTED_IN_PART),
        ([row(2), rejected(3)], 3, ReceiptStatus.TRUNCATED),
    ],
)
def test_a_receipt_says_how_the_file_fared(rows: list[Row], truncated_at: int | None, status: ReceiptStatus) -> None:
    kept = receipt(take_in(World(), *rows), truncated_at)
    assert kept.status is status
    assert (kept.reason is not None) == (status is ReceiptStatus.TRUNCATED)


def test_a_receipt_repeats_nothing_personal() -> None:
    kept = receipt(take_in(World(), row(2, "P"), row(3, "P"), rejected(4)))
    assert "Pupil" not in repr(kept)
    assert "2010" not in repr(kept)


# Interruptions


@settings(max_examples=40)
@given(
    references=st.lists(st.integers(2, 9), max_size=12),
    position=st.integers(0, 30),
    after=st.booleans(),
)
def test_an_extract_interrupted_anywhere_and_taken_in_again_ends_in_the_same_state(
    references: list[int], position: int, *, after: bool
) -> None:
    rows = [row(line, f"P{reference}") for line, reference in enumerate(references, start=2)]
    world, unharmed = World(), World()
    take_in(unharmed, *rows)
    world.struck_by(Faults(position=position, after=after))
    try:
        take_in(world, *rows)
    except Unavailable:
        world.struck_by(Faults())
        take_in(world, *rows)
    assert world.register.state() == unharmed.register.state()


def test_an_extract_that_is_interrupted_keeps_what_was_registered() -> None:
    world = World()
    world.struck_by(Faults(position=5))
    with pytest.raises(Unavailable):
        take_in(world, row(2), row(3), row(4))
    assert {reference for _, reference in world.register.state()} == {"P2"}


def test_a_register_that_closes_half_way_takes_in_no_more() -> None:
    world = World()
    closes_at = world.clock.at + timedelta(minutes=1)
    world.lifecycle = Lifecycle(closes_at)

    def rows() -> Iterator[Row]:
        for line in range(2, 302):
            if line == 202:
                world.clock.at = closes_at
            yield row(line)

    with pytest.raises(RegisterClosed):
        world.take_in(rows(), caller=a_caller(SCHOOL))
    assert len(world.register.state()) == 200


def test_a_row_about_a_child_that_others_are_changing_all_along_holds_up_no_other() -> None:
    world = World()

    def conflict_with_the_second_row() -> None:
        world.register.before_write = conflict_with_the_second_row
        raise Conflict

    take_in(world, row(2))
    world.register.before_write = conflict_with_the_second_row
    tally = take_in(world, row(2), row(3))
    assert counts(tally) == {"rows": 2, "accepted": 1, "unchanged": 1, "rejected": 1}
    assert [note.field for note in tally.rejections] == ["row"]
