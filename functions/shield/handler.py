"""Whose whereabouts must not be found: shields are set, read and lifted; and opened, which their team learns at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from shared.api.operations.shields import GET_SHIELD, POST_LIFTING, POST_OVERRIDE, PUT_SHIELD
from shared.api.problems import UNREAD, kind_of
from shared.api.shield_bodies import (
    ActingBody,
    LiftingRequest,
    OverrideAnswer,
    OverrideRequest,
    ShieldAnswer,
    ShieldRequest,
)
from shared.domain.directory import Caller
from shared.domain.errors import ChildNotFound
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.directory import CachedDirectory
from shared.persistence.models import bind
from shared.runtime.bus import EventBus
from shared.runtime.clock import now
from shared.runtime.config.shield import ShieldConfig
from shared.runtime.http import Api, Reply, Request
from shared.runtime.parallel import together
from shared.runtime.wiring.limiting import dynamo_limits
from shared.runtime.wiring.registers import dynamo_register
from shared.runtime.wiring.secret import pseudonyms
from shared.runtime.wiring.shielding import dynamo_shields
from shared.services.gate import Gate
from shared.services.override import Opening, OpenShield
from shared.services.refuse import Refuse
from shared.services.shield import Acting, ShieldChildren

config = ShieldConfig.from_environment()
bind(
    register=config.register_table,
    access_log=config.access_log_table,
    directory=config.directory_table,
    limits=config.limits_table,
)
directory = CachedDirectory(now)
access_log = DynamoAccessLog(config.access_records_kept_for)
secret = pseudonyms(config.hashing_secret_id, config.lifecycle)
register = dynamo_register(secret, config.lifecycle)
shields = dynamo_shields(register, config)
gate = Gate(config.lifecycle, now)
refuse = Refuse(access_log, now)
shield_children = ShieldChildren(
    register=register,
    pseudonyms=secret,
    thresholds=config.thresholds,
    shields=shields,
    access_log=access_log,
    gate=gate,
)
open_shield = OpenShield(
    register=register,
    shields=shields,
    access_log=access_log,
    limits=dynamo_limits(secret, config),
    bus=EventBus.named(config.event_bus, config.environment),
    pseudonyms=secret,
    together=together,
    gate=gate,
)


def put_shield(request: Request) -> Reply:
    """`PUT /shields/{child_id}`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        child_id, asked = request.child_id(), request.read(ShieldRequest)
        until, hidden = asked.until(now()), asked.hidden()
    shield = shield_children.put(child_id, asked.reason, until, hidden, asking.acting(asked))
    return Reply(200, ShieldAnswer.of(child_id, shield))


def get_shield(request: Request) -> Reply:
    """`GET /shields/{child_id}`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        child_id, practitioner_id = request.child_id(), request.practitioner_id()
    acting = replace(asking.acting(), practitioner_id=practitioner_id)
    return Reply(200, ShieldAnswer.of(child_id, shield_children.get(child_id, acting)))


def post_lifting(request: Request) -> Reply:
    """`POST /shields/{child_id}/lifting`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        child_id, asked = request.child_id(), request.read(LiftingRequest)
    shield_children.lift(child_id, asking.acting(asked))
    return Reply(204)


def post_override(request: Request) -> Reply:
    """`POST /children/{child_id}/overrides`."""
    asking = _Asking.begun(request)
    with asking.recorded_if_unread():
        child_id, asked = request.child_id(), request.read(OverrideRequest)
        reason = asked.asked()
    behalf = asked.practitioner.on_behalf_of
    opening = Opening(
        caller=asking.caller,
        practitioner=asked.practitioner.practitioner(),
        on_behalf_of=behalf.practitioner() if behalf else None,
        reason=reason,
        warning=asked.warning,
        access_id=asking.access_id,
        override_id=uuid.uuid4().hex,
        alert_id=uuid.uuid4().hex,
        request_id=request.request_id,
    )
    return Reply(201, OverrideAnswer.of(open_shield(child_id, opening)))


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
        except (ChildNotFound, *UNREAD) as unread:
            refuse(
                kind_of(unread).name,
                caller=self.caller,
                access_id=self.access_id,
                request_id=self.request.request_id,
                said=self.request.said(),
            )
            raise

    def acting(self, asked: ActingBody | None = None) -> Acting:
        """In the words of the service."""
        acting = Acting(caller=self.caller, access_id=self.access_id, request_id=self.request.request_id)
        if asked is None:
            return acting
        behalf = asked.practitioner.on_behalf_of
        return replace(
            acting,
            practitioner=asked.practitioner.practitioner(),
            on_behalf_of=behalf.practitioner() if behalf else None,
            note=asked.note,
        )


handler = Api(
    {PUT_SHIELD: put_shield, GET_SHIELD: get_shield, POST_LIFTING: post_lifting, POST_OVERRIDE: post_override},
    config.announcement,
)
