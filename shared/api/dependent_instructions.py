"""What operators send to the directory function about systems that rely on the register, and what they get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from shared.api.fields import Body, ClientId, DependentId, OrganisationCode, Text
from shared.api.operations import CALLS
from shared.domain.dependents import Count, Dependent, Readiness

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.dependents import CallerSeen, Known


class DependentBody(Body):
    """A system as the Directory is told of it."""

    dependent: DependentId
    name: Text
    owner: OrganisationCode
    contact: Text
    """Of a team: an address or a telephone number, not a person's name."""
    calls: list[str] = Field(default=[])
    """The ids of the calls that it makes, as the OpenAPI document has them."""
    clients: list[ClientId] = Field(default=[])
    """Of the owner's credentials."""
    state: Readiness | None = None

    @field_validator("calls")
    @classmethod
    def _there_are_such(cls, calls: list[str]) -> list[str]:
        if unknown := sorted(set(calls) - CALLS):
            message = f"the OpenAPI document has no call with the id {unknown[0][:40]!r}"
            raise ValueError(message)
        return calls

    def to_domain(self) -> Dependent:
        """In the words of the domain, but for `state`: whether that is said at all makes a difference."""
        return Dependent(
            dependent_id=self.dependent,
            name=self.name,
            owner=self.owner,
            contact=self.contact,
            calls=frozenset(self.calls),
            client_ids=frozenset(self.clients),
        )


class RegisterDependent(DependentBody):
    """A system that relies on the register."""

    action: Literal["register-dependent"]


class AmendDependent(DependentBody):
    """All that is said of it, anew."""

    action: Literal["amend-dependent"]


class EndDependent(Body):
    """It does not rely on the register any more."""

    action: Literal["end-dependent"]
    dependent: DependentId


class ListDependents(Body):
    """Who relies on the register, who has not acknowledged its closure, and who calls without being written down."""

    action: Literal["dependents"]


type DependentInstruction = RegisterDependent | AmendDependent | EndDependent | ListDependents


def dependent_answer(dependent: Dependent, closes_at: datetime | None) -> dict[str, Any]:
    """One system, for operators. It is outstanding while a closure is set that its owner has not acknowledged."""
    said = dependent.acknowledgement
    return {
        "dependent": dependent.dependent_id,
        "name": dependent.name,
        "owner": dependent.owner,
        "contact": dependent.contact,
        "calls": sorted(dependent.calls),
        "clients": sorted(dependent.client_ids),
        "state": dependent.readiness.value,
        "acknowledged_at": said.at.isoformat() if said else None,
        "acknowledged_closure": said.closes_at.isoformat() if said else None,
        "ready_by": said.ready_by.isoformat() if said and said.ready_by else None,
        "outstanding": closes_at is not None and not dependent.has_acknowledged(closes_at),
        "ended_at": dependent.ended_at.isoformat() if dependent.ended_at else None,
        "version": dependent.version,
    }


def known_answer(known: Known, unreachable: frozenset[str], closes_at: datetime | None) -> dict[str, Any]:
    """All of them. `unreachable` are the owners that get no notices."""
    answers = [dependent_answer(dependent, closes_at) for dependent in known.dependents]
    return {
        "closes_at": closes_at.isoformat() if closes_at else None,
        "counts": count_answer(Count.of(known.dependents, closes_at)) if closes_at else None,
        "dependents": [{**answer, "owner_gets_notices": answer["owner"] not in unreachable} for answer in answers],
        "outstanding": [answer["dependent"] for answer in answers if answer["outstanding"]],
        "unregistered": [caller_answer(caller) for caller in known.unregistered],
    }


def count_answer(count: Count) -> dict[str, int]:
    """How many there are, and how far they are."""
    return {
        "registered": count.registered,
        "acknowledged": count.acknowledged,
        "ready": count.ready,
        "outstanding": count.outstanding,
    }


def caller_answer(caller: CallerSeen) -> dict[str, str]:
    """A client that calls, and that is of no dependent. Its times are whole hours."""
    return {
        "client_id": caller.client_id,
        "organisation": caller.organisation,
        "first": caller.first.isoformat(),
        "last": caller.last.isoformat(),
    }
