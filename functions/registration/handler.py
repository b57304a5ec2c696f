"""This organisation's service is working with this child."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.api.involvement_answers import (
    BatchAnswer,
    BatchItemAnswer,
    InvolvementAnswer,
    PreviewAnswer,
    RegisteredAnswer,
)
from shared.api.involvement_bodies import BatchItem, BatchRequest, PutRequest
from shared.api.operations.involvements import DELETE_INVOLVEMENT, GET_INVOLVEMENT, POST_BATCH, PUT_INVOLVEMENT
from shared.api.problems import UNREAD, BadPrecondition, kind_of, problem_of
from shared.api.validation import InvalidRequest, read_object
from shared.domain.directory import Capability
from shared.domain.disclosure import require_capability
from shared.domain.errors import NotPermitted, RegisterClosed, SignpostError, refusal_code
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.directory import CachedDirectory
from shared.persistence.models import bind
from shared.runtime.clock import now
from shared.runtime.config.registration import RegistrationConfig
from shared.runtime.http import REFERENCE, Api, Reply, Request, as_json
from shared.runtime.parallel import side_by_side, together
from shared.runtime.wiring.limiting import dynamo_limits
from shared.runtime.wiring.registering import compartments
from shared.runtime.wiring.secret import pseudonyms
from shared.services.cover import ToldByAnswer
from shared.services.newcomer import TellNewcomer
from shared.services.preview import PreviewRegistration
from shared.services.refuse import Refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from shared.domain.directory import Caller
    from shared.domain.involvement import Involvement
    from shared.services.register import Registered

config = RegistrationConfig.from_environment()
bind(
    register=config.register_table,
    access_log=config.access_log_table,
    directory=config.directory_table,
    limits=config.limits_table,
)
directory = CachedDirectory(now)
secret = pseudonyms(config.hashing_secret_id, config.lifecycle)
registering = compartments(secret, config.lifecycle, config.thresholds, config.retention, config.targeting)
access_log = DynamoAccessLog(config.access_records_kept_for)
refuse = Refuse(access_log, now)
limits = dynamo_limits(secret, config)
preview = PreviewRegistration(
    registering=registering,
    access_log=access_log,
    limits=limits,
    together=together,
)
tell_newcomer = TellNewcomer(
    register=registering.ordinary.register,
    directory=directory,
    access_log=access_log,
    limits=limits,
    gate=registering.gate,
)


def put_involvement(request: Request) -> Reply:
    """`PUT /involvements/{source_reference}`. A question with it that is refused, or cannot be read, is recorded so, too."""
    registering.gate.open_at()
    access_id = uuid.uuid4().hex
    caller = request.caller(directory)
    with _recorded_if_question(request, caller, access_id):
        require_capability(caller, Capability.REGISTER)
        reference = request.source_reference()
        body = request.read(PutRequest)
        registration, if_match = body.registration(reference), request.if_match()
        question = body.question()
    if body.preview:
        request.noted["access_id"] = access_id
        previewed = preview(
            registration, caller=caller, access_id=access_id, request_id=request.request_id, if_match=if_match
        )
        request.noted["outcome"] = previewed.would
        return Reply(200, PreviewAnswer.of(previewed))
    if question:
        request.noted["lookup_id"] = access_id
        tell_newcomer.require(question, caller=caller, access_id=access_id, request_id=request.request_id)
    told = _told(caller, request.request_id)
    registered = registering.put(registration, caller=caller, told=told, if_match=if_match)
    own, elsewhere = registered.involvement, None
    request.noted["outcome"] = _outcome(registered)
    if question:
        elsewhere = tell_newcomer(question, own, caller=caller, access_id=access_id, request_id=request.request_id)
    return Reply(_status(registered), RegisteredAnswer.with_others(own, elsewhere), _etag(own))


@contextmanager
def _recorded_if_question(request: Request, caller: Caller, access_id: str) -> Iterator[None]:
    """A request asks if it may be meant to: whatever its `preview` says but `false`, or its `asking` but nothing.

    Who asks is named in `asking`. The practitioner of an involvement is not who asks.
    """
    try:
        yield
    except (NotPermitted, BadPrecondition, *UNREAD) as refusal:
        said = request.said()
        asking = said.get("asking") if isinstance(said, dict) else None
        if isinstance(said, dict) and (asking is not None or said.get("preview", False) is not False):
            request.noted["access_id"] = access_id
            why = refusal_code(refusal) if isinstance(refusal, NotPermitted) else kind_of(refusal).name
            refuse(why, caller=caller, access_id=access_id, request_id=request.request_id, said=asking)
        raise


def _told(caller: Caller, request_id: str) -> ToldByAnswer:
    """Who is told whether the register is for the child of one registration."""
    return ToldByAnswer(caller=caller, request_id=request_id, access_log=access_log, limits=limits, together=together)


def get_involvement(request: Request) -> Reply:
    """`GET /involvements/{source_reference}`."""
    caller = _caller(request)
    involvement = registering.get(request.source_reference(), caller=caller)
    return Reply(200, InvolvementAnswer.of(involvement), _etag(involvement))


def delete_involvement(request: Request) -> Reply:
    """`DELETE /involvements/{source_reference}`."""
    caller = _caller(request)
    registering.withdraw(request.source_reference(), caller=caller, if_match=request.if_match())
    return Reply(204)


def post_batch(request: Request) -> Reply:
    """`POST /involvements/batch`: different references side by side, the same one in the order in which it came."""
    caller = _caller(request)
    items = request.read(BatchRequest).involvements
    by_reference: dict[str, list[int]] = {}
    for position, item in enumerate(items):
        by_reference.setdefault(str(_reference(item)), []).append(position)

    def put_all(positions: list[int]) -> list[tuple[int, BatchItemAnswer]]:
        return [(position, _put_one(items[position], caller, request.request_id)) for position in positions]

    done = [answer for answers in side_by_side(put_all, list(by_reference.values())) for answer in answers]
    request.noted["items"] = str(len(items))
    return Reply(200, BatchAnswer(results=[answer for _, answer in sorted(done, key=lambda pair: pair[0])]))


def _put_one(item: JsonValue, caller: Caller, request_id: str) -> BatchItemAnswer:
    try:
        body = read_object(BatchItem, item, now().date())
        registration = body.registration(body.source_reference)
        registered = registering.put(registration, caller=caller, told=_told(caller, request_id))
    except RegisterClosed:
        raise  # for the batch as a whole
    except (InvalidRequest, SignpostError) as error:
        problem, _ = problem_of(error, request_id)
        return BatchItemAnswer(
            source_reference=_reference(item),
            status=problem.status,
            problem=as_json(problem),
        )
    return BatchItemAnswer(
        source_reference=body.source_reference,
        status=_status(registered),
        etag=_etag(registered.involvement)["ETag"],
        involvement=InvolvementAnswer.of(registered.involvement),
    )


def _reference(item: JsonValue) -> str | None:
    """The source reference of an item, if it holds one that may be repeated."""
    reference = item.get("source_reference") if isinstance(item, dict) else None
    return reference if isinstance(reference, str) and REFERENCE.fullmatch(reference) else None


def _caller(request: Request) -> Caller:
    """Who calls, if the register is open to anybody. Raises RegisterClosed and NotPermitted."""
    registering.gate.open_at()
    caller = request.caller(directory)
    require_capability(caller, Capability.REGISTER)
    return caller


def _status(registered: Registered) -> int:
    return 201 if registered.created else 200


def _outcome(registered: Registered) -> str:
    return "created" if registered.created else "updated" if registered.changed else "unchanged"


def _etag(involvement: Involvement) -> dict[str, str]:
    return {"ETag": f'"{involvement.version}"'}


handler = Api(
    {
        PUT_INVOLVEMENT: put_involvement,
        GET_INVOLVEMENT: get_involvement,
        DELETE_INVOLVEMENT: delete_involvement,
        POST_BATCH: post_batch,
    },
    config.announcement,
)
