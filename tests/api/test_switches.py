"""What is switched off is refused with one code everywhere, and goes on where it stood."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain import clock
from airbnb.domain.causes import by_system
from airbnb.domain.statuses import IntentState, OutboxState
from airbnb.domain.switches import Switch, name_of_job
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.payments import PaymentIntent, Refund
from airbnb.models.payouts import Payout
from airbnb.models.platform import JobRun, OutboxEvent
from airbnb.models.users import User
from airbnb.tasks.housekeeping import delete_old_rows
from airbnb.tasks.outbox import drain
from airbnb.unit_of_work import reading
from airbnb.workflows import payouts, switches, timers
from tests.factories.accounts import registration


def turn(switch: str, *, off: bool = True) -> None:
    switches.set_switch(switch, off=off, cause=by_system(now=clock.now(), reason="a test"))


def is_paused(answer, switch: Switch) -> bool:
    return (answer.status_code, answer.json["code"], answer.json["paused"], answer.headers["Retry-After"]) == (
        503,
        "paused",
        switch.value,
        "60",
    )


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(datetime(2027, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def listing(make_listing, host):
    return make_listing(host=host.user)


def book(client, listing, key: str = "key-1"):
    order = {
        "listing_id": str(listing.id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 2},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
    }
    return client.post("/bookings", json=order, key=key)


def test_without_sign_ups_nobody_opens_an_account_and_everybody_signs_in(client, make_user, count_rows):
    before = count_rows(User)
    turn(Switch.SIGN_UPS)

    refused = client.post("/api/v1/auth/register", json=registration())
    signing_in = client.post("/api/v1/auth/login", json={"email": "x@example.test", "password": "wrong words"})

    assert is_paused(refused, Switch.SIGN_UPS)
    assert signing_in.status_code == 401
    assert count_rows(User) == before
    turn(Switch.SIGN_UPS, off=False)
    assert client.post("/api/v1/auth/register", json=registration()).status_code == 201


@pytest.mark.parametrize("switch", [Switch.NEW_BOOKINGS, Switch.SANDBOX, Switch.READ_ONLY])
def test_without_bookings_or_the_way_to_pay_nothing_is_held(guest, listing, count_rows, switch: Switch):
    turn(switch)

    refused = book(guest, listing)

    assert is_paused(refused, switch)
    assert count_rows(Booking) == 0
    turn(switch, off=False)
    assert book(guest, listing).status_code == 201


def test_in_read_only_mode_people_read_and_ask_for_prices(guest, client, listing):
    turn(Switch.READ_ONLY)

    assert guest.get(f"/listings/{listing.id}").status_code == 200
    dates = {"check_in": "2027-04-05", "check_out": "2027-04-09"}
    assert guest.get(f"/listings/{listing.id}/quote", query_string=dates).status_code == 200
    assert is_paused(guest.patch("/users/me", json={"first_name": "Eve"}), Switch.READ_ONLY)
    assert is_paused(client.post("/api/v1/webhooks/stripe", data=b"{}"), Switch.READ_ONLY)


def test_in_read_only_mode_tasks_rest(app, count_rows):
    turn(Switch.READ_ONLY)

    assert (delete_old_rows(), drain()) == (0, 0)
    assert count_rows(JobRun) == 0


def test_without_mail_the_rest_of_the_outbox_goes_on_and_mails_go_later(guest, listing, mailer, count_rows):
    turn(Switch.MAIL)
    book(guest, listing)

    drain()
    waiting = (OutboxEvent.topic == Topic.MAIL_SEND, OutboxEvent.state == OutboxState.NEW, OutboxEvent.attempts == 0)

    assert mailer.sent == []
    assert count_rows(OutboxEvent, *waiting) > 0
    assert count_rows(OutboxEvent, OutboxEvent.topic != Topic.MAIL_SEND, OutboxEvent.state == OutboxState.NEW) == 0
    turn(Switch.MAIL, off=False)
    drain()
    assert count_rows(OutboxEvent, *waiting) == 0
    assert mailer.sent


def test_a_refund_by_a_provider_that_is_off_is_made_once_it_is_on(guest, listing, count_rows):
    booking_id = book(guest, listing).json["id"]
    turn(Switch.SANDBOX)

    canceled = guest.post(f"/bookings/{booking_id}/cancel", json={}, key="cancel-1")
    timers.resolve_unsettled(clock.now() + timedelta(hours=1))
    waiting = (PaymentIntent.refund_id.is_not(None), PaymentIntent.state == IntentState.PENDING)

    assert canceled.status_code == 200, canceled.json
    assert count_rows(PaymentIntent, *waiting) == count_rows(Refund) == 1
    turn(Switch.SANDBOX, off=False)
    timers.resolve_unsettled(clock.now() + timedelta(hours=5))
    with reading() as session:
        assert session.query(Refund.status).scalar() == "succeeded"


def test_without_payouts_no_run_sends_anything(app, count_rows):
    turn(Switch.PAYOUTS)

    assert payouts.run_payouts(clock.now()) == 0
    assert count_rows(Payout) == 0


def test_a_job_is_paused_by_a_name_that_no_switch_has():
    assert name_of_job("payouts-run") not in set(Switch)
