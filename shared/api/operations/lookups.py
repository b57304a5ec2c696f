"""The call that asks who is working with a child."""

from __future__ import annotations

from shared.api import lookup_bodies
from shared.api.operations import Operation
from shared.domain.directory import Capability

POST_LOOKUP = Operation(
    id="lookUp",
    method="POST",
    path="/lookups",
    summary="Who is working with this child?",
    description=(
        "Give a reason, who asks, and what is known of the child. Every question is recorded before it is answered. "
        "Only the outcome `match` discloses a child; for any other, `would_help` says which details to add. "
        "No record where nobody feeds the register is not the same as no involvement: see `coverage`. "
        "With `override` it sees behind a shield that this practitioner has opened."
    ),
    capability=Capability.LOOKUP,
    body=lookup_bodies.LookupRequest,
    answers={200: (lookup_bodies.LookupAnswer, "The outcome.")},
    problems=(404, 410, 422),
)
