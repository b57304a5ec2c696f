"""What the services need from the world, as the services see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from shared.domain.access import AccessRecord
    from shared.domain.alerts import Alert, AlertPage
    from shared.domain.child import ChildDetails, FormerName
    from shared.domain.directory import Caller, Credential, Organisation
    from shared.domain.held import HeldChild, Pointer
    from shared.domain.involvement import Disputed, Involvement, Registration
    from shared.domain.matching import Candidate
    from shared.domain.review import Case, CloseCall, Decided, HeldSide, Page
    from shared.domain.shield import Override, Shield

type Clock = Callable[[], datetime]
"""The instant now, aware."""


class Together(Protocol):
    """Does two things side by side and returns both results; if either fails, raises once both have ended."""

    def __call__[A, B](self, first: Callable[[], A], second: Callable[[], B], /) -> tuple[A, B]:
        """The result of each, in order."""


class SideBySide(Protocol):
    """Does one piece of work for each value side by side. If one fails, raises once those under way have ended."""

    def __call__[V, R](self, work: Callable[[V], R], values: Sequence[V], /) -> list[R]:
        """The results, in order."""


class Survey(Protocol):
    """What the register knew when a registration came. Handed back to `write`, which fails if it has changed."""

    @property
    def pointer(self) -> Pointer | None:
        """Where this source reference lay, live or withdrawn; None if it was never used."""

    @property
    def candidates(self) -> Sequence[Candidate]:
        """Every live child that shares an identifier or a match key."""

    @property
    def doubt_is_over(self) -> bool:
        """Whether the pointer was in doubt, and what the registration states is no other child's any more."""


class Children(Protocol):
    """Children and who works with them, as they are read. Methods raise Unavailable if the store does not answer."""

    def candidates(self, asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        """Every live child that shares a number or a match key with the question, as each service states it.

        Each candidate tells the type of service that says so, the child's shield, and whether the postcode led there:
        what of it is there for the caller, `disclosure.led_to` decides. One round trip.
        """

    def held_of(self, lies_in: Sequence[str], now: datetime) -> HeldChild:
        """The live involvements and the shield of a child, from wherever they lie (see `Finding.lies_in`): one trip."""

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """All that is held of a child by its id, or of the child that it has been joined into; None if nothing is."""

    def known_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """The same, and with no involvements of a child that nobody works with any more; None if the store forgot it."""


class Register(Children, Protocol):
    """The same, and how they are registered."""

    def dispute(self, organisation: str, source_reference: str, disputed: Disputed | None, now: datetime) -> None:
        """Marks an involvement as disputed, or as no longer so; until then it stays so, whatever is registered anew.

        Raises InvolvementNotFound, and Conflict if somebody was changing it.
        """

    def involvement(self, organisation: str, source_reference: str, now: datetime) -> Involvement | None:
        """An organisation's own involvement, if it is live."""

    def pointers(self, organisation: str, source_references: Iterable[str], now: datetime) -> Mapping[str, Pointer]:
        """Where up to 100 of an organisation's involvements lie; those never registered are left out."""

    def survey(self, organisation: str, registration: Registration, now: datetime) -> Survey:
        """All that is needed to register: one round trip."""

    def write(
        self,
        survey: Survey,
        involvement: Involvement,
        content: str,
        *,
        child_is_new: bool,
        close_calls: Sequence[CloseCall] = (),
    ) -> None:
        """Writes the involvement, all that leads to it and its close calls to the review list, or nothing.

        A child that is a close call of a shielded one, states its number, or takes over its reference inherits the
        shield with this very write: under another name it may be the same child.

        Raises Conflict if the survey is out of date, Joined if the child has become part of another, and
        FoundDifferent if it would move the involvement to a child that a person has found to be another than the one
        it lies with.
        """

    def withdraw(
        self, organisation: str, source_reference: str, version: int, now: datetime, *, by_rule: bool = False
    ) -> None:
        """Hides the involvement at once, and all that only it led to. Raises Conflict if `version` is out of date.

        `by_rule` if retention or coverage asks for it, and not its organisation: nobody is told of that.
        """


class Reviews(Protocol):
    """The review list, and what follows from decisions. Methods raise Unavailable if the store does not answer.

    A join and its undoing are begun by the decision, and then taken step by step. Every step is one transaction that
    holds only while the case is where it was; so anybody may take the next one, and two at once do no harm.
    """

    def open_cases(self, after: str | None, limit: int, now: datetime, *, organisation: str) -> Page:
        """Those that await a decision, the oldest first, from the one after `after` on.

        A case of a child whose shield holds is there only for the organisation that shields it. What is not there is
        read past, and the children of every page are read, so that neither its length nor its time tells of one.
        """

    def case(self, case_id: str) -> Case | None:
        """One case, whatever its state."""

    def sides(self, case: Case, now: datetime) -> tuple[HeldSide, HeldSide]:
        """What is held of the newer and of the older child, or of what they have become part of.

        Of two that this very case has joined: what came with the one that went, and the rest.
        """

    def begin_join(self, case: Case, decided: Decided) -> None:
        """Decides that both are one, and remembers it as work to do; nothing more to do if they are one already.

        Raises FoundDifferentBefore, UnderWay, and Conflict if something has changed since the case was read.
        """

    def begin_undoing(self, case: Case, decided: Decided) -> None:
        """Decides that both are different after all, for ever, and remembers to undo their join.

        Raises JoinedSince if the child that both became part of is part of another now; UnderWay; Conflict.
        """

    def tell_apart(self, case: Case, decided: Decided) -> None:
        """Decides that both are different, for ever.

        Raises JoinedSince if they have been made one by other cases; UnderWay; Conflict.
        """

    def go_on_apart(self, case: Case, now: datetime) -> None:
        """Goes on where `tell_apart` was stopped while it lifted an inherited shield. Raises Conflict."""

    def step(self, case: Case, now: datetime) -> bool:
        """Takes the next step of a join or an undoing. False if that was the last. Raises Conflict."""

    def under_way(self, now: datetime) -> Sequence[str]:
        """The ids of the cases of every join and undoing that is not finished."""


class Overrides(Protocol):
    """What opens shields. Methods raise Unavailable if the store does not answer."""

    def override(self, override_id: str, now: datetime) -> Override | None:
        """One that has not run out: one read."""


class Shields(Overrides, Protocol):
    """Shields, and what opens them. Methods raise Unavailable if the store does not answer."""

    def put(self, child_id: str, shield: Shield, hidden: Sequence[FormerName], now: datetime) -> Shield:
        """Shields a child: returns once everything that leads to it says so, with the names by which it may be known.

        `hidden` are names, of those held, that must not find it any more. The shield that is there is replaced. Taken
        up again after a crash it goes on. Raises ChildNotFound, and Contended.
        """

    def lift(self, child_id: str, now: datetime, *, organisation: str) -> None:
        """Raises ChildNotFound, also if another organisation shields it, and Contended.

        Nothing to do for a child that is not shielded.
        """

    def inherit(self, child_id: str, call: CloseCall, now: datetime) -> bool:
        """A child that was there before and may be this shielded one inherits its shield, and the two are on the list.

        Whether it is so: not if a person has found them different, or if that child has a shield of its own. Taken up
        again after a crash it goes on. Raises Contended.
        """

    def open(self, override: Override, record: AccessRecord, alert: Alert) -> None:
        """Writes an override, its access record and the alert to the shield team: all of it or nothing.

        Raises AccessNotRecorded.
        """


class Alerts(Protocol):
    """What an organisation's auditors and shield team have to look at. Only ever added to."""

    def put(self, alert: Alert) -> None:
        """Once: the same alert again changes nothing."""

    def of(self, organisation: str, after: str | None, limit: int) -> AlertPage:
        """The latest first."""


class Limits(Protocol):
    """How often may be asked. A store that does not answer refuses nobody."""

    def spend(self, client_id: str, practitioner_id: str | None, now: datetime) -> None:
        """Counts one question. Raises AskedTooOften."""

    def charge(self, client_id: str, practitioner_id: str | None, now: datetime) -> None:
        """Counts what a question that found nothing costs more: the practitioner, or the client where none is named."""


class AccessLog(Protocol):
    """Append-only."""

    def append(self, record: AccessRecord) -> None:
        """Returns when the record is durable; raises AccessNotRecorded if that is not certain."""


class Directory(Protocol):
    """Organisations, their clients and what each may do."""

    def caller(self, client_id: str) -> Caller | None:
        """Who is behind a client, if its credential is valid; at most 60 seconds old."""

    def organisations(self) -> Sequence[Organisation]:
        """Every enrolled organisation; at most 60 seconds old."""


class DirectoryKeeper(Protocol):
    """The Directory as operators change it: always fresh."""

    def organisation(self, code: str) -> Organisation | None:
        """None if it is not enrolled."""

    def organisations(self) -> Sequence[Organisation]:
        """Every enrolled organisation."""

    def enrol(self, organisation: Organisation) -> None:
        """Raises AlreadyExists."""

    def amend(self, organisation: Organisation) -> None:
        """Replaces version `organisation.version - 1`. Raises Conflict if that is not the current one."""

    def feed_received(self, code: str, current_as_of: date) -> None:
        """Notes how current an organisation's data are; an older day changes nothing."""

    def credentials(self, code: str) -> Sequence[Credential]:
        """All of an organisation's, whatever their state."""

    def add_credential(self, credential: Credential) -> None:
        """The client may call from now on."""

    def end_credential(self, credential: Credential) -> None:
        """Stores the credential's new state. Raises CredentialNotFound."""


class CredentialIssuer(Protocol):
    """The identity provider: OAuth2 clients."""

    def issue(self, name: str, capabilities: Iterable[str]) -> tuple[str, str]:
        """A new client's id and secret. The secret can be seen this once."""

    def revoke(self, client_id: str) -> None:
        """The client gets no more tokens. Revoking twice is revoking once."""
