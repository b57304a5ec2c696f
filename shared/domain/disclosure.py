"""Who may see what. Decided on exact values, closed by default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.domain import postcode as postcodes
from shared.domain import reasons
from shared.domain.access import Role, Shown
from shared.domain.directory import NOBODY, Capability
from shared.domain.errors import ChildNotFound, IllMatchedReason, NotPermitted, OverrideNotFound
from shared.domain.identifiers import IdentifierKind
from shared.domain.involvement import Involvement, ServiceType, in_order_of_use
from shared.domain.likeness import likenesses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.domain.access import Practitioner, Reason
    from shared.domain.directory import Caller, Organisation
    from shared.domain.involvement import Service
    from shared.domain.lookup import Question
    from shared.domain.matching import Candidate
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.shield import Override, Shield

RULES = "1"
"""Counts the changes of the rules in this module, in `reasons` and in `shield`."""

MAY_OVERRIDE = frozenset({Role.POLICE_OFFICER, Role.SOCIAL_WORKER})
"""Whose practitioners may learn that a child is shielded, and open the shield, if their organisation may."""


def policy_of(caller: Caller) -> str:
    """The version of what decides about a caller: of the rules, and of what the Directory says of its organisation."""
    return f"{RULES}/{caller.organisation.version}"


_ORDINARY = frozenset(service_type for service_type in ServiceType if not service_type.is_sensitive)


# What a caller may do


def require_capability(caller: Caller, capability: Capability) -> None:
    """Raises NotPermitted unless the Directory, and the client's own token, give the caller this capability now."""
    organisation = caller.organisation
    if organisation == NOBODY:
        message = "this client is not enrolled, or its credential was reset or returned"
        raise NotPermitted(message)
    if organisation.suspended:
        message = "this organisation is suspended"
        raise NotPermitted(message)
    if not caller.may(capability):
        message = f"this organisation is not permitted to {_CALLED[capability]}"
        raise NotPermitted(message)


_CALLED = {
    Capability.LOOKUP: "look up",
    Capability.REGISTER: "register",
    Capability.REVIEW: "review whether two children are one",
    Capability.BROKER: "ring sensitive services for others",
    Capability.OVERRIDE: "open shields",
    Capability.SHIELD: "set and lift shields",
    Capability.AUDIT: "read who has looked",
    Capability.NOTICES: "be told of what happens elsewhere",
    Capability.WATCH: "watch children",
}


def require_question(
    caller: Caller, reason: Reason, practitioner: Practitioner, on_behalf_of: Practitioner | None
) -> None:
    """Raises NotPermitted unless the organisation's practitioners of these roles may ask for this purpose.

    Raises IllMatchedReason if purpose, legal basis and role do not go together.
    """
    permissions = caller.organisation.permissions
    if reason.purpose not in permissions.purposes:
        message = "this organisation is not permitted to look up for this purpose"
        raise NotPermitted(message, "/reason/purpose")
    require_role(caller, practitioner, "/practitioner/role")
    if on_behalf_of and on_behalf_of.role not in permissions.roles:
        message = "nobody may look up for practitioners of this role at this organisation"
        raise NotPermitted(message, "/practitioner/on_behalf_of/role")
    # whoever asks for a colleague asks for the colleague's reason
    if ill_matched := reasons.ill_matched(reason, (on_behalf_of or practitioner).role):
        of_colleague = on_behalf_of is not None and ill_matched.pointer == reasons.ROLE
        raise IllMatchedReason(
            ill_matched.why, "/practitioner/on_behalf_of/role" if of_colleague else ill_matched.pointer
        )


def require_role(caller: Caller, practitioner: Practitioner, pointer: str) -> None:
    """Raises NotPermitted unless practitioners of this role may see children for this organisation."""
    if practitioner.role not in caller.organisation.permissions.roles:
        message = "practitioners of this role may not do this for this organisation"
        raise NotPermitted(message, pointer)


def require_reviews(caller: Caller) -> None:
    """Raises NotPermitted unless the organisation reviews, and may see every ordinary service.

    Whoever decides whether two are one child decides by all that is said of them; and that a case is there at all tells
    that something is.
    """
    require_capability(caller, Capability.REVIEW)
    if not caller.organisation.permissions.sees >= _ORDINARY:
        message = "whoever reviews has to see every service that is not sensitive"
        raise NotPermitted(message)


def require_reviewer(caller: Caller, practitioner: Practitioner) -> None:
    """Raises NotPermitted unless the organisation reviews, and its practitioners of this role may see children."""
    require_reviews(caller)
    require_role(caller, practitioner, "/practitioner/role")


def require_overrider(caller: Caller, practitioner: Practitioner, on_behalf_of: Practitioner | None = None) -> None:
    """Raises NotPermitted unless the organisation may open shields, and this practitioner is police or social work.

    So must be the colleague for whom it is opened, who will be told what it hides.
    """
    require_capability(caller, Capability.OVERRIDE)
    require_role(caller, practitioner, "/practitioner/role")
    for asking, pointer in ((practitioner, "/practitioner/role"), (on_behalf_of, "/practitioner/on_behalf_of/role")):
        if asking and asking.role not in MAY_OVERRIDE:
            message = "only police officers and social workers may open a shield"
            raise NotPermitted(message, pointer)


def require_service(caller: Caller, service_type: ServiceType) -> None:
    """Raises NotPermitted unless the organisation may register involvements of this service."""
    if service_type not in caller.organisation.permissions.service_types:
        message = "this organisation is not permitted to register this service"
        raise NotPermitted(message, "/service_type")


def require_registration(caller: Caller, service: Service) -> None:
    """Raises NotPermitted unless the organisation may register this; of a sensitive service only for a stated reason."""
    require_capability(caller, Capability.REGISTER)
    require_service(caller, service.service_type)
    if service.service_type.is_sensitive and service.sensitive_basis is None:
        message = "a sensitive service is recorded only with consent, or for suspected significant harm: say which"
        raise NotPermitted(message, "/sensitive_basis")
    if service.sensitive_basis and not service.service_type.is_sensitive:
        message = "only a sensitive service is recorded for such a reason: leave it out"
        raise NotPermitted(message, "/sensitive_basis")


# Who is whose


def is_own(organisation: Organisation, involvements: Iterable[Involvement]) -> bool:
    """Whether a child is one of this authority's: by the postcode that others stated last, or else by its own number.

    Its own word alone makes no child its own while others say otherwise, or any authority could look into another's
    children by registering them; and another's word does not take away the child whom it was the first to state. While a
    child moves, both may be its authority.
    """
    held = list(involvements)
    stated = [i for i in held if i.child.postcode]
    if stated:
        own = [i for i in stated if i.organisation == organisation.code]
        others = [i for i in stated if i.organisation != organisation.code]
        was_first = min(stated, key=_by_recording) in own
        latest = max(others or own, key=_by_refreshing)
        return _lies_in(organisation, latest) or (was_first and _lies_in(organisation, max(own, key=_by_refreshing)))
    numbered = [(i, n) for i in held for n in i.child.identifiers if n.kind is IdentifierKind.LOCAL_AUTHORITY_CHILD_ID]
    by_others = [one for one in numbered if one[0].organisation != organisation.code]
    latest_first = sorted(by_others or numbered, key=lambda one: _by_refreshing(one[0]), reverse=True)
    return bool(organisation.area) and [n.authority for _, n in latest_first][:1] == [organisation.code]


def _lies_in(organisation: Organisation, stating: Involvement) -> bool:
    postcode = stating.child.postcode
    return postcode is not None and organisation.answers_for(postcodes.district(postcode))


def _by_recording(involvement: Involvement) -> tuple[datetime, str, str]:
    return involvement.recorded_at, involvement.organisation, involvement.source_reference


def _by_refreshing(involvement: Involvement) -> tuple[datetime, str, str]:
    return involvement.refreshed_at, involvement.organisation, involvement.source_reference


def require_authority(
    caller: Caller, involvements: Iterable[Involvement], shield: Shield | None, now: datetime
) -> None:
    """Raises ChildNotFound unless the child is the caller's; of a shielded one, unless the caller's team shields it.

    To say "not yours" would tell where it is not, and to whoever knows all areas, where it is.
    """
    if shield and shield.holds(now):
        if shield.organisation != caller.organisation.code:
            raise ChildNotFound
    elif not is_own(caller.organisation, involvements):
        raise ChildNotFound


# What is as if it were not there


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, at what instant, and through which override, if any."""

    caller: Caller
    role: Role | None
    practitioner_id: str | None
    now: datetime
    override: Override | None = None

    def sees_type(self, service_type: ServiceType) -> bool:
        """Whether an ordinary involvement of this type may be known to the viewer. Never a sensitive one."""
        return not service_type.is_sensitive and service_type in self.caller.organisation.permissions.sees

    def sees_through(self, shield: Shield, child_id: str) -> bool:
        """Whether the shield of this child hides nothing from the viewer: its own team's, or opened by an override."""
        caller, override = self.caller, self.override
        if shield.organisation == caller.organisation.code and caller.may(Capability.SHIELD):
            return True
        return (
            override is not None
            and self.may_override
            and override.child_id == child_id
            and override.organisation == caller.organisation.code
            and override.practitioner_id == self.practitioner_id
            and self.now < override.until
        )

    @property
    def may_override(self) -> bool:
        """Whether the viewer may learn that a child is shielded."""
        return self.caller.may(Capability.OVERRIDE) and self.role in MAY_OVERRIDE


def viewer_of(caller: Caller, question: Question, now: datetime, override: Override | None = None) -> Viewer:
    """Who looks. Whoever asks for a colleague is told of shields no more than that colleague may be."""
    asking, behalf = question.practitioner, question.on_behalf_of
    role = behalf.role if behalf and behalf.role not in MAY_OVERRIDE else asking.role
    return Viewer(caller, role, asking.practitioner_id, now, override)


def require_override(viewer: Viewer) -> None:
    """Raises OverrideNotFound unless the override is this practitioner's, for its organisation, and has not run out."""
    override = viewer.override
    if (
        override is None
        or not viewer.may_override
        or override.organisation != viewer.caller.organisation.code
        or override.practitioner_id != viewer.practitioner_id
        or viewer.now >= override.until
    ):
        raise OverrideNotFound


def is_closed(viewer: Viewer, shield: Shield | None, child_id: str) -> bool:
    """Whether a shield that holds hides this child from the viewer."""
    return shield is not None and shield.holds(viewer.now) and not viewer.sees_through(shield, child_id)


def led_to(viewer: Viewer, candidates: Iterable[Candidate], pseudonyms: Pseudonyms) -> list[Candidate]:
    """The candidates that are there for this viewer, with the details that are, as said by the services that are.

    A shielded child is there for nobody but its shield team and those who may open the shield; and for these not by its
    postcode, nor by a name that is to be hidden. It is shielded if anything that leads to it says so.
    """
    known = list(candidates)
    closed: dict[str, list[Shield]] = {}
    for candidate in known:
        if candidate.shield and is_closed(viewer, candidate.shield, candidate.meant):
            closed.setdefault(candidate.meant, []).append(candidate.shield)
    found = []
    for candidate in known:
        seen = frozenset(filter(viewer.sees_type, candidate.service_types))
        if not seen:
            continue
        if shields := closed.get(candidate.meant):
            hides_name = any(shield.hides_name(candidate.likeness, pseudonyms) for shield in shields)
            if not viewer.may_override or candidate.by_place or hides_name:
                continue
            candidate = replace(candidate, likeness=replace(candidate.likeness, postcode=None))  # noqa: PLW2901  # less of it
        found.append(candidate if seen == candidate.service_types else replace(candidate, service_types=seen))
    return found


def could_be_found(viewer: Viewer, involvements: Iterable[Involvement], shield: Shield, pseudonyms: Pseudonyms) -> bool:
    """Whether a shielded child may have been found by somebody who may open shields: by what led there before.

    Of a child that none of what the viewer may see names so, the viewer must not learn that there is one.
    """
    if not viewer.may_override:
        return False
    seen = (i.child for i in involvements if viewer.sees_type(i.service.service_type))
    return any(not shield.hides_name(known, pseudonyms) for child in seen for known in likenesses(child, pseudonyms))


def visible(
    viewer: Viewer, involvements: Iterable[Involvement], shield: Shield | None, child_id: str
) -> list[Involvement]:
    """The ordinary involvements that may be shown, in the order in which they are of use; behind a shield none."""
    if is_closed(viewer, shield, child_id):
        return []
    shown = (i for i in involvements if viewer.sees_type(i.service.service_type))
    return sorted(shown, key=in_order_of_use)


def brokered(viewer: Viewer, sensitive: Sequence[Involvement], ordinary: Sequence[Involvement]) -> list[Involvement]:
    """The sensitive involvements that may be shown: to the brokering team of the child's authority, and nobody else.

    Whose child it is, all that is held of it says, what the viewer may not see included.
    """
    if not viewer.caller.may(Capability.BROKER):
        return []
    if not is_own(viewer.caller.organisation, [*sensitive, *ordinary]):
        return []
    return sorted((i for i in sensitive if i.service.service_type.is_sensitive), key=in_order_of_use)


def covers_for(viewer: Viewer, organisation: Organisation) -> bool:
    """Whether this organisation's feeding of the register may be told to the viewer: if it may see any of it."""
    return any(viewer.sees_type(service_type) for service_type in organisation.coverage.service_types)


def shown_of(viewer: Viewer, shield: Shield | None, child_id: str | None, *, with_sensitive: bool) -> Shown:
    """What the policy allows to be shown of the child that was found, for the access record."""
    if child_id is None:
        return Shown.NOTHING
    if with_sensitive:
        return Shown.WITH_SENSITIVE_SERVICES
    if shield is None or not shield.holds(viewer.now):
        return Shown.CHILD_AND_INVOLVEMENTS
    if viewer.sees_through(shield, child_id):
        return Shown.SHIELDED_CHILD_AND_INVOLVEMENTS
    return Shown.CHILD
