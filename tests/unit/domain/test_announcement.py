"""What every answer says while a closure is set."""

from datetime import UTC, datetime, timedelta, timezone

from shared.domain.announcement import Announcement

ANNOUNCED = datetime(2010, 5, 27, 9, 30, 15, 999_999, UTC)
CLOSES = datetime(2010, 8, 6, 12, tzinfo=timezone(timedelta(hours=1)))


def test_deprecation_is_a_structured_date_of_the_announcement() -> None:
    assert Announcement(ANNOUNCED, CLOSES).deprecation == "@1274952615"


def test_sunset_is_an_http_date_of_the_closure() -> None:
    assert Announcement(ANNOUNCED, CLOSES).sunset == "Fri, 06 Aug 2010 11:00:00 GMT"


def test_the_status_tells_more_and_a_successor_is_linked_if_there_is_one() -> None:
    assert Announcement(ANNOUNCED, CLOSES).links("/v1/status") == '</v1/status>; rel="sunset"'
    linked = Announcement(ANNOUNCED, CLOSES, "https://next.example/").links("/v1/status")
    assert linked == '</v1/status>; rel="sunset", <https://next.example/>; rel="successor-version"'


def test_all_three_are_headers() -> None:
    announcement = Announcement(ANNOUNCED, CLOSES)
    assert announcement.headers("/status") == {
        "Deprecation": announcement.deprecation,
        "Sunset": announcement.sunset,
        "Link": announcement.links("/status"),
    }
