"""The adapter of PayPal keeps the gateway contract against the stand-in, and says truly what a failed call did."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from airbnb.integrations.payments.abilities import (
    DisputeStatus,
    DisputingGateway,
    MovementKind,
    OnboardingGateway,
    ReconcilableGateway,
    ReversingGateway,
)
from airbnb.integrations.payments.paypal import PayPalGateway
from airbnb.integrations.payments.paypal.amounts import from_paypal, money, to_paypal
from airbnb.integrations.payments.protocol import (
    GatewayPaymentStatus,
    GatewayRefundStatus,
    GatewayRefused,
    GatewayTimeout,
    GatewayUnavailable,
)
from airbnb.integrations.payments.transport import Patience
from tests.factories.patience import QUICK
from tests.factories.paypal import paypal_gateway_for
from tests.fakes.paypal import CLIENT_ID, CLIENT_SECRET
from tests.integrations.payments.contract import GatewayContract, new_payment

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RETURN_URL = "https://shop.test/back"
CANCEL_URL = "https://shop.test/cancel"
ORDERS = "/v2/checkout/orders"


@pytest.fixture
def world(paypal_world):
    paypal_world.stop_clock(NOON)
    return paypal_world


@pytest.fixture
def gateway(world):
    return paypal_gateway_for(world, now=lambda: NOON)


def waiting(gateway, **overrides):
    return gateway.create_payment(new_payment(**{"token": None, "return_url": RETURN_URL, **overrides}))


def paid(gateway, world, *, answer="ok", **overrides):
    """A payment whose payer approved it on PayPal's page."""
    payment = waiting(gateway, **overrides)
    world.answer_approval(payment.approval_url, answer=answer)
    return gateway.get_payment(payment.provider_ref)


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


class TestFailedCalls:
    """Whether PayPal may have acted decides between GatewayTimeout and GatewayUnavailable."""

    @pytest.mark.parametrize("kind", ["lose_answer", "rate_limit", "error_500_before", "error_500_after"])
    def test_a_call_is_made_again_with_its_key_and_acts_once(self, gateway, world, kind):
        world.fail(ORDERS, kind, times=2)

        payment = waiting(gateway)

        assert payment.status is GatewayPaymentStatus.REQUIRES_ACTION
        assert len(world.all("order")) == 1
        calls = world.calls(ORDERS)
        assert len({call["key"] for call in calls}) == 1
        assert len(calls) == (2 if kind == "error_500_after" else 3)

    @pytest.mark.parametrize(
        "kind, error, made",
        [
            ("lose_answer", GatewayTimeout, 1),
            ("error_500_before", GatewayTimeout, 0),
            ("rate_limit", GatewayUnavailable, 0),
        ],
    )
    def test_a_call_that_stays_without_answer_tells_whether_it_may_have_acted(self, gateway, world, kind, error, made):
        world.fail(ORDERS, kind, times=3)

        with pytest.raises(error):
            waiting(gateway)
        assert len(world.all("order")) == made

    def test_a_call_that_is_worked_on_right_now_has_an_open_outcome(self, gateway, world):
        world.fail(ORDERS, "refuse", code="PREVIOUS_REQUEST_IN_PROGRESS")

        with pytest.raises(GatewayTimeout):
            waiting(gateway)

    def test_a_slow_answer_is_not_waited_for(self, world):
        gateway = paypal_gateway_for(world, patience=Patience(connect_s=1, read_s=0.3, budget_s=1, tries=1))
        world.fail(ORDERS, "stall", seconds=1.5)

        with pytest.raises(GatewayTimeout):
            waiting(gateway)

    def test_where_nobody_listens_nothing_was_done(self):
        gateway = PayPalGateway("id", "secret", webhook_ids=["W"], api_base="http://127.0.0.1:9", patience=QUICK)

        with pytest.raises(GatewayUnavailable):
            waiting(gateway)

    def test_wrong_credentials_do_nothing_and_are_not_tried_for_ever(self, world):
        gateway = PayPalGateway("id", "wrong", webhook_ids=["W"], api_base=world.url, patience=QUICK)

        with pytest.raises(GatewayUnavailable, match="token"):
            waiting(gateway)
        assert len(world.calls("/v1/oauth2/token")) == 1

    @pytest.mark.parametrize("kind", ["rate_limit", "error_500_before"])
    def test_a_question_never_acts(self, gateway, world, kind):
        payment = paid(gateway, world)
        world.fail(ORDERS, kind, times=3, method="GET")

        with pytest.raises(GatewayUnavailable):
            gateway.get_payment(payment.provider_ref)

    def test_nonsense_is_refused(self, gateway):
        for overrides in ({"currency": "XXX"}, {"currency": "KWD"}, {"amount_minor": 0}):
            with pytest.raises(GatewayRefused) as caught:
                waiting(gateway, **overrides)
            assert caught.value.permanent


class TestTheToken:
    def test_threads_share_one(self, gateway, world):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: waiting(gateway), range(16)))

        assert len(world.calls("/v1/oauth2/token")) == 1
        assert world.calls("/v1/oauth2/token")[0]["key"] is None  # the key of the call isn't the token's

    def test_one_that_is_refused_is_renewed_once(self, gateway, world):
        waiting(gateway)
        world.revoke_tokens()

        assert waiting(gateway).status is GatewayPaymentStatus.REQUIRES_ACTION
        assert len(world.calls("/v1/oauth2/token")) == 2

    def test_while_none_is_given_nothing_was_done(self, gateway, world):
        world.fail("/v1/oauth2/token", "error_500_before", times=3)

        with pytest.raises(GatewayUnavailable):
            waiting(gateway)

    def test_two_adapters_share_nothing(self, gateway, world):
        wrong = PayPalGateway("id", "wrong", webhook_ids=["W"], api_base=world.url, patience=QUICK)
        with pytest.raises(GatewayUnavailable):
            waiting(wrong)

        assert waiting(gateway).provider_ref


def test_logged_are_path_status_and_debug_id_and_no_secret(world, gateway, caplog):
    with caplog.at_level(logging.DEBUG):
        waiting(gateway, reference="our-reference")
        with pytest.raises(GatewayRefused):
            gateway.get_payment("no-such-order")

    ours = [record for record in caplog.records if getattr(record, "path", None) == ORDERS]
    assert (ours[0].provider, ours[0].status) == ("paypal", 201)
    assert ours[0].provider_request_id == world.calls(ORDERS)[0]["debug_id"]
    said = " ".join(str(vars(record)) for record in caplog.records)
    for secret in (CLIENT_SECRET, CLIENT_ID, "A21-", "Basic ", "our-reference", RETURN_URL):
        assert secret not in said


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
