"""The access log: read by auditors; sealed every hour, by a schedule; and for operators, what a person may ask for.

`sam remote invoke AccessFunction --event '{"action": "verify"}'`
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from shared.api.access_answers import AccessesAnswer, AlertsAnswer
from shared.api.access_instructions import (
    DisputeBody,
    Instruction,
    Prove,
    ReportOf,
    Seal,
    Verify,
    proof_answer,
    read_instruction,
    verified_answer,
)
from shared.api.access_report import report_answer, report_lines
from shared.api.operations.accesses import GET_ACCESSES, GET_ALERTS
from shared.api.pages import PageQuery
from shared.api.problems import UNREAD, kind_of
from shared.api.validation import InvalidRequest
from shared.domain.accesses import HOUR, hour_of, hour_text
from shared.domain.errors import ChildNotFound, SignpostError
from shared.domain.sealing import SETTLED
from shared.persistence.directory import CachedDirectory
from shared.persistence.models import bind
from shared.runtime.access import Access
from shared.runtime.clock import now
from shared.runtime.config.access import AccessConfig
from shared.runtime.http import Api, Reply, Request
from shared.runtime.observability import logger, unexpected
from shared.runtime.sealing import Sealing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.domain.destruction import TimeLeft
    from shared.domain.directory import Caller

config = AccessConfig.from_environment()
bind(register=config.register_table, access_log=config.access_log_table, directory=config.directory_table)
directory = CachedDirectory(now)
access = Access(config, directory)
sealing = Sealing(config)

IN_HAND = timedelta(seconds=30)
"""Of the time that Lambda gives, what is kept for the calls under way and for what comes after."""


class Context(Protocol):
    """What Lambda says of this run."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Until it is stopped."""


class InstructionFailed(Exception):
    """An instruction met an error that no rule foresaw: the log says where."""


def get_accesses(request: Request) -> Reply:
    """`GET /children/{child_id}/accesses`. What cannot be read is recorded as refused, too."""
    caller, access_id = _asking(request)
    try:
        child_id, page = request.child_id(), request.query(PageQuery)
        practitioner_id = request.practitioner_id()
    except (ChildNotFound, *UNREAD) as unread:
        _refuse(unread, request, caller, access_id)
        raise
    found = access.audit.accesses(
        child_id,
        page.after,
        page.limit,
        caller=caller,
        practitioner_id=practitioner_id,
        access_id=access_id,
        request_id=request.request_id,
    )
    return Reply(200, AccessesAnswer.of(found.child_id, found.page))


def get_alerts(request: Request) -> Reply:
    """`GET /alerts`. What cannot be read is recorded as refused, too."""
    caller, access_id = _asking(request)
    try:
        page, practitioner_id = request.query(PageQuery), request.practitioner_id()
    except UNREAD as unread:
        _refuse(unread, request, caller, access_id)
        raise
    alerts = access.audit.alerts_of(
        page.after,
        page.limit,
        caller=caller,
        practitioner_id=practitioner_id,
        access_id=access_id,
        request_id=request.request_id,
    )
    return Reply(200, AlertsAnswer.of(alerts))


def _refuse(unread: Exception, request: Request, caller: Caller, access_id: str) -> None:
    why, said = kind_of(unread).name, request.said()
    access.refuse(why, caller=caller, access_id=access_id, request_id=request.request_id, said=said)


def _asking(request: Request) -> tuple[Caller, str]:
    """Who calls, and the id of the access record that will say so. Raises RegisterClosed."""
    access.gate.open_at()
    access_id = uuid.uuid4().hex
    request.noted["access_id"] = access_id
    return request.caller(directory), access_id


api = Api({GET_ACCESSES: get_accesses, GET_ALERTS: get_alerts}, config.announcement)


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """A request of API Gateway; or the schedule's event, or an operator's instruction, answered with `ok`.

    Raises InstructionFailed for what nobody foresaw, and whenever sealing fails, which must not pass unnoticed.
    """
    if "httpMethod" in event:
        return api(event, context)
    action = str(event.get("action"))[:20] if isinstance(event, dict) else None
    access_id = uuid.uuid4().hex
    try:
        instruction = read_instruction(event, now().date())
        answer = {"ok": True, **_carry_out(instruction, access_id, context)}
    except InvalidRequest as invalid:
        answer = {
            "ok": False,
            "problem": "invalid instruction: see docs/access-log.md",
            "errors": [{"pointer": p.pointer, "detail": p.detail} for p in invalid.problems],
        }
    except SignpostError as error:
        if action == "seal":
            unexpected("seal", error)
            raise InstructionFailed from None
        answer = {"ok": False, "problem": type(error).__doc__, "error": type(error).__name__}
    except Exception as error:  # noqa: BLE001  # the runtime would log its message, which may repeat what is held
        unexpected("instruction", error)
        raise InstructionFailed from None
    logger.info("instruction", action=action, ok=answer["ok"], access_id=access_id)
    return answer


def _carry_out(instruction: Instruction, access_id: str, context: Context) -> dict[str, Any]:
    def time_left() -> timedelta:
        return timedelta(milliseconds=context.get_remaining_time_in_millis()) - IN_HAND

    ids = {"access_id": access_id, "request_id": context.aws_request_id}
    match instruction:
        case Seal():
            return seal(time_left)
        case Verify():
            verified = sealing.verify(instruction.first, instruction.last, time_left)
            if verified.discrepancies:
                logger.warning("verify", wrong=len(verified.discrepancies))
            return verified_answer(verified)
        case Prove():
            return proof_answer(sealing.prove(instruction.hour, instruction.access_id))
        case ReportOf():
            report = access.report(instruction.to_domain(), **ids)
            made = report_lines(report) if instruction.format == "text" else report_answer(report)
            return {"report": made, "access_id": access_id}
        case DisputeBody(action="dispute"):
            disputed = access.disputes.dispute(instruction.to_domain(), **ids)
            return {"disputed": disputed.dispute.value, "since": disputed.since.isoformat(), "access_id": access_id}
        case DisputeBody():
            access.disputes.settle(instruction.to_domain(), **ids)
            return {"settled": instruction.dispute.value, "access_id": access_id}


def seal(time_left: TimeLeft) -> dict[str, Any]:
    """Seals what is due, then looks through it for use that looks wrong, and for who calls.

    What is left for lack of time, the next run does.
    """
    sealed = sealing.seal(time_left)
    told: dict[str, Any] = {"hours": [hour_text(hour) for hour in sealed.hours], "is_up_to_date": sealed.is_up_to_date}
    if sealed.odd:
        told["odd"] = sealed.odd
    if sealed.odd or not sealed.is_up_to_date:
        logger.warning("seal", **told)
    else:
        logger.info("seal", **told)
    sealing.gauge.show(sealed.behind)
    if not sealed.is_up_to_date:
        return told
    watched = access.watch(hour_of(now() - SETTLED) - HOUR, time_left)
    seen: dict[str, Any] = {"watched": len(watched.hours), "alerts": watched.alerts, "unread": watched.unread}
    if watched.unread:
        logger.warning("watch", **seen)  # nobody audits the organisation, nor the children that it asks about
    else:
        logger.info("watch", **seen)
    noted = access.note_callers(time_left)
    return {**told, **seen, "callers_noted": noted}
