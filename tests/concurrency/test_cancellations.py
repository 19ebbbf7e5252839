"""Two cancel one booking at the same moment: what lets one of them do it is the compare-and-set. Case 5."""

from datetime import UTC, datetime
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import update

from airbnb.domain.booking_errors import InvalidTransition
from airbnb.domain.causes import by_guest
from airbnb.domain.statuses import BookingStatus
from airbnb.models.bookings import Booking
from airbnb.models.history import StatusChange
from airbnb.queries.bookings import find_booking
from airbnb.queries.transitions import move_booking
from airbnb.unit_of_work import in_transaction, reading
from tests.concurrency.racing import race

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CONFIRMED, CANCELED = (BookingStatus.CONFIRMED, None), (BookingStatus.CANCELED, None)
AT_ONCE = 6


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def booking(make_booking, make_listing, host, guest):
    return make_booking(listing=make_listing(host=host.user), guest=guest.user)


def cancel_at_once(app, booking, write):
    """Let several see a confirmed booking, and only then write; return how many believe that they canceled it."""
    all_have_looked = Barrier(AT_ONCE)

    def cancel():
        with app.app_context():
            with reading() as session:
                assert find_booking(session, booking.id).status is BookingStatus.CONFIRMED
            all_have_looked.wait(timeout=30)
            try:
                in_transaction(write)
            except InvalidTransition:
                return False
            return True

    return sum(race([cancel] * AT_ONCE))


def test_case_5_the_compare_and_set_lets_one_cancel(app, booking, guest, count_rows):
    cause = by_guest(guest.user.id, now=NOW)
    move = partial(move_booking, booking_id=booking.id, old=CONFIRMED, new=CANCELED, cause=cause)

    assert cancel_at_once(app, booking, move) == 1
    assert count_rows(StatusChange, StatusChange.subject_id == booking.id, StatusChange.new == "canceled") == 1


def test_case_5_without_the_compare_everybody_cancels(app, booking):
    """Negative control: the same write for whoever has looked before, whatever the status is by now."""
    blind = update(Booking).where(Booking.id == booking.id).values(status=BookingStatus.CANCELED)

    assert cancel_at_once(app, booking, lambda session: session.execute(blind)) == AT_ONCE
