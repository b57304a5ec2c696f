"""Which children may be one, and are they? The review list by API; and, on a schedule, what was interrupted goes on."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.api.operations.reviews import GET_REVIEWS, POST_COMPARISON, PUT_DECISION
from shared.api.pages import PageQuery
from shared.api.problems import UNREAD, kind_of
from shared.api.review_bodies import CaseAnswer, ComparisonAnswer, ComparisonRequest, DecisionRequest, ReviewsAnswer
from shared.domain.errors import CaseNotFound
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.directory import CachedDirectory
from shared.persistence.models import bind
from shared.runtime.clock import now
from shared.runtime.config.review import ReviewConfig
from shared.runtime.http import Api, Reply, Request
from shared.runtime.observability import logger, unexpected
from shared.runtime.wiring.limiting import dynamo_limits
from shared.runtime.wiring.reviewing import review_children
from shared.runtime.wiring.secret import pseudonyms
from shared.services.refuse import Refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shared.domain.directory import Caller

config = ReviewConfig.from_environment()
bind(
    register=config.register_table,
    access_log=config.access_log_table,
    directory=config.directory_table,
    limits=config.limits_table,
)
directory = CachedDirectory(now)
access_log = DynamoAccessLog(config.access_records_kept_for)
refuse = Refuse(access_log, now)
secret = pseudonyms(config.hashing_secret_id, config.lifecycle)
reviewing = review_children(secret, access_log, dynamo_limits(secret, config), config.lifecycle)

GO_ON = "go-on"
"""What the schedule's event asks for as its `action`."""


class JoinsInterrupted(Exception):
    """Something is left unfinished: the schedule's next call goes on with it."""


def get_reviews(request: Request) -> Reply:
    """`GET /reviews`. What cannot be read is recorded as refused, too."""
    caller, (access_id, _) = _asking(request)
    with _recorded_if_unread(request, caller, access_id):
        asked = request.query(PageQuery)
    page = reviewing.open_cases(
        caller=caller, after=asked.after, limit=asked.limit, access_id=access_id, request_id=request.request_id
    )
    return Reply(200, ReviewsAnswer.of(page))


def post_comparison(request: Request) -> Reply:
    """`POST /reviews/{case_id}/comparisons`. What cannot be read is recorded as refused, too."""
    caller, access_ids = _asking(request)
    with _recorded_if_unread(request, caller, access_ids[0]):
        case_id = request.case_id()
        asked = request.read(ComparisonRequest)
    names = {organisation.code: organisation.name for organisation in directory.organisations()}
    comparison = reviewing.compare(
        case_id,
        asked.practitioner.practitioner(),
        asked.note,
        caller=caller,
        access_ids=access_ids,
        request_id=request.request_id,
    )
    request.noted["case_id"] = comparison.case.case_id
    return Reply(200, ComparisonAnswer.of(comparison, names))


def put_decision(request: Request) -> Reply:
    """`PUT /reviews/{case_id}/decision`. What cannot be read is recorded as refused, too."""
    caller, access_ids = _asking(request)
    with _recorded_if_unread(request, caller, access_ids[0]):
        case_id = request.case_id()
        decided = request.read(DecisionRequest)
    case = reviewing.decide(
        case_id,
        decided.decision,
        decided.practitioner.practitioner(),
        caller=caller,
        access_ids=access_ids,
        request_id=request.request_id,
    )
    request.noted.update(case_id=case.case_id, outcome=case.state)  # not as it was sent: that may say anything
    return Reply(200, CaseAnswer.of(case))


def _asking(request: Request) -> tuple[Caller, tuple[str, str]]:
    """Who calls, and the ids of the access records that will say so. Raises RegisterClosed."""
    reviewing.gate.open_at()
    access_ids = (uuid.uuid4().hex, uuid.uuid4().hex)
    request.noted["access_id"] = access_ids[0]
    return request.caller(directory), access_ids


@contextmanager
def _recorded_if_unread(request: Request, caller: Caller, access_id: str) -> Iterator[None]:
    try:
        yield
    except (CaseNotFound, *UNREAD) as unread:
        refuse(
            kind_of(unread).name,
            caller=caller,
            access_id=access_id,
            request_id=request.request_id,
            said=request.said(),
        )
        raise


api = Api({GET_REVIEWS: get_reviews, POST_COMPARISON: post_comparison, PUT_DECISION: put_decision}, config.announcement)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any] | None:
    """A request of API Gateway; or the schedule's event, for which it raises JoinsInterrupted if it must come again."""
    if event.get("action") == GO_ON:
        go_on()
        return None
    return api(event, context)


def go_on() -> None:
    """Finishes joins, and their undoing, that were interrupted."""
    try:
        finished = reviewing.go_on()
    except Exception as error:  # noqa: BLE001  # the runtime would log its message, which may repeat what is held
        unexpected(GO_ON, error)
        raise JoinsInterrupted from None
    logger.info(GO_ON, finished=finished)
