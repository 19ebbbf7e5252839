"""Payouts by PayPal: what becomes of an item, and that no call pays twice however often it is made."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airbnb.integrations.payments.abilities import MovementKind
from airbnb.integrations.payments.protocol import GatewayPayoutStatus, GatewayRefused, GatewayTimeout
from tests.factories.paypal import paypal_gateway_for
from tests.integrations.payments.contract import new_payout
from tests.integrations.payments.paypal.calls import NOON

PATH = "/v1/payments/payouts"
PAID, PROCESSING, FAILED = GatewayPayoutStatus.PAID, GatewayPayoutStatus.PROCESSING, GatewayPayoutStatus.FAILED


def to(receiver, **overrides):
    return new_payout(account_details={"email": f"{receiver}@example.test"}, **overrides)


@pytest.mark.parametrize(
    "receiver, status, code, permanent",
    [
        ("host", PAID, None, False),
        ("stranger", PROCESSING, None, False),  # UNCLAIMED: PayPal waits for them to open an account
        ("locked", FAILED, "receiver_account_locked", True),
        ("abroad", FAILED, "receiver_country_not_allowed", True),
        ("busy", FAILED, "internal_error", False),
    ],
)
def test_what_becomes_of_an_item(gateway, world, receiver, status, code, permanent):
    sent = gateway.create_payout(to(receiver))
    assert (sent.status, sent.failure_code) == (PROCESSING, None)

    world.process_payouts()

    payout = gateway.get_payout(sent.provider_ref)
    assert (payout.status, payout.failure_code, payout.permanent) == (status, code, permanent)
    assert (payout.reference, payout.amount_minor, payout.currency) == (sent.reference, 5_000, "EUR")


@pytest.mark.parametrize("receiver, code", [("stranger", "returned"), ("host", "reversed")])
def test_what_nobody_claims_or_is_reversed_has_failed_for_good(gateway, world, receiver, code):
    sent = gateway.create_payout(to(receiver))
    world.process_payouts()
    world.return_payouts()

    payout = gateway.get_payout(sent.provider_ref)

    assert (payout.status, payout.failure_code, payout.permanent) == (FAILED, code, True)
    kinds = [one.kind for one in gateway.list_movements(NOON, NOON + timedelta(minutes=1))]
    assert sorted(kinds) == [MovementKind.PAYOUT, MovementKind.PAYOUT_REVERSAL]


@pytest.mark.parametrize("kind", ["lose_answer", "error_500_before", "error_500_after", "rate_limit"])
def test_a_call_is_made_again_and_pays_once(gateway, world, kind):
    world.fail(PATH + "$", kind, times=2, method="POST")

    assert gateway.create_payout(to("host")).status is PROCESSING
    assert len(world.all("batch")) == 1


def test_a_lost_call_is_found_by_its_name_when_it_is_made_again(gateway, world):
    request = to("host")
    world.fail(PATH + "$", "lose_answer", times=3, method="POST")
    with pytest.raises(GatewayTimeout):
        gateway.create_payout(request)
    world.process_payouts()

    assert gateway.create_payout(request).status is PAID
    assert len(world.all("batch")) == 1


def test_the_refused_duplicate_names_the_first_batch(gateway, world):
    """PayPal knows the batch's name for as long as the request id; without the id the name alone protects."""
    request = to("host")
    first = gateway.create_payout(request)
    twin = {
        "sender_batch_header": {"sender_batch_id": request.reference},
        "items": [{"receiver": "host@example.test", "amount": {"currency": "EUR", "value": "50.00"}}],
    }

    with pytest.raises(GatewayRefused, match="user_business_error") as caught:
        gateway._api.post(PATH, twin, key="another key")

    assert caught.value.links[0]["href"].endswith(first.provider_ref)


@pytest.mark.parametrize("changes", [{"amount_minor": 5_001}, {"currency": "USD"}])
def test_the_same_call_with_another_amount_is_refused(gateway, world, changes):
    request = to("host")
    gateway.create_payout(request)

    with pytest.raises(GatewayRefused, match="idempotency_key_reused"):
        gateway.create_payout(replace(request, **changes))
    assert len(world.all("batch")) == 1


def test_after_a_failure_that_passed_it_is_sent_under_the_next_name_and_pays_once(gateway, world):
    busy = to("busy")
    first = gateway.create_payout(busy)
    world.process_payouts()
    request = replace(busy, account_details={"email": "host@example.test"})

    second = gateway.create_payout(request)
    again = gateway.create_payout(request)
    world.process_payouts()

    assert second.provider_ref == again.provider_ref != first.provider_ref
    assert gateway.create_payout(request).status is PAID
    names = [one["batch_header"]["sender_batch_header"]["sender_batch_id"] for one in world.all("batch")]
    assert names == [f"{busy.reference}/{first.provider_ref}", busy.reference]
    assert second.reference == first.reference == busy.reference


def test_after_a_permanent_failure_the_call_stays_failed(gateway, world):
    request = to("locked")
    gateway.create_payout(request)
    world.process_payouts()

    assert gateway.create_payout(request).permanent
    assert len(world.all("batch")) == 1


def test_a_low_balance_passes(gateway, world):
    request = to("host")
    world.fail(PATH + "$", "refuse", code="INSUFFICIENT_FUNDS", method="POST")

    with pytest.raises(GatewayRefused, match="insufficient_funds") as caught:
        gateway.create_payout(request)

    assert not caught.value.permanent
    assert gateway.create_payout(request).status is PROCESSING


@pytest.mark.parametrize("details", [{}, {"email": ""}, {"iban": "DE00"}])
def test_a_payout_needs_an_address(gateway, details):
    with pytest.raises(GatewayRefused, match="account_missing"):
        gateway.create_payout(new_payout(account_details=details))


def test_after_30_days_the_name_is_free_and_the_report_still_knows_the_payout(gateway, world):
    request = to("host")
    world.let_reports_lag(3 * 3600)
    gateway.create_payout(request)
    world.process_payouts()
    assert gateway.find_payout(request.reference, since=NOON) is None
    late = NOON + timedelta(days=30, seconds=1)
    world.stop_clock(late)
    then = paypal_gateway_for(world, now=lambda: late)

    found = then.find_payout(request.reference, since=NOON - timedelta(minutes=10))
    assert (found.status, found.reference, found.amount_minor) == (PAID, request.reference, 5_000)
    assert then.find_payout("never-made", since=NOON) is None
    then.create_payout(request)
    assert len(world.all("batch")) == 2  # what would happen to a caller that doesn't look first
