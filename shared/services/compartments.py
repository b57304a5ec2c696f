"""Two registers side by side: sensitive services lie in one of their own, which nothing ordinary ever reads."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.errors import InvolvementNotFound, OutOfCoverage, VersionMismatch
from shared.services.register import content_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from shared.domain.directory import Caller
    from shared.domain.held import Pointer
    from shared.domain.involvement import Involvement, Registration
    from shared.domain.retention import Retention
    from shared.domain.targeting import Targeting
    from shared.services.cover import Told
    from shared.services.gate import Gate
    from shared.services.register import Registered, RegisterInvolvement


@dataclass(frozen=True, slots=True)
class Lying:
    """What one reference names: in the compartment of the service that is to be registered now, and in the other."""

    here: Pointer | None
    elsewhere: Pointer | None

    @property
    def is_held(self) -> bool:
        """Whether it is live in either."""
        return any(pointer is not None and pointer.is_live for pointer in (self.here, self.elsewhere))

    @property
    def has_moved(self) -> bool:
        """Whether it still lies where it does not belong any more."""
        return self.elsewhere is not None and self.elsewhere.is_live


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartments:
    """The use cases of an organisation about its own involvements, each in the compartment of its service.

    A reference names one involvement, wherever it lies. To register, only organisations that may register sensitive
    services are looked up in both: what that costs tells a caller nothing but what it is permitted. So what one has
    registered before that was taken away stays where it is until it is withdrawn, or has had its time.
    """

    ordinary: RegisterInvolvement
    sensitive: RegisterInvolvement

    @property
    def gate(self) -> Gate:
        """Of both."""
        return self.ordinary.gate

    @property
    def retention(self) -> Retention:
        """Of both."""
        return self.ordinary.retention

    @property
    def targeting(self) -> Targeting:
        """Of both."""
        return self.ordinary.targeting

    def put(self, registration: Registration, *, caller: Caller, told: Told, if_match: int | None = None) -> Registered:
        """As `RegisterInvolvement.put`. What becomes sensitive, or ceases to be, is withdrawn where it was first.

        So it is if the register is not for what it becomes: its organisation does not say any more what it was.
        Stopped in between, nothing is held under the reference until it is sent again, with the same `if_match`: what
        was withdrawn keeps its version. Of two requests at the same instant that put one reference into both
        compartments, both may stay until the next.
        """
        disclosure.require_registration(caller, registration.service)
        here, other = self.of(registration), self._other(registration)
        if not _holds_sensitive(caller):
            return here.put(registration, caller=caller, told=told, if_match=if_match)
        reference, now = registration.source_reference, self.gate.open_at()
        before = other.register.pointers(caller.organisation.code, [reference], now).get(reference)
        if before is None or not before.is_live:
            return here.put(registration, caller=caller, told=told, if_match=if_match, after=before)
        if if_match is not None and before.version != if_match:
            raise VersionMismatch
        refusal = self.retention.refusal(registration, now)
        if refusal and not refusal.says_it_ended:
            raise refusal
        try:
            here.require_covered(registration, caller=caller, told=told, now=now)
        except OutOfCoverage:
            with suppress(InvolvementNotFound):
                other.withdraw(reference, caller=caller, if_match=before.version)
            raise
        other.withdraw(reference, caller=caller, if_match=before.version)
        moved = here.put(registration, caller=caller, told=told, after=before, is_covered=True)
        return replace(moved, created=False)

    def get(self, source_reference: str, *, caller: Caller) -> Involvement:
        """The caller's own, wherever it lies. Raises InvolvementNotFound, also for another organisation's reference."""
        with suppress(InvolvementNotFound):
            return self.ordinary.get(source_reference, caller=caller)
        return self.sensitive.get(source_reference, caller=caller)

    def withdraw(self, source_reference: str, *, caller: Caller, if_match: int | None = None) -> None:
        """Hides the caller's own involvement, wherever it lies. Raises as `RegisterInvolvement.withdraw`."""
        try:
            self.ordinary.withdraw(source_reference, caller=caller, if_match=if_match)
        except InvolvementNotFound:
            self.sensitive.withdraw(source_reference, caller=caller, if_match=if_match)
            return
        with suppress(InvolvementNotFound):  # also of who may not register sensitive services any more
            self.sensitive.withdraw(source_reference, caller=caller)

    def lying(self, registrations: Sequence[Registration], *, caller: Caller, now: datetime) -> Mapping[str, Lying]:
        """What the references of up to 100 registrations name now: one read, or two for who has sensitive services."""
        references = [registration.source_reference for registration in registrations]
        organisation = caller.organisation.code
        ordinary = self.ordinary.register.pointers(organisation, references, now)
        sensitive: Mapping[str, Pointer] = {}
        if _holds_sensitive(caller):
            sensitive = self.sensitive.register.pointers(organisation, references, now)
        found = {}
        for registration in registrations:
            reference = registration.source_reference
            lies = ordinary.get(reference), sensitive.get(reference)
            is_sensitive = registration.service.service_type.is_sensitive
            found[reference] = Lying(*reversed(lies)) if is_sensitive else Lying(*lies)
        return found

    def says_what_is_held(self, registration: Registration, lying: Lying) -> bool:
        """Whether there is nothing to do: all of it is held so already, and nowhere else."""
        pointer = lying.here
        if pointer is None or not pointer.is_live or pointer.in_doubt or lying.has_moved:
            return False
        return pointer.content == content_of(registration, self.of(registration).pseudonyms)

    def of(self, registration: Registration) -> RegisterInvolvement:
        """Of the compartment that this belongs to."""
        return self.sensitive if registration.service.service_type.is_sensitive else self.ordinary

    def _other(self, registration: Registration) -> RegisterInvolvement:
        return self.ordinary if registration.service.service_type.is_sensitive else self.sensitive


def _holds_sensitive(caller: Caller) -> bool:
    return any(service.is_sensitive for service in caller.organisation.permissions.service_types)
