"""The calls of the API, each in one place: its path, scope, body, answers and errors.

One module for each subject, so that a function loads no models but those of its own calls; all of them are in `every`.
The OpenAPI document, the handlers and the template's routes are all held against this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel

    from shared.domain.directory import Capability

KIBIBYTE = 1024
PRACTITIONER_HEADER = "Signpost-Practitioner"
"""The id of the practitioner who asks, where there is no body that could say so. An address would be logged on its way."""

CALLS = frozenset(
    (
        "lookUp putInvolvement getInvolvement withdrawInvolvement putInvolvements listReviews compareChildren "
        "decideCase shieldChild getShield liftShield openShield listAccesses listAlerts listNotices getNotice "
        "acknowledgeNotice watchChild endWatch acknowledgeClosure getStatus getOpenApi getCertificate "
        "getCertificateSignature getCertificatePublicKey getCertificatePage"
    ).split()
)
"""The ids of all operations, for who has no need of what they are."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """One call. `problems` are the statuses answered with problem details, besides those any call may get.

    `media_type` is of answers that no model describes: a document, sent as it is.
    """

    id: str
    method: str
    path: str
    summary: str
    description: str
    capability: Capability | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    largest_body: int = 16 * KIBIBYTE
    answers: dict[int, tuple[type[BaseModel] | None, str]]
    problems: tuple[int, ...] = ()
    etag: bool = False
    if_match: bool = False
    names_practitioner: bool = False
    """Whether `PRACTITIONER_HEADER` has to say who asks."""
    media_type: str | None = None

    @property
    def scope(self) -> str | None:
        """The OAuth2 scope of the call, or None where no token is needed."""
        return f"signpost/{self.capability.value}" if self.capability else None
