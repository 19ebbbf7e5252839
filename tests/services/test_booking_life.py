"""The end of a stay without HTTP: not before its time, not twice, and never for one that did not take place."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.statuses import BookingStatus
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payouts import PayoutItem
from airbnb.workflows.timers import complete_one
from tests.factories.bookings import read_booking

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def booking(guest, host, make_listing, make_booking):
    return make_booking(listing=make_listing(host=host.user), guest=guest.user)


def test_a_stay_is_completed_once_and_not_before_its_check_out(booking, count_rows):
    moments = [booking.check_out_at - timedelta(microseconds=1), booking.check_out_at, booking.check_out_at]

    assert [complete_one(booking.id, now=moment) for moment in moments] == [False, True, False]

    assert read_booking(booking.id).completed_at == booking.check_out_at
    assert count_rows(LedgerTransaction, LedgerTransaction.kind == "booking_completed") == count_rows(PayoutItem) == 1


def test_a_canceled_stay_is_never_completed(booking, guest, count_rows):
    answer = guest.post(f"/bookings/{booking.id}/cancel", json={}, key="cancel")
    assert answer.status_code == 200, answer.json

    assert complete_one(booking.id, now=booking.check_out_at) is False

    assert read_booking(booking.id).status is BookingStatus.CANCELED
    assert count_rows(LedgerTransaction, LedgerTransaction.kind == "booking_completed") == 0
