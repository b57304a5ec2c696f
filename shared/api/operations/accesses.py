"""The calls of auditors."""

from __future__ import annotations

from shared.api import access_answers, pages
from shared.api.operations import Operation
from shared.domain.directory import Capability

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
    query=pages.PageQuery,
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
    query=pages.PageQuery,
    names_practitioner=True,
    answers={200: (access_answers.AlertsAnswer, "The alerts.")},
    problems=(410, 422),
)
