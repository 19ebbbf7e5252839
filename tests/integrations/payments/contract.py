"""What every payment gateway must do; an adapter's tests subclass ``GatewayContract`` and give it a ``gateway``."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from airbnb.integrations.payments.protocol import (
    GatewayPaymentStatus,
    GatewayPayoutStatus,
    GatewayRefundStatus,
    GatewayRefused,
    PaymentRequest,
    PayoutRequest,
)

NUMBERS = count(1)


def new_payment(**overrides):
    number = next(NUMBERS)
    values = {
        "reference": f"intent-{number}",
        "amount_minor": 12_345,
        "currency": "EUR",
        "token": "tok_ok",
        "idempotency_key": f"create-{number}",
    }
    return PaymentRequest(**{**values, **overrides})


def new_payout(**overrides):
    number = next(NUMBERS)
    values = {
        "reference": f"payout-{number}",
        "account_details": {"email": "host@example.test"},
        "amount_minor": 5_000,
        "currency": "EUR",
        "idempotency_key": f"payout-key-{number}",
    }
    return PayoutRequest(**{**values, **overrides})


class GatewayContract:
    """Subclasses override the ``gateway`` fixture and, where they differ, the tokens, the account, the start and how a
    payer pays.

    ``start`` is an instant before every call.
    """

    start = datetime(2026, 1, 1, tzinfo=UTC)

    ok_token = "tok_ok"
    declined_token = "tok_declined"
    account_details = {"email": "host@example.test"}

    @pytest.fixture
    def gateway(self):
        raise NotImplementedError

    def authorized(self, gateway, **overrides):
        return gateway.create_payment(new_payment(token=self.ok_token, **overrides))

    def captured(self, gateway, **overrides):
        return gateway.create_payment(new_payment(token=self.ok_token, capture=True, **overrides))

    def declined(self, gateway):
        return gateway.create_payment(new_payment(token=self.declined_token, capture=True))

    def send_payouts(self, gateway):
        """Let the provider do what it does in its own time."""

    def test_it_has_a_name_and_remembers_keys_for_a_while(self, gateway):
        assert gateway.name.isidentifier()
        assert gateway.key_valid_for.total_seconds() >= 3600

    def test_authorizing_reserves_and_takes_nothing(self, gateway):
        payment = self.authorized(gateway)

        assert payment.status == GatewayPaymentStatus.AUTHORIZED
        assert (payment.amount_minor, payment.captured_minor, payment.refunded_minor) == (12_345, 0, 0)
        assert payment.capture_before is not None
        assert payment.capture_before.tzinfo is not None

    def test_capturing_at_once_takes_all(self, gateway):
        payment = self.captured(gateway)

        assert (payment.status, payment.captured_minor) == (GatewayPaymentStatus.CAPTURED, 12_345)
        assert gateway.get_payment(payment.provider_ref) == payment

    def test_a_declined_card_is_an_answer_with_a_reason(self, gateway):
        payment = self.declined(gateway)

        assert payment.status == GatewayPaymentStatus.FAILED
        assert payment.failure_code
        assert payment.captured_minor == 0

    def test_creating_again_with_the_key_makes_nothing_new(self, gateway):
        request = new_payment(token=self.ok_token, capture=True)

        assert gateway.create_payment(request).provider_ref == gateway.create_payment(request).provider_ref

    def test_the_key_with_other_parameters_is_refused(self, gateway):
        request = new_payment(token=self.ok_token)
        gateway.create_payment(request)

        with pytest.raises(GatewayRefused) as caught:
            gateway.create_payment(replace(request, amount_minor=999))
        assert caught.value.permanent

    def test_a_payment_is_found_by_our_reference(self, gateway):
        payment = self.authorized(gateway)

        assert gateway.find_payment(payment.reference, since=self.start) == payment
        assert gateway.find_payment("never-made", since=self.start) is None

    def test_an_unknown_payment_is_refused(self, gateway):
        with pytest.raises(GatewayRefused):
            gateway.get_payment("no-such-payment")

    def test_a_part_can_be_captured_once(self, gateway):
        payment = self.authorized(gateway)

        first = gateway.capture(payment.provider_ref, 10_000, "capture-a-" + payment.reference, currency="EUR")
        again = gateway.capture(payment.provider_ref, 10_000, "capture-a-" + payment.reference, currency="EUR")

        assert (first.status, first.captured_minor) == (GatewayPaymentStatus.CAPTURED, 10_000)
        assert again == first
        with pytest.raises(GatewayRefused):
            gateway.capture(payment.provider_ref, 2_345, "capture-b-" + payment.reference, currency="EUR")

    def test_more_than_authorized_is_not_captured(self, gateway):
        payment = self.authorized(gateway)

        with pytest.raises(GatewayRefused):
            gateway.capture(payment.provider_ref, 12_346, "too-much-" + payment.reference, currency="EUR")
        assert gateway.get_payment(payment.provider_ref).captured_minor == 0

    def test_a_voided_authorization_can_not_be_captured(self, gateway):
        payment = self.authorized(gateway)

        voided = gateway.void(payment.provider_ref, "void-" + payment.reference)

        assert voided.status == GatewayPaymentStatus.CANCELED
        assert gateway.void(payment.provider_ref, "void-" + payment.reference) == voided
        assert gateway.void(payment.provider_ref, "void-again-" + payment.reference) == voided
        with pytest.raises(GatewayRefused):
            gateway.capture(payment.provider_ref, 12_345, "late-" + payment.reference, currency="EUR")

    def test_a_captured_payment_can_not_be_voided(self, gateway):
        payment = self.captured(gateway)

        with pytest.raises(GatewayRefused):
            gateway.void(payment.provider_ref, "void-" + payment.reference)

    def test_refunds_add_up_to_the_captured_amount_and_no_further(self, gateway):
        payment = self.captured(gateway)
        reference = "refund-" + payment.reference

        first = gateway.refund(
            payment.provider_ref, 10_000, reference + "-a", currency="EUR", reference=reference + "-a"
        )
        with pytest.raises(GatewayRefused):
            gateway.refund(payment.provider_ref, 2_346, reference + "-b", currency="EUR", reference=reference + "-b")
        gateway.refund(payment.provider_ref, 2_345, reference + "-c", currency="EUR", reference=reference + "-c")

        assert (first.status, first.amount_minor) == (GatewayRefundStatus.SUCCEEDED, 10_000)
        assert first.payment_ref == payment.provider_ref
        assert gateway.get_payment(payment.provider_ref).refunded_minor == 12_345

    def test_refunding_again_with_the_key_gives_nothing_twice(self, gateway):
        payment = self.captured(gateway)
        reference = "refund-" + payment.reference

        first = gateway.refund(payment.provider_ref, 5_000, reference, currency="EUR", reference=reference)
        again = gateway.refund(payment.provider_ref, 5_000, reference, currency="EUR", reference=reference)

        assert again == first
        assert gateway.get_payment(payment.provider_ref).refunded_minor == 5_000

    def test_a_refund_is_found_by_either_name(self, gateway):
        payment = self.captured(gateway)
        refund = gateway.refund(
            payment.provider_ref, 5_000, payment.reference, currency="EUR", reference="back-" + payment.reference
        )

        assert gateway.get_refund(refund.provider_ref) == refund
        assert gateway.find_refund("back-" + payment.reference, payment_ref=payment.provider_ref) == refund
        assert gateway.find_refund("never-made", payment_ref=payment.provider_ref) is None

    def test_a_payout_is_made_once_for_its_key(self, gateway):
        request = new_payout(account_details=self.account_details)

        first, again = gateway.create_payout(request), gateway.create_payout(request)

        assert first.status in (GatewayPayoutStatus.PAID, GatewayPayoutStatus.PROCESSING)
        assert again.provider_ref == first.provider_ref
        self.send_payouts(gateway)
        found = gateway.find_payout(request.reference, since=self.start)
        assert (found.reference, found.amount_minor, found.currency) == (request.reference, 5_000, "EUR")
        assert gateway.find_payout("never-made", since=self.start) is None
        assert gateway.get_payout(first.provider_ref).reference == request.reference
        with pytest.raises(GatewayRefused):
            gateway.get_payout("no-such-payout")
        with pytest.raises(GatewayRefused):
            gateway.create_payout(replace(request, amount_minor=1))
