"""The calls of the review list."""

from __future__ import annotations

from shared.api import pages, review_bodies
from shared.api.operations import Operation
from shared.domain.directory import Capability

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
    query=pages.PageQuery,
    answers={200: (review_bodies.ReviewsAnswer, "The cases.")},
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
    body=review_bodies.ComparisonRequest,
    answers={200: (review_bodies.ComparisonAnswer, "Both children.")},
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
    body=review_bodies.DecisionRequest,
    answers={200: (review_bodies.CaseAnswer, "The case as it is now.")},
    problems=(404, 409, 410, 422),
)
