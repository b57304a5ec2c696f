"""The calls by which an organisation says that it works with a child."""

from __future__ import annotations

from shared.api import involvement_answers, involvement_bodies
from shared.api.operations import KIBIBYTE, Operation
from shared.domain.directory import Capability

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
    body=involvement_bodies.PutRequest,
    answers={
        200: (involvement_answers.PutAnswer, "Replaced, or already so. Of a preview: what would happen."),
        201: (involvement_answers.RegisteredAnswer, "Created."),
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
    answers={200: (involvement_answers.InvolvementAnswer, "The involvement.")},
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
    body=involvement_bodies.BatchRequest,
    largest_body=512 * KIBIBYTE,
    answers={200: (involvement_answers.BatchAnswer, "One result for each.")},
    problems=(410, 422),
)
