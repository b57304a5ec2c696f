"""Lists that are read page by page."""

from __future__ import annotations

from pydantic import Field

from shared.api.fields import (
    Body,
    Cursor,
    PageSize,
)


class PageQuery(Body):
    """Which part of a list is asked for."""

    limit: PageSize = Field(default=50, description="How many rows to list at most.")
    after: Cursor | None = Field(default=None, description="The `next` of the page before.")
