"""The guard of closures: CloudFormation asks it before anything of a closure takes effect, and before the stack goes.

It stands behind two custom resources: one that all the rest waits for, and one that waits for all the rest. It always answers, for CloudFormation would wait for one that does not; and it answers once, so it never fails.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from shared.domain.acceptance import CONFIRMATION, WAY_OUT
from shared.domain.announcement import Announcement
from shared.domain.duration import next_whole_second
from shared.domain.errors import ClosureRefused
from shared.persistence.closure_keeper import DynamoClosureKeeper
from shared.persistence.models import bind
from shared.runtime.clock import now
from shared.runtime.config.guard import GuardConfig
from shared.runtime.deployment import Deployments, answer
from shared.runtime.observability import logger, unexpected
from shared.services.accept import AcceptClosure, AllowDeletion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.domain.closure import Accepted

config = GuardConfig.from_environment()
bind(directory=config.directory_table)
deployments = Deployments.here()
keeper = DynamoClosureKeeper()
accept = AcceptClosure(keeper, now)
allow_deletion = AllowDeletion(keeper)

STANDS_LAST = "Custom::DeletionGuard"
"""The type of the resource that is made last, and so is the first to be deleted. The other hears of it too late: what
destroys the register waited for that one, and is gone before it."""

CLOSURE, DELETION = "closure", "deletion"
"""Which of the two resources it is, for ever the same: CloudFormation deletes a custom resource whose id changes."""

CLOSURE_PARAMETERS = {
    "ClosesAt": "closes_at",
    "SuccessorUrl": "successor_url",
    "DestructionWindow": "destruction_window",
    "DestructionStartsAfter": "destruction_starts_after",
    "CredentialsReturnBy": "credentials_return_by",
    "DestructionAuthority": "destruction_authority",
    "SupportEndsAt": "support_ends_at",
}
RETENTION_PARAMETERS = {"EndedInvolvementKept": "ended_involvement_kept", "GrownUpAt": "grown_up_at"}
COVERAGE_PARAMETERS = {
    "CoverageServiceTypes": "coverage_service_types",
    "CoverageChildren": "coverage_children",
    "GoneQuietAfter": "gone_quiet_after",
}
"""From the template's parameters to how the domain names them."""


def handler(event: Mapping[str, Any], _context: object) -> None:
    """One event of CloudFormation: create, update or delete."""
    stands_last, goes = event["ResourceType"] == STANDS_LAST, event["RequestType"] == "Delete"
    refused: str | None = None
    attributes: dict[str, str] = {}
    try:
        if not (stands_last or goes):
            attributes = attributes_of(_accepted(event), event["ResourceProperties"]["StatusPath"])
        elif stands_last and goes:
            allow_deletion(is_deleted=lambda: deployments.is_deleted(event["StackId"]))
    except ClosureRefused as refusal:
        refused = str(refusal)
    except Exception as error:  # noqa: BLE001  # what is not answered holds the deployment up until it times out
        unexpected("unexpected error", error)
        refused = f"The guard could not decide ({type(error).__name__}): its log says more. Nothing was changed."
        if goes:
            refused += f" Delete the stack again, or without asking: {WAY_OUT}."
    logger.info("closure", request=event["RequestType"], refused=refused, closes_at=attributes.get("ClosesAtUtc"))
    answer(event, resource=DELETION if stands_last else CLOSURE, refused=refused, attributes=attributes)


def _accepted(event: Mapping[str, Any]) -> Accepted:
    told = event["ResourceProperties"]
    return accept(
        {name: told[parameter] for parameter, name in CLOSURE_PARAMETERS.items()},
        {name: told[parameter] for parameter, name in RETENTION_PARAMETERS.items()},
        {name: told[parameter] for parameter, name in COVERAGE_PARAMETERS.items()},
        past_confirmed=told[CONFIRMATION] == "yes",
        is_rolled_back=lambda: deployments.is_rolled_back(event["StackId"]),
    )


def attributes_of(accepted: Accepted, status: str) -> dict[str, str]:
    """What other resources may refer to, all of it always, empty while no closure is set.

    `status` is where the API answers `/status`. `ClosesAtUtc` is in whole seconds, as IAM compares: with a fraction, the
    second after, so that nothing is allowed too early.
    """
    closes_at, announced_at = accepted.lifecycle.closes_at, accepted.announced_at
    if closes_at is None or announced_at is None:
        return dict.fromkeys(("AnnouncedAt", "ClosesAtUtc", "Deprecation", "Sunset", "Link"), "")
    announcement = Announcement(announced_at, closes_at, accepted.lifecycle.successor_url)
    return {
        "AnnouncedAt": str(int(announced_at.timestamp())),
        "ClosesAtUtc": f"{next_whole_second(closes_at.astimezone(UTC)):%Y-%m-%dT%H:%M:%SZ}",
        **announcement.headers(status),
    }
