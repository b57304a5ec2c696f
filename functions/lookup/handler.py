"""Who is working with this child?"""

from __future__ import annotations

import uuid

from shared.api.lookup_bodies import LookupAnswer, LookupRequest
from shared.api.operations.lookups import POST_LOOKUP
from shared.api.problems import UNREAD, kind_of
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.directory import CachedDirectory
from shared.persistence.models import bind
from shared.persistence.overrides import DynamoOverrides
from shared.runtime.clock import now
from shared.runtime.config.lookup import LookupConfig
from shared.runtime.http import Api, Reply, Request
from shared.runtime.parallel import together
from shared.runtime.wiring.children import dynamo_children, sensitive_children
from shared.runtime.wiring.limiting import dynamo_limits
from shared.runtime.wiring.secret import pseudonyms
from shared.services.gate import Gate
from shared.services.look_up import LookUp
from shared.services.refuse import Refuse

config = LookupConfig.from_environment()
bind(
    register=config.register_table,
    access_log=config.access_log_table,
    directory=config.directory_table,
    limits=config.limits_table,
)
directory = CachedDirectory(now)
access_log = DynamoAccessLog(config.access_records_kept_for)
secret = pseudonyms(config.hashing_secret_id, config.lifecycle)
gate = Gate(config.lifecycle, now)
refuse = Refuse(access_log, now)
register = dynamo_children(secret)
sensitive = sensitive_children(secret)
look_up = LookUp(
    register=register,
    sensitive=sensitive,
    shields=DynamoOverrides(),
    limits=dynamo_limits(secret, config),
    access_log=access_log,
    directory=directory,
    pseudonyms=secret,
    sensitive_pseudonyms=sensitive.pseudonyms,
    thresholds=config.thresholds,
    together=together,
    gate=gate,
)


def post_lookup(request: Request) -> Reply:
    """`POST /lookups`. What cannot be read is recorded as refused, too."""
    gate.open_at()
    caller = request.caller(directory)
    request.noted["lookup_id"] = access_id = uuid.uuid4().hex
    try:
        question = request.read(LookupRequest).question()
    except UNREAD as unread:
        refuse(
            kind_of(unread).name,
            caller=caller,
            access_id=access_id,
            request_id=request.request_id,
            said=request.said(),
        )
        raise
    answer = look_up(question, caller=caller, access_id=access_id, request_id=request.request_id)
    request.noted["outcome"] = answer.outcome
    return Reply(200, LookupAnswer.of(answer))


handler = Api({POST_LOOKUP: post_lookup}, config.announcement)
