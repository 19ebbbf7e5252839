"""Writing down every call to a provider before it is made, so that no outcome can be lost."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from airbnb.domain.ids import new_id
from airbnb.domain.kinds import IntentOperation, Provider
from airbnb.domain.money import Money
from airbnb.domain.payment_reports import VOIDABLE
from airbnb.models.payments import Payment, PaymentIntent, Refund
from airbnb.models.payouts import Payout
from airbnb.queries import payments as queries
from airbnb.queries.rows import add_now

#: A call that was not settled by then is asked about: whoever wanted to make it may have died.
FIRST_CHECK_AFTER = timedelta(minutes=1)
#: How long each provider knows a call by its key, counted from here as soon as the call is planned.
KEY_VALID_FOR = {
    Provider.SANDBOX: timedelta(hours=24),
    Provider.STRIPE: timedelta(hours=24),
    Provider.PAYPAL: timedelta(hours=6),
}


def plan_first_call(session: Session, payment: Payment, *, now: datetime) -> PaymentIntent:
    """Write down the call that authorises a payment made this moment and return it."""
    key = f"{IntentOperation.AUTHORIZE}:{payment.id}"
    intent = _intent(IntentOperation.AUTHORIZE, payment, key, now=now, payment_id=payment.id)
    _add(session, intent)
    return intent


def plan_payment_call(
    session: Session,
    operation: IntentOperation,
    payment: Payment,
    *,
    now: datetime,
    calls: Sequence[PaymentIntent] | None = None,
) -> int:
    """Write down one call about a payment and return its id; planned twice, it is the same call while it is open.

    A call that ended is made anew under a key of its own: the payment came back to life since, as when a payer tries
    another card after a refusal. ``calls`` are all there were about the payment; they are read unless the caller did.
    Writes: the intent with the idempotency key that goes to the provider.
    """
    every = queries.list_intents(session, payment.id) if calls is None else calls
    known = [call for call in every if call.operation is operation]
    if known and known[-1].state in queries.OPEN_STATES:
        return known[-1].id
    key = ":".join([operation, str(payment.id), *([str(len(known) + 1)] if known else [])])
    return _add(session, _intent(operation, payment, key, now=now, payment_id=payment.id))


def plan_voids(session: Session, payments: Iterable[Payment], *, now: datetime, but: int | None = None) -> list[int]:
    """Plan to give up every payment that is not captured, but one; return the calls' ids."""
    return [
        plan_payment_call(session, IntentOperation.VOID, payment, now=now)
        for payment in payments
        if payment.status in VOIDABLE and payment.provider_ref is not None and payment.id != but
    ]


def plan_refund_call(session: Session, refund: Refund, *, now: datetime) -> int:
    """Write down the call that sends a refund and return its id."""
    key = f"{IntentOperation.REFUND}:{refund.id}"
    return _add(session, _intent(IntentOperation.REFUND, refund, key, now=now, refund_id=refund.id))


def plan_payout_call(session: Session, payout: Payout, *, now: datetime) -> int:
    """Write down the call that sends a payout and return its id; each account it is tried with is a call of its own."""
    intent_id = new_id()
    key = f"{IntentOperation.PAYOUT}:{payout.id}:{intent_id}"
    return _add(session, _intent(IntentOperation.PAYOUT, payout, key, now=now, id=intent_id, payout_id=payout.id))


def _intent(
    operation: IntentOperation, subject: Payment | Refund | Payout, key: str, *, now: datetime, **columns: int
) -> PaymentIntent:
    moved = subject.sent if isinstance(subject, Payout) else Money(subject.amount_minor, subject.currency)
    return PaymentIntent(
        **{"id": new_id(), **columns},
        operation=operation,
        provider=subject.provider,
        idempotency_key=key,
        key_valid_until=now + KEY_VALID_FOR[subject.provider],
        currency=moved.currency,
        amount_minor=moved.amount_minor,
        next_check_at=now + FIRST_CHECK_AFTER,
        created_at=now,
    )


def _add(session: Session, intent: PaymentIntent) -> int:
    add_now(session, intent)
    return intent.id
