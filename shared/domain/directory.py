"""Who may call, and what each may do: decided on exact values, closed by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain import postcode as postcodes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from shared.domain.access import Purpose, Role
    from shared.domain.involvement import ServiceType


class Capability(StrEnum):
    """What a client may do at all. The OAuth2 scope of a capability is `signpost/<capability>`."""

    LOOKUP = "lookup"
    REGISTER = "register"
    REVIEW = "review"
    BROKER = "broker"
    """Sees the sensitive services of the children of its area, to ring them: they decide what to say. Within lookups."""
    OVERRIDE = "override"
    """Learns that a child is shielded, and may open the shield for a quarter of an hour."""
    SHIELD = "shield"
    """Sets and lifts the shields of the children of its area."""
    AUDIT = "audit"
    """Reads who has looked at the children of its area, and what looks wrong."""
    NOTICES = "notices"
    """Is told of what happens elsewhere with the children it works with."""
    WATCH = "watch"
    """Is told at once when a child that it seeks is looked up or registered anywhere."""


BOTH_SIGN_FOR = timedelta(hours=24)
"""How long the secret that was replaced signs beside the new one."""

OPENED_AT_FIRST = frozenset({Capability.LOOKUP, Capability.REGISTER, Capability.REVIEW})
"""What a credential could open before there were others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What the Directory gives an organisation. Empty means nothing."""

    capabilities: frozenset[Capability] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    roles: frozenset[Role] = frozenset()
    service_types: frozenset[ServiceType] = frozenset()
    """What it may register."""
    sees: frozenset[ServiceType] = frozenset()
    """What it is shown. A sensitive service is never shown by this: see `Capability.BROKER`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where an organisation wants its notices sent. `url` is None once that was cleared.

    `generation` counts its secrets, and never goes back: a secret that was replaced does not come again.
    """

    url: str | None
    generation: int = 1
    rotated_at: datetime | None = None
    """When this generation took the place of the one before, which signs on for `BOTH_SIGN_FOR`; None if none does."""

    def signs_until(self, now: datetime) -> datetime | None:
        """Until when the secret before this one signs too; None if it does not."""
        until = self.rotated_at + BOTH_SIGN_FOR if self.rotated_at else None
        return until if until and now < until else None

    def signing(self, now: datetime) -> Sequence[int]:
        """The generations that sign at an instant, the current one first."""
        return (self.generation, self.generation - 1) if self.signs_until(now) else (self.generation,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Where an organisation feeds the register from: postcode districts (`N12`) or areas (`N`), and for which services.

    `current_as_of` is the day its last extract was current, None before the first.
    """

    districts: frozenset[str] = frozenset()
    service_types: frozenset[ServiceType] = frozenset()
    current_as_of: date | None = None

    def covers(self, district: str) -> bool:
        """Whether this covers an outward code, by exact value of the district or of its area."""
        return district in self.districts or postcodes.area(district) in self.districts


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The body accountable for its client systems and practitioners, by its ODS or local-authority code."""

    code: str
    name: str
    permissions: Permissions = field(default_factory=Permissions)
    coverage: Coverage = field(default_factory=Coverage)
    area: frozenset[str] = frozenset()
    """Of a children's services authority: the postcode districts (`N12`) and areas (`N`) whose children are its own."""
    suspended: bool = False
    webhook: Webhook | None = None
    """None if it never had one."""
    version: int = 1

    def answers_for(self, district: str) -> bool:
        """Whether the children of a postcode district are this authority's, by exact value of district or area."""
        return district in self.area or postcodes.area(district) in self.area


NOBODY = Organisation(code="UNKNOWN", name="")
"""Behind a client that the Directory does not know: it may do nothing, and that it tried to look up is recorded."""


class CredentialState(StrEnum):
    """`issued` works; `reset` was replaced by a new one; `returned` was handed back by its organisation."""

    ISSUED = "issued"
    RESET = "reset"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An OAuth2 client of an organisation. The secret is never kept."""

    client_id: str
    organisation: str
    label: str
    state: CredentialState
    issued_at: datetime
    ended_at: datetime | None = None
    capabilities: frozenset[Capability] | None = None
    """What it opens. None of one that was issued before this was noted: at most `OPENED_AT_FIRST`."""

    @property
    def is_outstanding(self) -> bool:
        """Whether the organisation still has it to return."""
        return self.state is CredentialState.ISSUED


@dataclass(frozen=True, slots=True)
class Caller:
    """The client system behind a request, the organisation that answers for it, and what its token is good for."""

    client_id: str
    organisation: Organisation
    scopes: frozenset[Capability] = frozenset(Capability)

    def may(self, capability: Capability) -> bool:
        """Whether both the Directory and this client's token give it."""
        organisation = self.organisation
        granted = capability in self.scopes and capability in organisation.permissions.capabilities
        return granted and not organisation.suspended
