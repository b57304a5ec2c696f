"""How many bytes a row of a match key takes, measured on the item as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.domain.involvement import ServiceType
from shared.domain.likeness import likeness
from shared.domain.pseudonym import Pseudonyms
from shared.persistence import codec, keys
from shared.persistence.hashed_keys import RegisterKeys
from shared.persistence.models import MatchKeyItem

if TYPE_CHECKING:
    from shared.domain.child import ChildDetails

OVERHEAD = 100
"""What DynamoDB adds to each stored item; counted in, though a read is billed without it."""
_PSEUDONYMS = Pseudonyms(b"measures how long keys are, and so takes any secret")
_CHILD_ID = "0" * 32
_AS = {ServiceType.SOCIAL_CARE, ServiceType.HEALTH_VISITING}
"""As many types of service say the same of a child as are likely to."""


def row_bytes(details: ChildDetails) -> int:
    """Names and values of its attributes, and what DynamoDB adds."""
    register_keys = RegisterKeys(_PSEUDONYMS)
    stated = likeness(details, _PSEUDONYMS)
    row = keys.match_row(_CHILD_ID, register_keys.fingerprint(stated))
    item = MatchKeyItem(
        register_keys.match_keys(details)[0],
        row,
        child_id=_CHILD_ID,
        service_types=_AS,
        likeness=codec.likeness_to(stated),
    )
    attributes: dict[str, dict[str, Any]] = item.serialize()
    return OVERHEAD + sum(
        len(name.encode()) + sum(len(str(part).encode()) for part in _parts(value))
        for name, value in attributes.items()
    )


def _parts(value: dict[str, Any]) -> list[Any]:
    """The values of an attribute: several of a set."""
    (held,) = value.values()
    return held if isinstance(held, list) else [held]
