"""The calls of shields, and of what opens them."""

from __future__ import annotations

from shared.api import shield_bodies
from shared.api.operations import Operation
from shared.domain.directory import Capability

PUT_SHIELD = Operation(
    id="shieldChild",
    method="PUT",
    path="/shields/{child_id}",
    summary="Shield a child whose whereabouts must not be found",
    description=(
        "For the shield team of the child's own authority. From the answer on the child is found by nobody but this team "
        "and those who may open shields, and by these without its whereabouts. Again, it replaces what was set."
    ),
    capability=Capability.SHIELD,
    body=shield_bodies.ShieldRequest,
    answers={200: (shield_bodies.ShieldAnswer, "The shield.")},
    problems=(404, 410, 422),
)

GET_SHIELD = Operation(
    id="getShield",
    method="GET",
    path="/shields/{child_id}",
    summary="Whether a child is shielded",
    description="For the shield team of the child's own authority. That it was asked is recorded.",
    capability=Capability.SHIELD,
    names_practitioner=True,
    answers={200: (shield_bodies.ShieldAnswer, "Whether it is, why and until when.")},
    problems=(404, 410, 422),
)

POST_LIFTING = Operation(
    id="liftShield",
    method="POST",
    path="/shields/{child_id}/lifting",
    summary="Lift a child's shield",
    description="For the shield team that set it. The child is found as any other from then on. Twice is once.",
    capability=Capability.SHIELD,
    body=shield_bodies.LiftingRequest,
    answers={204: (None, "Lifted.")},
    problems=(404, 410, 422),
)

POST_OVERRIDE = Operation(
    id="openShield",
    method="POST",
    path="/children/{child_id}/overrides",
    summary="Open a child's shield for a quarter of an hour",
    description=(
        "For police officers and social workers of organisations that may. Type the warning word by word. Lookups of this "
        "practitioner that give the override see behind the shield of this child. The shield team is alerted at once."
    ),
    capability=Capability.OVERRIDE,
    body=shield_bodies.OverrideRequest,
    answers={201: (shield_bodies.OverrideAnswer, "The override.")},
    problems=(404, 410, 422),
)
