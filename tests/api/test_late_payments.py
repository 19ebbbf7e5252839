"""Money that arrives after its time, in every state: it makes the booking good, or goes back by itself.

Source: docs/rules/booking-life.md, "Money that comes late".
"""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from airbnb.domain.kinds import IntentOperation
from airbnb.integrations.payments import GatewayTimeout
from airbnb.models.calendar import BookedNight
from airbnb.models.payments import PaymentIntent
from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.queries.payments import OPEN_STATES
from airbnb.unit_of_work import reading
from airbnb.workflows import timers
from airbnb.workflows.sandbox import deliver_webhooks

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)  # 15:00 in Lisbon
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
INSTANT, REQUEST = True, False


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app, own_sandbox):
    yield
    with reading() as session:
        assert find_faults(session) == []
        assert find_night_faults(session) == []


@pytest.fixture
def listing(host, make_listing):
    return partial(make_listing, host=host.user, cleaning_fee_minor=4_000)


@pytest.fixture
def pay_late(guest, own_sandbox, monkeypatch, run_outbox):
    """Return the ways in which money comes late; each starts a booking and returns it with what lets the money come."""

    def silent(*args):
        raise GatewayTimeout("no answer")

    def lost_answer(listing):
        """The provider authorised it; the answer was lost and its webhook is late."""
        return book(guest, listing, token="tok_timeout"), deliver_webhooks

    def taken_there(listing):
        """The same, and somebody captured it there."""
        booking = book(guest, listing, token="tok_timeout")
        there = own_sandbox.find_payment(booking["payment"]["id"], since=NOW)
        own_sandbox.capture(there.provider_ref, there.amount_minor, "taken by hand", currency="EUR")
        return booking, deliver_webhooks

    def open_page(listing):
        """The payer agrees on a page that stayed open, since giving the payment up did not reach the provider."""
        booking = book(guest, listing, token="tok_requires_action")
        monkeypatch.setattr(own_sandbox, "void", silent)

        def agree():
            monkeypatch.delattr(own_sandbox, "void")
            event = {"type": "payment.authorized", "duplicate": True}
            assert guest.post(f"/sandbox/payments/{booking['payment']['id']}/events", json=event).status_code == 200

        return booking, agree

    def start(way, listing):
        booking, arrive = {"answer": lost_answer, "taken": taken_there, "page": open_page}[way](listing)

        def come():
            arrive()
            run_outbox()
            run_outbox()

        return booking, come

    return start


def book(client, listing, *, token="tok_ok"):
    body = {
        "listing_id": str(listing.id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 2},
        "payment_method": "sandbox",
        "payment_token": token,
    }
    answer = client.post("/bookings", json=body, key=f"book-{token}")
    assert answer.status_code == 201, answer.json
    return answer.json


def lapse(freeze, moment=NOW + HOUR):
    freeze(moment)
    assert timers.expire_lapsed(moment) == 1


def sweep(freeze, moment):
    """Let the sweep ask about every open call; afterwards none is left."""
    freeze(moment)
    timers.resolve_unsettled(moment)
    with reading() as session:
        left = session.query(PaymentIntent).filter(PaymentIntent.state.in_(OPEN_STATES)).all()
    assert [(one.operation, one.state) for one in left if one.operation is not IntentOperation.CAPTURE] == []


def alerts(client):
    return [alert["kind"] for alert in client.get("/notifications").json["data"]]


def shown(client, booking):
    return client.get(f"/bookings/{booking['id']}").json


def standing(client, booking):
    body = shown(client, booking)
    return body["status"], body["pending_on"], body["payment"]["status"]


@pytest.mark.parametrize("way", ["answer", "page", "taken"])
def test_an_expired_stay_whose_nights_are_free_is_confirmed(guest, listing, pay_late, freeze, count_rows, way):
    booking, come = pay_late(way, listing())
    lapse(freeze)
    assert (standing(guest, booking)[0], count_rows(BookedNight)) == ("expired", 0)

    come()

    assert standing(guest, booking) == ("confirmed", None, "captured")
    assert count_rows(BookedNight) == 4
    assert "booking_confirmed" in alerts(guest)
    sweep(freeze, NOW + 2 * HOUR)
    assert standing(guest, booking) == ("confirmed", None, "captured")


@pytest.mark.parametrize("way", ["answer", "page"])
def test_an_expired_request_goes_before_its_host_with_a_day_to_answer(guest, host, listing, pay_late, freeze, way):
    booking, come = pay_late(way, listing(instant_book=REQUEST))
    lapse(freeze)

    come()

    assert standing(guest, booking) == ("pending", "host", "authorized")
    assert shown(guest, booking)["respond_by"] == "2027-03-21T13:00:00.000000Z"
    assert "booking_requested" in alerts(guest)
    sweep(freeze, NOW + 2 * HOUR)
    accepted = host.post(f"/bookings/{booking['id']}/accept", key="accept").json
    assert (accepted["status"], accepted["payment"]["status"]) == ("confirmed", "captured")


def test_a_request_is_never_confirmed_by_money_that_its_host_did_not_ask_for(guest, listing, pay_late, freeze):
    booking, come = pay_late("taken", listing(instant_book=REQUEST))
    lapse(freeze)

    come()

    assert standing(guest, booking) == ("expired", None, "refunded")


def take_nights(booking, listing, make_client, **other):
    book(make_client(), listing)


def pause(booking, listing, host, **other):
    assert host.post(f"/listings/{listing.id}/unpublish").status_code == 200


def let_check_in_pass(booking, listing, freeze, **other):
    freeze(CHECK_IN_AT)


OBSTACLES = [take_nights, pause, let_check_in_pass]


@pytest.mark.parametrize("is_instant", [INSTANT, REQUEST], ids=["instant", "request"])
@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("way, goes", [("answer", "canceled"), ("page", "canceled"), ("taken", "refunded")])
def test_money_that_comes_too_late_goes_back_by_itself(
    guest, host, make_client, listing, pay_late, freeze, count_rows, way, goes, obstacle, is_instant
):
    place = listing(instant_book=is_instant)
    booking, come = pay_late(way, place)
    lapse(freeze)
    obstacle(booking, place, host=host, make_client=make_client, freeze=freeze)

    come()

    assert standing(guest, booking) == ("expired", None, goes)
    body = shown(guest, booking)
    assert body["refunded"] == body["paid"]
    assert count_rows(BookedNight) == (4 if obstacle is take_nights else 0)
    assert alerts(guest)[0] == ("payment_refunded" if goes == "refunded" else "payment_released")


def cancel(booking, guest, **other):
    assert guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel").json["status"] == "canceled"


@pytest.mark.parametrize("is_instant", [INSTANT, REQUEST], ids=["instant", "request"])
@pytest.mark.parametrize("way, goes", [("answer", "canceled"), ("page", "canceled"), ("taken", "refunded")])
def test_money_for_a_canceled_booking_goes_back_in_full(
    guest, listing, pay_late, freeze, count_rows, way, goes, is_instant
):
    booking, come = pay_late(way, listing(instant_book=is_instant))
    cancel(booking, guest)

    come()

    assert standing(guest, booking) == ("canceled", None, goes)
    assert count_rows(BookedNight) == 0
    sweep(freeze, NOW + HOUR)
    assert standing(guest, booking) == ("canceled", None, goes)


@pytest.mark.parametrize("way, goes", [("page", "canceled"), ("taken", "refunded")])
def test_money_for_a_declined_request_goes_back_in_full(
    guest, host, listing, own_sandbox, monkeypatch, freeze, run_outbox, way, goes
):
    """The authorisation that the host's no gives up: the void is lost, and meanwhile it is captured at the provider."""
    booking = book(guest, listing(instant_book=REQUEST))
    there = own_sandbox.find_payment(booking["payment"]["id"], since=NOW)

    def silent(*args):
        raise GatewayTimeout("no answer")

    monkeypatch.setattr(own_sandbox, "void", silent)
    assert host.post(f"/bookings/{booking['id']}/decline", json={}, key="no").json["status"] == "declined"
    if way == "taken":
        own_sandbox.capture(there.provider_ref, there.amount_minor, "taken by hand", currency="EUR")
    monkeypatch.delattr(own_sandbox, "void")
    event = {"type": "payment.authorized", "duplicate": True}
    guest.post(f"/sandbox/payments/{booking['payment']['id']}/events", json=event)
    run_outbox()
    sweep(freeze, NOW + HOUR)

    assert standing(guest, booking) == ("declined", None, goes)


def test_a_late_payment_counts_to_the_second(guest, listing, pay_late, freeze):
    freeze(CHECK_IN_AT - timedelta(days=6))  # an authorisation stands for seven
    booking, come = pay_late("answer", listing())
    lapse(freeze, CHECK_IN_AT - timedelta(days=5))
    freeze(CHECK_IN_AT - SECOND)

    come()

    assert standing(guest, booking) == ("confirmed", None, "captured")
