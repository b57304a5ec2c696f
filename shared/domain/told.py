"""What an organisation is told that fetches a notice: decided at that instant, as a lookup would be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import Shown
from shared.domain.child import compose
from shared.domain.directory import Capability
from shared.domain.notices import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.domain.child import Child
    from shared.domain.disclosure import Viewer
    from shared.domain.held import HeldChild
    from shared.domain.involvement import Involvement
    from shared.domain.lookup import Source
    from shared.domain.notices import Notice, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice, and what of its child may be shown now: nothing, or all of it.

    `source_references` are the caller's own, of this child.
    """

    notice: Notice
    about: Mapping[str, str] = field(default_factory=dict)
    child: Child | None = None
    source_references: Sequence[str] = ()
    involvements: Sequence[Involvement] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Whose involvements these are, by their codes."""
    shown: Shown = Shown.NOTICES
    access_id: str = ""


_TO_AUTHORITIES = frozenset({NoticeKind.MOVED, NoticeKind.NOBODY_LEFT, NoticeKind.GONE_QUIET})
"""Of what an authority hears because a child is its own, be it that it works with it or not; of `nobody-left`
nobody else does."""


def tell(notice: Notice, held: HeldChild | None, viewer: Viewer, watches: Sequence[Watch] = ()) -> Told:
    """A child that is gone, behind a shield, or of which the viewer may see nothing is told of alike: not at all.

    So is one with which the viewer has nothing to do any more: a notice is no key to a child for as long as it is kept.
    What the notice says besides goes with it: who has looked for a child that is shielded since is near to where it is.
    `watches` are on the child by any id it had, of a notice to who watches it.
    """
    if notice.child_id is None:
        return Told(notice=notice, about=notice.about)
    shown = disclosure.visible(viewer, held.involvements, held.shield, held.child_id) if held else []
    if held is None or not shown or not _still_concerns(notice, held, shown, viewer, watches):
        return Told(notice=notice)
    own = (i.source_reference for i in held.involvements if i.organisation == viewer.caller.organisation.code)
    return Told(
        notice=notice,
        about=notice.about,
        child=compose(held.child_id, shown),
        source_references=sorted(own),
        involvements=shown,
        shown=disclosure.shown_of(viewer, held.shield, held.child_id, with_sensitive=False),
    )


def _still_concerns(
    notice: Notice, held: HeldChild, shown: Sequence[Involvement], viewer: Viewer, watches: Sequence[Watch]
) -> bool:
    """Whether the reason still holds for which the viewer was told."""
    organisation = viewer.caller.organisation
    if notice.kind is NoticeKind.WATCHED:
        may_watch = Capability.WATCH in organisation.permissions.capabilities
        return may_watch and any(one.organisation == organisation.code and viewer.now < one.until for one in watches)
    if notice.kind in _TO_AUTHORITIES and disclosure.is_own(organisation, held.involvements):
        return True
    is_involved = any(one.organisation == organisation.code for one in shown)
    return is_involved and notice.kind is not NoticeKind.NOBODY_LEFT
