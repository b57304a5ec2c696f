"""The calls of the API, each in one place: its path, scope, body, answers and errors.

The OpenAPI document, the handlers and the template's routes are all held against this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.api import access_answers, answers, dependent_bodies, notice_bodies, requests, shield_bodies
from shared.domain.directory import Capability

if TYPE_CHECKING:
    from pydantic import BaseModel

KIBIBYTE = 1024
PRACTITIONER_HEADER = "Signpost-Practitioner"
"""The id of the practitioner who asks, where there is no body that could say so. An address would be logged on its way."""


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


POST_LOOKUP = Operation(
    id="lookUp",
    method="POST",
    path="/lookups",
    summary="Who is working with this child?",
    description=(
        "Give a reason, who asks, and what is known of the child. Every question is recorded before it is answered. "
        "Only the outcome `match` discloses a child; for any other, `would_help` says which details to add. "
        "No record where nobody feeds the register is not the same as no involvement: see `coverage`. "
        "With `override` it sees behind a shield that this practitioner has opened."
    ),
    capability=Capability.LOOKUP,
    body=requests.LookupRequest,
    answers={200: (answers.LookupAnswer, "The outcome.")},
    problems=(404, 410, 422),
)
PUT_INVOLVEMENT = Operation(
    id="putInvolvement",
    method="PUT",
    path="/involvements/{source_reference}",
    summary="This organisation's service is working with this child",
    description=(
        "Creates or replaces. The same request again changes nothing and gets the same answer. "
        "With `preview` it tells what it would do and how good the data are, and registers nothing; that it was asked "
        "is recorded. With `asking` the answer says who else works with the child, as a lookup does."
    ),
    capability=Capability.REGISTER,
    body=requests.PutRequest,
    answers={
        200: (answers.PutAnswer, "Replaced, or already so. Of a preview: what would happen."),
        201: (answers.RegisteredAnswer, "Created."),
    },
    problems=(410, 412, 422),
    etag=True,
    if_match=True,
)
GET_INVOLVEMENT = Operation(
    id="getInvolvement",
    method="GET",
    path="/involvements/{source_reference}",
    summary="This organisation's own involvement",
    description="As it was last stated. Another organisation's reference is not found.",
    capability=Capability.REGISTER,
    answers={200: (answers.InvolvementAnswer, "The involvement.")},
    problems=(404, 410, 422),
    etag=True,
)
DELETE_INVOLVEMENT = Operation(
    id="withdrawInvolvement",
    method="DELETE",
    path="/involvements/{source_reference}",
    summary="Withdraw this organisation's own involvement",
    description="It is hidden at once and removed later. To say that work has ended, put it with `ended` instead.",
    capability=Capability.REGISTER,
    answers={204: (None, "Withdrawn.")},
    problems=(404, 410, 412, 422),
    if_match=True,
)
POST_BATCH = Operation(
    id="putInvolvements",
    method="POST",
    path="/involvements/batch",
    summary="Up to 100 involvements at once",
    description="Each has its own result, in order, as if it had been put alone. One that fails fails no other.",
    capability=Capability.REGISTER,
    body=requests.BatchRequest,
    largest_body=512 * KIBIBYTE,
    answers={200: (answers.BatchAnswer, "One result for each.")},
    problems=(410, 422),
)
GET_REVIEWS = Operation(
    id="listReviews",
    method="GET",
    path="/reviews",
    summary="Which children may be one?",
    description=(
        "Pairs of children that are much alike, or share a number, and wait for a person to decide; the oldest first. "
        "Ids and codes only: compare a pair to see whom it is about."
    ),
    capability=Capability.REVIEW,
    query=requests.PageQuery,
    answers={200: (answers.ReviewsAnswer, "The cases.")},
    problems=(410, 422),
)
POST_COMPARISON = Operation(
    id="compareChildren",
    method="POST",
    path="/reviews/{case_id}/comparisons",
    summary="Both children of a case, side by side",
    description=(
        "Who each is said to be, who works with it and whom to ring, and how their details agree; never an address or "
        "a number. This discloses two children, so it is recorded for each before it is answered, as a lookup is."
    ),
    capability=Capability.REVIEW,
    body=requests.ComparisonRequest,
    answers={200: (answers.ComparisonAnswer, "Both children.")},
    problems=(404, 410, 422),
)
PUT_DECISION = Operation(
    id="decideCase",
    method="PUT",
    path="/reviews/{case_id}/decision",
    summary="Are they one child?",
    description=(
        "`same` joins the newer child into the older: from then on either is found with the involvements of both, and "
        "the newer one's id leads to the older. `different` is remembered: the pair is never joined again. `different` "
        "after `same` undoes the join; `same` after `different` is refused. The same decision again changes nothing."
    ),
    capability=Capability.REVIEW,
    body=requests.DecisionRequest,
    answers={200: (answers.CaseAnswer, "The case as it is now.")},
    problems=(404, 409, 410, 422),
)
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
GET_ACCESSES = Operation(
    id="listAccesses",
    method="GET",
    path="/children/{child_id}/accesses",
    summary="Who has looked at this child?",
    description=(
        "For auditors of the child's own authority: every question that this child was an answer to, the latest first. "
        "Ids and codes only. That it was asked is recorded, too."
    ),
    capability=Capability.AUDIT,
    query=requests.PageQuery,
    names_practitioner=True,
    answers={200: (access_answers.AccessesAnswer, "The access records.")},
    problems=(404, 410, 422),
)
GET_ALERTS = Operation(
    id="listAlerts",
    method="GET",
    path="/alerts",
    summary="What has to be looked at",
    description=(
        "For auditors and shield teams: shields of this authority's children that were opened, and use of the register "
        "that looks wrong; the latest first. Ids and codes only."
    ),
    capability=Capability.AUDIT,
    query=requests.PageQuery,
    names_practitioner=True,
    answers={200: (access_answers.AlertsAnswer, "The alerts.")},
    problems=(410, 422),
)
GET_NOTICES = Operation(
    id="listNotices",
    method="GET",
    path="/notices",
    summary="What has happened with the children we work with?",
    description=(
        "This organisation's notices that it has not acknowledged, in the order in which they were put. Ask again with the "
        "`next` of the page before, and nothing is missed. Ids and codes only: fetch a notice to see whom it is about."
    ),
    capability=Capability.NOTICES,
    query=notice_bodies.NoticesQuery,
    answers={200: (notice_bodies.NoticesAnswer, "The notices.")},
    problems=(410, 422),
)
GET_NOTICE = Operation(
    id="getNotice",
    method="GET",
    path="/notices/{notice_id}",
    summary="What has happened, and who works with the child now",
    description=(
        "What may be shown is decided anew each time, as for a lookup, and recorded before it is answered. Of a child that "
        "is not held any more, or that this organisation may not see, nothing is told."
    ),
    capability=Capability.NOTICES,
    names_practitioner=True,
    answers={200: (notice_bodies.NoticeAnswer, "The notice.")},
    problems=(404, 410, 422),
)
POST_ACK = Operation(
    id="acknowledgeNotice",
    method="POST",
    path="/notices/{notice_id}/ack",
    summary="We have taken note of it",
    description="It is not listed any more. Twice is once.",
    capability=Capability.NOTICES,
    answers={204: (None, "Acknowledged.")},
    problems=(404, 410),
)
PUT_WATCH = Operation(
    id="watchChild",
    method="PUT",
    path="/watches/{child_id}",
    summary="Tell us at once when this child turns up",
    description=(
        "For a child that is sought, and that this organisation has found by a lookup. It gets a notice when the child is "
        "looked up or registered anywhere. Again, it replaces what this organisation has set."
    ),
    capability=Capability.WATCH,
    body=notice_bodies.WatchRequest,
    answers={200: (notice_bodies.WatchAnswer, "The watch.")},
    problems=(404, 410, 422),
)
POST_WATCH_ENDING = Operation(
    id="endWatch",
    method="POST",
    path="/watches/{child_id}/ending",
    summary="The child is not sought any more",
    description="Ends this organisation's own watch. Twice is once.",
    capability=Capability.WATCH,
    body=notice_bodies.WatchEndingRequest,
    answers={204: (None, "Ended.")},
    problems=(404, 410, 422),
)
POST_ACKNOWLEDGEMENT = Operation(
    id="acknowledgeClosure",
    method="POST",
    path="/dependents/{dependent_id}/acknowledgement",
    summary="We know that the register will close",
    description=(
        "For the organisation that answers for a system that relies on the register. It counts for the closure that is set "
        "now: if its date moves, you are asked again. Say more later by saying it again; the same again changes nothing."
    ),
    capability=Capability.NOTICES,
    body=dependent_bodies.AcknowledgementRequest,
    answers={200: (dependent_bodies.AcknowledgementAnswer, "What is written down of it.")},
    problems=(404, 409, 410, 422),
)
GET_STATUS = Operation(
    id="getStatus",
    method="GET",
    path="/status",
    summary="Is the register open?",
    description=(
        "Needs no credentials, and goes on answering after the register has closed and when it has been destroyed."
    ),
    answers={200: (answers.StatusAnswer, "The status.")},
    problems=(503,),
)
GET_OPENAPI = Operation(
    id="getOpenApi",
    method="GET",
    path="/openapi.json",
    summary="This document",
    description="OpenAPI 3.1.",
    answers={200: (None, "The OpenAPI document.")},
    media_type="application/json",
)
GET_CERTIFICATE = Operation(
    id="getCertificate",
    method="GET",
    path="/certificate",
    summary="The certificate of destruction",
    description=(
        "What was destroyed, where, how and when, byte for byte as it was signed; docs/certificate.md says how to "
        "verify it. There is none before everything has been destroyed."
    ),
    answers={200: (None, "The certificate.")},
    problems=(503,),
    media_type="application/json",
)
GET_CERTIFICATE_SIGNATURE = Operation(
    id="getCertificateSignature",
    method="GET",
    path="/certificate/signature",
    summary="The signature of the certificate",
    description="ECDSA over SHA-256 of the certificate's bytes, in DER, in base64.",
    answers={200: (None, "The signature.")},
    problems=(503,),
    media_type="text/plain; charset=utf-8",
)
GET_CERTIFICATE_PUBLIC_KEY = Operation(
    id="getCertificatePublicKey",
    method="GET",
    path="/certificate/public-key",
    summary="The public key of the certificate",
    description="In PEM. Its SHA-256 is in the certificate.",
    answers={200: (None, "The public key.")},
    problems=(503,),
    media_type="application/x-pem-file",
)
GET_CERTIFICATE_PAGE = Operation(
    id="getCertificatePage",
    method="GET",
    path="/certificate/page",
    summary="The certificate, to print",
    description="The same on one page, for people. What is signed is the certificate itself.",
    answers={200: (None, "The page.")},
    problems=(503,),
    media_type="text/html; charset=utf-8",
)

OPERATIONS = (
    POST_LOOKUP,
    PUT_INVOLVEMENT,
    GET_INVOLVEMENT,
    DELETE_INVOLVEMENT,
    POST_BATCH,
    GET_REVIEWS,
    POST_COMPARISON,
    PUT_DECISION,
    PUT_SHIELD,
    GET_SHIELD,
    POST_LIFTING,
    POST_OVERRIDE,
    GET_ACCESSES,
    GET_ALERTS,
    GET_NOTICES,
    GET_NOTICE,
    POST_ACK,
    PUT_WATCH,
    POST_WATCH_ENDING,
    POST_ACKNOWLEDGEMENT,
    GET_STATUS,
    GET_OPENAPI,
    GET_CERTIFICATE,
    GET_CERTIFICATE_SIGNATURE,
    GET_CERTIFICATE_PUBLIC_KEY,
    GET_CERTIFICATE_PAGE,
)
