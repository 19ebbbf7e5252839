"""What PayPal knows when it is asked: payments, refunds, disputes, its report, and amounts in its words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airbnb.integrations.payments.abilities import (
    DisputeStatus,
    DisputingGateway,
    MovementKind,
    OnboardingGateway,
    ReconcilableGateway,
    ReversingGateway,
)
from airbnb.integrations.payments.paypal.amounts import from_paypal, money, to_paypal
from airbnb.integrations.payments.protocol import (
    GatewayRefused,
)
from tests.factories.paypal import paypal_gateway_for
from tests.integrations.payments.contract import new_payment
from tests.integrations.payments.paypal.calls import NOON, paid, waiting


class TestLookups:
    def test_an_orders_key_is_forgotten_after_six_hours(self, gateway, world):
        request = new_payment(token=None)
        first = gateway.create_payment(request)
        world.stop_clock(NOON + timedelta(hours=2))
        assert gateway.create_payment(request).provider_ref == first.provider_ref
        assert gateway.key_valid_for == timedelta(hours=6)

        world.stop_clock(NOON + timedelta(hours=6, seconds=1))
        assert gateway.create_payment(request).provider_ref != first.provider_ref

    @pytest.mark.parametrize("capture", [False, True])
    def test_a_payment_that_holds_money_is_found_in_the_report_which_lags(self, gateway, world, capture):
        payment = paid(gateway, world, capture=capture)
        world.let_reports_lag(3 * 3600)
        later = paypal_gateway_for(world, now=lambda: NOON + timedelta(hours=3))

        assert gateway.find_payment(payment.reference, since=NOON) is None
        world.stop_clock(NOON + timedelta(hours=3))
        assert later.find_payment(payment.reference, since=NOON) == payment
        assert later.find_payment(payment.reference, since=NOON + timedelta(seconds=1)) is None

    def test_an_order_that_holds_nothing_is_in_no_list(self, gateway):
        assert gateway.find_payment(waiting(gateway).reference, since=NOON) is None

    def test_a_refund_is_found_at_its_order_at_once(self, gateway, world):
        payment = paid(gateway, world, capture=True)
        world.let_reports_lag(3 * 3600)
        refund = gateway.refund(payment.provider_ref, 4_000, "refund", currency="EUR", reference="r1")

        assert gateway.find_refund("r1", payment_ref=payment.provider_ref) == refund


def test_it_has_the_abilities_that_callers_ask_for(gateway):
    abilities = (DisputingGateway, ReconcilableGateway, OnboardingGateway, ReversingGateway)

    assert [isinstance(gateway, ability) for ability in abilities] == [True, True, False, False]


@pytest.mark.parametrize("won, status", [(True, DisputeStatus.WON), (False, DisputeStatus.LOST)])
def test_a_dispute_is_read_and_its_end(gateway, world, won, status):
    payment = paid(gateway, world, capture=True)
    opened = world.open_dispute(payment.provider_ref)

    dispute = gateway.get_dispute(opened["dispute_id"])
    assert (dispute.status, dispute.payment_ref, dispute.amount_minor, dispute.is_inquiry) == (
        DisputeStatus.NEEDS_RESPONSE,
        payment.provider_ref,
        12_345,
        False,
    )
    assert dispute.evidence_due_at > NOON
    world.close_dispute(dispute.provider_ref, won=won)
    assert gateway.get_dispute(dispute.provider_ref).status is status


def test_the_report_lists_everything_that_moved(gateway, world):
    payment = paid(gateway, world, capture=True)
    refund = gateway.refund(payment.provider_ref, 345, "refund", currency="EUR", reference="refund-1")
    world.open_dispute(payment.provider_ref)

    moved = list(gateway.list_movements(NOON - timedelta(days=70), NOON + timedelta(hours=1)))

    assert {(one.kind, one.amount_minor, one.reference) for one in moved} == {
        (MovementKind.PAYMENT, 12_345, payment.reference),
        (MovementKind.REFUND, -345, "refund-1"),
        (MovementKind.DISPUTE, -12_345, payment.reference),
    }
    by_kind = {one.kind: one for one in moved}
    assert by_kind[MovementKind.PAYMENT].fee_minor == 370
    assert by_kind[MovementKind.REFUND].subject_ref == refund.provider_ref
    assert list(gateway.list_movements(NOON + timedelta(hours=1), NOON + timedelta(days=1))) == []


@pytest.mark.parametrize(
    "minor, currency, theirs",
    [(100, "EUR", "1.00"), (123, "EUR", "1.23"), (500, "JPY", "500"), (4_000_000, "HUF", "40000"), (900, "TWD", "9")],
)
def test_amounts_go_to_paypal_and_back_unchanged(minor, currency, theirs):
    assert money(minor, currency) == {"currency_code": currency, "value": theirs}
    assert from_paypal(money(minor, currency)) == minor


@pytest.mark.parametrize(
    "minor, currency, code",
    [
        (4_000_050, "HUF", "invalid_amount"),
        (950, "TWD", "invalid_amount"),
        (0, "EUR", "invalid_amount"),
        (-1, "EUR", "invalid_amount"),
        (1_250, "KWD", "currency_not_supported"),
        (5_000, "ISK", "currency_not_supported"),
    ],
)
def test_what_paypal_can_not_count_is_refused(minor, currency, code):
    with pytest.raises(GatewayRefused, match=code):
        to_paypal(minor, currency)


def test_the_stand_in_refuses_what_the_adapter_would_never_send(gateway, world, monkeypatch):
    monkeypatch.setattr(
        "airbnb.integrations.payments.paypal.gateway.money", lambda *_: {"currency_code": "HUF", "value": "1.50"}
    )

    with pytest.raises(GatewayRefused, match="decimals_not_supported"):
        waiting(gateway)


def test_a_gateway_without_a_webhook_id_is_not_made(world):
    with pytest.raises(ValueError, match="webhook"):
        paypal_gateway_for(world, webhook_ids=("",))


def test_the_key_with_another_amount_is_refused_for_refunds_too(gateway, world):
    payment = paid(gateway, world, capture=True)
    gateway.refund(payment.provider_ref, 4_000, "refund", currency="EUR", reference="r1")

    with pytest.raises(GatewayRefused, match="idempotency_key_reused"):
        gateway.refund(payment.provider_ref, 5_000, "refund", currency="EUR", reference="r1")
    assert replace(payment, refunded_minor=4_000) == gateway.get_payment(payment.provider_ref)
