"""After a day Stripe has forgotten a key: what is not known is looked up by our reference before it is made again.

The negative control takes the lookup away and shows what it keeps from happening.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from airbnb.domain.kinds import IntentOperation, Provider
from airbnb.integrations.payments.stripe import StripeGateway
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import PaymentIntent
from airbnb.models.payouts import PayoutAccount
from airbnb.queries.ledger import find_faults
from airbnb.services.payment_calls import KEY_VALID_FOR
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import payouts, timers
from airbnb.workflows.outside import EXTENSION
from airbnb.workflows.payment_outcomes.authorising import authorise_latest
from tests.api.test_stripe_payments import send
from tests.factories.patience import QUICK
from tests.factories.stripe import WEBHOOK_SECRETS
from tests.fakes.stripe import SECRET_KEY

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
DUE = CHECK_OUT_AT + timedelta(hours=24)
A_DAY = timedelta(hours=24, minutes=1)


class Forgetful(StripeGateway):
    """An adapter that looks nothing up: the negative control."""

    def find_payment(self, reference, *, since):
        return None

    def find_refund(self, reference, *, payment_ref):
        return None

    def find_payout(self, reference, *, since):
        return None


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def world(_now, own_stripe, stripe_world):
    stripe_world.stop_clock(NOW)
    return stripe_world


@pytest.fixture
def use_forgetful(app, world):
    def use():
        gateway = Forgetful(SECRET_KEY, webhook_secrets=WEBHOOK_SECRETS, api_base=world.url, patience=QUICK)
        outside = app.extensions[EXTENSION]
        app.extensions[EXTENSION] = replace(outside, gateways={**outside.gateways, "stripe": gateway})

    return use


@pytest.fixture
def booking(world, guest, host, make_listing):
    def book(token="pm_card_visa"):
        body = {
            "listing_id": str(make_listing(host=host.user).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "stripe",
            "payment_token": token,
        }
        return guest.post("/bookings", json=body, key="book").json

    return book


@pytest.fixture
def sweep(freeze, world):
    def at(instant):
        freeze(instant)
        world.stop_clock(instant)
        return timers.resolve_unsettled(instant)

    return at


def intent(operation):
    with reading() as session:
        return session.query(PaymentIntent).filter_by(operation=operation).one()


def faults():
    with reading() as session:
        return find_faults(session)


def test_no_adapter_forgets_sooner_than_its_calls_are_written_down_for(own_stripe, own_sandbox):
    assert own_stripe.key_valid_for >= KEY_VALID_FOR[Provider.STRIPE]
    assert own_sandbox.key_valid_for >= KEY_VALID_FOR[Provider.SANDBOX]
    assert set(KEY_VALID_FOR) == set(Provider)


def test_a_call_says_until_when_its_key_holds(booking):
    booking()

    assert intent(IntentOperation.CAPTURE).key_valid_until == NOW + timedelta(hours=24)


def lose_refund(world, guest, booked):
    world.fail("/v1/refunds", "lose_answer", times=3, method="POST")
    guest.post(f"/bookings/{booked['id']}/cancel", json={}, key="cancel")
    assert [one["status"] for one in world.all("refund")] == ["succeeded"]


def test_a_refund_past_its_key_is_found_and_not_sent_twice(booking, guest, world, sweep):
    booked = booking()
    lose_refund(world, guest, booked)

    assert sweep(NOW + A_DAY) == 1

    assert len(world.all("refund")) == 1
    payment = guest.get(f"/payments/{booked['payment']['id']}").json
    assert (payment["status"], payment["refunds"][0]["status"]) == ("refunded", "succeeded")
    assert faults() == []


def test_without_the_lookup_a_partial_refund_past_its_key_is_sent_twice(
    booking, guest, world, sweep, use_forgetful, freeze
):
    booked = booking()
    sweep(CHECK_OUT_AT - timedelta(days=6))  # the guest cancels late, so only a part goes back
    lose_refund(world, guest, booked)
    use_forgetful()

    sweep(CHECK_OUT_AT - timedelta(days=6) + A_DAY)

    first, second = world.all("refund")
    assert first["amount"] == second["amount"] > 0


@pytest.fixture
def due_payout(booking, host, world, freeze):
    """A payout whose transfer was made and whose answer got lost."""
    host.put("/users/me/payout-account", json={"method": "stripe", "currency": "EUR", "details": {}})
    host.post("/users/me/payout-account/onboarding-link", json={})
    world.verify_account(world.all("account")[0]["id"])
    in_transaction(lambda session: session.execute(update(PayoutAccount).values(verified_at=NOW)))
    booking()
    timers.complete_finished(CHECK_OUT_AT)
    freeze(DUE)
    world.stop_clock(DUE)
    world.fail("/v1/transfers", "lose_answer", times=3, method="POST")
    payouts.run_payouts(DUE)
    assert host.get("/payouts").json["data"][0]["status"] == "processing"


def test_a_payout_past_its_key_is_found_and_not_sent_twice(due_payout, host, world, sweep):
    assert sweep(DUE + A_DAY) == 1

    assert len(world.all("transfer")) == 1
    assert host.get("/payouts").json["data"][0]["status"] == "paid"
    assert faults() == []


def test_without_the_lookup_a_payout_past_its_key_is_sent_twice(due_payout, world, sweep, use_forgetful):
    use_forgetful()

    sweep(DUE + A_DAY)

    assert len(world.all("transfer")) == 2


def test_a_transfer_taken_back_at_stripe_is_owed_again(due_payout, host, world, sweep, client, run_outbox, own_stripe):
    sweep(DUE + timedelta(hours=1))
    transfer = world.all("transfer")[0]

    assert host.get("/payouts").json["data"][0]["status"] == "paid"

    own_stripe.reverse_payout(transfer["id"], transfer["amount"], "by-hand", currency="EUR")
    for _ in range(2):
        assert send(client, world.events("transfer.reversed")[-1], at=DUE + timedelta(hours=1)).status_code == 200
        run_outbox()

    payout = host.get("/payouts").json["data"][0]
    assert (payout["status"], payout["failure"]["code"], payout["paid_at"]) == ("failed", "reversed", None)
    with reading() as session:
        kinds = sorted(session.scalars(select(LedgerTransaction.kind).where(LedgerTransaction.kind.like("payout%"))))
    assert kinds == ["payout_came_back", "payout_failed", "payout_paid", "payout_started"]
    assert faults() == []


def test_a_payment_past_its_key_is_found_and_not_charged_twice(booking, guest, world, sweep):
    world.fail("/v1/payment_intents", "lose_answer", times=3, method="POST")
    booked = booking()

    sweep(NOW + timedelta(minutes=5))

    assert guest.get(f"/bookings/{booked['id']}").json["status"] == "confirmed"
    assert len(world.all("payment_intent")) == 1


def test_a_request_repeated_after_a_day_asks_before_it_charges(booking, guest, world, freeze):
    world.fail("/v1/payment_intents", "lose_answer", times=3, method="POST")
    booked = booking()
    freeze(NOW + A_DAY)
    world.stop_clock(NOW + A_DAY)

    authorise_latest(int(booked["id"]), token="pm_card_visa")

    assert len(world.all("payment_intent")) == 1


def test_a_payment_that_never_arrived_is_not_made_up_later(booking, guest, world, sweep):
    world.fail("/v1/payment_intents", "error_500_before", times=3, method="POST")
    booked = booking()
    assert booked["payment"]["status"] == "processing"

    sweep(NOW + timedelta(minutes=5))

    payment = guest.get(f"/payments/{booked['payment']['id']}").json
    assert payment["status"] == "failed"
    assert world.all("payment_intent") == []
