"""Asking providers: about calls whose outcome got lost, and about things of which they said that something changed."""

from collections.abc import Callable

from airbnb.domain.kinds import IntentOperation
from airbnb.domain.payment_reports import PaymentReport
from airbnb.domain.statuses import PaymentStatus
from airbnb.integrations.payments import GatewayError, GatewayPaymentStatus, GatewayPayoutStatus
from airbnb.models.payments import PaymentIntent
from airbnb.queries import payments as queries
from airbnb.queries import refunds as refund_queries
from airbnb.unit_of_work import reading
from airbnb.workflows.payment_outcomes import calls
from airbnb.workflows.payment_outcomes.answers import (
    look_up_payment,
    look_up_payout,
    look_up_refund,
    payment_report,
    payout_report,
    refund_report,
)

NEVER_ARRIVED = "not_received"


def refresh_payment(payment_id: int) -> None:
    """Ask the provider where a payment stands, and apply it."""
    with reading() as session:
        payment = queries.get_payment(session, payment_id)
    answer = look_up_payment(payment)
    if answer is not None:
        calls.settle_payment(payment_id, payment_report(answer))


def refresh_refund(refund_id: int) -> None:
    """Ask the provider where a refund stands, and apply it."""
    with reading() as session:
        refund = refund_queries.get_refund(session, refund_id)
    answer = None if refund is None else look_up_refund(refund)
    if answer is not None:
        calls.settle_refund(refund_id, refund_report(answer))


def refresh_payout(intent_id: int) -> None:
    """Ask the provider where a payout stands that one of our calls sent, and apply it."""
    with reading() as session:
        intent = queries.get_intent(session, intent_id)
    answer = look_up_payout(intent)
    if answer is not None:
        calls.settle_payout(intent, payout_report(answer))


def resolve(intent_id: int) -> None:
    """Settle a call whose outcome is not known: look at the provider first, act only if it never acted.

    This also holds after the provider forgot the idempotency key.
    """
    with reading() as session:
        intent = queries.get_intent(session, intent_id)
    if intent.state not in queries.OPEN_STATES or calls.is_held_back(intent):
        return
    try:
        _RESOLVE[intent.operation](intent)
    except GatewayError as error:
        calls.leave_unknown(intent, error)


def _resolve_authorize(intent: PaymentIntent) -> None:
    payment = calls.payment_of(intent)
    answer = look_up_payment(payment)
    if answer is None:
        # The token is not kept, so the call can't be made again; the guest may try anew.
        report = PaymentReport(status=PaymentStatus.FAILED, failure_code=NEVER_ARRIVED)
    else:
        report = payment_report(answer)
    calls.settle_payment(payment.id, report)


def _resolve_capture(intent: PaymentIntent) -> None:
    payment = calls.payment_of(intent)
    answer = look_up_payment(payment)
    if answer is not None and answer.status is not GatewayPaymentStatus.AUTHORIZED:
        calls.settle_payment(payment.id, payment_report(answer))
    else:
        calls.capture(intent)


def _resolve_refund(intent: PaymentIntent) -> None:
    refund, _ = calls.refund_of(intent)
    answer = look_up_refund(refund)
    if answer is None:
        calls.refund(intent)
    else:
        calls.settle_refund(refund.id, refund_report(answer))


def _resolve_payout(intent: PaymentIntent) -> None:
    answer = look_up_payout(intent)
    if answer is None or (answer.status is GatewayPayoutStatus.FAILED and not answer.permanent):
        calls.payout(intent)
    else:
        calls.settle_payout(intent, payout_report(answer))


_RESOLVE: dict[IntentOperation, Callable[[PaymentIntent], None]] = {
    IntentOperation.AUTHORIZE: _resolve_authorize,
    IntentOperation.CAPTURE: _resolve_capture,
    IntentOperation.VOID: calls.void,
    IntentOperation.REFUND: _resolve_refund,
    IntentOperation.PAYOUT: _resolve_payout,
}
