"""``flask demo seed``."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import DBAPIError

from airbnb.cli.demo import homes
from airbnb.cli.demo.cities import CITIES, RATES
from airbnb.cli.demo.clearing import KEPT, PICTURES_FOLDER, is_unfinished
from airbnb.cli.demo.homes import Home
from airbnb.cli.demo.logins import DEMO_LOGIN, LOGINS, PASSWORD
from airbnb.cli.demo.people import Person
from airbnb.cli.demo.plans import Fate, plan_stays
from airbnb.cli.demo.story import Story
from airbnb.domain import clock
from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.geo.time_zones import time_zone_at
from airbnb.domain.statuses import BookingStatus, PayoutStatus, ReviewStatus
from airbnb.extensions import Base
from airbnb.integrations.payments import SandboxGateway
from airbnb.models.bookings import Booking
from airbnb.models.history import StatusChange
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.models.messages import Message
from airbnb.models.notifications import Notification
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout
from airbnb.models.places import Place
from airbnb.models.platform import OutboxEvent
from airbnb.models.reviews import Review
from airbnb.models.search import SearchDocument
from airbnb.models.users import User
from airbnb.services.photo_urls import SIZES, fallback_key, size_key
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import gateway, storage

NOW = datetime(2027, 5, 10, 9, 30, tzinfo=UTC)
BOOKINGS_BEFORE_THE_STOP = 8
ZONES = {
    "PT": "Europe/Lisbon", "ES": "Europe/Madrid", "FR": "Europe/Paris", "DE": "Europe/Berlin", "GB": "Europe/London",
    "DK": "Europe/Copenhagen", "CZ": "Europe/Prague", "JP": "Asia/Tokyo", "US": "America/New_York",
    "MX": "America/Mexico_City", "ZA": "Africa/Johannesburg", "AU": "Australia/Sydney",
}  # fmt: skip


@pytest.fixture
def seed(app: Any) -> Iterator[Any]:
    yield lambda *options: app.test_cli_runner().invoke(args=["demo", "seed", *options])
    clock.set_source(None)


def counts(column: Any) -> dict[Any, int]:
    with reading() as session:
        return dict(session.execute(select(column, func.count()).group_by(column)).all())


@pytest.mark.slow
def test_a_small_world_has_everything_and_its_books_balance(seed, app, client, mailer, count_rows):
    done = seed("--listings", "36")

    assert done.exit_code == 0, done.output
    assert "refused" not in done.output
    assert count_rows(Listing) == count_rows(SearchDocument) == 36
    assert count_rows(ListingPhoto) == 72
    assert len(counts(Listing.city)) == len(CITIES)
    assert set(counts(Booking.status)) == set(BookingStatus)
    assert not is_unfinished()
    assert counts(Review.status)[ReviewStatus.PUBLISHED] > 5
    assert counts(Payout.status)[PayoutStatus.PAID] > 1
    for model in (Message, Notification, Payment, Refund):
        assert count_rows(model) > 3
    assert mailer.sent == []
    assert count_rows(OutboxEvent, OutboxEvent.state != "done") == 0
    for audit in (
        ["ledger", "audit"],
        ["calendar", "audit"],
        ["reviews", "audit"],
        ["search", "audit"],
        ["figures", "audit"],
    ):
        checked = app.test_cli_runner().invoke(args=audit)
        assert checked.exit_code == 0, checked.output
    assert clock.now() - datetime.now(UTC) < timedelta(seconds=5)
    check_what_people_see(client)
    check_that_pictures_have_fallbacks()


def check_that_pictures_have_fallbacks() -> None:
    with reading() as session:
        base_keys = session.scalars(select(ListingPhoto.base_key)).all()
    missing = [
        key for base_key in base_keys for size in SIZES
        for key in (size_key(base_key, size), fallback_key(base_key, size)) if not storage().exists(key)
    ]  # fmt: skip

    assert not missing


def check_what_people_see(client: Any) -> None:
    for email, (role, _) in LOGINS.items():
        answer = client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200
        assert role in answer.json["user"]["roles"]
    hit = client.get("/api/v1/listings?q=Tokyo&limit=1").json["data"][0]
    assert hit["nightly_price"]["currency"] == "JPY"
    picture = client.get(hit["cover_photo"]["urls"]["small"])
    assert (picture.status_code, picture.mimetype) == (200, "image/webp")
    priced = client.get("/api/v1/listings?currency=EUR&sort=price&limit=36").json["data"]
    assert len({hit["city"] for hit in priced}) == len(CITIES)


def test_a_world_whose_making_was_stopped_half_way_is_made_anew(seed, app, monkeypatch, count_rows):
    play = Story.play

    def stop(story: Story, update: Any) -> None:
        bookings = iter(range(BOOKINGS_BEFORE_THE_STOP))

        def killed(count: int) -> None:
            if next(bookings, None) is None:
                raise KeyboardInterrupt

        play(story, killed)

    monkeypatch.setattr(Story, "play", stop)
    places = count_rows(Place)
    assert seed("--listings", "12").exit_code == 1
    half = [count_rows(model) for model in (User, Listing, Booking, LedgerEntry, StatusChange)]
    assert 0 not in half
    made: list[list[int]] = []

    def furnish(**options: int) -> None:
        pictures = len(list(storage().list_files(PICTURES_FOLDER)))
        made.append([pictures, *(count_rows(table) for table in emptied())])

    monkeypatch.setattr("airbnb.cli.demo.commands.furnish", furnish)

    prepared = app.test_cli_runner().invoke(args=["prepare", "--demo"])

    assert prepared.exit_code == 0, prepared.output
    assert "made anew" in prepared.output
    assert len(made) == 1
    assert not any(made[0])
    assert count_rows(Place) >= places
    assert cast(SandboxGateway, gateway("sandbox")).pending_events() == []
    monkeypatch.undo()
    check_that_the_book_still_refuses_to_be_edited()


def emptied() -> list[type[Base]]:
    return [mapper.class_ for mapper in Base.registry.mappers if mapper.local_table.name not in KEPT]


def check_that_the_book_still_refuses_to_be_edited() -> None:
    row = {"id": 1, "kind": "test", "source": "test", "booking_id": None, "occurred_at": NOW}
    in_transaction(lambda session: session.execute(insert(LedgerTransaction).values(**row)))
    with pytest.raises(DBAPIError, match="append-only"):
        in_transaction(lambda session: session.execute(delete(LedgerTransaction)))


def test_a_world_is_made_once(seed, make_user, count_rows):
    make_user()

    once, again = seed("--once"), seed()

    assert (once.exit_code, once.output) == (0, "")
    assert again.exit_code == 1
    assert "needs an empty database" in again.output
    assert (count_rows(User), count_rows(Listing)) == (1, 0)


def test_production_gets_no_demo_world(seed, monkeypatch, count_rows, app):
    monkeypatch.setattr("airbnb.cli.demo.commands.current_settings", lambda: SimpleNamespace(is_production=True))

    refused = seed()
    prepared = app.test_cli_runner().invoke(args=["prepare", "--demo"])

    assert "not for production" in refused.output
    assert (refused.exit_code, prepared.exit_code) == (1, 0)
    assert count_rows(User) == 0


def test_a_demo_without_the_sandbox_is_refused(seed, monkeypatch, count_rows):
    monkeypatch.setattr("airbnb.cli.demo.commands.gateway_names", lambda: ("stripe",))

    refused = seed()

    assert refused.exit_code == 1
    assert "add it to PAYMENT_PROVIDERS" in refused.output
    assert count_rows(User) == 0


def test_preparing_makes_the_demo_world_where_nobody_is(app, monkeypatch):
    made: list[dict[str, int]] = []
    monkeypatch.setattr("airbnb.cli.demo.commands.furnish", lambda **options: made.append(options))

    assert app.test_cli_runner().invoke(args=["prepare", "--demo"]).exit_code == 0
    assert made == [{"listings": 240, "seed": 7, "scale": None}]


def test_the_printed_login_is_the_administrators():
    assert f"{next(email for email, (role, _) in LOGINS.items() if role == 'admin')}, password {PASSWORD}" == DEMO_LOGIN


def test_every_city_keeps_its_own_time_and_its_currency_has_a_rate():
    for city in CITIES:
        for point in city.areas.values():
            assert time_zone_at(*point) == ZONES[city.country_code]
        assert city.currency == "EUR" or city.currency in RATES


def test_the_same_seed_furnishes_the_same_places():
    def drafts(seed: int) -> list[Any]:
        rng = random.Random(seed)
        return [homes._draft(rng, city) for city in CITIES]

    assert drafts(7) == drafts(7)
    assert drafts(7) != drafts(8)


def test_the_same_seed_plans_the_same_stays_and_none_collide():
    def plans(seed: int) -> list[Any]:
        places = [home(number, instant_book=number % 3 > 0) for number in range(1, 25)]
        guests = [Person(number, f"Guest {number}") for number in range(100, 120)]
        return plan_stays(random.Random(seed), places, guests, count=80, now=NOW)

    def told(planned: list[Any]) -> list[Any]:
        return [(plan.home.id, plan.guest.id, plan.stay, plan.booked_at, plan.fate) for plan in planned]

    first = plans(7)
    assert told(first) == told(plans(7)) != told(plans(8))
    assert len(first) > 60
    assert {plan.fate for plan in first} == set(Fate)
    nights = [(plan.home.id, night) for plan in first for night in plan.stay.nights]
    assert len(nights) == len(set(nights))


def home(number: int, *, instant_book: bool) -> Home:
    return Home(
        id=number,
        host=Person(1, "Host"),
        city=CITIES[0],
        title="A flat",
        max_guests=4,
        min_nights=2,
        instant_book=instant_book,
        policy=CancellationPolicy.FLEXIBLE,
        preparation_days=1,
    )
