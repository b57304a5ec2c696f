"""Which closures may be deployed: what a person can get wrong is refused before anything of it takes effect."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.duration import london_text
from shared.domain.lifecycle import STAMPS_TAKE, Lifecycle, UnreadableLifecycle
from shared.domain.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

CONFIRMATION = "ConfirmClosesAtInThePast"
"""The template's parameter that says that a date in the past is meant."""

WAY_OUT = "aws cloudformation delete-stack --retain-resources Deletion, once this deletion has failed"
"""Deletes a stack against the guard: CloudFormation lets what could not be deleted be left out the second time."""


ACCEPTANCE_TAKES = timedelta(minutes=1)
"""Longer than a guard may run: what it accepts is written before destruction can begin for what was accepted before."""


def refusals(
    wanted: Mapping[str, str], accepted: Lifecycle | None, now: datetime, *, past_confirmed: bool
) -> tuple[str, ...]:
    """Why a closure may not be deployed, in sentences for who deploys it; empty if it may.

    `wanted` is as `Lifecycle.configured` takes it and `Lifecycle.parameters` gives it; `accepted` is what was deployed
    before, None at the first deployment. Whoever sends the same dates again is always accepted, however late it is:
    a deployment that fails elsewhere is rolled back by sending again what there was. Of the dates:

    - what cannot be read is refused, an instant without an offset among it;
    - once destruction may have begun, no date is moved or cleared: what was promised to be gone may half be gone;
    - nor may items expire later than they do, or not at all, once their stamps could not be put right in time;
    - dates by which the register closes or destruction begins at once are refused unless confirmed;
    - a confirmation that confirms nothing is refused, for a parameter keeps its value, and would confirm the next slip;
    - a plan that cannot be kept is refused, with the days that it is short.
    """
    try:
        lifecycle = Lifecycle.configured(**wanted)
    except UnreadableLifecycle as unreadable:
        return unreadable.reasons
    before = accepted or Lifecycle()
    return tuple(_refusals(lifecycle, before, now, past_confirmed=past_confirmed))


def _refusals(wanted: Lifecycle, before: Lifecycle, now: datetime, *, past_confirmed: bool) -> Iterator[str]:
    if wanted != before and wanted.closes_at and wanted.credentials_due and wanted.credentials_due < wanted.closes_at:
        yield (
            f"CredentialsReturnBy ends at {london_text(wanted.credentials_due)}, before ClosesAt, "
            f"{london_text(wanted.closes_at)}: until then credentials are in use."
        )
    if wanted != before and wanted.closes_at and wanted.support_ends and wanted.support_ends < wanted.closes_at:
        yield (
            f"SupportEndsAt ends at {london_text(wanted.support_ends)}, before ClosesAt, "
            f"{london_text(wanted.closes_at)}: until then the register is in use."
        )
    if _dates(wanted) == _dates(before):
        return
    if before.destruction_starts and before.may_destroy(now + ACCEPTANCE_TAKES):
        yield (
            f"Destruction may have begun at {london_text(before.destruction_starts)}: ClosesAt, DestructionWindow and "
            "DestructionStartsAfter can no longer be changed or cleared. Deploy with those that were accepted: "
            f"{_told(before)}."
        )
        return
    if refusal := _stamps_are_fixed(wanted, before, now):
        yield refusal
        return
    at_once = _what_happens_at_once(wanted, before, now)
    if at_once and not past_confirmed:
        yield f"{at_once} If that is meant, confirm it with {CONFIRMATION}=yes."
    if past_confirmed and not at_once:
        yield (
            f"{CONFIRMATION}=yes confirms nothing: with these dates nothing happens at once. Set it back to no; a "
            "parameter keeps its value, and would confirm the next date whether it is meant or not."
        )
    if refusal := Plan.of(wanted, now).refusal():
        yield refusal


def _stamps_are_fixed(wanted: Lifecycle, before: Lifecycle, now: datetime) -> str | None:
    """Why items cannot live longer than they are stamped for; None if they can, or need not.

    All that is stamped later than what was accepted is compared, and not only what would destroy later: or what is
    stamped for the first of three closures would come due in the third, of which the second has left no trace.
    """
    if before.latest_stamp is None or before.stamps_fixed_from is None or now < before.stamps_fixed_from:
        return None
    if wanted.latest_stamp and wanted.latest_stamp <= before.latest_stamp:
        return None
    return (
        f"Items expire by themselves from {london_text(before.latest_stamp)} on, and to stamp them anew takes up to "
        f"{STAMPS_TAKE.days} days: since {london_text(before.stamps_fixed_from)} the dates can no longer be changed or "
        f"cleared so that they would live longer. Deploy with those that were accepted: {_told(before)}."
    )


def _what_happens_at_once(wanted: Lifecycle, before: Lifecycle, now: datetime) -> str | None:
    """What these dates would do as soon as they are deployed; None if nothing that has not been done before."""
    closes_at, starts = wanted.closes_at, wanted.destruction_starts
    if closes_at is None or starts is None:
        return None
    told = []
    if closes_at <= now and closes_at != before.closes_at:
        told.append(
            f"ClosesAt is in the past: {london_text(closes_at)}, and now it is {london_text(now)}. The register would "
            "close at once."
        )
    if starts <= now:
        told.append(
            f"Destruction may start at {london_text(starts)}, and now it is {london_text(now)}: destruction would begin "
            "at once and cannot be undone."
        )
    return " ".join(told) or None


def deletion_refusal(accepted: Lifecycle | None, *, is_certified: bool) -> str | None:
    """Why the stack may not be deleted; None if it may.

    Tables, bucket, secret and key outlive their stack. Whoever has promised that they are destroyed would leave them
    for ever, with nobody to do it.
    """
    if accepted is None or accepted.deadline is None or is_certified:
        return None
    return (
        "A closure is set, and no certificate says yet that the register is destroyed: without its stack, all that it "
        f"holds would stay for ever, and nobody would destroy it. Let it be destroyed, by {london_text(accepted.deadline)} "
        'at the latest, and delete the stack then. For a trial, clear the date first with ClosesAt="". If the stack '
        f"cannot be updated any more: {WAY_OUT}."
    )


def _dates(lifecycle: Lifecycle) -> tuple[datetime | None, ...]:
    """What a closure promises: the rest may be corrected at any time."""
    return lifecycle.closes_at, lifecycle.destruction_starts, lifecycle.deadline


def _told(lifecycle: Lifecycle) -> str:
    told = lifecycle.parameters()
    return (
        f"ClosesAt={told['closes_at']} DestructionWindow={told['destruction_window']} "
        f"DestructionStartsAfter={told['destruction_starts_after']}"
    )
