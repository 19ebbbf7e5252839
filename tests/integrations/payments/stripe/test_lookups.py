"""What Stripe knows when it is asked: disputes, its balance, and amounts in its words."""

import json
from datetime import timedelta
from itertools import islice

import pytest

from airbnb.integrations.payments.abilities import (
    DisputeStatus,
    MovementKind,
)
from airbnb.integrations.payments.protocol import (
    GatewayRefused,
)
from airbnb.integrations.payments.stripe.amounts import from_stripe, to_stripe
from tests.factories.stripe import stripe_gateway_for, verified_account
from tests.integrations.payments.contract import new_payment, new_payout
from tests.integrations.payments.stripe.calls import NOON, OK, authorized


def test_a_dispute_is_read_and_its_end(gateway, world):
    payment = gateway.create_payment(new_payment(token=OK, capture=True))
    opened = world.open_dispute(payment.provider_ref)

    dispute = gateway.get_dispute(opened["id"])
    assert (dispute.status, dispute.payment_ref, dispute.amount_minor, dispute.is_inquiry) == (
        DisputeStatus.NEEDS_RESPONSE,
        payment.provider_ref,
        12_345,
        False,
    )
    assert dispute.evidence_due_at > NOON
    world.close_dispute(dispute.provider_ref, won=False)
    assert gateway.get_dispute(dispute.provider_ref).status is DisputeStatus.LOST


def test_the_balance_lists_everything_that_moved(gateway, world):
    account = verified_account(gateway, world)
    payment = gateway.create_payment(new_payment(token=OK, capture=True))
    refund = gateway.refund(payment.provider_ref, 345, "refund", currency="EUR", reference="refund-1")
    payout = gateway.create_payout(new_payout(account_details={"account": account}))
    gateway.reverse_payout(payout.provider_ref, 1_000, "back", currency="EUR")
    dispute = world.open_dispute(payment.provider_ref)

    moved = list(gateway.list_movements(NOON, NOON + timedelta(hours=1)))

    assert [(one.kind, one.subject_ref, one.amount_minor) for one in reversed(moved)] == [
        (MovementKind.PAYMENT, payment.provider_ref, 12_345),
        (MovementKind.REFUND, refund.provider_ref, -345),
        (MovementKind.PAYOUT, payout.provider_ref, -5_000),
        (MovementKind.PAYOUT_REVERSAL, payout.provider_ref, 1_000),
        (MovementKind.DISPUTE, dispute["id"], -12_345),
    ]
    assert [one.reference for one in reversed(moved)][:3] == [payment.reference, "refund-1", payout.reference]
    assert moved[-1].fee_minor > 0
    assert list(islice(gateway.list_movements(NOON + timedelta(hours=1), NOON + timedelta(hours=2)), 1)) == []


@pytest.mark.parametrize(
    "minor, currency, theirs",
    [(100, "EUR", 100), (500, "JPY", 500), (500, "ISK", 50_000), (1_230, "KWD", 1_230), (1_200, "MGA", 12)],
)
def test_amounts_go_to_stripe_and_back_unchanged(minor, currency, theirs):
    assert to_stripe(minor, currency) == theirs
    assert from_stripe(theirs, currency) == minor


@pytest.mark.parametrize(
    "minor, currency, code",
    [(1_234, "KWD", "invalid_amount"), (1_250, "MGA", "invalid_amount"), (100, "CUP", "currency_not_supported")],
)
def test_what_stripe_can_not_count_is_refused(minor, currency, code):
    with pytest.raises(GatewayRefused, match=code):
        to_stripe(minor, currency)


def test_an_amount_is_charged_in_stripes_units(gateway, world):
    payment = authorized(gateway, amount_minor=500, currency="ISK")

    assert (payment.amount_minor, world.all("payment_intent")[0]["amount"]) == (500, 50_000)


def test_a_gateway_without_a_webhook_secret_is_not_made(world):
    with pytest.raises(ValueError, match="secret"):
        stripe_gateway_for(world, webhook_secrets=("",))


def test_every_answer_is_plain_data(gateway, world):
    payment = authorized(gateway)

    assert json.dumps(payment.reference) == json.dumps(world.all("payment_intent")[0]["metadata"]["reference"])
