"""A booking with several attempts to pay it, of which an early one comes through late."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from airbnb.domain.payment_reports import PaymentReport
from airbnb.domain.statuses import IntentState, PaymentStatus
from airbnb.integrations.payments import GatewayTimeout
from airbnb.models.payments import Payment, PaymentIntent
from airbnb.queries.ledger import find_faults
from airbnb.services.payments import apply_report
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import timers
from airbnb.workflows.payment_outcomes import refresh_payment

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def lose_voids(own_sandbox, monkeypatch):
    """Let the provider be silent about voids; what is returned lets it speak again."""

    def silent(*args):
        raise GatewayTimeout("no answer")

    monkeypatch.setattr(own_sandbox, "void", silent)
    return partial(monkeypatch.delattr, own_sandbox, "void")


@pytest.fixture
def twice(guest, host, make_listing, own_sandbox):
    """Book, leave the confirmation page open and pay once more; then agree on the page of the first attempt."""

    def book_and_pay(token, *, instant_book):
        listing = make_listing(host=host.user, instant_book=instant_book)
        body = {
            "listing_id": str(listing.id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": "tok_requires_action",
        }
        made = guest.post("/bookings", json=body, key="book").json
        choice = {"payment_method": "sandbox", "payment_token": token}
        paid = guest.post(f"/bookings/{made['id']}/pay", json=choice, key="pay")
        assert paid.status_code == 200, paid.json
        own_sandbox.complete_action(attempts()[0].provider_ref, ok=True)
        return made["id"]

    return book_and_pay


def attempts():
    with reading() as session:
        return session.query(Payment).order_by(Payment.attempt).all()


def statuses():
    return [payment.status.value for payment in attempts()]


def test_a_second_authorisation_given_up_leaves_the_request_with_its_host(guest, host, twice, lose_voids):
    booking_id = twice("tok_ok", instant_book=False)
    lose_voids()

    refresh_payment(attempts()[0].id)

    assert statuses() == ["canceled", "authorized"]
    assert guest.get(f"/bookings/{booking_id}").json["pending_on"] == "host"
    assert host.post(f"/bookings/{booking_id}/accept", key="accept").json["status"] == "confirmed"
    assert statuses() == ["canceled", "captured"]


def test_accepting_captures_the_authorisation_that_is_not_being_given_up(host, twice, lose_voids):
    booking_id = twice("tok_ok", instant_book=False)
    refresh_payment(attempts()[0].id)
    assert statuses() == ["authorized", "authorized"]

    accepted = host.post(f"/bookings/{booking_id}/accept", key="accept")
    lose_voids()
    timers.resolve_unsettled(NOW + timedelta(minutes=5))

    assert accepted.json["status"] == "confirmed"
    assert statuses() == ["canceled", "captured"]


def test_a_booking_shows_the_payment_that_counts(guest, twice, lose_voids):
    booking_id = twice("tok_requires_action", instant_book=True)
    lose_voids()

    refresh_payment(attempts()[0].id)

    assert statuses() == ["captured", "canceled"]
    shown = guest.get(f"/bookings/{booking_id}").json
    assert (shown["status"], shown["payment"]["status"]) == ("confirmed", "captured")
    assert shown["payment"]["id"] == str(attempts()[0].id)


def test_what_comes_back_to_life_is_given_up_again(guest, twice, lose_voids):
    booking_id = twice("tok_ok", instant_book=True)
    lose_voids()
    timers.resolve_unsettled(NOW + timedelta(minutes=5))
    assert statuses() == ["canceled", "captured"]
    first = attempts()[0]

    late = PaymentReport(status=PaymentStatus.AUTHORIZED, provider_ref=first.provider_ref)
    (call,) = in_transaction(partial(apply_report, payment_id=first.id, report=late, now=NOW))

    with reading() as session:
        intent = session.get_one(PaymentIntent, call)
    assert (intent.operation.value, intent.state) == ("void", IntentState.PENDING)
    assert guest.get(f"/bookings/{booking_id}").json["status"] == "confirmed"
