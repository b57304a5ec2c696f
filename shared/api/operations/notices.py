"""The calls by which organisations learn of what has happened, and say that they have."""

from __future__ import annotations

from shared.api import dependent_bodies, notice_bodies
from shared.api.operations import Operation
from shared.domain.directory import Capability

GET_NOTICES = Operation(
    id="listNotices",
    method="GET",
    path="/notices",
    summary="What has happened with the children we work with?",
    description=(
        "This organisation's notices that it has not acknowledged, in the order in which they were put. Ask again with the "
        "`next` of the page before, and nothing is missed. Ids and codes only: fetch a notice to see whom it is about."
    ),
    capability=Capability.NOTICES,
    query=notice_bodies.NoticesQuery,
    answers={200: (notice_bodies.NoticesAnswer, "The notices.")},
    problems=(410, 422),
)

GET_NOTICE = Operation(
    id="getNotice",
    method="GET",
    path="/notices/{notice_id}",
    summary="What has happened, and who works with the child now",
    description=(
        "What may be shown is decided anew each time, as for a lookup, and recorded before it is answered. Of a child that "
        "is not held any more, or that this organisation may not see, nothing is told."
    ),
    capability=Capability.NOTICES,
    names_practitioner=True,
    answers={200: (notice_bodies.NoticeAnswer, "The notice.")},
    problems=(404, 410, 422),
)

POST_ACK = Operation(
    id="acknowledgeNotice",
    method="POST",
    path="/notices/{notice_id}/ack",
    summary="We have taken note of it",
    description="It is not listed any more. Twice is once.",
    capability=Capability.NOTICES,
    answers={204: (None, "Acknowledged.")},
    problems=(404, 410),
)

PUT_WATCH = Operation(
    id="watchChild",
    method="PUT",
    path="/watches/{child_id}",
    summary="Tell us at once when this child turns up",
    description=(
        "For a child that is sought, and that this organisation has found by a lookup. It gets a notice when the child is "
        "looked up or registered anywhere. Again, it replaces what this organisation has set."
    ),
    capability=Capability.WATCH,
    body=notice_bodies.WatchRequest,
    answers={200: (notice_bodies.WatchAnswer, "The watch.")},
    problems=(404, 410, 422),
)

POST_WATCH_ENDING = Operation(
    id="endWatch",
    method="POST",
    path="/watches/{child_id}/ending",
    summary="The child is not sought any more",
    description="Ends this organisation's own watch. Twice is once.",
    capability=Capability.WATCH,
    body=notice_bodies.WatchEndingRequest,
    answers={204: (None, "Ended.")},
    problems=(404, 410, 422),
)

POST_ACKNOWLEDGEMENT = Operation(
    id="acknowledgeClosure",
    method="POST",
    path="/dependents/{dependent_id}/acknowledgement",
    summary="We know that the register will close",
    description=(
        "For the organisation that answers for a system that relies on the register. It counts for the closure that is set "
        "now: if its date moves, you are asked again. Say more later by saying it again; the same again changes nothing."
    ),
    capability=Capability.NOTICES,
    body=dependent_bodies.AcknowledgementRequest,
    answers={200: (dependent_bodies.AcknowledgementAnswer, "What is written down of it.")},
    problems=(404, 409, 410, 422),
)
