"""After its time PayPal has forgotten a key: what is not known is looked up by our reference before it is made again.

The negative controls take the lookup away and show what it keeps from happening.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.kinds import IntentOperation, Provider
from airbnb.integrations.payments.paypal import PayPalGateway
from airbnb.models.payments import Payment, PaymentIntent, Refund
from airbnb.models.payouts import Payout
from airbnb.queries.ledger import find_faults
from airbnb.services.payment_calls import KEY_VALID_FOR
from airbnb.unit_of_work import reading
from airbnb.workflows import payouts, timers
from airbnb.workflows.outside import EXTENSION
from airbnb.workflows.payment_outcomes.authorising import authorise_latest
from tests.factories.patience import QUICK
from tests.factories.paypal import WEBHOOK_IDS
from tests.fakes.paypal import CLIENT_ID, CLIENT_SECRET

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
DUE = CHECK_OUT_AT + timedelta(hours=24)
#: PayPal's own figures, and a minute.
SIX_HOURS = timedelta(hours=6, minutes=1)
THIRTY_DAYS = timedelta(days=30, minutes=1)
FORTY_FIVE_DAYS = timedelta(days=45, minutes=1)
REFUND_PATH = r"/v2/payments/captures/[^/]+/refund"


class Forgetful(PayPalGateway):
    """An adapter that looks nothing up: the negative control."""

    def find_payment(self, reference, *, since):
        return None

    def find_refund(self, reference, *, payment_ref):
        return None

    def find_payout(self, reference, *, since):
        return None


@pytest.fixture
def world(freeze, own_paypal, paypal_world):
    freeze(NOW)
    paypal_world.stop_clock(NOW)
    return paypal_world


@pytest.fixture
def use_forgetful(app, world):
    def use():
        outside = app.extensions[EXTENSION]
        gateway = Forgetful(CLIENT_ID, CLIENT_SECRET, webhook_ids=WEBHOOK_IDS, api_base=world.url, patience=QUICK)
        app.extensions[EXTENSION] = replace(outside, gateways={**outside.gateways, "paypal": gateway})

    return use


@pytest.fixture
def book(world, guest, host, make_listing):
    def ask():
        body = {
            "listing_id": str(make_listing(host=host.user).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "paypal",
            "return_url": "http://frontend.test/booked",
        }
        return guest.post("/bookings", json=body, key="book").json

    return ask


@pytest.fixture
def paid(book, guest, world):
    booked = book()
    world.answer_approval(booked["payment"]["approval_url"])
    assert guest.post(f"/payments/{booked['payment']['id']}/sync", json={}).json["status"] == "captured"
    return booked


@pytest.fixture
def sweep(freeze, world):
    def at(instant):
        freeze(instant)
        world.stop_clock(instant)
        return timers.resolve_unsettled(instant)

    return at


@pytest.fixture
def lost_refund(paid, guest, world, sweep):
    """A refund of a part, made at PayPal, whose answer got lost."""
    sweep(CHECK_OUT_AT - timedelta(days=6))  # the guest cancels late, so only a part goes back
    world.fail(REFUND_PATH, "lose_answer", times=3)
    guest.post(f"/bookings/{paid['id']}/cancel", json={}, key="cancel")
    assert [one["status"] for one in world.all("refund")] == ["COMPLETED"]
    return CHECK_OUT_AT - timedelta(days=6)


@pytest.fixture
def lost_payout(paid, host, world, freeze):
    """A payout, made at PayPal, whose answer got lost."""
    account = {"method": "paypal", "currency": "EUR", "details": {"email": "host@example.test"}}
    host.put("/users/me/payout-account", json=account)
    timers.complete_finished(CHECK_OUT_AT)
    freeze(DUE)
    world.stop_clock(DUE)
    world.let_reports_lag(3 * 3600)
    world.fail("/v1/payments/payouts$", "lose_answer", times=3, method="POST")
    payouts.run_payouts(DUE)
    assert host.get("/payouts").json["data"][0]["status"] == "processing"
    assert len(world.all("batch")) == 1
    world.process_payouts()


def faults():
    with reading() as session:
        return find_faults(session)


def states(model):
    """Return every row's status; nobody is signed in any more after a month."""
    with reading() as session:
        return [row.status.value for row in session.query(model)]


def test_no_call_is_written_down_for_longer_than_paypal_knows_it(own_paypal, paid):
    assert own_paypal.key_valid_for >= KEY_VALID_FOR[Provider.PAYPAL]
    with reading() as session:
        intent = session.query(PaymentIntent).filter_by(operation=IntentOperation.CAPTURE).one()
    assert intent.key_valid_until == NOW + timedelta(hours=6)


def test_a_refund_past_its_key_is_found_at_its_order_and_not_sent_twice(lost_refund, world, sweep):
    assert sweep(lost_refund + FORTY_FIVE_DAYS) == 1

    assert len(world.all("refund")) == 1
    assert (states(Payment), states(Refund)) == (["partially_refunded"], ["succeeded"])
    assert faults() == []


def test_without_the_lookup_a_refund_past_its_key_is_sent_twice(lost_refund, world, sweep, use_forgetful):
    use_forgetful()

    sweep(lost_refund + FORTY_FIVE_DAYS)

    first, second = world.all("refund")
    assert first["amount"] == second["amount"]


@pytest.mark.parametrize("later", [timedelta(minutes=5), SIX_HOURS, timedelta(days=29)])
def test_a_lost_payout_is_found_by_its_name_while_the_report_may_lag(lost_payout, world, sweep, later):
    if later < timedelta(hours=3):
        # Nothing but the batch's name tells of it yet.
        assert world.all("transaction")

    sweep(DUE + later)

    assert len(world.all("batch")) == 1
    assert states(Payout) == ["paid"]
    assert faults() == []


def test_a_payout_past_its_name_is_found_in_the_report_and_not_sent_twice(lost_payout, world, sweep):
    assert sweep(DUE + THIRTY_DAYS) == 1

    assert len(world.all("batch")) == 1
    assert states(Payout) == ["paid"]
    assert faults() == []


def test_without_the_lookup_a_payout_past_its_name_is_sent_twice(lost_payout, world, sweep, use_forgetful):
    use_forgetful()

    sweep(DUE + THIRTY_DAYS)

    assert len(world.all("batch")) == 2


def test_an_order_whose_answer_got_lost_holds_nothing_and_the_guest_may_try_again(book, guest, world, sweep):
    world.fail("/v2/checkout/orders", "lose_answer", times=3)
    booked = book()
    assert booked["payment"]["status"] == "processing"

    sweep(NOW + timedelta(minutes=5))
    assert guest.get(f"/payments/{booked['payment']['id']}").json["status"] == "failed"
    choice = {"payment_method": "paypal", "return_url": "http://frontend.test/booked"}
    again = guest.post(f"/bookings/{booked['id']}/pay", json=choice, key="pay").json
    world.answer_approval(again["payment"]["approval_url"])
    guest.post(f"/payments/{again['payment']['id']}/sync", json={})

    assert guest.get(f"/bookings/{booked['id']}").json["status"] == "confirmed"
    assert [len(world.all(kind)) for kind in ("order", "authorization", "capture")] == [2, 1, 1]


def test_a_request_repeated_past_its_key_asks_before_it_makes_an_order(book, world, freeze):
    world.fail("/v2/checkout/orders", "lose_answer", times=3)
    booked = book()
    freeze(NOW + SIX_HOURS)
    world.stop_clock(NOW + SIX_HOURS)

    authorise_latest(int(booked["id"]), token=None)

    assert len(world.all("order")) == 1


@pytest.mark.parametrize("step", ["authorize", "capture"])
def test_a_lost_step_of_a_payment_is_taken_once(book, guest, world, sweep, step):
    booked = book()
    world.answer_approval(booked["payment"]["approval_url"])
    world.fail(f"/v2/(checkout/orders|payments/authorizations)/[^/]+/{step}", "lose_answer", times=3)
    guest.post(f"/payments/{booked['payment']['id']}/sync", json={})
    assert guest.get(f"/bookings/{booked['id']}").json["status"] == "pending"

    guest.post(f"/payments/{booked['payment']['id']}/sync", json={})
    sweep(NOW + timedelta(minutes=5))

    assert guest.get(f"/bookings/{booked['id']}").json["status"] == "confirmed"
    assert [len(world.all(kind)) for kind in ("authorization", "capture")] == [1, 1]
    assert faults() == []
