"""The adapter of Stripe keeps the gateway contract against the stand-in, and says truly what a failed call did."""

from datetime import timedelta

import pytest

from airbnb.integrations.payments.protocol import (
    GatewayPaymentStatus,
    GatewayRefundStatus,
    GatewayRefused,
)
from tests.factories.stripe import stripe_gateway_for, verified_account
from tests.integrations.payments.contract import GatewayContract, new_payment
from tests.integrations.payments.stripe.calls import NOON, OK, RETURN_URL, authorized


class TestContract(GatewayContract):
    ok_token = OK
    declined_token = "pm_card_visa_chargeDeclined"

    @pytest.fixture
    def gateway(self, world):
        gateway = stripe_gateway_for(world, now=lambda: NOON)
        self.account_details = {"account": verified_account(gateway, world)}
        self.start = NOON
        return gateway


@pytest.mark.parametrize(
    "token, code",
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ],
)
def test_a_declined_card_names_its_reason_again_and_again(gateway, world, token, code):
    request = new_payment(token=token)

    payment = gateway.create_payment(request)

    assert (payment.status, payment.failure_code) == (GatewayPaymentStatus.FAILED, code)
    assert gateway.create_payment(request) == payment
    assert gateway.get_payment(payment.provider_ref).status is GatewayPaymentStatus.FAILED
    assert len(world.all("payment_intent")) == 1


@pytest.mark.parametrize(
    "ok, status, code",
    [
        (True, GatewayPaymentStatus.AUTHORIZED, None),
        (False, GatewayPaymentStatus.FAILED, "payment_intent_authentication_failure"),
    ],
)
def test_the_payer_answers_3d_secure_on_the_banks_page(gateway, world, ok, status, code):
    waiting = gateway.create_payment(new_payment(token="pm_card_authenticationRequired", return_url=RETURN_URL))
    assert waiting.status is GatewayPaymentStatus.REQUIRES_ACTION
    assert waiting.client_secret.startswith(waiting.provider_ref)

    back = world.answer_challenge(waiting.approval_url, ok=ok)

    assert back.startswith(RETURN_URL)
    now = gateway.get_payment(waiting.provider_ref)
    assert (now.status, now.failure_code, now.approval_url, now.client_secret) == (status, code, None, None)


def test_without_a_token_the_payers_browser_confirms(gateway):
    waiting = gateway.create_payment(new_payment(token=None))

    assert (waiting.status, waiting.approval_url) == (GatewayPaymentStatus.REQUIRES_ACTION, None)
    assert waiting.client_secret
    assert waiting.client_secret not in repr(waiting)


def test_a_failed_payment_can_not_be_confirmed_any_more_once_it_is_voided(gateway):
    failed = gateway.create_payment(new_payment(token="pm_card_visa_chargeDeclined"))

    assert gateway.void(failed.provider_ref, "void").status is GatewayPaymentStatus.CANCELED


def test_a_hold_lapses_after_what_stripe_says(gateway, world):
    payment = authorized(gateway)
    assert payment.capture_before == NOON + timedelta(days=7)
    world.stop_clock(payment.capture_before + timedelta(seconds=1))

    with pytest.raises(GatewayRefused, match="charge_expired_for_capture"):
        gateway.capture(payment.provider_ref, 12_345, "late", currency="EUR")

    lapsed = gateway.get_payment(payment.provider_ref)
    assert (lapsed.status, lapsed.failure_code) == (GatewayPaymentStatus.CANCELED, "authorization_expired")


def test_what_a_partial_capture_releases_is_no_refund(gateway):
    payment = authorized(gateway)

    taken = gateway.capture(payment.provider_ref, 10_000, "capture", currency="EUR")
    gateway.refund(payment.provider_ref, 4_000, "refund", currency="EUR", reference="r1")

    assert (taken.captured_minor, taken.refunded_minor) == (10_000, 0)
    assert gateway.get_payment(payment.provider_ref).refunded_minor == 4_000


def test_a_bank_may_send_a_refund_back(gateway, world):
    payment = gateway.create_payment(new_payment(token=OK, capture=True))
    refund = gateway.refund(payment.provider_ref, 4_000, "refund", currency="EUR", reference="r1")

    world.fail_refund(refund.provider_ref)

    back = gateway.get_refund(refund.provider_ref)
    assert (back.status, back.failure_code) == (GatewayRefundStatus.FAILED, "lost_or_stolen_card")
    assert gateway.get_payment(payment.provider_ref).refunded_minor == 0
