"""The Register, as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.pseudonym import SENSITIVE, Pseudonyms
from shared.persistence.register import DynamoRegister
from shared.runtime.parallel import all_of

if TYPE_CHECKING:
    from shared.domain.lifecycle import Lifecycle


def dynamo_register(secret: Pseudonyms, lifecycle: Lifecycle) -> DynamoRegister:
    """The Register, reading side by side; while a closure is set, what is written expires in time."""
    return DynamoRegister(secret, all_of, lifecycle.latest_stamp)


def sensitive_register(secret: Pseudonyms, lifecycle: Lifecycle) -> DynamoRegister:
    """What sensitive services say, in the same table under hashes of their own: neither is met by reading the other."""
    return DynamoRegister(secret.compartment(SENSITIVE), all_of, lifecycle.latest_stamp, keeps_review_list=False)
