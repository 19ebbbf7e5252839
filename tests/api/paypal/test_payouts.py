"""Payouts through PayPal: where hosts are paid, and what becomes of money that nobody takes."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.tasks import bookings, payments
from airbnb.workflows import payouts, timers
from tests.factories.ledger import posted
from tests.factories.paypal import send

CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"details": {}}, "details"),
        ({"details": {"email": "nobody"}}, "details.email"),
        ({"details": {"email": "h@example.test", "iban": "DE1"}}, "details"),
        ({"currency": "ISK"}, "currency"),
    ],
)
def test_an_account_that_can_not_be_paid_is_refused_at_set_up(host, changes, field):
    body = {"method": "paypal", "currency": "EUR", "details": {"email": "host@example.test"}, **changes}

    answer = host.put("/users/me/payout-account", json=body)

    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


@pytest.fixture
def earned(approved, sync, host, world, freeze):
    """A stay that is over, whose host's money is due, and who is paid at an address of a behaviour."""

    def until_due(receiver="host"):
        details = {"email": f"{receiver}@example.test"}
        body = {"method": "paypal", "currency": "EUR", "details": details}
        account = host.put("/users/me/payout-account", json=body).json
        assert account["verified"], account
        assert account["details"]["account"] == "•••• test"
        sync(approved)
        freeze(CHECK_OUT_AT)
        assert bookings.complete_stays() == 1
        due = CHECK_OUT_AT + timedelta(hours=24)
        freeze(due)
        world.stop_clock(due)
        return due

    return until_due


def test_without_webhooks_the_sweep_learns_that_a_payout_arrived(earned, host, world, freeze):
    due = earned()
    payments.run_payouts()
    world.process_payouts()

    assert timers.resolve_unsettled(due + timedelta(minutes=30)) == 0
    freeze(due + timedelta(hours=1))
    assert timers.resolve_unsettled(due + timedelta(hours=1)) == 1

    assert host.get("/payouts").json["data"][0]["status"] == "paid"


def test_what_nobody_claimed_comes_back_and_is_owed_again(earned, host, client, world, run_outbox):
    due = earned("stranger")
    payments.run_payouts()
    world.process_payouts()
    send(client, world.events("PAYMENT.PAYOUTS-ITEM.UNCLAIMED")[0], at=due)
    run_outbox()
    assert host.get("/payouts").json["data"][0]["status"] == "processing"

    world.return_payouts()
    for _ in range(2):
        assert send(client, world.events("PAYMENT.PAYOUTS-ITEM.RETURNED")[0], at=due).status_code == 200
        run_outbox()

    payout = host.get("/payouts").json["data"][0]
    assert (payout["status"], payout["failure"]["code"]) == ("failed", "returned")
    assert [kind for kind in posted() if kind.startswith("payout")] == ["payout_failed", "payout_started"]


def test_a_failure_that_passes_is_tried_again_under_the_next_name(earned, host, client, world, freeze, run_outbox):
    due = earned("busy")
    payments.run_payouts()
    world.process_payouts()
    send(client, world.events("PAYMENT.PAYOUTS-ITEM.FAILED")[0], at=due)
    run_outbox()
    payout = host.get("/payouts").json["data"][0]
    assert (payout["status"], payout["failure"]["code"]) == ("failed", "internal_error")
    assert len(world.all("batch")) == 1

    for later in (timedelta(minutes=14), timedelta(minutes=16)):
        freeze(due + later)
        world.stop_clock(due + later)
        payouts.run_payouts(due + later)

    assert [one["batch_header"]["batch_status"] for one in world.all("batch")] == ["PENDING", "SUCCESS"]
    assert host.get("/payouts").json["data"][0]["status"] == "processing"
