"""Asking a provider where a dispute stands."""

from functools import partial

from airbnb.domain import clock
from airbnb.domain.kinds import Provider
from airbnb.domain.payment_reports import DisputeReport
from airbnb.domain.statuses import PaymentStatus
from airbnb.integrations.payments import GatewayRefused
from airbnb.integrations.payments.abilities import DisputingGateway, GatewayDispute
from airbnb.queries import payments as queries
from airbnb.services.disputes import apply_report
from airbnb.services.webhooks import as_id
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import outside
from airbnb.workflows.payment_outcomes import payment_report, settle_payment

#: Of these the book knows that the money came.
HELD = (PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED)


def refresh_dispute(provider: Provider, provider_ref: str) -> bool:
    """Ask where a dispute stands and apply it; False when the provider or we do not know what it is about.

    Raises: what calls of a gateway do.
    """
    gateway = outside.gateway(provider)
    if not isinstance(gateway, DisputingGateway):
        return False
    try:
        answer = gateway.get_dispute(provider_ref)
    except GatewayRefused:
        return False
    payment_id = _find_payment(provider, answer.payment_ref)
    if payment_id is None:
        return False
    in_transaction(partial(apply_report, payment_id=payment_id, report=dispute_report(answer), now=clock.now()))
    return True


def dispute_report(answer: GatewayDispute) -> DisputeReport:
    """Put a provider's answer about a dispute into our words."""
    return DisputeReport(
        provider_ref=answer.provider_ref,
        status=answer.status,
        amount_minor=answer.amount_minor,
        currency=answer.currency,
        reason=answer.reason,
        is_inquiry=answer.is_inquiry,
        evidence_due_at=answer.evidence_due_at,
    )


def _find_payment(provider: Provider, payment_ref: str) -> int | None:
    """Return the payment that a dispute is about; what was not seen of it yet is brought up to date first."""
    with reading() as session:
        known = queries.find_payment_by_ref(session, provider, payment_ref)
    if known is not None and known.status in HELD:
        return known.id
    try:
        answer = outside.gateway(provider).get_payment(payment_ref)
    except GatewayRefused:
        return None
    payment_id = as_id(answer.reference) if known is None else known.id
    with reading() as session:
        payment = None if payment_id is None else queries.find_payment(session, payment_id)
    if payment is None or payment.provider is not provider:
        return None
    settle_payment(payment.id, payment_report(answer))
    return payment.id
