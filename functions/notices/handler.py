"""What has happened with the children we work with? Notices are read and acknowledged, and sought children are watched."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shared.api.dependent_bodies import AcknowledgementAnswer, AcknowledgementRequest
from shared.api.notice_bodies import (
    NoticeAnswer,
    NoticesAnswer,
    NoticesQuery,
    WatchAnswer,
    WatchEndingRequest,
    WatchRequest,
)
from shared.api.operations.notices import (
    GET_NOTICE,
    GET_NOTICES,
    POST_ACK,
    POST_ACKNOWLEDGEMENT,
    POST_WATCH_ENDING,
    PUT_WATCH,
)
from shared.api.problems import UNREAD, kind_of
from shared.api.shield_bodies import ActingBody
from shared.domain.directory import Caller
from shared.domain.errors import ChildNotFound, DependentNotFound, NoticeNotFound
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.dependents import DynamoDependents
from shared.persistence.directory import CachedDirectory
from shared.persistence.models import bind
from shared.runtime.clock import now
from shared.runtime.config.notices import NoticesConfig
from shared.runtime.http import Api, Reply, Request
from shared.runtime.parallel import together
from shared.runtime.wiring.children import dynamo_children
from shared.runtime.wiring.limiting import dynamo_limits
from shared.runtime.wiring.noticing import dynamo_notices, dynamo_watches
from shared.runtime.wiring.pauses import pause
from shared.runtime.wiring.secret import pseudonyms
from shared.services.depend import AcknowledgeClosure
from shared.services.gate import Gate
from shared.services.read_notices import Reading, ReadNotices
from shared.services.refuse import Refuse
from shared.services.watch import Seeking, WatchChildren

config = NoticesConfig.from_environment()
bind(
    register=config.register_table,
    access_log=config.access_log_table,
    directory=config.directory_table,
    limits=config.limits_table,
)
directory = CachedDirectory(now)
access_log = DynamoAccessLog(config.access_records_kept_for)
secret = pseudonyms(config.hashing_secret_id, config.lifecycle)
register = dynamo_children(secret)
limits = dynamo_limits(secret, config)
gate = Gate(config.lifecycle, now)
refuse = Refuse(access_log, now)
watches = dynamo_watches(config.lifecycle)
read_notices = ReadNotices(
    notices=dynamo_notices(config.lifecycle),
    watches=watches,
    register=register,
    directory=directory,
    access_log=access_log,
    limits=limits,
    together=together,
    gate=gate,
)
watch_children = WatchChildren(
    register=register,
    watches=watches,
    access_log=access_log,
    limits=limits,
    together=together,
    gate=gate,
)
acknowledge_closure = AcknowledgeClosure(dependents=DynamoDependents(), access_log=access_log, gate=gate, pause=pause)


def get_notices(request: Request) -> Reply:
    """`GET /notices`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        asked = request.query(NoticesQuery)
    return Reply(200, NoticesAnswer.of(read_notices.page(asked.after, asked.limit, asking.reading())))


def get_notice(request: Request) -> Reply:
    """`GET /notices/{notice_id}`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        notice_id, practitioner_id = request.notice_id(), request.practitioner_id()
    told = read_notices.one(notice_id, asking.reading(practitioner_id))
    request.noted.update(notice_id=told.notice.notice_id, kind=told.notice.kind)
    return Reply(200, NoticeAnswer.of(told))


def post_ack(request: Request) -> Reply:
    """`POST /notices/{notice_id}/ack`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        notice_id = request.notice_id()
    read_notices.acknowledge(notice_id, asking.reading())
    return Reply(204)


def put_watch(request: Request) -> Reply:
    """`PUT /watches/{child_id}`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        child_id, asked = request.child_id(), request.read(WatchRequest)
        until = asked.until(now())
    return Reply(200, WatchAnswer.of(watch_children.put(child_id, asked.reason, until, asking.seeking(asked))))


def post_watch_ending(request: Request) -> Reply:
    """`POST /watches/{child_id}/ending`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        child_id, asked = request.child_id(), request.read(WatchEndingRequest)
    watch_children.end(child_id, asking.seeking(asked))
    return Reply(204)


def post_acknowledgement(request: Request) -> Reply:
    """`POST /dependents/{dependent_id}/acknowledgement`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        dependent_id, asked = request.dependent_id(), request.read(AcknowledgementRequest)
    acknowledged = acknowledge_closure(
        dependent_id,
        asked.state,
        asked.ready_by,
        asked.practitioner.practitioner(),
        caller=asking.caller,
        access_id=asking.access_id,
        request_id=request.request_id,
    )
    return Reply(200, AcknowledgementAnswer.of(acknowledged))


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who calls, and the id of the access record that will say so."""

    request: Request
    caller: Caller
    access_id: str

    @classmethod
    def begun(cls, request: Request) -> _Asking:
        """Raises RegisterClosed."""
        gate.open_at()
        access_id = uuid.uuid4().hex
        request.noted["access_id"] = access_id
        return cls(request, request.caller(directory), access_id)

    @contextmanager
    def recorded_if_unread(self) -> Iterator[None]:
        """What cannot be read is recorded as refused, too."""
        try:
            yield
        except (ChildNotFound, NoticeNotFound, DependentNotFound, *UNREAD) as unread:
            refuse(
                kind_of(unread).name,
                caller=self.caller,
                access_id=self.access_id,
                request_id=self.request.request_id,
                said=self.request.said(),
            )
            raise

    def reading(self, practitioner_id: str | None = None) -> Reading:
        """In the words of the service."""
        return Reading(
            caller=self.caller,
            access_id=self.access_id,
            request_id=self.request.request_id,
            practitioner_id=practitioner_id,
        )

    def seeking(self, asked: ActingBody) -> Seeking:
        """In the words of the service."""
        behalf = asked.practitioner.on_behalf_of
        return Seeking(
            caller=self.caller,
            practitioner=asked.practitioner.practitioner(),
            on_behalf_of=behalf.practitioner() if behalf else None,
            note=asked.note,
            access_id=self.access_id,
            request_id=self.request.request_id,
        )


handler = Api(
    {
        GET_NOTICES: get_notices,
        GET_NOTICE: get_notice,
        POST_ACK: post_ack,
        PUT_WATCH: put_watch,
        POST_WATCH_ENDING: post_watch_ending,
        POST_ACKNOWLEDGEMENT: post_acknowledgement,
    },
    config.announcement,
)
