"""A listing's own feed over HTTP, and two marketplaces that read each other's."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from icalendar import Calendar

from airbnb.config import Settings, load_settings
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import NightKind
from airbnb.extensions import db
from airbnb.factory import create_app
from airbnb.integrations.fetching import Fetched, FetchFailed, Known
from airbnb.models.calendar import BookedNight
from airbnb.models.calendar_feeds import CalendarConflict
from airbnb.models.listings import Listing
from airbnb.tasks import setup as celery_setup
from airbnb.unit_of_work import reading
from airbnb.workflows.outside import EXTENSION
from tests.factories.clients import APIClient

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_the_first_of_may(freeze: Callable[..., None]) -> None:
    freeze(NOW)


def feed_url(host: Any, listing: Listing) -> str:
    answer = host.post(f"/listings/{listing.id}/calendar-token")
    assert answer.status_code == 201, answer.json
    return str(answer.json["url"])


def events(body: bytes) -> list[tuple[str, str, str]]:
    found = Calendar.from_ical(body).walk("VEVENT")
    return [(str(e["SUMMARY"]), str(e.decoded("DTSTART")), str(e.decoded("DTEND"))) for e in found]


def block(host: Any, listing: Listing, first: str, until: str, available: bool = False) -> None:
    body = {"ranges": [{"from": first, "to": until, "available": available}]}
    answer = host.put(f"/listings/{listing.id}/calendar", json=body)
    assert answer.status_code == 200, answer.json


def test_the_feed_holds_taken_nights_and_nothing_about_people(host, guest, client, make_listing, make_booking):
    listing = make_listing(host=host.user, preparation_days=1)
    make_booking(listing=listing, guest=guest.user, check_in=date(2026, 5, 10), nights=2)
    make_booking(listing=listing, guest=guest.user, check_in=date(2026, 5, 13), nights=1)
    block(host, listing, "2026-05-20", "2026-05-23")

    answer = client.get(feed_url(host, listing))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert events(answer.data) == [
        ("Reserved", "2026-05-10", "2026-05-12"),
        ("Not available", "2026-05-12", "2026-05-13"),
        ("Reserved", "2026-05-13", "2026-05-14"),
        ("Not available", "2026-05-14", "2026-05-15"),
        ("Not available", "2026-05-20", "2026-05-23"),
    ]
    assert guest.user.email.encode() not in answer.data
    assert set(re.findall(rb"^[A-Z-]+", answer.data, re.MULTILINE)) == {
        *(b"BEGIN", b"VERSION", b"PRODID", b"CALSCALE", b"X-STAYS-EVENTS", b"UID", b"DTSTAMP", b"DTSTART"),
        *(b"DTEND", b"SUMMARY", b"TRANSP", b"END"),
    }


def test_ids_stay_and_an_unchanged_feed_is_not_sent_again(host, client, make_listing, freeze):
    listing = make_listing(host=host.user)
    block(host, listing, "2026-05-20", "2026-05-23")
    url = feed_url(host, listing)
    first = client.get(url)

    freeze(datetime(2026, 5, 1, 13, 0, tzinfo=UTC))
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304

    block(host, listing, "2026-05-23", "2026-05-24")
    changed = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    ids = re.compile(rb"UID:(.*)")
    assert ids.findall(changed.data) == ids.findall(first.data)


def test_a_feed_says_since_when_it_is_as_it_is(host, client, make_listing, freeze):
    listing = make_listing(host=host.user)
    block(host, listing, "2026-05-20", "2026-05-23")
    url = feed_url(host, listing)
    first = client.get(url)
    assert first.last_modified == NOW

    freeze(NOW + timedelta(hours=1))
    again = client.get(url, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (again.status_code, again.headers["ETag"]) == (304, first.headers["ETag"])

    block(host, listing, "2026-05-23", "2026-05-24")
    changed = client.get(url, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (changed.status_code, changed.last_modified) == (200, NOW + timedelta(hours=1))

    # Within the same second there are two contents: the second one has the next second.
    block(host, listing, "2026-05-24", "2026-05-25")
    at_once = client.get(url, headers={"If-Modified-Since": changed.headers["Last-Modified"]})
    assert (at_once.status_code, at_once.last_modified) == (200, NOW + timedelta(hours=1, seconds=1))

    # The tag decides where both are sent, and nights that went by are a change as well.
    both = {"If-None-Match": first.headers["ETag"], "If-Modified-Since": at_once.headers["Last-Modified"]}
    assert client.get(url, headers=both).status_code == 200
    freeze(NOW + timedelta(days=40))
    later = client.get(url, headers={"If-Modified-Since": at_once.headers["Last-Modified"]})
    assert (later.status_code, later.last_modified) == (200, NOW + timedelta(days=40))


def test_a_rotated_or_wrong_token_opens_nothing(host, client, make_listing):
    listing = make_listing(host=host.user)
    bare = f"/api/v1/listings/{listing.id}/calendar.ics"
    assert client.get(f"{bare}?token=x").status_code == 404
    old = feed_url(host, listing)
    new = feed_url(host, listing)

    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    assert client.get(bare).status_code == 422


class Bridge:
    """Fetches from another app of this process, as a fetcher would over the net."""

    def __init__(self) -> None:
        self.apps: dict[str, Flask] = {}

    def get(self, url: str, *, known: Known | None = None, accept: str = "*/*") -> Fetched:
        origin, path = re.match(r"(https?://[^/]+)(.*)", url).groups()
        headers = {"If-None-Match": known.etag} if known and known.etag else {}
        answer = self.apps[origin].test_client().get(path, headers=headers)
        if answer.status_code not in (200, 304):
            raise FetchFailed("status", status=answer.status_code)
        body = None if answer.status_code == 304 else answer.data
        return Fetched(url=url, body=body, content_type="", known=Known(etag=answer.headers.get("ETag")))


@pytest.fixture
def other_app(settings: Settings, app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """A second marketplace with a database and an address of its own."""
    environment = {
        "APP_ENV": "test",
        "INSTANCE_PATH": str(tmp_path),
        "SECRET_KEY": "another-key-for-tests-" * 3,
        "DATABASE_URL": f"sqlite:///{tmp_path}/other.sqlite3",
        "CELERY_BROKER_URL": "memory://",
        "PUBLIC_URL": "https://other.example",
        "FRONTEND_URL": "http://frontend.test",
        "LOG_LEVEL": "WARNING",
    }
    other = create_app(load_settings(environment))
    with other.app_context():
        upgrade()
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()
        db.engines["read"].dispose()
    celery_setup.configure(app, settings)  # there is one Celery a process


class Side:
    """One marketplace with a host and a listing."""

    def __init__(self, app: Flask, make_user: Any, make_listing: Any) -> None:
        self.app = app
        with self.inside():
            user = make_user(roles=(Role.HOST,))
            self.listing = make_listing(host=user)
            self.host = APIClient(app, user)
            self.url = feed_url(self.host, self.listing)
        self.feed_id = ""

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.app.app_context():
            yield
            db.session.remove()

    def follow(self, other: "Side") -> None:
        with self.inside():
            body = {"name": "Other", "url": other.url}
            answer = self.host.post(f"/listings/{self.listing.id}/calendar-feeds", json=body)
            self.feed_id = answer.json["id"]

    def sync(self) -> None:
        with self.inside():
            answer = self.host.post(f"/listings/{self.listing.id}/calendar-feeds/{self.feed_id}/sync")
            assert answer.json["health"] == "ok", answer.json

    def block(self, *span: str, available: bool = False) -> None:
        with self.inside():
            block(self.host, self.listing, *span, available=available)

    def nights(self) -> dict[str, NightKind]:
        with self.inside(), reading() as session:
            return {row.night.isoformat()[5:]: row.kind for row in session.query(BookedNight).order_by("night")}

    def conflicts(self) -> int:
        with self.inside(), reading() as session:
            return session.query(CalendarConflict).count()


def test_two_marketplaces_follow_each_other_without_echo(app, other_app, make_user, make_listing, guest, make_booking):
    bridge = Bridge()
    bridge.apps = {"http://localhost": app, "https://other.example": other_app}
    for one in (app, other_app):
        one.extensions[EXTENSION] = replace(one.extensions[EXTENSION], fetcher=bridge)
    ours, theirs = Side(app, make_user, make_listing), Side(other_app, make_user, make_listing)
    ours.follow(theirs)
    theirs.follow(ours)

    make_booking(listing=ours.listing, guest=guest.user, check_in=date(2026, 5, 10), nights=2)
    ours.block("2026-06-01", "2026-06-02")
    theirs.block("2026-05-20", "2026-05-22")
    for _ in range(4):
        theirs.sync()
        ours.sync()

    booking, blocked, feed = NightKind.BOOKING, NightKind.BLOCK, NightKind.FEED
    assert ours.nights() == {"05-10": booking, "05-11": booking, "05-20": feed, "05-21": feed, "06-01": blocked}
    assert theirs.nights() == {"05-10": feed, "05-11": feed, "05-20": blocked, "05-21": blocked, "06-01": feed}
    assert (ours.conflicts(), theirs.conflicts()) == (0, 0)

    # What one side opens becomes free on both: nobody holds on to what only came back.
    theirs.block("2026-05-20", "2026-05-22", available=True)
    ours.block("2026-06-01", "2026-06-02", available=True)
    for _ in range(2):
        ours.sync()
        theirs.sync()
    assert ours.nights() == {"05-10": booking, "05-11": booking}
    assert theirs.nights() == {"05-10": feed, "05-11": feed}


def test_the_last_event_of_a_feed_of_ours_can_go_too(app, other_app, make_user, make_listing):
    bridge = Bridge()
    bridge.apps = {"http://localhost": app}
    other_app.extensions[EXTENSION] = replace(other_app.extensions[EXTENSION], fetcher=bridge)
    ours, theirs = Side(app, make_user, make_listing), Side(other_app, make_user, make_listing)
    theirs.follow(ours)
    ours.block("2026-06-01", "2026-06-02")
    theirs.sync()
    assert theirs.nights() == {"06-01": NightKind.FEED}

    ours.block("2026-06-01", "2026-06-02", available=True)
    theirs.sync()

    assert theirs.nights() == {}
