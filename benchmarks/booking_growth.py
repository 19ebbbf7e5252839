"""What a booking costs among few taken nights and among many: two databases of one server, which take turns.

Listings are copies of one; each has seven of ten nights taken, so that a booking's nights lie between those of others
wherever its listing does. Nothing of it is in search.
"""

import os
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import NullPool, create_engine, text

from airbnb.domain import clock
from airbnb.domain.kinds import Provider, Role
from airbnb.domain.orders import Order, PaymentChoice, Wish
from airbnb.domain.pricing import Party
from airbnb.domain.stays import Stay
from airbnb.extensions import db
from airbnb.models.listings import Listing
from airbnb.workflows.booking import book_stay
from benchmarks.worlds_load import load_table
from benchmarks.worlds_server import app_on, create_database, mariadb, worlds_folder
from tests.concurrency.stage import Person, make_listing, make_people

FEW = 400_000
MANY = int(os.environ.get("NIGHTS", "38000000"))
MOST_GROWTH = 1.15
#: Of every ten nights so many are taken; each listing has so many in all.
TAKEN, OF = 7, 10
NIGHTS_EACH = 735
FIRST_ID = 1_000
BOOKINGS = 150
WARM_UP = 20
BEGIN = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Filled:
    """A database with an app on it, and how many listings have nights taken."""

    app: Flask
    guest: Person
    listings: int


def run() -> list[str]:
    """Measure on a private MariaDB with a buffer pool that holds all of it; return the target if it was missed."""
    with worlds_folder() as folder, mariadb(folder) as server:
        few, many = (_fill(server, folder, nights) for nights in (FEW, MANY))
        times = _take_turns([few, many])
    p50 = [statistics.median(found) for found in times]
    growth = p50[1] / p50[0]
    print(f"\nBooking among taken nights, MariaDB, {BOOKINGS} bookings each, by turns")
    for nights, found in zip((FEW, MANY), times, strict=True):
        p95 = sorted(found)[int(len(found) * 0.95)]
        print(f"  {nights:>10,} nights: p50 {statistics.median(found):.1f} ms, p95 {p95:.1f} ms")
    print(f"  growth of p50 x{growth:.2f} (at most {MOST_GROWTH})")
    return [] if growth <= MOST_GROWTH else [f"growth x{growth:.2f} from {FEW:,} to {MANY:,} nights"]


def _fill(server: str, folder: Path, nights: int) -> Filled:
    listings, began = nights // NIGHTS_EACH, time.perf_counter()
    app = app_on(create_database(server, f"nights_{nights}"), folder / f"instance-nights-{nights}", "")
    with app.app_context():
        upgrade()
        host, guest = make_people(["bench-host", "bench-guest"], Role.HOST)
        _copy_listing(make_listing(host), listings)
        load_table(str(app.config["SQLALCHEMY_DATABASE_URI"]), "booked_nights", _nights_of(listings))
    print(
        f"  {listings * NIGHTS_EACH:,} nights of {listings:,} listings in {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return Filled(app=app, guest=guest, listings=listings)


def _copy_listing(listing_id: int, copies: int) -> None:
    columns = [f"`{column.name}`" for column in Listing.__table__.columns if column.name != "id"]
    names = ", ".join(columns)
    _run(
        f"INSERT INTO listings (id, {names}) SELECT {FIRST_ID} + seq, {names} FROM listings, seq_0_to_{copies - 1}"
        " WHERE id = :source",
        source=listing_id,
    )


def _nights_of(listings: int) -> str:
    """Return what blocks nights of every listing, in the order in which they lie."""
    days = NIGHTS_EACH * OF // TAKEN
    return (
        "INSERT INTO booked_nights (listing_id, night, kind)"
        f" SELECT one.seq, DATE_ADD('{BEGIN}', INTERVAL day.seq DAY), 'block'"
        f" FROM seq_{FIRST_ID}_to_{FIRST_ID + listings - 1} AS one STRAIGHT_JOIN seq_0_to_{days - 1} AS day"
        f" WHERE day.seq MOD {OF} < {TAKEN}"
    )


def _run(statement: str, **values: Any) -> None:
    # The app's own connections give up after ten seconds.
    loader = create_engine(db.engine.url, poolclass=NullPool)
    with loader.begin() as connection:
        connection.execute(text("SET unique_checks = 0, foreign_key_checks = 0"))
        connection.execute(text(statement), values)


def _take_turns(places: Sequence[Filled]) -> list[list[float]]:
    """Return the milliseconds of the bookings in each database; the first ones do not count."""
    chance = random.Random(9)
    wanted = [chance.sample(range(place.listings), WARM_UP + BOOKINGS) for place in places]
    times: list[list[float]] = [[] for _ in places]
    for number in range(WARM_UP + BOOKINGS):
        for place, listings, found in zip(places, wanted, times, strict=True):
            with place.app.app_context():
                began = time.perf_counter()
                _book(FIRST_ID + listings[number], place.guest)
                found.append((time.perf_counter() - began) * 1e3)
    return [found[WARM_UP:] for found in times]


def _book(listing_id: int, guest: Person) -> None:
    free = OF - TAKEN
    ahead = clock.now().date() + timedelta(days=30)
    check_in = ahead + timedelta(days=(TAKEN - (ahead - BEGIN).days) % OF)
    stay = Stay(check_in, check_in + timedelta(days=free))
    order = Order(
        guest_id=guest.user_id,
        listing_id=listing_id,
        wish=Wish(stay=stay, party=Party(adults=1)),
        payment=PaymentChoice(provider=Provider.SANDBOX, token="tok_ok"),
    )
    book_stay(order)
