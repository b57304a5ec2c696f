"""The Register, as it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.pseudonym import SENSITIVE
from shared.persistence.children import DynamoChildren
from shared.runtime.parallel import all_of

if TYPE_CHECKING:
    from shared.domain.pseudonym import Pseudonyms


def dynamo_children(secret: Pseudonyms) -> DynamoChildren:
    """What ordinary services say, reading side by side. `models.bind` comes first."""
    return DynamoChildren(secret, all_of)


def sensitive_children(secret: Pseudonyms) -> DynamoChildren:
    """What sensitive services say, in the same table under hashes of their own: neither is met by reading the other."""
    return DynamoChildren(secret.compartment(SENSITIVE), all_of)
