"""The adapter of Stripe keeps the gateway contract against the stand-in, and says truly what a failed call did."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from airbnb.integrations.payments.abilities import (
    DisputeStatus,
    DisputingGateway,
    MovementKind,
    OnboardingGateway,
    ReconcilableGateway,
    ReversingGateway,
)
from airbnb.integrations.payments.protocol import (
    GatewayPaymentStatus,
    GatewayPayoutStatus,
    GatewayRefundStatus,
    GatewayRefused,
    GatewayTimeout,
    GatewayUnavailable,
)
from airbnb.integrations.payments.stripe import StripeGateway
from airbnb.integrations.payments.stripe.amounts import from_stripe, to_stripe
from airbnb.integrations.payments.transport import Patience
from tests.factories.patience import QUICK
from tests.factories.stripe import stripe_gateway_for, verified_account
from tests.integrations.payments.contract import GatewayContract, new_payment, new_payout

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OK = "pm_card_visa"
RETURN_URL = "https://shop.test/back"


@pytest.fixture
def world(stripe_world):
    stripe_world.stop_clock(NOON)
    return stripe_world


@pytest.fixture
def gateway(world):
    return stripe_gateway_for(world, now=lambda: NOON)


@pytest.fixture
def hasty(world):
    """An adapter that tries once."""
    return stripe_gateway_for(world, now=lambda: NOON, patience=replace(QUICK, tries=1))


class TestContract(GatewayContract):
    ok_token = OK
    declined_token = "pm_card_visa_chargeDeclined"

    @pytest.fixture
    def gateway(self, world):
        gateway = stripe_gateway_for(world, now=lambda: NOON)
        self.account_details = {"account": verified_account(gateway, world)}
        self.start = NOON
        return gateway


def authorized(gateway, **overrides):
    return gateway.create_payment(new_payment(token=OK, **overrides))


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


class TestFailedCalls:
    """Whether Stripe may have acted decides between GatewayTimeout and GatewayUnavailable."""

    PATH = "/v1/payment_intents"

    @pytest.mark.parametrize("kind", ["lose_answer", "rate_limit"])
    def test_a_call_is_made_again_with_its_key_and_acts_once(self, gateway, world, kind):
        world.fail(self.PATH, kind, times=2)

        payment = authorized(gateway)

        assert payment.status is GatewayPaymentStatus.AUTHORIZED
        assert len(world.all("payment_intent")) == 1
        calls = world.calls(self.PATH)
        assert (len(calls), len({call["key"] for call in calls})) == (3, 1)

    @pytest.mark.parametrize(
        "kind, error, made",
        [
            ("lose_answer", GatewayTimeout, 1),
            ("error_500_after", GatewayTimeout, 3),  # not remembered by its key, so made thrice and found by reference
            ("error_500_before", GatewayTimeout, 0),
            ("rate_limit", GatewayUnavailable, 0),
        ],
    )
    def test_a_call_that_stays_without_answer_tells_whether_it_may_have_acted(self, gateway, world, kind, error, made):
        world.fail(self.PATH, kind, times=3)
        request = new_payment(token=OK)

        with pytest.raises(error):
            gateway.create_payment(request)

        assert len(world.all("payment_intent")) == made
        found = gateway.find_payment(request.reference, since=NOON)
        assert (found is not None) == (made > 0)

    def test_one_try_that_may_have_acted_makes_the_whole_call_uncertain(self, gateway, world):
        world.fail(self.PATH, "lose_answer")
        world.fail(self.PATH, "rate_limit", times=2)

        with pytest.raises(GatewayTimeout):
            authorized(gateway)

    def test_a_slow_answer_is_not_waited_for(self, world):
        gateway = stripe_gateway_for(world, patience=Patience(connect_s=1, read_s=0.3, budget_s=1, tries=1))
        world.fail(self.PATH, "stall", seconds=1.5)

        with pytest.raises(GatewayTimeout):
            authorized(gateway)
        assert gateway.key_valid_for == timedelta(hours=24)

    def test_where_nobody_listens_nothing_was_done(self, world):
        gateway = StripeGateway("sk_test_x", webhook_secrets=["whsec"], api_base="http://127.0.0.1:9", patience=QUICK)

        with pytest.raises(GatewayUnavailable):
            authorized(gateway)

    def test_a_wrong_key_does_nothing_and_may_be_put_right(self, world):
        gateway = StripeGateway("sk_test_wrong", webhook_secrets=["whsec"], api_base=world.url, patience=QUICK)

        with pytest.raises(GatewayUnavailable, match="key"):
            authorized(gateway)

    @pytest.mark.parametrize("kind", ["rate_limit", "error_500_before"])
    def test_a_question_never_acts(self, gateway, world, kind):
        payment = authorized(gateway)
        world.fail(self.PATH, kind, times=3, method="GET")

        with pytest.raises(GatewayUnavailable):
            gateway.get_payment(payment.provider_ref)

    def test_nonsense_is_refused(self, gateway):
        for overrides in ({"currency": "XXX"}, {"amount_minor": 0}, {"token": "pm_made_up"}):
            with pytest.raises(GatewayRefused) as caught:
                gateway.create_payment(new_payment(**{"token": OK, **overrides}))
            assert caught.value.permanent

    def test_logged_are_path_status_and_request_id_and_no_secret(self, world, gateway, caplog):
        with caplog.at_level(logging.DEBUG):
            payment = gateway.create_payment(
                new_payment(token="pm_card_authenticationRequired", return_url=RETURN_URL, reference="our-reference")
            )
            gateway.create_payment(new_payment(token="pm_card_visa_chargeDeclined"))

        ours = [record for record in caplog.records if record.name.startswith("airbnb")]
        assert (ours[0].path, ours[0].status) == (self.PATH, 200)
        assert ours[0].provider_request_id.startswith("req_")
        said = " ".join(str(vars(record)) for record in caplog.records)
        for secret in ("sk_test", payment.client_secret, "pm_card", "our-reference"):
            assert secret not in said


def test_threads_with_one_key_make_one_payment(gateway, world):
    request = new_payment(token=OK, capture=True)

    with ThreadPoolExecutor(8) as pool:
        refs = {payment.provider_ref for payment in pool.map(gateway.create_payment, [request] * 24)}

    assert len(refs) == len(world.all("payment_intent")) == 1


def test_a_key_is_forgotten_after_a_day_and_the_list_still_finds_the_payment(gateway, world):
    request = new_payment(token=OK)
    first = gateway.create_payment(request)
    world.stop_clock(NOON + timedelta(hours=24, seconds=1))

    assert gateway.find_payment(request.reference, since=NOON) == first
    assert gateway.create_payment(request).provider_ref != first.provider_ref


def test_a_payment_is_found_among_hundreds_and_not_before_its_time(gateway):
    wanted = authorized(gateway)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: gateway.create_payment(new_payment(token=None)), range(130)))

    assert gateway.find_payment(wanted.reference, since=NOON) == wanted
    assert gateway.find_payment(wanted.reference, since=NOON + timedelta(seconds=1)) is None


class TestHosts:
    @pytest.fixture
    def account(self, gateway, world):
        return verified_account(gateway, world, "host-7")

    def test_it_has_the_abilities_that_callers_ask_for(self, gateway):
        for ability in (OnboardingGateway, ReversingGateway, DisputingGateway, ReconcilableGateway):
            assert isinstance(gateway, ability)

    def test_an_account_is_verified_once_stripe_says_so(self, gateway, world, account):
        assert gateway.get_account(account).is_verified
        assert gateway.find_account("host-7", since=NOON).provider_ref == account
        assert gateway.find_account("host-8", since=NOON) is None

        world.verify_account(account, ok=False)
        assert not gateway.get_account(account).is_verified

    def test_a_link_leads_to_onboarding_for_a_while(self, gateway, account):
        link = gateway.make_onboarding_link(account, return_url=RETURN_URL, refresh_url=RETURN_URL)

        assert link.url.startswith("http")
        assert link.url not in repr(link)
        assert NOON < link.expires_at <= NOON + timedelta(minutes=10)

    @pytest.mark.parametrize("details", [{}, {"account": ""}, {"iban": "DE00"}])
    def test_a_payout_needs_an_account(self, gateway, details):
        with pytest.raises(GatewayRefused, match="account_missing"):
            gateway.create_payout(new_payout(account_details=details))

    def test_an_account_that_is_not_ready_is_refused_for_good(self, gateway, world, account):
        world.verify_account(account, ok=False)

        with pytest.raises(GatewayRefused, match="insufficient_capabilities") as caught:
            gateway.create_payout(new_payout(account_details={"account": account}))
        assert caught.value.permanent

    def test_a_low_balance_passes_although_stripe_remembers_the_refusal(self, gateway, world, account):
        request = new_payout(account_details={"account": account})
        world.fail("/v1/transfers", "refuse", code="balance_insufficient", method="POST", times=2)

        for _ in range(2):
            with pytest.raises(GatewayRefused, match="balance_insufficient") as caught:
                gateway.create_payout(request)
            assert not caught.value.permanent
        paid = gateway.create_payout(request)

        assert (paid.status, paid.reference) == (GatewayPayoutStatus.PAID, request.reference)
        assert gateway.create_payout(request) == gateway.find_payout(request.reference, since=NOON) == paid
        assert len(world.all("transfer")) == 1

    def test_a_transfer_is_taken_back_in_parts_and_has_failed_once_all_is_back(self, gateway, account):
        payout = gateway.create_payout(new_payout(account_details={"account": account}))

        part = gateway.reverse_payout(payout.provider_ref, 2_000, "back-1", currency="EUR")
        again = gateway.reverse_payout(payout.provider_ref, 2_000, "back-1", currency="EUR")
        rest = gateway.reverse_payout(payout.provider_ref, 3_000, "back-2", currency="EUR")

        assert part.status is again.status is GatewayPayoutStatus.PAID
        assert (rest.status, rest.failure_code, rest.permanent) == (GatewayPayoutStatus.FAILED, "reversed", True)
        with pytest.raises(GatewayRefused):
            gateway.reverse_payout(payout.provider_ref, 1, "back-3", currency="EUR")


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
