"""Every call of the API, in the order of the documentation."""

from __future__ import annotations

from shared.api.operations.accesses import GET_ACCESSES, GET_ALERTS
from shared.api.operations.involvements import DELETE_INVOLVEMENT, GET_INVOLVEMENT, POST_BATCH, PUT_INVOLVEMENT
from shared.api.operations.lookups import POST_LOOKUP
from shared.api.operations.notices import (
    GET_NOTICE,
    GET_NOTICES,
    POST_ACK,
    POST_ACKNOWLEDGEMENT,
    POST_WATCH_ENDING,
    PUT_WATCH,
)
from shared.api.operations.reviews import GET_REVIEWS, POST_COMPARISON, PUT_DECISION
from shared.api.operations.shields import GET_SHIELD, POST_LIFTING, POST_OVERRIDE, PUT_SHIELD
from shared.api.operations.standing import (
    GET_CERTIFICATE,
    GET_CERTIFICATE_PAGE,
    GET_CERTIFICATE_PUBLIC_KEY,
    GET_CERTIFICATE_SIGNATURE,
    GET_OPENAPI,
    GET_STATUS,
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
