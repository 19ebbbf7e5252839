"""Making the planned calls to providers, each between two transactions, and recording what they answer."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from airbnb.domain import clock
from airbnb.domain.kinds import IntentOperation
from airbnb.domain.payment_reports import PaymentReport, PayoutReport, RefundReport
from airbnb.domain.statuses import PayoutStatus, RefundStatus
from airbnb.domain.switches import Switch, switch_of
from airbnb.integrations.payments import GatewayError, GatewayPayment, GatewayRefused, PayoutRequest
from airbnb.models.payments import Payment, PaymentIntent, Refund
from airbnb.queries import payments as queries
from airbnb.queries import refunds as refund_queries
from airbnb.services import payments as payment_service
from airbnb.services import payout_accounts, refund_reports
from airbnb.services import payouts as payout_service
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import outside, switches
from airbnb.workflows.payment_outcomes.answers import payment_report, payout_report, ref_of, refund_report

logger = logging.getLogger(__name__)

#: When a call whose answer got lost is asked about for the first time; while the provider is silent it doubles.
ASK_AFTER = timedelta(seconds=30)
LONGEST_ASK_AFTER = timedelta(minutes=10)


def settle_payment(payment_id: int, report: PaymentReport) -> None:
    """Apply where a payment stands, and make the calls that follow.

    The one way for every outcome: of a call, a webhook, the payer's return and the sweep.
    Idempotent.
    """
    work = partial(payment_service.apply_report, payment_id=payment_id, report=report, now=clock.now())
    make_calls(in_transaction(work))


def make_calls(intent_ids: Iterable[int]) -> None:
    """Make planned calls; one that fails is left to the sweep and never stops the others."""
    for intent_id in intent_ids:
        with reading() as session:
            intent = queries.get_intent(session, intent_id)
        if intent.state not in queries.OPEN_STATES or is_held_back(intent):
            continue
        try:
            _CALLS[intent.operation](intent)
        except GatewayError as error:
            leave_unknown(intent, error)


def is_held_back(intent: PaymentIntent) -> bool:
    """Whether staff have stopped what a call does; it stays planned, and the sweep makes it once it may be made."""
    is_payout = intent.operation is IntentOperation.PAYOUT
    return switches.is_off(switch_of(intent.provider)) or (is_payout and switches.is_off(Switch.PAYOUTS))


def leave_unknown(intent: PaymentIntent, error: GatewayError) -> None:
    """Note that the answer to a call got lost; the sweep asks for it."""
    logger.warning("the outcome of a call is not known", extra={"intent_id": intent.id}, exc_info=error)
    text = f"{type(error).__name__}: {error}"
    check_at = clock.now() + min(ASK_AFTER * 2 ** min(intent.attempts, 10), LONGEST_ASK_AFTER)
    in_transaction(partial(queries.mark_unknown, intent_id=intent.id, error=text, check_at=check_at))


def payment_of(intent: PaymentIntent) -> Payment:
    """Return the payment that a call is about. Needs: ``get_intent`` loaded it."""
    assert intent.payment is not None
    return intent.payment


def refund_of(intent: PaymentIntent) -> tuple[Refund, Payment]:
    """Return the refund that a call is about, and its payment."""
    assert intent.refund_id is not None
    with reading() as session:
        refund = refund_queries.get_refund(session, intent.refund_id)
        assert refund is not None
        return refund, queries.get_payment(session, refund.payment_id)


def capture(intent: PaymentIntent) -> None:
    """Take the money that is authorised."""
    payment = payment_of(intent)
    gateway = outside.gateway(intent.provider)
    _apply_or_ask(
        payment,
        lambda: gateway.capture(ref_of(payment), intent.amount_minor, intent.idempotency_key, currency=intent.currency),
    )


def void(intent: PaymentIntent) -> None:
    """Give an authorisation up."""
    payment = payment_of(intent)
    gateway = outside.gateway(intent.provider)
    _apply_or_ask(payment, lambda: gateway.void(ref_of(payment), intent.idempotency_key))


def _apply_or_ask(payment: Payment, call: Callable[[], GatewayPayment]) -> None:
    """Apply a call's answer; a refusal means that the payment stands elsewhere, so ask where."""
    try:
        answer = call()
    except GatewayRefused:
        answer = outside.gateway(payment.provider).get_payment(ref_of(payment))
    settle_payment(payment.id, payment_report(answer))


def refund(intent: PaymentIntent) -> None:
    """Send money back to where it came from."""
    refund, payment = refund_of(intent)
    try:
        answer = outside.gateway(intent.provider).refund(
            ref_of(payment),
            intent.amount_minor,
            intent.idempotency_key,
            currency=intent.currency,
            reference=str(refund.id),
        )
    except GatewayRefused as refusal:
        settle_refund(refund.id, RefundReport(status=RefundStatus.FAILED, failure_code=refusal.code))
    else:
        settle_refund(refund.id, refund_report(answer))


def settle_refund(refund_id: int, report: RefundReport) -> None:
    """Apply where a refund stands."""
    work = partial(refund_reports.apply_refund_report, refund_id=refund_id, report=report, now=clock.now())
    in_transaction(work)


def payout(intent: PaymentIntent) -> None:
    """Send money to a host's account."""
    assert intent.payout_id is not None
    with reading() as session:
        account = payout_accounts.open_account(session, intent.payout_id)
    request = PayoutRequest(
        reference=str(intent.id),
        account_details=account,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        idempotency_key=intent.idempotency_key,
    )
    try:
        answer = outside.gateway(intent.provider).create_payout(request)
    except GatewayRefused as refusal:
        report = PayoutReport(status=PayoutStatus.FAILED, failure_code=refusal.code, is_permanent=refusal.permanent)
        settle_payout(intent, report)
    else:
        settle_payout(intent, payout_report(answer))


def settle_payout(intent: PaymentIntent, report: PayoutReport) -> None:
    """Apply where a payout stands."""
    in_transaction(partial(payout_service.apply_report, intent_id=intent.id, report=report, now=clock.now()))


def _nothing(intent: PaymentIntent) -> None:
    """An authorisation is only ever asked for with the guest's token, by ``authorise``."""


_CALLS: dict[IntentOperation, Callable[[PaymentIntent], None]] = {
    IntentOperation.AUTHORIZE: _nothing,
    IntentOperation.CAPTURE: capture,
    IntentOperation.VOID: void,
    IntentOperation.REFUND: refund,
    IntentOperation.PAYOUT: payout,
}
