"""What a question found, and what of it may be shown: decided between the two round trips of a lookup, and after them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.child import Child
from shared.domain.directory import Capability
from shared.domain.likeness import likenesses
from shared.domain.matching import Finding, Meant, decide, meant_still, score
from shared.domain.outcomes import Outcome
from shared.domain.shield import stronger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.domain.child import ChildDetails
    from shared.domain.disclosure import Viewer
    from shared.domain.held import HeldChild
    from shared.domain.involvement import Involvement
    from shared.domain.likeness import Likeness
    from shared.domain.matching import Candidate, Thresholds
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.shield import Shield

_NOBODY = ("nobody",)
"""Where no child lies. Brokers' lookups read sensitive services here if there are none, so that the calls are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closed:
    """What led to children behind shields that a broker does not see through."""

    led_there: tuple[Candidate, ...]
    pseudonyms: Pseudonyms
    thresholds: Thresholds

    def may_be(self, said: ChildDetails) -> bool:
        """Whether one of them may be meant by this: likely, or under another name or birth, and then wherever it lives.

        A place adds nothing to what may have changed: else whoever tries one postcode after the other would learn of one
        by what is not shown.
        """
        named = likenesses(said, self.pseudonyms)
        children = {candidate.meant for candidate in self.led_there}
        unlikely = (Outcome.NO_MATCH, Outcome.LOW_CONFIDENCE)
        return any(
            decide(named, (c for c in self.led_there if c.meant == child_id), self.thresholds).outcome not in unlikely
            for child_id in children
        ) or any(
            _may_be_called(one, candidate.likeness)
            for candidate in self.led_there
            for one in named
            if not candidate.by_place
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding among what is there for the viewer, and, for brokers, the child that sensitive services know.

    `child` is all that is told of a child behind a shield that the viewer may open.
    """

    finding: Finding
    shield: Shield | None = None
    is_shielded: bool = False
    child: Child | None = None
    sensitive_id: str | None = None
    sensitive_lies_in: tuple[str, ...] = _NOBODY
    closed: _Closed | None = None
    """What the sensitive services that were found have to be held against, once it is read what they say themselves."""

    @property
    def child_id(self) -> str | None:
        """The child that was found, by ordinary services or else by sensitive ones alone."""
        return self.finding.child_id or self.sensitive_id

    @property
    def lies_in(self) -> tuple[str, ...]:
        """Where the involvements that may be shown lie; nowhere for a child behind a shield."""
        return () if self.child else self.finding.lies_in

    def shown(
        self, viewer: Viewer, held: HeldChild | None, sensitive: HeldChild | None
    ) -> tuple[tuple[Involvement, ...], tuple[Involvement, ...]]:
        """The ordinary and the sensitive involvements that may be shown, of those that were read.

        A shield that nothing which led to the child told of still hides all of it.
        """
        if self.child:
            return (), ()
        ordinary: Sequence[Involvement] = ()
        shown: list[Involvement] = []
        if held and self.finding.child_id:
            if disclosure.is_closed(viewer, held.shield, self.finding.child_id):
                return (), ()
            ordinary = held.involvements
            shown = disclosure.visible(viewer, ordinary, held.shield, self.finding.child_id)
        if sensitive is None or self.sensitive_id is None:
            return tuple(shown), ()
        if self.closed and any(self.closed.may_be(involvement.child) for involvement in sensitive.involvements):
            return tuple(shown), ()
        return tuple(shown), tuple(disclosure.brokered(viewer, sensitive.involvements, ordinary))


def find(
    asked: ChildDetails,
    viewer: Viewer,
    ordinary: Sequence[Candidate],
    sensitive: Sequence[Candidate],
    *,
    pseudonyms: Pseudonyms,
    sensitive_pseudonyms: Pseudonyms,
    thresholds: Thresholds,
) -> Found:
    """Decides each compartment by itself: the ordinary one by what is there for the viewer, as if nothing else were."""
    named = likenesses(asked, pseudonyms)
    there = disclosure.led_to(viewer, ordinary, pseudonyms)
    finding = decide(named, there, thresholds)
    shield = _shield_of(viewer, [candidate for candidate in there if candidate.meant == finding.child_id])
    told = None
    if finding.child_id and disclosure.is_closed(viewer, shield, finding.child_id):
        told = _behind_shield(finding.child_id, named, there, thresholds)
    brokered = Finding(Outcome.NO_MATCH)
    behind = tuple(c for c in ordinary if disclosure.is_closed(viewer, c.shield, c.meant))
    closed = _Closed(led_there=behind, pseudonyms=pseudonyms, thresholds=thresholds) if behind else None
    if viewer.caller.may(Capability.BROKER) and not (closed and closed.may_be(asked)):
        brokered = decide(likenesses(asked, sensitive_pseudonyms), sensitive, thresholds)
    return Found(
        finding=finding,
        shield=shield,
        is_shielded=shield is not None,
        child=told,
        sensitive_id=brokered.child_id,
        sensitive_lies_in=brokered.lies_in or _NOBODY,
        closed=closed if brokered.child_id else None,
    )


def _shield_of(viewer: Viewer, led_there: Iterable[Candidate]) -> Shield | None:
    shield: Shield | None = None
    for candidate in led_there:
        if candidate.shield and candidate.shield.holds(viewer.now):
            shield = stronger(shield, candidate.shield)
    return shield


def _behind_shield(
    child_id: str, asked: Sequence[Likeness], there: Iterable[Candidate], thresholds: Thresholds
) -> Child:
    """Name, sex and birth as the likeliest of what led there states them: a name by which the child may be known."""
    known = [candidate.likeness for candidate in there if candidate.meant == child_id]
    told = max(known, key=lambda one: (max(score(named, one, thresholds) for named in asked), repr(one)))
    return Child(
        child_id=child_id,
        given_name=told.given_name,
        family_name=told.family_name,
        date_of_birth=told.date_of_birth,
        expected_date=told.expected_date,
        sex=told.sex,
    )


def _may_be_called(said: Likeness, known: Likeness) -> bool:
    """Whether this is said of a child of that number, or may be of one of whom a name or the birth has changed."""
    same_number = said.nhs_number is not None and said.nhs_number == known.nhs_number
    return same_number or meant_still(said, known) is not Meant.ANOTHER
