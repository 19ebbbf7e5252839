"""Swaps of stays that cross, asked and answered by many at once: nobody gets an error, no night has two stays."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from airbnb.domain.booking_errors import DatesUnavailable
from airbnb.domain.pricing import Party
from airbnb.domain.stays import Stay
from airbnb.models.booking_changes import BookingChange
from airbnb.models.calendar import BookedNight
from airbnb.models.payments import Payment
from airbnb.queries.bookings import Viewer
from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.services.bookings import BookingGuards
from airbnb.services.change_proposals import ChangeWish
from airbnb.unit_of_work import reading
from airbnb.workflows.booking_changes import accept_change, ask_change
from tests.concurrency.racing import race

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
FIRST = date(2027, 4, 5)
NIGHTS, STAYS, SLOTS, ROUNDS = 3, 6, 9, 4
NO_GUARDS = BookingGuards(lock_listing=False, check_nights=False)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def listing(make_listing, host):
    return make_listing(host=host.user)


@pytest.fixture
def bookings(listing, make_client, make_booking):
    """Stays of three nights, one behind the other, and three places free after them."""
    guests = [make_client() for _ in range(STAYS)]
    return [
        (make_booking(listing=listing, guest=guest.user, check_in=slot(number).check_in, nights=NIGHTS), guest)
        for number, guest in enumerate(guests)
    ]


def slot(number):
    """Return one of the places for a stay; they overlap by a night, so that swaps cross."""
    first = FIRST + timedelta(days=number * NIGHTS)
    return Stay(first, first + timedelta(days=NIGHTS))


def body(stay):
    return {
        "check_in": stay.check_in.isoformat(),
        "check_out": stay.check_out.isoformat(),
        "guests": {"adults": 2},
    }


def audit():
    with reading() as session:
        return [*find_faults(session), *find_night_faults(session)]


def test_a_storm_of_swaps_has_no_errors_and_no_night_twice(bookings, host, count_rows):
    def move_about(booking, guest, seed):
        chance, answers = random.Random(seed), []
        url = f"/bookings/{booking.id}/changes"
        for number in range(ROUNDS):
            wanted = slot(chance.randrange(SLOTS))
            wanted = Stay(wanted.check_in + timedelta(days=chance.randint(0, 1)), wanted.check_out + timedelta(days=1))
            asked = guest.post(url, json=body(wanted), key=f"ask-{booking.id}-{number}")
            answers.append(asked)
            if asked.status_code == 201:
                change = f"{url}/{asked.json['id']}"
                answers.append(host.post(f"{change}/accept", key=f"yes-{booking.id}-{number}"))
                if answers[-1].status_code != 200 or answers[-1].json["status"] == "pending":
                    answers.append(guest.post(f"{change}/withdraw"))
        return answers

    answers = [
        answer
        for batch in race([partial(move_about, *stay, seed) for seed, stay in enumerate(bookings)])
        for answer in batch
    ]

    assert {answer.status_code for answer in answers} <= {200, 201, 409, 422}
    assert {answer.json["code"] for answer in answers if answer.status_code == 422} <= {"validation_failed"}
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} <= {"dates_unavailable"}
    moved = [one for one in answers if one.status_code == 200 and one.json["status"] == "accepted"]
    assert moved, "somebody must have got through"
    with reading() as session:
        held = Counter(row.night for row in session.query(BookedNight).all())
    assert max(held.values()) == 1
    assert audit() == []


def test_many_who_ask_at_once_leave_one_open_change(bookings, host, count_rows):
    booking, guest = bookings[-1]
    wish = body(slot(STAYS + 1))

    answers = race(
        [
            partial(who.post, f"/bookings/{booking.id}/changes", json=wish, key=f"{number}")
            for number in range(4)
            for who in (guest, host)
        ]
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 7}
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"change_open"}
    assert count_rows(BookingChange) == 1


def test_a_yes_against_a_withdrawal_has_one_outcome(bookings, host, count_rows):
    booking, guest = bookings[-1]
    longer = Stay(booking.check_in, booking.check_out + timedelta(days=1))
    card = {"payment_method": "sandbox", "payment_token": "tok_ok"}
    change = guest.post(f"/bookings/{booking.id}/changes", json={**body(longer), **card}, key="ask").json
    url = f"/bookings/{booking.id}/changes/{change['id']}"

    race([partial(host.post, f"{url}/accept", key="yes"), partial(guest.post, f"{url}/withdraw", key="no")])

    ended = guest.get(url).json
    after = guest.get(f"/bookings/{booking.id}").json
    is_longer = after["check_out"] == longer.check_out.isoformat()
    assert ended["status"] == ("accepted" if is_longer else "withdrawn")
    assert ended["payment"]["status"] in (("captured",) if is_longer else ("canceled", "refunded"))
    assert count_rows(Payment, Payment.change_id == int(change["id"])) == 1
    assert audit() == []


def test_without_lock_and_check_the_key_still_lets_one_have_the_nights(app, bookings, host, count_rows):
    """Negative control: what stands before the key makes losers' answers kinder, and nothing else."""
    wish = ChangeWish(stay=slot(STAYS + 1), party=Party(adults=2))
    asked = [
        (str(booking.id), ask_change(str(booking.id), Viewer(user_id=booking.guest_id), wish, None, claim=None))
        for booking, _ in bookings
    ]

    def accept(key, change_id):
        with app.app_context():
            try:
                accept_change(key, change_id, Viewer(user_id=host.user.id), guards=NO_GUARDS)
            except DatesUnavailable:
                return False
            return True

    won = race([partial(accept, *one) for one in asked])

    assert sum(won) == 1
    assert count_rows(BookedNight) == STAYS * NIGHTS
    assert audit() == []
