"""Every call to a payment provider, and the one way in which its outcome reaches a payment.

A call is made between two transactions: its row with the idempotency key stands before it, its outcome is recorded
after it. What a call brings about may need further calls (an authorisation its capture); they follow here too.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from airbnb.domain import clock
from airbnb.domain.kinds import IntentOperation, Provider
from airbnb.domain.payment_reports import PaymentReport, PayoutReport, RefundReport
from airbnb.domain.statuses import PaymentStatus, PayoutStatus, RefundStatus
from airbnb.integrations.payments import (
    GatewayError,
    GatewayPayment,
    GatewayPaymentStatus,
    GatewayPayout,
    GatewayPayoutStatus,
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    PaymentRequest,
    PayoutRequest,
)
from airbnb.models.payments import Payment, PaymentIntent, Refund
from airbnb.queries import payments as queries
from airbnb.services import payments as payment_service
from airbnb.services import payout_accounts
from airbnb.services import payouts as payout_service
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import outside

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: When a call whose answer got lost is asked about for the first time; while the provider is silent it doubles.
ASK_AFTER = timedelta(seconds=30)
LONGEST_ASK_AFTER = timedelta(minutes=10)
#: How far the provider's clock and ours may differ.
CLOCKS_APART = timedelta(minutes=10)
UNAVAILABLE = "provider_unavailable"
NEVER_ARRIVED = "not_received"


def authorise(payment_id: int, *, token: str | None) -> None:
    """Make a payment's first call with the guest's token, unless it was answered already.

    Idempotent: the provider knows the call by its key; once the key is forgotten, it is asked by our reference.
    """
    with reading() as session:
        payment = queries.get_payment(session, payment_id)
        intent = queries.find_open_intent(session, IntentOperation.AUTHORIZE, payment_id=payment_id)
    if intent is None:
        return
    if intent.key_valid_until is not None and clock.now() >= intent.key_valid_until:
        resolve(intent.id)
        return
    request = PaymentRequest(
        reference=str(payment.id),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        idempotency_key=intent.idempotency_key,
        token=token,
        return_url=payment.return_url,
        cancel_url=payment.cancel_url,
    )
    try:
        answer = outside.gateway(payment.provider).create_payment(request)
    except GatewayRefused as refusal:
        settle_payment(payment_id, PaymentReport(status=PaymentStatus.FAILED, failure_code=refusal.code))
    except GatewayUnavailable:
        settle_payment(payment_id, PaymentReport(status=PaymentStatus.FAILED, failure_code=UNAVAILABLE))
    except GatewayError as error:
        _leave_unknown(intent, error)
        settle_payment(payment_id, PaymentReport(status=PaymentStatus.PROCESSING))
    else:
        settle_payment(payment_id, payment_report(answer))


def settle_payment(payment_id: int, report: PaymentReport) -> None:
    """Apply where a payment stands, and make the calls that follow.

    The one way for every outcome: of a call, a webhook, the payer's return and the sweep.
    Idempotent.
    """
    work = partial(payment_service.apply_report, payment_id=payment_id, report=report, now=clock.now())
    make_calls(in_transaction(work))


def refresh_payment(payment_id: int) -> None:
    """Ask the provider where a payment stands, and apply it."""
    with reading() as session:
        payment = queries.get_payment(session, payment_id)
    answer = _look_up_payment(payment)
    if answer is not None:
        settle_payment(payment_id, payment_report(answer))


def refresh_refund(refund_id: int) -> None:
    """Ask the provider where a refund stands, and apply it."""
    with reading() as session:
        refund = queries.get_refund(session, refund_id)
    answer = None if refund is None else _look_up_refund(refund)
    if answer is not None:
        _settle_refund(refund_id, refund_report(answer))


def refresh_payout(intent_id: int) -> None:
    """Ask the provider where a payout stands that one of our calls sent, and apply it."""
    with reading() as session:
        intent = queries.get_intent(session, intent_id)
    answer = _look_up_payout(intent)
    if answer is not None:
        _settle_payout(intent, payout_report(answer))


def make_calls(intent_ids: Iterable[int]) -> None:
    """Make planned calls; one that fails is left to the sweep and never stops the others."""
    for intent_id in intent_ids:
        with reading() as session:
            intent = queries.get_intent(session, intent_id)
        if intent.state not in queries.OPEN_STATES:
            continue
        try:
            _CALLS[intent.operation](intent)
        except GatewayError as error:
            _leave_unknown(intent, error)


def resolve(intent_id: int) -> None:
    """Settle a call whose outcome is not known: look at the provider first, act only if it never acted.

    This also holds after the provider forgot the idempotency key.
    """
    with reading() as session:
        intent = queries.get_intent(session, intent_id)
    if intent.state not in queries.OPEN_STATES:
        return
    try:
        _RESOLVE[intent.operation](intent)
    except GatewayError as error:
        _leave_unknown(intent, error)


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


def _leave_unknown(intent: PaymentIntent, error: GatewayError) -> None:
    logger.warning("the outcome of a call is not known", extra={"intent_id": intent.id}, exc_info=error)
    text = f"{type(error).__name__}: {error}"
    check_at = clock.now() + min(ASK_AFTER * 2 ** min(intent.attempts, 10), LONGEST_ASK_AFTER)
    in_transaction(partial(queries.mark_unknown, intent_id=intent.id, error=text, check_at=check_at))


def _payment_of(intent: PaymentIntent) -> Payment:
    assert intent.payment_id is not None
    with reading() as session:
        return queries.get_payment(session, intent.payment_id)


def _refund_of(intent: PaymentIntent) -> tuple[Refund, Payment]:
    assert intent.refund_id is not None
    with reading() as session:
        refund = queries.get_refund(session, intent.refund_id)
        assert refund is not None
        return refund, queries.get_payment(session, refund.payment_id)


def _capture(intent: PaymentIntent) -> None:
    payment = _payment_of(intent)
    gateway = outside.gateway(intent.provider)
    _apply_or_ask(
        payment,
        lambda: gateway.capture(_ref(payment), intent.amount_minor, intent.idempotency_key, currency=intent.currency),
    )


def _void(intent: PaymentIntent) -> None:
    payment = _payment_of(intent)
    gateway = outside.gateway(intent.provider)
    _apply_or_ask(payment, lambda: gateway.void(_ref(payment), intent.idempotency_key))


def _apply_or_ask(payment: Payment, call: Callable[[], GatewayPayment]) -> None:
    """Apply a call's answer; a refusal means that the payment stands elsewhere, so ask where."""
    try:
        answer = call()
    except GatewayRefused:
        answer = outside.gateway(payment.provider).get_payment(_ref(payment))
    settle_payment(payment.id, payment_report(answer))


def _refund(intent: PaymentIntent) -> None:
    refund, payment = _refund_of(intent)
    try:
        answer = outside.gateway(intent.provider).refund(
            _ref(payment),
            intent.amount_minor,
            intent.idempotency_key,
            currency=intent.currency,
            reference=str(refund.id),
        )
    except GatewayRefused as refusal:
        _settle_refund(refund.id, RefundReport(status=RefundStatus.FAILED, failure_code=refusal.code))
    else:
        _settle_refund(refund.id, refund_report(answer))


def _settle_refund(refund_id: int, report: RefundReport) -> None:
    work = partial(payment_service.apply_refund_report, refund_id=refund_id, report=report, now=clock.now())
    in_transaction(work)


def _payout(intent: PaymentIntent) -> None:
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
        _settle_payout(intent, report)
    else:
        _settle_payout(intent, payout_report(answer))


def _settle_payout(intent: PaymentIntent, report: PayoutReport) -> None:
    in_transaction(partial(payout_service.apply_report, intent_id=intent.id, report=report, now=clock.now()))


def _look_up_payment(payment: Payment) -> GatewayPayment | None:
    gateway = outside.gateway(payment.provider)
    if payment.provider_ref is not None:
        return gateway.get_payment(payment.provider_ref)
    return gateway.find_payment(str(payment.id), since=payment.created_at - CLOCKS_APART)


def _look_up_refund(refund: Refund) -> GatewayRefund | None:
    gateway = outside.gateway(refund.provider)
    if refund.provider_ref is not None:
        return gateway.get_refund(refund.provider_ref)
    with reading() as session:
        payment = queries.get_payment(session, refund.payment_id)
    return gateway.find_refund(str(refund.id), payment_ref=_ref(payment))


def _look_up_payout(intent: PaymentIntent) -> GatewayPayout | None:
    gateway = outside.gateway(intent.provider)
    if intent.provider_ref is not None:
        return gateway.get_payout(intent.provider_ref)
    return gateway.find_payout(str(intent.id), since=intent.created_at - CLOCKS_APART)


def _resolve_authorize(intent: PaymentIntent) -> None:
    payment = _payment_of(intent)
    answer = _look_up_payment(payment)
    if answer is None:
        # The token is not kept, so the call can't be made again; the guest may try anew.
        report = PaymentReport(status=PaymentStatus.FAILED, failure_code=NEVER_ARRIVED)
    else:
        report = payment_report(answer)
    settle_payment(payment.id, report)


def _resolve_capture(intent: PaymentIntent) -> None:
    payment = _payment_of(intent)
    answer = _look_up_payment(payment)
    if answer is not None and answer.status is not GatewayPaymentStatus.AUTHORIZED:
        settle_payment(payment.id, payment_report(answer))
    else:
        _capture(intent)


def _resolve_refund(intent: PaymentIntent) -> None:
    refund, _ = _refund_of(intent)
    answer = _look_up_refund(refund)
    if answer is None:
        _refund(intent)
    else:
        _settle_refund(refund.id, refund_report(answer))


def _resolve_payout(intent: PaymentIntent) -> None:
    answer = _look_up_payout(intent)
    if answer is None or (answer.status is GatewayPayoutStatus.FAILED and not answer.permanent):
        _payout(intent)
    else:
        _settle_payout(intent, payout_report(answer))


def _nothing(intent: PaymentIntent) -> None:
    """An authorisation is only ever asked for with the guest's token, by ``authorise``."""


def _ref(payment: Payment) -> str:
    assert payment.provider_ref is not None, "only a payment that the provider knows is captured, voided or refunded"
    return payment.provider_ref


_CALLS: dict[IntentOperation, Callable[[PaymentIntent], None]] = {
    IntentOperation.AUTHORIZE: _nothing,
    IntentOperation.CAPTURE: _capture,
    IntentOperation.VOID: _void,
    IntentOperation.REFUND: _refund,
    IntentOperation.PAYOUT: _payout,
}
_RESOLVE: dict[IntentOperation, Callable[[PaymentIntent], None]] = {
    IntentOperation.AUTHORIZE: _resolve_authorize,
    IntentOperation.CAPTURE: _resolve_capture,
    IntentOperation.VOID: _void,
    IntentOperation.REFUND: _resolve_refund,
    IntentOperation.PAYOUT: _resolve_payout,
}


def is_set_up(provider: Provider) -> bool:
    """Say whether a provider can be paid by here."""
    return provider.value in outside.gateway_names()
