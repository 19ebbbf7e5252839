"""What providers answer, in our words, and how they are asked where something stands."""

from datetime import timedelta

from airbnb.domain.payment_reports import PaymentReport, PayoutReport, RefundReport
from airbnb.domain.statuses import PaymentStatus, PayoutStatus, RefundStatus
from airbnb.integrations.payments import GatewayPayment, GatewayPayout, GatewayRefund
from airbnb.models.payments import Payment, PaymentIntent, Refund
from airbnb.queries import payments as queries
from airbnb.unit_of_work import reading
from airbnb.workflows import outside

#: How far the provider's clock and ours may differ.
CLOCKS_APART = timedelta(minutes=10)


def payment_report(answer: GatewayPayment) -> PaymentReport:
    """Put a provider's answer about a payment into our words."""
    return PaymentReport(
        status=PaymentStatus(answer.status),
        provider_ref=answer.provider_ref,
        captured_minor=answer.captured_minor,
        approval_url=answer.approval_url,
        client_secret=answer.client_secret,
        failure_code=answer.failure_code,
        capture_before=answer.capture_before,
    )


def refund_report(answer: GatewayRefund) -> RefundReport:
    """Put a provider's answer about a refund into our words."""
    return RefundReport(
        status=RefundStatus(answer.status), provider_ref=answer.provider_ref, failure_code=answer.failure_code
    )


def payout_report(answer: GatewayPayout) -> PayoutReport:
    """Put a provider's answer about a payout into our words."""
    return PayoutReport(
        status=PayoutStatus(answer.status),
        provider_ref=answer.provider_ref,
        failure_code=answer.failure_code,
        is_permanent=answer.permanent,
    )


def look_up_payment(payment: Payment) -> GatewayPayment | None:
    """Ask the provider where a payment stands; None says that it never heard of it."""
    gateway = outside.gateway(payment.provider)
    if payment.provider_ref is not None:
        return gateway.get_payment(payment.provider_ref)
    return gateway.find_payment(str(payment.id), since=payment.created_at - CLOCKS_APART)


def look_up_refund(refund: Refund) -> GatewayRefund | None:
    """Ask the provider where a refund stands; None says that it never heard of it."""
    gateway = outside.gateway(refund.provider)
    if refund.provider_ref is not None:
        return gateway.get_refund(refund.provider_ref)
    with reading() as session:
        payment = queries.get_payment(session, refund.payment_id)
    return gateway.find_refund(str(refund.id), payment_ref=ref_of(payment))


def look_up_payout(intent: PaymentIntent) -> GatewayPayout | None:
    """Ask the provider where a payout stands; None says that it never heard of it."""
    gateway = outside.gateway(intent.provider)
    if intent.provider_ref is not None:
        return gateway.get_payout(intent.provider_ref)
    return gateway.find_payout(str(intent.id), since=intent.created_at - CLOCKS_APART)


def ref_of(payment: Payment) -> str:
    """Return what the provider calls a payment. Needs: the provider knows it."""
    assert payment.provider_ref is not None, "only a payment that the provider knows is captured, voided or refunded"
    return payment.provider_ref
