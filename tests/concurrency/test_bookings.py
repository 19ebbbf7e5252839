"""Many guests want the same nights at the same moment: one gets them, and the reason is the primary key."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, text

from airbnb.domain.booking_errors import DatesUnavailable
from airbnb.domain.stays import Stay
from airbnb.extensions import db
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight
from airbnb.models.payments import Payment, Refund
from airbnb.models.platform import OutboxEvent
from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.services.bookings import BookingGuards
from airbnb.unit_of_work import reading
from airbnb.workflows import timers
from airbnb.workflows.booking import book_stay
from tests.concurrency.racing import race
from tests.factories.bookings import order_for
from tests.settings import TEST_DATABASE_URL

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
FIRST = date(2027, 4, 5)
GUESTS = 12
NO_GUARDS = BookingGuards(lock_listing=False, check_nights=False)

needs_server = pytest.mark.skipif(not TEST_DATABASE_URL, reason="SQLite has one writer: there is no race to show")


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def listing(make_listing, host):
    return make_listing(host=host.user)


@pytest.fixture
def guests(make_client):
    return [make_client() for _ in range(GUESTS)]


def body(listing, stay):
    return {
        "listing_id": str(listing.id),
        "check_in": stay.check_in.isoformat(),
        "check_out": stay.check_out.isoformat(),
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
    }


def audit():
    with reading() as session:
        return [*find_faults(session), *find_night_faults(session)]


def test_the_same_nights_have_one_winner(guests, listing, count_rows):
    stay = Stay(FIRST, FIRST + timedelta(days=4))

    answers = race([partial(guest.post, "/bookings", json=body(listing, stay), key="same") for guest in guests])

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: GUESTS - 1}
    losers = [answer.json for answer in answers if answer.status_code == 409]
    assert {loser["code"] for loser in losers} == {"dates_unavailable"}
    assert {loser["first_taken_night"] for loser in losers} == {"2027-04-05"}
    assert count_rows(Booking) == count_rows(Payment) == 1
    assert count_rows(BookedNight) == 4
    assert count_rows(OutboxEvent, OutboxEvent.topic == "booking.confirmed") == 1
    assert audit() == []


def test_whoever_comes_when_the_nights_are_taken_waits_for_nobody(guests, listing, count_statements):
    """On a hot listing the losers would queue for its row, some of them longer than the database lets them."""
    stay = Stay(FIRST, FIRST + timedelta(days=2))
    assert guests[0].post("/bookings", json=body(listing, stay), key="first").status_code == 201
    count_statements.clear()

    late = guests[1].post("/bookings", json=body(listing, stay), key="late")

    assert (late.status_code, late.json["first_taken_night"]) == (409, "2027-04-05")
    assert len(late.json["alternatives"]) == 3
    assert not [text for text in count_statements if "hold_expires_at >=" in text], "the transaction was begun"


def test_rules_before_the_dates_are_told_first_also_when_these_are_taken(guests, make_listing, host):
    listing = make_listing(host=host.user, min_nights=2)
    assert guests[0].post("/bookings", json=body(listing, Stay(FIRST, FIRST + timedelta(days=2))), key="a").status_code

    short = guests[1].post("/bookings", json=body(listing, Stay(FIRST, FIRST + timedelta(days=1))), key="b")
    own = host.post("/bookings", json=body(listing, Stay(FIRST, FIRST + timedelta(days=2))), key="c")

    assert (short.json["code"], own.json["code"]) == ("min_nights", "own_listing")


def test_overlapping_stays_never_share_a_night(guests, listing, count_rows):
    chance = random.Random(7)
    stays = []
    for _ in range(GUESTS * 4):
        check_in = FIRST + timedelta(days=chance.randrange(20))
        stays.append(Stay(check_in, check_in + timedelta(days=chance.randint(1, 14))))

    def book_all(guest, mine):
        url = "/bookings"
        return [guest.post(url, json=body(listing, stay), key=f"stay-{i}") for i, stay in enumerate(mine)]

    answers = [
        answer
        for batch in race([partial(book_all, guest, stays[index::GUESTS]) for index, guest in enumerate(guests)])
        for answer in batch
    ]

    assert {answer.status_code for answer in answers} == {201, 409}
    won = [answer.json for answer in answers if answer.status_code == 201]
    nights = sum((date.fromisoformat(one["check_out"]) - date.fromisoformat(one["check_in"])).days for one in won)
    assert count_rows(BookedNight) == nights
    assert count_rows(Booking) == len(won)
    assert all("first_taken_night" in answer.json for answer in answers if answer.status_code == 409)
    assert audit() == []


def test_one_key_sent_many_times_at_once_has_one_effect(guest, listing, count_rows):
    stay = Stay(FIRST, FIRST + timedelta(days=2))

    answers = race([partial(guest.post, "/bookings", json=body(listing, stay), key="one")] * 10)

    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) <= {201, 409}
    assert codes[201] >= 1
    assert {answer.json["id"] for answer in answers if answer.status_code == 201} <= {
        str(booking_id) for booking_id in _booking_ids()
    }
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_conflict"}
    assert count_rows(Booking) == 1


def test_a_cancellation_sent_twice_at_once_refunds_once(guest, host, listing, count_rows):
    stay = Stay(FIRST, FIRST + timedelta(days=2))
    booking = guest.post("/bookings", json=body(listing, stay), key="book").json
    url = f"/bookings/{booking['id']}/cancel"

    answers = race([partial(who.post, url, json={}, key=f"cancel-{i}") for i in range(3) for who in (guest, host)])

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 5}
    assert count_rows(Refund) == 1
    assert audit() == []


def test_a_hold_that_ends_while_its_payment_arrives_is_paid_or_given_back(app, guest, make_listing, host, freeze):
    rounds = []
    late = NOW + timedelta(minutes=15, seconds=1)
    for number in range(6):
        freeze(NOW)
        place = make_listing(host=host.user)
        stay = Stay(FIRST, FIRST + timedelta(days=2))
        order = {**body(place, stay), "payment_token": "tok_timeout"}
        booking = guest.post("/bookings", json=order, key=f"round-{number}").json
        freeze(late)

        def expire(booking_id=int(booking["id"])):
            with app.app_context():
                timers.expire_one(booking_id, now=late)

        def settle():
            with app.app_context():
                timers.resolve_unsettled(late)

        race([expire, settle])
        rounds.append(guest.get(f"/bookings/{booking['id']}").json)

    assert {one["status"] for one in rounds} == {"confirmed"}, "the nights are free, so money always makes it good"
    assert {one["payment"]["status"] for one in rounds} == {"captured"}
    assert audit() == []


def test_three_unpaid_holds_are_counted_right_at_once(guest, make_listing, host):
    stay = Stay(FIRST, FIRST + timedelta(days=2))
    orders = [{**body(make_listing(host=host.user), stay), "payment_token": "tok_declined"} for _ in range(8)]

    answers = race([partial(guest.post, "/bookings", json=order, key=f"hold-{i}") for i, order in enumerate(orders)])

    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 5}


class TestNegativeControls:
    """Each guard switched off: what the others are worth, and that the race is real."""

    def book_at_once(self, app, guests, listing):
        stay = Stay(FIRST, FIRST + timedelta(days=4))

        def book(guest):
            with app.app_context():
                try:
                    return book_stay(order_for(listing, guest.user, stay), guards=NO_GUARDS)
                except DatesUnavailable:
                    return None

        made = race([partial(book, guest) for guest in guests])
        return [booking_id for booking_id in made if booking_id is not None]

    def test_without_lock_and_check_the_key_still_lets_one_win(self, app, guests, listing, count_rows):
        winners = self.book_at_once(app, guests, listing)

        assert len(winners) == 1
        assert count_rows(BookedNight) == 4
        assert audit() == []

    @needs_server
    def test_without_the_key_the_fault_appears(self, app, guests, listing, count_rows, without_key):
        winners = self.book_at_once(app, guests, listing)

        assert len(winners) > 1
        with reading() as session:
            most = session.scalar(
                select(func.count().label("holders"))
                .select_from(BookedNight)
                .group_by(BookedNight.night)
                .order_by(text("holders DESC"))
                .limit(1)
            )
        assert most == len(winners), "one night belongs to several bookings"

    @pytest.fixture
    def without_key(self, app):
        """Put a copy of the table that has no primary key in the table's place."""
        self.run("RENAME TABLE booked_nights TO booked_nights_kept")
        self.run("CREATE TABLE booked_nights AS SELECT * FROM booked_nights_kept WHERE 1 = 0")
        yield
        self.run("DROP TABLE booked_nights")
        self.run("RENAME TABLE booked_nights_kept TO booked_nights")

    def run(self, statement):
        with db.engine.connect() as connection:
            connection.execute(text(statement))


def _booking_ids():
    with reading() as session:
        return list(session.scalars(select(Booking.id)))
