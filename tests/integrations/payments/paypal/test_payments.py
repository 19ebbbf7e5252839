"""The adapter of PayPal keeps the gateway contract against the stand-in, and says truly what a failed call did."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from airbnb.integrations.payments.protocol import (
    GatewayPaymentStatus,
    GatewayRefundStatus,
    GatewayRefused,
)
from tests.factories.paypal import paypal_gateway_for
from tests.integrations.payments.contract import GatewayContract
from tests.integrations.payments.paypal.calls import CANCEL_URL, NOON, RETURN_URL, paid, waiting


class TestContract(GatewayContract):
    ok_token = None
    start = NOON

    @pytest.fixture
    def gateway(self, world):
        self.world = world
        return paypal_gateway_for(world, now=lambda: NOON)

    def authorized(self, gateway, **overrides):
        return paid(gateway, self.world, **overrides)

    def captured(self, gateway, **overrides):
        return paid(gateway, self.world, capture=True, **overrides)

    def declined(self, gateway):
        return paid(gateway, self.world, answer="broke", capture=True)

    def send_payouts(self, gateway):
        self.world.process_payouts()


def test_the_payer_approves_on_paypals_page_and_asking_makes_it_a_hold(gateway, world):
    payment = waiting(gateway, cancel_url=CANCEL_URL)
    assert (payment.status, payment.client_secret) == (GatewayPaymentStatus.REQUIRES_ACTION, None)
    assert gateway.get_payment(payment.provider_ref) == payment

    back = world.answer_approval(payment.approval_url)
    assert world.all("authorization") == []
    held = gateway.get_payment(payment.provider_ref)

    assert back.startswith(f"{RETURN_URL}?token={payment.provider_ref}")
    assert (held.status, held.approval_url) == (GatewayPaymentStatus.AUTHORIZED, None)
    assert held.capture_before == NOON + timedelta(days=3)  # so long PayPal honours it
    assert gateway.get_payment(payment.provider_ref) == held
    assert len(world.all("authorization")) == 1


def test_a_payer_may_turn_away_and_come_back(gateway, world):
    payment = waiting(gateway, cancel_url=CANCEL_URL)

    assert world.answer_approval(payment.approval_url, answer="no").startswith(CANCEL_URL)
    assert gateway.get_payment(payment.provider_ref).status is GatewayPaymentStatus.REQUIRES_ACTION
    world.answer_approval(payment.approval_url)
    assert gateway.get_payment(payment.provider_ref).status is GatewayPaymentStatus.AUTHORIZED


def test_a_payer_whose_money_paypal_refuses_has_failed_again_and_again(gateway, world):
    payment = paid(gateway, world, answer="broke")

    assert (payment.status, payment.failure_code) == (GatewayPaymentStatus.FAILED, "instrument_declined")
    assert gateway.get_payment(payment.provider_ref) == payment


def test_many_who_ask_at_once_authorise_once(gateway, world):
    payment = waiting(gateway)
    world.answer_approval(payment.approval_url)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(gateway.get_payment, [payment.provider_ref] * 16))

    assert {one.status for one in found} == {GatewayPaymentStatus.AUTHORIZED}
    assert len(world.all("authorization")) == 1


def test_there_are_no_tokens(gateway):
    with pytest.raises(GatewayRefused, match="token_not_supported"):
        waiting(gateway, token="tok_ok")


class TestGivingUp:
    def test_an_order_that_nobody_approved_is_never_authorised_any_more(self, gateway, world):
        payment = waiting(gateway)

        gone = gateway.void(payment.provider_ref, "void")
        world.answer_approval(payment.approval_url)

        assert gone.status is GatewayPaymentStatus.CANCELED
        assert gone.reference == payment.reference
        assert gateway.get_payment(payment.provider_ref) == gone == gateway.void(payment.provider_ref, "again")
        assert world.all("authorization") == []

    def test_what_is_authorised_while_it_is_given_up_holds_nothing(self, gateway, world, monkeypatch):
        payment = waiting(gateway)
        world.answer_approval(payment.approval_url)
        approved = gateway._order(payment.provider_ref)
        gateway.void(payment.provider_ref, "void")

        # As if this had been read before the void and went on after it.
        after = gateway._settled(approved)

        assert [one["status"] for one in world.all("authorization")] == ["VOIDED"]
        assert after["purchase_units"][0]["payments"]["authorizations"][0]["status"] == "VOIDED"
        assert gateway.get_payment(payment.provider_ref).status is GatewayPaymentStatus.CANCELED

    def test_an_order_that_paypal_forgot_is_given_up(self, gateway, world):
        payment = waiting(gateway)
        world.stop_clock(NOON + timedelta(hours=3, seconds=1))

        with pytest.raises(GatewayRefused, match="not_found"):
            gateway.get_payment(payment.provider_ref)
        assert gateway.void(payment.provider_ref, "void").status is GatewayPaymentStatus.CANCELED

    def test_a_hold_lapses_by_itself(self, gateway, world):
        payment = paid(gateway, world)
        world.stop_clock(NOON + timedelta(days=29))

        lapsed = gateway.get_payment(payment.provider_ref)

        assert (lapsed.status, lapsed.failure_code) == (GatewayPaymentStatus.CANCELED, "authorization_expired")
        with pytest.raises(GatewayRefused, match="authorization_voided"):
            gateway.capture(payment.provider_ref, 12_345, "late", currency="EUR")


def test_paypal_would_take_more_than_was_held_and_is_not_asked(gateway, world):
    payment = paid(gateway, world)

    with pytest.raises(GatewayRefused, match="amount_too_large"):
        gateway.capture(payment.provider_ref, 12_346, "more", currency="EUR")
    assert world.all("capture") == []


def test_a_refund_may_come_back(gateway, world):
    payment = paid(gateway, world, capture=True)
    refund = gateway.refund(payment.provider_ref, 4_000, "refund", currency="EUR", reference="r1")

    world.fail_refund(refund.provider_ref)

    back = gateway.get_refund(refund.provider_ref)
    assert (back.status, back.failure_code) == (GatewayRefundStatus.FAILED, "echeck")
    assert gateway.get_payment(payment.provider_ref).refunded_minor == 0
