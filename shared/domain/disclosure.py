"""Who may see what. Decided on exact values, closed by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.directory import NOBODY, Capability
from shared.domain.errors import NotPermitted
from shared.domain.involvement import Involvement, in_order_of_use

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.access import Practitioner, Reason
    from shared.domain.directory import Caller
    from shared.domain.involvement import ServiceType


def require_capability(caller: Caller, capability: Capability) -> None:
    """Raises NotPermitted unless the Directory gives the caller's organisation this capability now."""
    organisation = caller.organisation
    if organisation == NOBODY:
        message = "this client is not enrolled, or its credential was reset or returned"
        raise NotPermitted(message)
    if organisation.suspended:
        message = "this organisation is suspended"
        raise NotPermitted(message)
    if capability not in organisation.permissions.capabilities:
        message = f"this organisation is not permitted to {_CALLED[capability]}"
        raise NotPermitted(message)


_CALLED = {
    Capability.LOOKUP: "look up",
    Capability.REGISTER: "register",
    Capability.REVIEW: "review whether two children are one",
}


def require_question(
    caller: Caller, reason: Reason, practitioner: Practitioner, on_behalf_of: Practitioner | None
) -> None:
    """Raises NotPermitted unless the organisation's practitioners of these roles may ask for this purpose."""
    permissions = caller.organisation.permissions
    if reason.purpose not in permissions.purposes:
        message = "this organisation is not permitted to look up for this purpose"
        raise NotPermitted(message, "/reason/purpose")
    if practitioner.role not in permissions.roles:
        message = "practitioners of this role may not look up for this organisation"
        raise NotPermitted(message, "/practitioner/role")
    if on_behalf_of and on_behalf_of.role not in permissions.roles:
        message = "nobody may look up for practitioners of this role at this organisation"
        raise NotPermitted(message, "/practitioner/on_behalf_of/role")


def require_reviewer(caller: Caller, practitioner: Practitioner) -> None:
    """Raises NotPermitted unless the organisation reviews, and its practitioners of this role may see children."""
    require_capability(caller, Capability.REVIEW)
    if practitioner.role not in caller.organisation.permissions.roles:
        message = "practitioners of this role may not review for this organisation"
        raise NotPermitted(message, "/practitioner/role")


def require_service(caller: Caller, service_type: ServiceType) -> None:
    """Raises NotPermitted unless the organisation may register involvements of this service.

    Sensitive services need consent or suspected significant harm on record, for which a registration has no
    place yet: nobody may register them.
    """
    if service_type.is_sensitive or service_type not in caller.organisation.permissions.service_types:
        message = "this organisation is not permitted to register this service"
        raise NotPermitted(message, "/service_type")


def visible(involvements: Iterable[Involvement]) -> list[Involvement]:
    """The involvements that a lookup may show, in the order in which they are of use. Sensitive ones never."""
    return sorted((i for i in involvements if not i.service.service_type.is_sensitive), key=in_order_of_use)
