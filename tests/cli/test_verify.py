"""``flask verify``: silent while every invariant holds; each kind of planted fault is told, and fails the command."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from airbnb.domain import clock
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import ActorKind, Provider
from airbnb.domain.statuses import BookingStatus, IntentState, OutboxState
from airbnb.models.bookings import Booking
from airbnb.models.history import StatusChange
from airbnb.models.payments import Payment, PaymentIntent, WebhookEvent
from airbnb.models.platform import OutboxEvent
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.audits import AUDITS
from airbnb.workflows.outside import storage

LONG_AGO = timedelta(days=1)
FILE = "photos/1/0123456789abcdef01234567-small.webp"


@pytest.fixture
def booking(make_listing, make_booking, host, guest, run_outbox):
    """A stay that was booked, paid and talked about."""
    listing = make_listing(host=host.user)
    made = make_booking(listing=listing, guest=guest.user, booked_days_before=0)
    run_outbox()
    return made


@pytest.fixture
def verify(app):
    def run(*more):
        try:
            return app.test_cli_runner().invoke(args=["verify", *more])
        finally:
            clock.set_source(None)

    return run


def change(statement):
    in_transaction(lambda session: session.execute(statement))


def move(booking, old, new):
    row = {"id": new_id(), "subject_type": "bookings", "subject_id": booking.id, "old": old, "new": new}
    change(insert(StatusChange).values(**row, actor_kind=ActorKind.SYSTEM, at=clock.now()))


def test_all_is_well_after_a_booking(booking, verify):
    result = verify()

    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [f"{name}: as it should be" for name in AUDITS]


def test_a_status_that_changed_without_its_history_is_told(booking, verify):
    change(update(Booking).where(Booking.id == booking.id).values(status=BookingStatus.COMPLETED))

    result = verify()

    assert result.exit_code == 1
    told = f"bookings: {booking.id} does not stand where its history leads"
    assert f"{told}: completed is off by -1" in result.output
    assert f"{told}: confirmed is off by 1" in result.output


def test_a_move_that_is_not_allowed_is_told(booking, verify):
    move(booking, "confirmed", "pending")
    move(booking, "pending", "confirmed")

    result = verify()

    assert result.exit_code == 1
    assert f"bookings: moved from confirmed to pending, which is not allowed: 1 times, as {booking.id}" in result.output


def test_moves_of_clocks_that_differ_are_no_fault(booking, verify, count_rows):
    """The ids of history follow the clock of whoever wrote it; only the sums count."""
    rows = (StatusChange.subject_type == "bookings", StatusChange.subject_id == booking.id)
    change(update(StatusChange).where(*rows, StatusChange.new == "confirmed").values(id=1))

    assert count_rows(StatusChange, *rows) == 2
    assert verify().exit_code == 0


@pytest.mark.parametrize(
    "columns, told",
    [
        ({"state": OutboxState.NEW, "due_at": clock.now() - LONG_AGO}, "new"),
        ({"state": OutboxState.HELD, "held_at": clock.now() - LONG_AGO}, "held"),
    ],
)
def test_an_event_that_nobody_handles_is_told(booking, verify, columns, told):
    change(update(OutboxEvent).where(OutboxEvent.topic == "booking.confirmed").values(**columns))

    result = verify()

    assert result.exit_code == 1
    assert f"booking.confirmed: 1 events are {told} for too long" in result.output


def test_a_call_that_nobody_asked_about_is_told(booking, verify):
    open_again = {"state": IntentState.UNKNOWN, "next_check_at": clock.now() - LONG_AGO}
    change(update(PaymentIntent).where(PaymentIntent.operation == "capture").values(**open_again))

    result = verify()

    assert result.exit_code == 1
    assert "sandbox: nobody asked what became of capture" in result.output


def test_a_report_that_nobody_handled_is_told(booking, verify):
    row = {"id": new_id(), "provider": Provider.STRIPE, "event_id": "evt_1", "type": "charge.updated", "payload": {}}
    times = {"received_at": clock.now() - LONG_AGO, "due_at": clock.now(), "state": OutboxState.NEW, "attempts": 0}
    change(insert(WebhookEvent).values(**row, **times))

    result = verify()

    assert result.exit_code == 1
    assert "stripe: charge.updated evt_1 was not handled" in result.output


def test_a_file_that_the_clean_up_left_is_told(booking, verify):
    storage().put(FILE, b"x", "image/webp")
    try:
        now, later = verify(), verify("--now", (clock.now() + timedelta(days=4)).isoformat())
    finally:
        storage().delete(FILE)

    assert now.exit_code == 0, now.output
    assert later.exit_code == 1
    assert f"no row names the file {FILE}" in later.output


def test_money_that_is_not_in_the_book_is_told(booking, verify):
    change(update(Payment).values(captured_minor=Payment.captured_minor - 1))

    assert "ledger: " in verify().output
    assert verify().exit_code == 1
