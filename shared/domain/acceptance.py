"""Which closures may be deployed: what a person can get wrong is refused before anything of it takes effect."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.duration import london_text
from shared.domain.lifecycle import Lifecycle, UnreadableLifecycle
from shared.domain.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONFIRMATION = "ConfirmClosesAtInThePast"
"""The template's parameter that says that a date in the past is meant."""


STAMPS_TAKE = timedelta(days=2)
"""How long the sweep may take to put right what is stamped for a closure that was moved or cleared: one sweep a day."""


def refusals(
    wanted: Mapping[str, str], accepted: Lifecycle | None, now: datetime, *, past_confirmed: bool
) -> tuple[str, ...]:
    """Why a closure may not be deployed, in sentences for who deploys it; empty if it may.

    `wanted` is as `Lifecycle.configured` takes it and `Lifecycle.parameters` gives it; `accepted` is what was deployed
    before, None at the first deployment. Whoever sends the same dates again is always accepted, however late it is:
    a deployment that fails elsewhere is rolled back by sending again what there was. Of the dates:

    - what cannot be read is refused, an instant without an offset among it;
    - once destruction may have begun, no date is moved or cleared: what was promised to be gone may half be gone;
    - nor shortly before what is stamped for it expires by itself, or stamps could not be put right in time;
    - a date in the past is refused unless confirmed, for it closes the register at once;
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
    if _dates(wanted) == _dates(before):
        return
    if before.destruction_starts and before.may_destroy(now):
        yield (
            f"Destruction may have begun at {london_text(before.destruction_starts)}: ClosesAt, DestructionWindow and "
            "DestructionStartsAfter can no longer be changed or cleared. Deploy with those that were accepted: "
            f"{_told(before)}."
        )
        return
    if before.latest_stamp and now >= before.latest_stamp - STAMPS_TAKE:
        yield (
            f"Items expire by themselves from {london_text(before.latest_stamp)} on, and to stamp them anew takes up to "
            f"{STAMPS_TAKE.days} days: the dates can no longer be changed or cleared. Deploy with those that were accepted: "
            f"{_told(before)}."
        )
        return
    if wanted.closes_at is None:
        return
    if wanted.closes_at != before.closes_at and wanted.closes_at <= now and not past_confirmed:
        yield (
            f"ClosesAt is in the past: {london_text(wanted.closes_at)}, and now it is {london_text(now)}. The register "
            f"would close at once; if that is meant, confirm it with {CONFIRMATION}."
        )
    if refusal := Plan.of(wanted, now).refusal():
        yield refusal


def _dates(lifecycle: Lifecycle) -> tuple[datetime | None, ...]:
    """What a closure promises: the rest may be corrected at any time."""
    return lifecycle.closes_at, lifecycle.destruction_starts, lifecycle.deadline


def _told(lifecycle: Lifecycle) -> str:
    told = lifecycle.parameters()
    return (
        f"ClosesAt={told['closes_at']} DestructionWindow={told['destruction_window']} "
        f"DestructionStartsAfter={told['destruction_starts_after']}"
    )
