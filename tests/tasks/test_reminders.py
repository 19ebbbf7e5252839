"""Reminders reach the right side, once, in their time, and not when nobody needs them any more."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from airbnb.models.notifications import Notification
from airbnb.models.platform import OutboxEvent
from airbnb.models.reminders import BookingReminder
from airbnb.tasks import bookings
from airbnb.unit_of_work import reading
from airbnb.workflows.reminders import remind_due
from tests.api.changing import CARD, answer, ask
from tests.concurrency.racing import race

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN = date(2027, 4, 5)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)
REMINDERS = {"check_in_reminder", "request_reminder", "review_reminder"}


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def book(guest, host, make_listing, make_booking):
    def make(*, days_before=20, **columns):
        listing = make_listing(host=host.user, **columns)
        return make_booking(listing=listing, guest=guest.user, check_in=CHECK_IN, booked_days_before=days_before)

    return make


@pytest.fixture
def told(run_outbox):
    """Run the outbox and return who was reminded of what, in order."""

    def read():
        run_outbox()
        with reading() as session:
            rows = session.scalars(select(Notification).order_by(Notification.id)).all()
        return [(row.user_id, row.kind) for row in rows if row.kind in REMINDERS]

    return read


def test_the_guest_is_reminded_of_the_stay_once(book, guest, freeze, told, mailer, count_rows):
    freeze(CHECK_IN_AT - timedelta(days=20))
    book()
    freeze(CHECK_IN_AT - timedelta(hours=48, seconds=1))
    assert bookings.remind() == 0
    freeze(CHECK_IN_AT - timedelta(hours=48))

    assert bookings.remind() == 1
    assert bookings.remind() == 0
    freeze(CHECK_IN_AT - timedelta(hours=40))
    assert bookings.remind() == 0
    assert told() == [(guest.user.id, "check_in_reminder")]
    assert [mail.subject for mail in mailer.sent if "begins soon" in mail.subject]
    assert count_rows(BookingReminder) == 1


def test_two_workers_remind_once(app, book, freeze, told, guest):
    book()
    freeze(CHECK_IN_AT - timedelta(hours=47))

    def sweep():
        with app.app_context():
            return remind_due(CHECK_IN_AT - timedelta(hours=47))

    assert sorted(race([sweep, sweep])) == [0, 1]
    assert told() == [(guest.user.id, "check_in_reminder")]


def test_who_booked_the_day_before_needs_no_reminder(book, freeze, told, count_rows):
    freeze(CHECK_IN_AT - timedelta(hours=24))
    book(days_before=0)

    assert bookings.remind() == 0
    assert told() == []
    assert count_rows(BookingReminder) == 1, "it is dealt with, so that no sweep looks at it again"


def test_a_stay_that_was_canceled_meanwhile_is_not_told(book, guest, freeze, told):
    booking = book()
    freeze(CHECK_IN_AT - timedelta(hours=47))
    assert bookings.remind() == 1

    guest.post(f"/bookings/{booking.id}/cancel", json={}, key="cancel")

    assert told() == []


def test_the_host_is_reminded_of_a_request_twice(book, host, freeze, told, count_rows):
    booking = book(days_before=16, instant_book=False)
    assert booking.respond_by is not None
    steps = []
    for hours in (13, 12, 11, 3, 2, 1):
        freeze(booking.respond_by - timedelta(hours=hours))
        steps.append(remind_due(booking.respond_by - timedelta(hours=hours)))

    assert steps == [0, 1, 0, 0, 1, 0]
    assert told() == [(host.user.id, "request_reminder")] * 2
    assert count_rows(OutboxEvent, OutboxEvent.topic == "booking.request_waits") == 2


def test_after_an_outage_only_the_later_reminder_comes(book, freeze, told, host):
    booking = book(days_before=16, instant_book=False)

    assert remind_due(booking.respond_by - timedelta(hours=1)) == 1
    assert remind_due(booking.respond_by) == 0
    assert told() == [(host.user.id, "request_reminder")]


def test_only_who_has_not_written_is_reminded_of_the_review(book, guest, host, freeze, told):
    booking = book()
    freeze(booking.check_out_at)
    bookings.complete_stays()
    review = {"rating": 5, "comment": "Lovely, quiet and close to the river."}
    assert guest.post(f"/bookings/{booking.id}/review", json=review).status_code == 201
    freeze(booking.check_out_at + timedelta(days=11))

    assert bookings.remind() == 1
    assert told() == [(host.user.id, "review_reminder")]


def test_the_sweep_asks_a_constant_number_of_times(book, freeze, count_statements):
    book()
    count_statements.clear()
    assert remind_due(NOW) == 0

    assert len([text for text in count_statements if text.startswith("SELECT")]) == 5


def test_a_stay_that_was_moved_is_reminded_of_anew(book, guest, host, freeze, told):
    booking = {"id": str(book().id)}
    freeze(CHECK_IN_AT - timedelta(hours=40))
    bookings.remind()
    later, month = CHECK_IN_AT + timedelta(days=30), timedelta(days=30)
    wish = {"check_in": str(CHECK_IN + month), "check_out": str(CHECK_IN + month + timedelta(days=3))}

    asked = ask(guest, booking, {**wish, "guests": {"adults": 2}}, **CARD)
    assert answer(host, asked.json, "accept").status_code == 200
    assert bookings.remind() == 0
    freeze(later - timedelta(hours=47))
    assert bookings.remind() == 1

    assert told() == [(guest.user.id, "check_in_reminder")] * 2


def test_a_stay_that_was_moved_to_tomorrow_needs_no_second_reminder(book, guest, host, freeze, told):
    booking = {"id": str(book().id)}
    freeze(CHECK_IN_AT - timedelta(hours=40))
    bookings.remind()
    wish = {"check_in": str(CHECK_IN - timedelta(days=1)), "check_out": str(CHECK_IN + timedelta(days=2))}

    asked = ask(guest, booking, {**wish, "guests": {"adults": 2}}, **CARD)
    assert answer(host, asked.json, "accept").status_code == 200

    assert bookings.remind() == 0
    assert told() == [(guest.user.id, "check_in_reminder")]
