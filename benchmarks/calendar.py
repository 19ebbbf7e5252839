"""``PUT /listings/{id}/calendar`` with a whole year, and the reads beside it: whole requests in this process."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.ids import new_id
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.statuses import ListingStatus
from airbnb.models.listings import Listing
from airbnb.services.search_projection import refresh_listing
from airbnb.unit_of_work import in_transaction
from benchmarks.measuring import print_spread, time_calls
from benchmarks.worlds import HostClient, fresh_app

TARGET_MS = 150.0
NIGHTS = 365
ROUNDS = 30


def run() -> list[str]:
    """Measure four ways of writing a year, print them and return the targets that were missed."""
    missed = []
    with fresh_app() as app:
        host = HostClient(app)
        listing_id = in_transaction(lambda session: _listing(session, host.user_id))
        for title, ranges in _years().items():
            number = 0

            def write(ranges: Any = ranges) -> None:
                nonlocal number
                number += 1
                answer = host.client.put(
                    f"/api/v1/listings/{listing_id}/calendar", json={"ranges": ranges(number)}, headers=host.headers
                )
                assert answer.status_code == 200, answer.text
                assert answer.json is not None
                assert len(answer.json["data"]) == NIGHTS

            p95 = print_spread(f"PUT calendar, {title} (SQLite)", time_calls([write], rounds=ROUNDS))
            if p95 > TARGET_MS:
                missed.append(f"PUT calendar, {title}: p95 {p95:.0f} ms of CPU, wanted {TARGET_MS:.0f}")
    return missed


def _years() -> dict[str, Any]:
    """Return what is written, by name: a function of the round, so that each round changes every night."""
    first = datetime.now(UTC).date() + timedelta(days=2)
    whole = {"from": first.isoformat(), "to": (first + timedelta(days=NIGHTS)).isoformat()}
    return {
        "one price for 365 nights": lambda number: [{**whole, "price": _money(number)}],
        "a price for each of 199 spans": lambda number: [_span(first, index, number) for index in range(199)],
        "365 nights blocked and opened": lambda number: [{**whole, "available": number % 2 == 0}],
        "all at once": lambda number: [
            {**whole, "price": _money(number), "min_nights": 1 + number % 9, "note": f"n{number}", "available": True}
        ],
    }


def _span(first: date, index: int, number: int) -> dict[str, Any]:
    begin = first + timedelta(days=min(2 * index, NIGHTS - 2) if index < 198 else NIGHTS - 1)
    end = begin + timedelta(days=2 if index < 182 else 1)
    return {
        "from": begin.isoformat(),
        "to": min(end, first + timedelta(days=NIGHTS)).isoformat(),
        "price": _money(number + index),
    }


def _money(number: int) -> dict[str, str]:
    return {"amount": f"{100 + number}.00", "currency": "EUR"}


def _listing(session: Session, host_id: int) -> int:
    listing = Listing(
        id=new_id(),
        host_id=host_id,
        status=ListingStatus.PUBLISHED,
        published_at=datetime.now(UTC),
        title="Bench",
        property_type=PropertyType.APARTMENT,
        room_type=RoomType.ENTIRE_PLACE,
        city="Lisbon",
        country_code="PT",
        latitude_e6=38_725_090,
        longitude_e6=-9_149_800,
        public_latitude_e6=38_725_000,
        public_longitude_e6=-9_149_000,
        time_zone="Europe/Lisbon",
        max_guests=2,
        currency="EUR",
        nightly_price_minor=10_000,
    )
    session.add(listing)
    session.flush()
    refresh_listing(session, listing.id)
    return listing.id
