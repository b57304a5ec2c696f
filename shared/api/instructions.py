"""What operators send to the directory function, and what they get: `sam remote invoke DirectoryFunction`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, field_validator

from shared.api.dependent_instructions import AmendDependent, EndDependent, ListDependents, RegisterDependent
from shared.api.fields import Body, ClientId, District, OrganisationCode, Text
from shared.api.validation import InvalidRequest, problems_in
from shared.api.webhook_instructions import ChangeWebhook, WebhookOf
from shared.domain.access import Purpose, Role
from shared.domain.directory import Capability, Coverage, Organisation, Permissions
from shared.domain.involvement import ServiceType

if TYPE_CHECKING:
    from shared.domain.directory import Credential

Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 +=,.@_-]{1,80}$")]
"""What Cognito takes as part of a client's name."""


class OrganisationBody(Body):
    """An organisation as the Directory is told of it. What is left out is not permitted."""

    organisation: OrganisationCode
    name: Text
    capabilities: list[Capability] = Field(default=[])
    purposes: list[Purpose] = Field(default=[])
    roles: list[Role] = Field(default=[])
    service_types: list[ServiceType] = Field(default=[])
    """What it may register."""
    sees: list[ServiceType] = Field(default=[])
    """What it is shown."""
    covers: list[District] = Field(default=[], description="Postcode districts (N12) or whole areas (N).")
    area: list[District] = Field(default=[])
    """Of a children's services authority: the districts or whole areas whose children are its own."""

    @field_validator("sees")
    @classmethod
    def _shows_nothing_sensitive(cls, sees: list[ServiceType]) -> list[ServiceType]:
        if any(service_type.is_sensitive for service_type in sees):
            message = "a sensitive service is shown to nobody by this: give its area's authority the capability broker"
            raise ValueError(message)
        return sees

    def to_domain(self) -> Organisation:
        """In the words of the domain."""
        return Organisation(
            code=self.organisation,
            name=self.name,
            permissions=Permissions(
                capabilities=frozenset(self.capabilities),
                purposes=frozenset(self.purposes),
                roles=frozenset(self.roles),
                service_types=frozenset(self.service_types),
                sees=frozenset(self.sees),
            ),
            area=frozenset(self.area),
            coverage=Coverage(districts=frozenset(self.covers), service_types=frozenset(self.service_types)),
        )


class Enrol(OrganisationBody):
    """A new organisation."""

    action: Literal["enrol"]


class Amend(OrganisationBody):
    """All that an organisation is called, may do and covers, anew."""

    action: Literal["amend"]


class OfOrganisation(Body):
    """Something about one organisation."""

    action: Literal["suspend", "resume", "credentials"]
    organisation: OrganisationCode


class Issue(Body):
    """A credential for a client system."""

    action: Literal["issue"]
    organisation: OrganisationCode
    label: Label
    capabilities: list[Capability] | None = Field(default=None, min_length=1)
    """What it opens, if that is to be less than all that the organisation may do."""

    def opens(self) -> frozenset[Capability] | None:
        """In the words of the domain."""
        return None if self.capabilities is None else frozenset(self.capabilities)


class OfCredential(Body):
    """Something about one credential."""

    action: Literal["reset", "returned"]
    organisation: OrganisationCode
    client_id: ClientId


class Overview(Body):
    """Something about all."""

    action: Literal["organisations", "outstanding"]


type OrganisationInstruction = Enrol | Amend | OfOrganisation | Issue | OfCredential | Overview
# flat: of a choice among choices pydantic would name, and try, more than the one that was meant
type Instruction = (
    Enrol
    | Amend
    | OfOrganisation
    | Issue
    | OfCredential
    | Overview
    | RegisterDependent
    | AmendDependent
    | EndDependent
    | ListDependents
    | WebhookOf
    | ChangeWebhook
)

_INSTRUCTION: TypeAdapter[Instruction] = TypeAdapter(Annotated[Instruction, Field(discriminator="action")])


def read_instruction(event: Any) -> Instruction:
    """Raises InvalidRequest, whose problems name what to mend."""
    try:
        return _INSTRUCTION.validate_python(event, strict=False)
    except ValidationError as error:
        problems = problems_in(error)
    raise InvalidRequest([replace(p, pointer=without_kind(p.pointer)) for p in problems])


def without_kind(pointer: str) -> str:
    """Without its first step, the kind of instruction, which the caller did not write; none: the action is wrong."""
    if not pointer:
        return "/action"
    _, step, rest = pointer[1:].partition("/")
    return step + rest


def organisation_answer(organisation: Organisation) -> dict[str, Any]:
    """An organisation, for operators."""
    permissions, coverage = organisation.permissions, organisation.coverage
    return {
        "organisation": organisation.code,
        "name": organisation.name,
        "capabilities": sorted(permissions.capabilities),
        "purposes": sorted(permissions.purposes),
        "roles": sorted(permissions.roles),
        "service_types": sorted(permissions.service_types),
        "sees": sorted(permissions.sees),
        "covers": sorted(coverage.districts),
        "area": sorted(organisation.area),
        "data_current_as_of": coverage.current_as_of.isoformat() if coverage.current_as_of else None,
        "suspended": organisation.suspended,
        "version": organisation.version,
    }


def credential_answer(credential: Credential) -> dict[str, Any]:
    """A credential, for operators; never its secret."""
    return {
        "organisation": credential.organisation,
        "client_id": credential.client_id,
        "label": credential.label,
        "state": credential.state.value,
        "capabilities": None if credential.capabilities is None else sorted(credential.capabilities),
        "issued_at": credential.issued_at.isoformat(),
        "ended_at": credential.ended_at.isoformat() if credential.ended_at else None,
    }
