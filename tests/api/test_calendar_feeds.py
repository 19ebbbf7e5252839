"""Calendars of other sites over HTTP: what they take, what they free, and where they clash."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from airbnb.domain.sealing import unseal
from airbnb.domain.statuses import ListingStatus, NightKind
from airbnb.extensions import current_settings
from airbnb.integrations.fetching import FetchFailed
from airbnb.models.calendar import BookedNight
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed, CalendarFeedEvent
from airbnb.models.listings import Listing
from airbnb.services.calendar_feeds import LONGEST_WAIT, wait_after
from airbnb.tasks.calendar_feeds import sync_due, sync_one
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import EXTENSION
from tests.fakes.fetcher import FakeFetcher

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
URL = "https://calendars.example/1.ics"


@pytest.fixture(autouse=True)
def on_the_first_of_may(freeze: Callable[..., None]) -> None:
    freeze(NOW)


@pytest.fixture
def fetcher(app: Any) -> FakeFetcher:
    """What every fetch of this test meets."""
    fake = FakeFetcher()
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], fetcher=fake)
    return fake


@pytest.fixture
def listing(host: Any, make_listing: Callable[..., Listing]) -> Listing:
    return make_listing(host=host.user)


@pytest.fixture
def sync(host: Any, listing: Listing, fetcher: FakeFetcher) -> Callable[..., dict[str, Any]]:
    """Let the feed say something, fetch it, and answer its health."""

    def fetch(*events: tuple[str, str, str], page: Any = None, url: str = URL) -> dict[str, Any]:
        fetcher.pages[url] = page if page is not None else feed_of(*events)
        added = host.post(f"/listings/{listing.id}/calendar-feeds", json={"name": "Elsewhere", "url": url})
        assert added.status_code == 201, added.json
        return synced(host, listing, added.json["id"])

    return fetch


def synced(host: Any, listing: Listing, feed_id: str) -> dict[str, Any]:
    answer = host.post(f"/listings/{listing.id}/calendar-feeds/{feed_id}/sync")
    assert answer.status_code == 200, answer.json
    return answer.json


def feed_of(*events: tuple[str, str, str]) -> bytes:
    """A feed of (id, first night, day after the last)."""
    body = "".join(
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART;VALUE=DATE:{first.replace('-', '')}\r\n"
        f"DTEND;VALUE=DATE:{until.replace('-', '')}\r\nSUMMARY:Reserved\r\nEND:VEVENT\r\n"
        for uid, first, until in events
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n".encode()


def taken(listing: Listing, kind: NightKind = NightKind.FEED) -> list[str]:
    with reading() as session:
        rows = session.query(BookedNight).filter(BookedNight.listing_id == listing.id, BookedNight.kind == kind)
        return sorted(row.night.isoformat()[5:] for row in rows)


def conflicts(host: Any, listing: Listing, query: str = "") -> list[dict[str, Any]]:
    answer = host.get(f"/listings/{listing.id}/calendar-conflicts{query}")
    assert answer.status_code == 200, answer.json
    return answer.json["data"]


def test_a_feeds_events_take_nights_and_search_knows(sync, listing, host, client):
    health = sync(("a", "2026-05-10", "2026-05-12"), ("b", "2026-05-20", "2026-05-21"))

    assert (health["health"], health["event_count"], health["error"], health["age_seconds"]) == ("ok", 2, None, 0)
    assert taken(listing) == ["05-10", "05-11", "05-20"]
    night = host.get(f"/listings/{listing.id}/calendar?from=2026-05-10&to=2026-05-11").json["data"][0]
    assert (night["available"], night["reason"], night["feed_id"]) == (False, "feed", health["id"])
    found = client.get("/api/v1/listings?check_in=2026-05-11&check_out=2026-05-13&adults=1").json
    assert found["data"] == []


def test_a_moved_event_is_followed_and_a_vanished_one_frees_its_nights(sync, listing):
    sync(("a", "2026-05-10", "2026-05-12"), ("b", "2026-05-20", "2026-05-21"))
    sync(("a", "2026-05-11", "2026-05-14"), ("b", "2026-05-20", "2026-05-21"))
    assert taken(listing) == ["05-11", "05-12", "05-13", "05-20"]

    sync(("a", "2026-05-11", "2026-05-14"))
    assert taken(listing) == ["05-11", "05-12", "05-13"]


@pytest.mark.parametrize(
    "page, error",
    [
        (FetchFailed("too_slow"), "too_slow"),
        (FetchFailed("status", status=503), "status 503"),
        (b"", "not_a_calendar"),
        (b"<html></html>", "not_a_calendar"),
        (feed_of(), "empty"),
        (feed_of(("a", "2026-05-10", "2026-05-12"))[:-20], "not_a_calendar"),
    ],
)
def test_a_failed_or_empty_fetch_frees_no_night(sync, listing, page, error):
    sync(("a", "2026-05-10", "2026-05-12"))

    health = sync(page=page)

    assert (health["health"], health["error"], health["failures"]) == ("failing", error, 1)
    assert taken(listing) == ["05-10", "05-11"]


def test_an_unchanged_feed_keeps_its_nights_and_is_asked_with_its_validators(sync, listing, fetcher, host):
    health = sync(("a", "2026-05-10", "2026-05-12"))
    fetcher.pages[URL] = None

    assert synced(host, listing, health["id"])["health"] == "ok"
    assert taken(listing) == ["05-10", "05-11"]
    assert fetcher.asked[0][1].etag is None
    assert fetcher.asked[1][1].etag is not None


def test_a_clash_with_a_booking_makes_one_conflict_and_deletes_nothing(sync, listing, host, guest, make_booking):
    booking = make_booking(listing=listing, guest=guest.user, check_in=date(2026, 5, 10), nights=2)

    sync(("a", "2026-05-11", "2026-05-14"))
    sync(("a", "2026-05-11", "2026-05-14"))

    assert taken(listing, NightKind.BOOKING) == ["05-10", "05-11"]
    assert taken(listing) == ["05-12", "05-13"]
    (conflict,) = conflicts(host, listing)
    assert conflict["booking_id"] == str(booking.id)
    assert (conflict["from"], conflict["to"], conflict["resolved_at"]) == ("2026-05-11", "2026-05-14", None)

    resolved = host.post(f"/calendar-conflicts/{conflict['id']}/resolve")
    assert (resolved.status_code, resolved.json["resolution"]) == (200, "by_host")
    sync(("a", "2026-05-11", "2026-05-14"))
    assert conflicts(host, listing, "?open=true") == []
    sync(("a", "2026-05-10", "2026-05-14"))
    assert [one["from"] for one in conflicts(host, listing, "?open=true")] == ["2026-05-10"]


def test_the_host_is_told_once_of_each_conflict(sync, listing, host, guest, make_booking, mailer, run_outbox):
    booking = make_booking(listing=listing, guest=guest.user, check_in=date(2026, 5, 10), nights=2)
    run_outbox()
    mailer.sent.clear()

    for first in ("2026-05-11", "2026-05-11", "2026-05-10"):
        sync(("a", first, "2026-05-14"))
        run_outbox()
    told = [one for one in host.get("/notifications").json["data"] if one["kind"] == "feed_conflict"]

    assert [(one["title"], one["subject"]) for one in told] == [
        ("The calendar of Elsewhere clashes with a booking", {"type": "booking", "id": str(booking.id)})
    ]
    assert [mail.to for mail in mailer.sent] == [host.user.email]
    assert "“Elsewhere”" in mailer.sent[0].text
    assert booking.code in mailer.sent[0].text
    sync(("a", "2026-05-10", "2026-05-14"), ("b", "2026-05-11", "2026-05-12"))
    run_outbox()
    assert len(mailer.sent) == 2


def test_addresses_are_stored_sealed_and_shown_whole_to_their_host(app, host, listing, count_rows):
    url = f"{URL}?key=of-the-other-site"
    answer = host.post(f"/listings/{listing.id}/calendar-feeds", json={"name": "x", "url": url})

    with reading() as session:
        stored = session.query(CalendarFeed).one()
    assert answer.json["url"] == url
    assert stored.url == ""
    assert "key=of" not in stored.url_encrypted
    assert unseal(stored.url_encrypted, current_settings().encryption_keys) == {"url": url}


def test_addresses_of_an_earlier_release_work_open_and_are_sealed_on_the_way(app, sync, host, listing, fetcher):
    feed = sync(("a", "2026-05-10", "2026-05-12"))
    as_before = {"url": URL, "url_encrypted": None}
    in_transaction(lambda session: session.query(CalendarFeed).update(as_before))
    assert synced(host, listing, feed["id"])["health"] == "ok"

    done = app.test_cli_runner().invoke(args=["prepare"])

    assert done.exit_code == 0, done.output
    with reading() as session:
        stored = session.query(CalendarFeed).one()
    assert (stored.url, unseal(stored.url_encrypted, current_settings().encryption_keys)) == ("", {"url": URL})
    assert synced(host, listing, feed["id"])["url"] == URL


def test_a_conflict_whose_event_is_gone_ends_by_itself(sync, listing, host, guest, make_booking):
    make_booking(listing=listing, guest=guest.user, check_in=date(2026, 5, 10), nights=2)
    sync(("a", "2026-05-11", "2026-05-14"))
    sync(("a", "2026-05-12", "2026-05-14"))

    (conflict,) = conflicts(host, listing)
    assert conflict["resolution"] == "gone"


def test_preparation_gives_way_to_a_feed_and_comes_back_after_it(sync, host, guest, make_booking, listing):
    in_transaction(lambda session: session.query(Listing).update({"preparation_days": 2}))
    make_booking(listing=replace_preparation(listing), guest=guest.user, check_in=date(2026, 5, 10), nights=2)
    assert taken(listing, NightKind.PREPARATION) == ["05-12", "05-13"]

    sync(("a", "2026-05-12", "2026-05-13"))
    assert (taken(listing), taken(listing, NightKind.PREPARATION)) == (["05-12"], ["05-13"])
    assert conflicts(host, listing) == []

    sync(("b", "2026-05-20", "2026-05-21"))
    assert taken(listing, NightKind.PREPARATION) == ["05-12", "05-13"]


def replace_preparation(listing: Listing) -> Listing:
    listing.preparation_days = 2
    return listing


def test_a_night_that_the_host_opens_stays_taken_while_a_feed_holds_it(sync, listing, host):
    span = {"from": "2026-05-10", "to": "2026-05-13"}
    host.put(f"/listings/{listing.id}/calendar", json={"ranges": [{**span, "available": False}]})
    sync(("a", "2026-05-11", "2026-05-12"))
    assert taken(listing) == []

    host.put(f"/listings/{listing.id}/calendar", json={"ranges": [{**span, "available": True}]})

    assert (taken(listing), taken(listing, NightKind.BLOCK)) == (["05-11"], [])


def test_the_nights_of_a_canceled_booking_go_to_the_feed_that_wants_them(sync, listing, guest, host, make_booking):
    booking = make_booking(listing=listing, guest=guest.user, check_in=date(2026, 5, 20), nights=2)
    sync(("a", "2026-05-21", "2026-05-24"))
    canceled = guest.post(f"/bookings/{booking.id}/cancel", json={}, key="cancel-1")
    assert canceled.status_code == 200, canceled.json

    assert taken(listing) == ["05-21", "05-22", "05-23"]
    assert taken(listing, NightKind.BOOKING) == []


def test_of_two_feeds_the_other_keeps_the_nights_when_one_is_removed(sync, listing, host):
    first = sync(("a", "2026-05-10", "2026-05-13"))
    sync(("b", "2026-05-12", "2026-05-14"), url="https://other.example/2.ics")

    assert host.delete(f"/listings/{listing.id}/calendar-feeds/{first['id']}").status_code == 204

    assert taken(listing) == ["05-12", "05-13"]
    assert len(host.get(f"/listings/{listing.id}/calendar-feeds").json["data"]) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/1.ics", "file:///etc/passwd", "https://u:p@x.example/", "https://x.example:6379/", "x"]
)
def test_a_url_that_leads_inside_is_refused_at_once(host, listing, url):
    answer = host.post(f"/listings/{listing.id}/calendar-feeds", json={"name": "x", "url": url})
    assert answer.status_code == 422
    assert "url" in answer.json["errors"]


def test_a_listing_imports_at_most_twenty_calendars(host, listing):
    for number in range(20):
        body = {"name": "x", "url": f"https://calendars.example/{number}.ics"}
        assert host.post(f"/listings/{listing.id}/calendar-feeds", json=body).status_code == 201
    answer = host.post(f"/listings/{listing.id}/calendar-feeds", json={"name": "x", "url": "https://more.example/"})
    assert (answer.status_code, answer.json["code"]) == (409, "too_many_feeds")


def test_the_job_fetches_what_is_due_and_backs_off(app, host, listing, fetcher, freeze, monkeypatch):
    handed = []
    monkeypatch.setattr(sync_one, "apply_async", lambda args, countdown: handed.append((args, countdown)))
    fetcher.pages[URL] = feed_of(("a", "2026-05-10", "2026-05-12"))
    host.post(f"/listings/{listing.id}/calendar-feeds", json={"name": "x", "url": URL})

    assert sync_due() == 1
    assert 0 <= handed[0][1] <= 240
    sync_one(*handed[0][0])
    sync_one(*handed[0][0])
    assert len(fetcher.asked) == 1
    assert taken(listing) == ["05-10", "05-11"]

    freeze(NOW + timedelta(minutes=16))
    fetcher.pages[URL] = FetchFailed("unreachable")
    assert sync_due() == 1
    sync_one(*handed[1][0])
    freeze(NOW + timedelta(minutes=32))
    assert sync_due() == 0


def test_waits_grow_with_failures_and_end_at_eight_hours():
    assert timedelta(minutes=12) <= wait_after(0) <= timedelta(minutes=15)
    assert timedelta(minutes=48) <= wait_after(2) <= timedelta(hours=1)
    assert wait_after(1_000) <= LONGEST_WAIT


def test_archived_listings_are_left_alone(app, host, listing, monkeypatch):
    host.post(f"/listings/{listing.id}/calendar-feeds", json={"name": "x", "url": URL})
    in_transaction(lambda session: session.query(Listing).update({"status": ListingStatus.ARCHIVED}))
    assert sync_due() == 0


def test_removing_a_feed_leaves_no_rows_behind(sync, listing, host, guest, make_booking, count_rows):
    make_booking(listing=listing, guest=guest.user, check_in=date(2026, 5, 10), nights=2)
    feed = sync(("a", "2026-05-11", "2026-05-14"))
    host.delete(f"/listings/{listing.id}/calendar-feeds/{feed['id']}")
    assert [count_rows(model) for model in (CalendarFeed, CalendarFeedEvent, CalendarConflict)] == [0, 0, 0]
