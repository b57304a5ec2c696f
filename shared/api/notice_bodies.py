"""What organisations send about notices and watches, and what they get."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from shared.api import cursors
from shared.api.answers import AnswerBody, ChildAnswer, SignpostAnswer
from shared.api.fields import Body, Cursor, PageSize
from shared.api.shield_bodies import ActingBody, End
from shared.api.validation import FieldProblem, InvalidRequest
from shared.domain.notices import NoticeKind, NoticePage, Watch, WatchReason
from shared.domain.told import Told
from shared.domain.watches import check_end


class NoticesQuery(Body):
    """Which part of an organisation's notices is asked for."""

    limit: PageSize = Field(default=50, description="How many notices to list at most.")
    after: Cursor | None = Field(
        default=None, description="The `next` of an earlier page: what has been put since then is listed."
    )


class ListedNotice(AnswerBody):
    """That something has happened, and with which child. The rest is fetched: `GET /notices/{notice_id}`."""

    notice_id: str
    kind: NoticeKind
    at: datetime = Field(description="When it happened.")
    child_id: str | None = Field(
        default=None, description="The register's own id: an opaque pseudonym. Left out of what is not about a child."
    )


class NoticesAnswer(AnswerBody):
    """An organisation's notices that it has not acknowledged, in the order in which they were put."""

    notices: list[ListedNotice]
    next: str | None = Field(
        default=None,
        description="Give it as `after` the next time: nothing is ever put before it. Also of an empty page, where much "
        "was acknowledged: as long as it is another than the `after` that was given, there may be more, so ask again at "
        "once. Left out as long as nothing was ever put.",
    )

    @classmethod
    def of(cls, page: NoticePage) -> Self:
        """From the domain."""
        return cls(
            notices=[ListedNotice.model_validate(notice, from_attributes=True) for notice in page.notices],
            next=cursors.written(page.next) if page.next else None,
        )


class NoticeAnswer(AnswerBody):
    """What has happened, and what of the child may be shown now.

    Nothing of the child is told, of any kind of notice, if it is not held any more, or may not be seen by the caller.
    """

    notice_id: str
    kind: NoticeKind
    at: datetime = Field(description="When it happened.")
    about: dict[str, str] = Field(description="Ids and codes that go with the kind; see the page on notices.")
    child: ChildAnswer | None = None
    source_references: list[str] = Field(description="Of this organisation's own involvements with the child.")
    involvements: list[SignpostAnswer] = Field(description="Who works with the child now, in the order of a lookup.")
    acknowledged_at: datetime | None = None
    access_id: str = Field(description="The id of the access record of this answer.")

    @classmethod
    def of(cls, told: Told) -> Self:
        """From the domain."""
        notice = told.notice
        return cls(
            notice_id=notice.notice_id,
            kind=notice.kind,
            at=notice.at,
            about=dict(told.about),
            child=ChildAnswer.model_validate(told.child, from_attributes=True) if told.child else None,
            source_references=list(told.source_references),
            involvements=[SignpostAnswer.of(i, told.sources.get(i.organisation)) for i in told.involvements],
            acknowledged_at=notice.acknowledged_at,
            access_id=told.access_id,
        )


class WatchRequest(ActingBody):
    """A child that is sought: its organisation is told at once when it is looked up or registered anywhere."""

    reason: WatchReason
    ends: End = Field(
        description="The last day on which it holds, to its end in London; or an instant. At most a year ahead."
    )

    def until(self, now: datetime) -> datetime:
        """The instant from which nobody is told any more. Raises InvalidRequest for one that is out of range."""
        try:
            check_end(self.ends, now)
        except ValueError as error:
            raise InvalidRequest([FieldProblem("/ends", "out_of_range", str(error))]) from error
        return self.ends


class WatchEndingRequest(ActingBody):
    """A child that is not sought any more."""


class WatchAnswer(AnswerBody):
    """A child that this organisation watches."""

    child_id: str = Field(description="The child's id as it is now, if it was joined into another.")
    reason: WatchReason
    since: datetime
    until: datetime = Field(description="From this instant on nobody is told.")

    @classmethod
    def of(cls, watch: Watch) -> Self:
        """From the domain."""
        return cls.model_validate(watch, from_attributes=True)
