"""How an answer says that the register closes: RFC 9745 (Deprecation), RFC 8594 (Sunset) and RFC 8288 (Link)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime


@dataclass(frozen=True, slots=True)
class Announcement:
    """A closure that has been announced. Both instants are aware."""

    announced_at: datetime
    closes_at: datetime
    successor_url: str | None = None

    @property
    def deprecation(self) -> str:
        """Since when it has been known: a Structured Fields date, `@` and seconds of the epoch (RFC 9745, section 2)."""
        return f"@{int(self.announced_at.timestamp())}"

    @property
    def sunset(self) -> str:
        """From when on nothing is answered any more: an HTTP date, in whole seconds (RFC 8594, section 3)."""
        return format_datetime(self.closes_at.astimezone(UTC).replace(microsecond=0), usegmt=True)

    def links(self, status: str) -> str:
        """Where more is said, and what comes instead. `status` is the address of `/status`, absolute or from the root.

        `sunset` is RFC 8594's relation, section 6, and `successor-version` RFC 5829's.
        """
        links = [f'<{status}>; rel="sunset"']
        if self.successor_url:
            links.append(f'<{self.successor_url}>; rel="successor-version"')
        return ", ".join(links)

    def headers(self, status: str) -> dict[str, str]:
        """All three, by name. `status` is as `links` takes it."""
        return {"Deprecation": self.deprecation, "Sunset": self.sunset, "Link": self.links(status)}
