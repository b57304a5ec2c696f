"""Who is told of what a service says of its work with a child."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain import postcode as postcodes
from shared.domain.causes import is_current
from shared.domain.child import by_statement
from shared.domain.directory import NOBODY
from shared.domain.involvement import ServiceType
from shared.domain.readers import is_of, is_same, recorded_by, seen, works_with

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.causes import InvolvementChanged
    from shared.domain.directory import Organisation
    from shared.domain.disclosure import Viewer
    from shared.domain.involvement import Involvement
    from shared.domain.readers import Known


def hears_of_newcomer(reader: Viewer, change: InvolvementChanged, known: Known) -> bool:
    """`involvement-elsewhere`: who works with a child, of a service of another area that works with it now, too.

    Not of who was there before the reader was.
    """
    before = change.before
    if before and is_current(before) and reader.sees_type(before.service.service_type):
        return False
    newcomer = next((one for one in seen(reader, known.held) if is_same(one, change.involvement)), None)
    return (
        is_current(newcomer)
        and works_with(reader, recorded_by(change.involvement.refreshed_at, known.held.involvements))
        and is_elsewhere(known.organisations.get(change.involvement.organisation, NOBODY), reader.caller.organisation)
    )


def is_elsewhere(newcomer: Organisation, receiver: Organisation) -> bool:
    """Whether they feed the register from different places: no district of the one, or area, is one of the other's.

    Of one that covers none nobody knows where it is.
    """
    one, other = newcomer.coverage, receiver.coverage
    if not one.districts or not other.districts:
        return False
    return not any(map(one.covers, other.districts)) and not any(map(other.covers, one.districts))


def hears_of_move(reader: Viewer, change: InvolvementChanged, known: Known) -> bool:
    """`moved`: the children's services of the authorities that a child leaves and reaches, and who works with it.

    An authority is told though it said so itself.
    """
    before, after = _before(reader, change, known), _district(_seen_one(reader, change.after, known))
    if before is None or after is None or before == after:
        return False  # the same to everybody: not looked for among all organisations, for each of them
    left, reached = (authorities(district, known.organisations.values()) for district in (before, after))
    code = reader.caller.organisation.code
    if left == reached:
        return False
    if code in left | reached:
        return True
    involved = recorded_by(change.involvement.refreshed_at, known.held.involvements)
    return code != change.involvement.organisation and works_with(reader, involved)


def _before(reader: Viewer, change: InvolvementChanged, known: Known) -> str | None:
    """The district in which a child was said to live: by the same service, or if it did not say, by the others.

    Who says again what it said before, though others have said something else meanwhile, tells of no move. What others
    have changed since then is known only as it is now; they tell of that themselves.
    """
    if own := _district(_seen_one(reader, change.before, known)):
        return own
    others = [one for one in seen(reader, known.held) if not is_same(one, change.involvement)]
    return stated_last(recorded_by(change.involvement.refreshed_at, others))


def _seen_one(reader: Viewer, one: Involvement | None, known: Known) -> Involvement | None:
    return next(iter(seen(reader, replace(known.held, involvements=[one]))), None) if one else None


def stated_last(involvements: Iterable[Involvement]) -> str | None:
    """The postcode district that was stated last."""
    stated = [one for one in sorted(involvements, key=by_statement) if one.child.postcode]
    return _district(stated[-1]) if stated else None


def _district(involvement: Involvement | None) -> str | None:
    postcode = involvement.child.postcode if involvement else None
    return postcodes.district(postcode) if postcode else None


def authorities(district: str, organisations: Iterable[Organisation]) -> frozenset[str]:
    """The children's services that answer for a postcode district, by their codes."""
    return frozenset(
        one.code
        for one in organisations
        if one.answers_for(district) and ServiceType.SOCIAL_CARE in one.permissions.service_types
    )


def hears_that_nobody_is_left(reader: Viewer, change: InvolvementChanged, known: Known) -> bool:
    """`nobody-left`: a child's authority, while an assessment or a plan is held, though it was its own doing.

    It hears of the end of the last current involvement; and of that of the last lead professional's, or that it leads no
    more.
    """
    last, held = change.before, known.held
    if last is None:
        return False
    until_now = [*(one for one in held.involvements if not is_same(one, last)), last]
    seen_until_now = seen(reader, replace(held, involvements=until_now))
    if last not in seen_until_now or not disclosure.is_own(reader.caller.organisation, until_now):
        return False
    current = [one for one in seen(reader, held) if is_current(one)]
    was_last_lead = last.service.lead_professional and not any(one.service.lead_professional for one in current)
    return (not current or was_last_lead) and any(one.service.assessment_held for one in seen_until_now)


def hears_of_dispute(reader: Viewer, change: InvolvementChanged, known: Known) -> bool:
    """`disputed`: whose involvement it is."""
    return any(is_of(reader, one) and is_same(one, change.involvement) for one in seen(reader, known.held))
