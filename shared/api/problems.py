"""Every error as problem details (RFC 9457): one table from the domain's errors to an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from shared.api.validation import InvalidRequest, NotJson
from shared.domain import errors
from shared.domain.shield import WARNING

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE = "application/problem+json"


class Mistake(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str = Field(description="Where, as a JSON pointer (RFC 6901) into the body.")
    code: str
    detail: str = Field(description="What is wrong, and how to mend it.")


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    detail: str
    request_id: str = Field(description="Name this when you ask for help.")
    errors: list[Mistake] | None = None


class BodyTooLarge(Exception):
    """The body is over the limit of its route."""


class NotOurs(Exception):
    """No such route, or not by this method."""


class WrongMediaType(Exception):
    """The body is not sent as JSON."""


class MissingScope(Exception):
    """The token has not the scope of the route."""


class BadPrecondition(Exception):
    """`If-Match` is not one ETag that this API gave out."""


UNREAD = (InvalidRequest, NotJson, BodyTooLarge, WrongMediaType)
"""What is wrong with a request that could not even be read."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How an error is answered. `retry_after` is in seconds."""

    status: int
    name: str
    title: str
    detail: str
    retry_after: int | None = None


UNEXPECTED = Kind(
    500, "unexpected", "Unexpected error", "Something went wrong here, not in your request. It is safe to try again.", 5
)

KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (NotJson, Kind(400, "not-json", "Not JSON", "The body cannot be read as JSON.")),
    (BadPrecondition, Kind(400, "bad-if-match", "If-Match not understood", 'Give If-Match one ETag of an earlier answer, such as "3".')),
    (MissingScope, Kind(403, "missing-scope", "Scope missing", "The access token does not hold the scope of this route.")),
    (errors.IllMatchedReason, Kind(422, "ill-matched-reason", "Reason not accepted", "Purpose, legal basis and role do not go together: see errors.")),
    (errors.NotPermitted, Kind(403, "not-permitted", "Not permitted", "The Directory does not permit this.")),
    (NotOurs, Kind(404, "no-such-route", "No such route", "There is nothing at this address: see /openapi.json.")),
    (errors.InvolvementNotFound, Kind(404, "no-such-involvement", "No such involvement", "Your organisation has no involvement under this source reference.")),
    (errors.CaseNotFound, Kind(404, "no-such-case", "No such case", "The review list has no case under this id.")),
    (errors.ChildNotFound, Kind(404, "no-such-child", "No such child", "The register has no child under this id of which you may know.")),
    (errors.OverrideNotFound, Kind(404, "no-such-override", "No such override", "There is no such override, it has run out, or it is not this practitioner's.")),
    (errors.NoticeNotFound, Kind(404, "no-such-notice", "No such notice", "Your organisation has no notice under this id, or it was kept for its 90 days.")),
    (errors.DependentNotFound, Kind(404, "no-such-dependent", "No such dependent system", "Your organisation has no dependent system under this id.")),
    (errors.NotCertified, Kind(404, "not-certified", "No certificate yet", "There is a certificate of destruction once everything has been destroyed: see /status.")),
    (errors.FoundDifferentBefore, Kind(409, "found-different", "Found different before", "A person has found that these are two children, and such a pair is never joined.")),
    (errors.JoinedSince, Kind(409, "joined-since", "Joined otherwise since", "The two have become one by other cases, or part of a third child: undo those joins first.")),
    (errors.NothingToAcknowledge, Kind(409, "nothing-to-acknowledge", "No closure is set", "The register is open, and no date is set on which it closes: see /status.")),
    (errors.RegisterClosed, Kind(410, "closed", "The register is closed", "Access to the register has ended.")),
    (errors.VersionMismatch, Kind(412, "version-mismatch", "Changed in the meantime", "If-Match names another version than the current one: read it again.")),
    (BodyTooLarge, Kind(413, "too-large", "Too large", "The body is over the limit of this route.")),
    (WrongMediaType, Kind(415, "not-json-media-type", "Wrong media type", "Send Content-Type: application/json.")),
    (InvalidRequest, Kind(422, "invalid", "Invalid request", "Something in the request is missing or cannot be right: see errors.")),
    (errors.WarningNotAccepted, Kind(422, "warning-not-accepted", "Warning not accepted", f"Type the warning word by word: {WARNING}")),
    (errors.NoLongerKept, Kind(422, "no-longer-kept", "No longer kept", "This has had its time, so the register does not take it in, and withdraws what your organisation had under this reference: see errors.")),
    (errors.OutOfCoverage, Kind(422, "out-of-coverage", "Not covered", "This register is not for every service or every child, and withdraws what your organisation had under this reference if it says something else now: see errors.")),
    (errors.NotEnoughToSearch, Kind(422, "not-enough", "Not enough to search by", "Give a number (NHS, UPN, local authority), or a birth with a name or postcode, or both names and the postcode.")),
    (errors.AskedTooOften, Kind(429, "asked-too-often", "Asked too often", "This practitioner, or this client system, has asked more than it may: try again later.")),
    (errors.AccessNotRecorded, Kind(503, "access-not-recorded", "Not recorded, so not answered", "The access record could not be written, so nothing is shown. Try again.", 1)),
    (errors.Contended, Kind(503, "contended", "Others are changing this child", "Nothing was written. Try again.", 1)),
    (errors.Unavailable, Kind(503, "unavailable", "Not available just now", "Nothing was shown or acknowledged. Try again.", 2)),
)  # fmt: skip
"""First match by isinstance wins, so a subclass stands before its base."""


def kind_of(error: Exception) -> Kind:
    """How an error is answered; whatever is not in the table is UNEXPECTED."""
    return next((kind for raised, kind in KINDS if isinstance(error, raised)), UNEXPECTED)


def problem_of(error: Exception, request_id: str) -> tuple[Problem, Mapping[str, str]]:
    """The answer to an error, and the headers that go with it."""
    kind = kind_of(error)
    detail, mistakes = kind.detail, None
    headers: dict[str, str] = {"Retry-After": str(kind.retry_after)} if kind.retry_after else {}
    match error:
        case InvalidRequest():
            mistakes = [Mistake(pointer=p.pointer, code=p.code, detail=p.detail) for p in error.problems]
        case errors.IllMatchedReason(pointer=str(pointer)):
            mistakes = [Mistake(pointer=pointer, code="ill_matched", detail=error.what)]
        case errors.NotPermitted():
            detail = error.what[0].upper() + error.what[1:] + "."
            if error.pointer:
                mistakes = [Mistake(pointer=error.pointer, code="not_permitted", detail=error.what)]
        case errors.WarningNotAccepted():
            mistakes = [Mistake(pointer="/warning", code="not_accepted", detail=f"type word by word: {WARNING}")]
        case errors.AskedTooOften():
            headers["Retry-After"] = str(error.retry_after)
        case errors.NoLongerKept():
            mistakes = [Mistake(pointer=error.pointer, code="no_longer_kept", detail=error.what)]
        case errors.OutOfCoverage():
            mistakes = [Mistake(pointer=error.pointer, code="out_of_coverage", detail=error.detail)]
        case errors.RegisterClosed(successor_url=str(successor)):
            headers["Link"] = f'<{successor}>; rel="successor-version"'
        case _:
            pass
    problem = Problem(
        type=f"urn:signpost:problem:{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        request_id=request_id,
        errors=mistakes,
    )
    return problem, headers
