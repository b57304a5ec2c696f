"""What can go wrong, in the words of the field.

Every error here is expected and never carries personal data. Those that a caller of the API may meet have one HTTP
answer each, in `shared.api.problems`; the others are told to operators.
"""

from __future__ import annotations

import re


class SignpostError(Exception):
    """The base of every error that Signpost itself raises."""


def refusal_code(refusal: SignpostError) -> str:
    """How a refusal is named in the access log: `not_permitted`, `not_enough_to_search`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(refusal).__name__).lower()


class NotEnoughToSearch(SignpostError):
    """The question names nothing that the register can search by."""


class NotPermitted(SignpostError):
    """The Directory does not give this caller what it asked for.

    `what` says which of the caller's own inputs was not permitted; never what the register holds.
    """

    def __init__(self, what: str, pointer: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.pointer = pointer


class IllMatchedReason(NotPermitted):
    """The legal basis does not go with the purpose, or not with the practitioner's role (`reasons`)."""


class ChildNotFound(SignpostError):
    """The register knows no such child, or none that this caller may know of: the two are answered alike."""


class WarningNotAccepted(SignpostError):
    """A shield opens only to whoever has typed the warning word by word (`shield.WARNING`)."""


class OverrideNotFound(SignpostError):
    """There is no such override, it has run out, or it is another practitioner's: the three are answered alike."""


class AccessNotFound(SignpostError):
    """The access log has no such record in that hour, or the hour is not sealed yet."""


class AskedTooOften(SignpostError):
    """This practitioner, or this client, has asked more than its limit; `retry_after` says in how many seconds to try."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again in {retry_after} seconds")
        self.retry_after = retry_after


class NoLongerKept(SignpostError):
    """What is sent has had its time already: retention would withdraw it, so it is not taken in.

    `what` says why and how to mend it, `pointer` where; neither says anything of the child.
    """

    def __init__(self, what: str, pointer: str) -> None:
        super().__init__(what)
        self.what = what
        self.pointer = pointer

    @property
    def says_it_ended(self) -> bool:
        """Whether the organisation itself says that its work ended, or that the child died, which ends all work.

        A birth says neither and may be a slip, so what is held stays.
        """
        return self.pointer in ("/ended", "/child/date_of_death")


class InvolvementNotFound(SignpostError):
    """This organisation has no live involvement under this source reference."""


class CaseNotFound(SignpostError):
    """The review list knows no such case."""


class FoundDifferentBefore(SignpostError):
    """A person has found these two children different, and such a pair is never joined."""


class JoinedSince(SignpostError):
    """These two have become one by other joins, or part of a third: those must be undone first."""


class NoticeNotFound(SignpostError):
    """This organisation has no such notice."""


class DependentNotFound(SignpostError):
    """This organisation has no such dependent system."""


class NothingToAcknowledge(SignpostError):
    """No closure is set."""


class OutOfCoverage(SignpostError):
    """The register is not for this service, or not for this child. `rule` names the parameter that says so."""

    def __init__(self, detail: str, rule: str, pointer: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.rule = rule
        self.pointer = pointer


class VersionMismatch(SignpostError):
    """`If-Match` names a version that is not the current one."""


class AlreadyExists(SignpostError):
    """The Directory holds this already."""


class OrganisationNotFound(SignpostError):
    """The Directory does not know this organisation."""


class CredentialEnded(SignpostError):
    """This credential was reset or returned before: issue a new one."""


class NothingPermitted(SignpostError):
    """The organisation may do nothing that this credential would open: amend it first. One to be reset has ended."""


class MoreThanPermitted(SignpostError):
    """A credential opens nothing that its organisation may not do: ask for less, or amend it first."""


class CredentialNotFound(SignpostError):
    """The Directory does not know this credential of this organisation."""


class AddressRefused(SignpostError):
    """A webhook's address is https, port 443 or from 1024 on, names a host on the internet, and has no user or fragment."""


class NotTold(SignpostError):
    """This organisation is told of no notices, so nothing would be sent: give it the capability notices first."""


class WebhookNotFound(SignpostError):
    """This organisation has no webhook: set its address first."""


class RegisterClosed(SignpostError):
    """Access to the register has ended (`ClosesAt` has passed)."""

    def __init__(self, successor_url: str | None = None) -> None:
        super().__init__("the register is closed")
        self.successor_url = successor_url


class ClosureRefused(SignpostError):
    """This closure may not be deployed. `reasons` are sentences for who deploys it."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class NotCertified(SignpostError):
    """There is no certificate of destruction: not everything has been destroyed, or not yet been proven so."""


class NotOurDocument(SignpostError):
    """Under a certificate's name lies what this closure did not write: it is not signed, and a person has to look."""


class Unavailable(SignpostError):
    """A store did not answer, or not in time; nothing was shown or acknowledged, and trying again is safe."""


class AccessNotRecorded(Unavailable):
    """The access record could not be written, so nothing may be shown."""


class Contended(Unavailable):
    """Others were changing the same child all along; nothing was written."""
