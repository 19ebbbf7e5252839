"""Payments, refunds and the calls to providers that they need, claimed by compare-and-set."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple, cast

from sqlalchemy import Table, Update, and_, bindparam, case, func, select, type_coerce, update
from sqlalchemy.orm import Session, joinedload, selectinload

from airbnb.domain.errors import NotFound
from airbnb.domain.kinds import IntentOperation, Provider
from airbnb.domain.paging import Page, PageRequest
from airbnb.domain.payment_reports import LIVE
from airbnb.domain.statuses import IntentState, OutboxState, PaymentStatus
from airbnb.models.payments import Payment, PaymentIntent, WebhookEvent
from airbnb.models.payouts import Payout
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page

OPEN_STATES = (IntentState.PENDING, IntentState.UNKNOWN)
ERROR_LENGTH = 500


# What every booking sends is built once.
_LOCK_OF_BOOKING = (
    select(Payment)
    .where(Payment.booking_id == bindparam("booking"))
    .order_by(Payment.attempt)
    .with_for_update()
    .execution_options(populate_existing=True)
)
_INTENTS = (
    select(PaymentIntent)
    .where(PaymentIntent.payment_id == bindparam("payment"))
    .order_by(PaymentIntent.created_at, PaymentIntent.id)
    .execution_options(populate_existing=True)
)

_CALL = select(PaymentIntent).where(PaymentIntent.id == bindparam("intent")).options(joinedload(PaymentIntent.payment))


class FirstCall(NamedTuple):
    """An attempt to pay and the open call that authorises it."""

    payment: Payment
    intent: PaymentIntent


def get_payment_for(session: Session, payment_id: int, *, user_id: int, is_staff: bool) -> Payment:
    """Return a payment with its refunds, to its payer and to staff. Raises: NotFound."""
    payment = session.scalar(select(Payment).where(Payment.id == payment_id).options(selectinload(Payment.refunds)))
    if payment is None or not (is_staff or payment.payer_id == user_id):
        raise NotFound()
    return payment


def list_payments(session: Session, user_id: int, page: PageRequest) -> Page[Payment]:
    """Return one page of what a user paid, newest first, with refunds."""
    statement = select(Payment).where(Payment.payer_id == user_id).options(selectinload(Payment.refunds))
    return fetch_page(session, statement, [SortKey(Payment.id)], page)


def get_payment(session: Session, payment_id: int) -> Payment:
    """Return a payment. Raises: NotFound."""
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound()
    return payment


def lock_payment(session: Session, payment_id: int) -> Payment:
    """Return a payment as it stands now, its row locked where locks exist. Raises: NotFound."""
    payment = session.scalar(
        select(Payment).where(Payment.id == payment_id).with_for_update().execution_options(populate_existing=True)
    )
    if payment is None:
        raise NotFound()
    return payment


def find_payment_by_ref(session: Session, provider: Provider, provider_ref: str) -> Payment | None:
    """Return the payment that a provider calls so, or None."""
    return session.scalar(select(Payment).where(Payment.provider == provider, Payment.provider_ref == provider_ref))


def list_of_booking(session: Session, booking_id: int) -> Sequence[Payment]:
    """Return a booking's payments in the order of their attempts, as they stand now."""
    return session.scalars(
        select(Payment)
        .where(Payment.booking_id == booking_id)
        .order_by(Payment.attempt)
        .execution_options(populate_existing=True)
    ).all()


def find_first_call(session: Session, booking_id: int) -> FirstCall | None:
    """Return the latest attempt to pay a booking with the call that authorises it, while nobody answered that."""
    is_first = and_(
        PaymentIntent.payment_id == Payment.id,
        PaymentIntent.operation == IntentOperation.AUTHORIZE,
        PaymentIntent.state.in_(OPEN_STATES),
    )
    latest = session.execute(
        select(Payment, PaymentIntent)
        .outerjoin(PaymentIntent, is_first)
        .where(Payment.booking_id == booking_id)
        .order_by(Payment.attempt.desc())
        .limit(1)
    ).first()
    return None if latest is None or latest[1] is None else FirstCall(*latest)


def lock_of_booking(session: Session, booking_id: int) -> Sequence[Payment]:
    """Return every attempt to pay a booking as it stands now, in their order, the rows locked where locks exist."""
    return session.scalars(_LOCK_OF_BOOKING, {"booking": booking_id}).all()


def list_of_change(session: Session, change_id: int) -> Sequence[Payment]:
    """Return the payments of a change's difference in the order of their attempts, as they stand now."""
    return session.scalars(
        select(Payment)
        .where(Payment.change_id == change_id)
        .order_by(Payment.attempt)
        .execution_options(populate_existing=True)
    ).all()


def has_other_live(payment: Payment, attempts: Collection[Payment]) -> bool:
    """Say whether another attempt to pay the same has money behind it that is not on its way back."""
    return any(
        other.status in LIVE and (other.captured_minor == 0 or other.captured_minor > other.refunded_minor)
        for other in attempts
        if other.change_id == payment.change_id and other.id != payment.id
    )


def find_capturable(session: Session, booking_id: int, *, change_id: int | None = None) -> Payment | None:
    """Return a booking's or a change's authorised payment, or None; one that is about to be given up is none."""
    given_up = (
        select(PaymentIntent.id)
        .where(
            PaymentIntent.payment_id == Payment.id,
            PaymentIntent.operation == IntentOperation.VOID,
            PaymentIntent.state.in_(OPEN_STATES),
        )
        .exists()
    )
    return session.scalar(
        select(Payment)
        .where(
            Payment.booking_id == booking_id,
            Payment.change_id.is_not_distinct_from(change_id),
            Payment.status == PaymentStatus.AUTHORIZED,
            ~given_up,
        )
        .order_by(Payment.attempt)
        .limit(1)
    )


def add_refunded(session: Session, payment_id: int, amount_minor: int) -> bool:
    """Count a refund on its payment by one atomic UPDATE; whether that much was left."""
    room = Payment.captured_minor - Payment.refunded_minor - Payment.disputed_minor >= amount_minor
    count = (
        update(Payment)
        .where(Payment.id == payment_id, room)
        .values(refunded_minor=Payment.refunded_minor + amount_minor)
    )
    return matched_rows(session, count) == 1


def add_disputed(session: Session, payment_id: int, amount_minor: int, currency: str) -> None:
    """Count what a payer's bank took of a payment, or gave back when below zero, by one atomic UPDATE."""
    count = (
        update(Payment)
        .where(Payment.id == payment_id, Payment.currency == currency)
        .values(disputed_minor=Payment.disputed_minor + amount_minor)
    )
    matched_rows(session, count)


def list_intents(session: Session, payment_id: int) -> Sequence[PaymentIntent]:
    """Return the calls about a payment, as they stand now; the latest comes last."""
    return session.scalars(_INTENTS, {"payment": payment_id}).all()


def get_intent(session: Session, intent_id: int) -> PaymentIntent:
    """Return a call with the payment that it is about. Raises: NotFound."""
    intent = session.scalar(_CALL, {"intent": intent_id})
    if intent is None:
        raise NotFound()
    return intent


def find_open_intent(
    session: Session, operation: IntentOperation, *, payment_id: int | None = None, refund_id: int | None = None
) -> PaymentIntent | None:
    """Return the call for one subject whose outcome is not settled, or None."""
    subject = PaymentIntent.payment_id == payment_id if refund_id is None else PaymentIntent.refund_id == refund_id
    return session.scalar(
        select(PaymentIntent).where(subject, PaymentIntent.operation == operation, PaymentIntent.state.in_(OPEN_STATES))
    )


def has_capture(session: Session, payment_id: int) -> bool:
    """Say whether a capture was ever asked for, as a host's acceptance does."""
    asked = select(PaymentIntent.id).where(
        PaymentIntent.payment_id == payment_id, PaymentIntent.operation == IntentOperation.CAPTURE
    )
    return session.scalar(asked.limit(1)) is not None


def close_intents(
    session: Session,
    *,
    payment_id: int,
    states: Mapping[IntentOperation, IntentState],
    provider_ref: str | None = None,
) -> None:
    """Settle a payment's open calls of some kinds, each kind with its state."""
    if states:
        close = _close_statement(tuple(states.items()))
        session.execute(close, {"of_payment": payment_id, "provider_ref": provider_ref})


@cache
def _close_statement(states: Sequence[tuple[IntentOperation, IntentState]]) -> Update:
    """The UPDATE that settles the open calls ``of_payment``; what it is executed with sets ``provider_ref``."""
    table = cast(Table, PaymentIntent.__table__)
    kinds = table.c.operation
    new = case({kind: type_coerce(state, table.c.state.type) for kind, state in states}, value=kinds)
    mine = (table.c.payment_id == bindparam("of_payment")) & kinds.in_([kind for kind, _ in states])
    return update(table).where(mine, table.c.state.in_(OPEN_STATES)).values(state=new, next_check_at=None)


def close_intent(session: Session, intent_id: int, *, state: IntentState, provider_ref: str | None = None) -> None:
    """Settle one open call."""
    matched_rows(
        session,
        update(PaymentIntent)
        .where(PaymentIntent.id == intent_id, PaymentIntent.state.in_(OPEN_STATES))
        .values(state=state, provider_ref=provider_ref, next_check_at=None),
    )


def note_provider_ref(session: Session, intent_id: int, *, provider_ref: str, check_at: datetime) -> None:
    """Note what the provider calls that which an open call brought about; from ``check_at`` on the sweep asks again."""
    matched_rows(
        session,
        update(PaymentIntent)
        .where(PaymentIntent.id == intent_id, PaymentIntent.state.in_(OPEN_STATES))
        .values(provider_ref=provider_ref, next_check_at=check_at),
    )


def mark_unknown(session: Session, intent_id: int, *, error: str, check_at: datetime | None) -> None:
    """Note that a call's outcome is not known; the sweep asks the provider from ``check_at`` on."""
    matched_rows(
        session,
        update(PaymentIntent)
        .where(PaymentIntent.id == intent_id, PaymentIntent.state.in_(OPEN_STATES))
        .values(state=IntentState.UNKNOWN, last_error=error[:ERROR_LENGTH], next_check_at=check_at),
    )


def list_unsettled(session: Session, *, now: datetime, limit: int) -> Sequence[tuple[int, datetime]]:
    """Return ids of calls to ask about, each with the check time by which it is claimed."""
    rows = session.execute(
        select(PaymentIntent.id, PaymentIntent.next_check_at)
        .where(PaymentIntent.state.in_(OPEN_STATES), PaymentIntent.next_check_at <= now)
        .order_by(PaymentIntent.next_check_at, PaymentIntent.id)
        .limit(limit)
    )
    return [(intent_id, check_at) for intent_id, check_at in rows if check_at is not None]


def claim_check(session: Session, intent_id: int, *, seen: datetime, next_check_at: datetime) -> bool:
    """Take one call for asking about; whether this caller is the one that got it."""
    claim = (
        update(PaymentIntent)
        .where(
            PaymentIntent.id == intent_id,
            PaymentIntent.state.in_(OPEN_STATES),
            PaymentIntent.next_check_at == seen,
        )
        .values(next_check_at=next_check_at, attempts=PaymentIntent.attempts + 1)
    )
    return matched_rows(session, claim) == 1


def find_webhook(session: Session, provider: Provider, event_id: str) -> WebhookEvent | None:
    """Return a stored event of a provider, or None."""
    return session.scalar(
        select(WebhookEvent).where(WebhookEvent.provider == provider, WebhookEvent.event_id == event_id)
    )


def get_webhook(session: Session, webhook_id: int) -> WebhookEvent | None:
    """Return a stored event, or None."""
    return session.get(WebhookEvent, webhook_id)


def count_attempts(session: Session, booking_id: int) -> int:
    """Return how often a booking was tried to be paid."""
    return session.scalar(select(func.count()).select_from(Payment).where(Payment.booking_id == booking_id)) or 0


def captured_of(payments: Collection[Payment]) -> int:
    """Return what arrived for a booking, in minor units."""
    return sum(payment.captured_minor for payment in payments)


def refundable_payments(payments: Collection[Payment]) -> list[Payment]:
    """Return the payments that still hold money of the guest, in the order given."""
    holding = (PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED)
    return [one for one in payments if one.status in holding and one.refundable_minor > 0]


def find_open_payout_intent(session: Session, payout_id: int) -> PaymentIntent | None:
    """Return the call that sends a payout and is not settled, or None."""
    return session.scalar(
        select(PaymentIntent).where(PaymentIntent.payout_id == payout_id, PaymentIntent.state.in_(OPEN_STATES))
    )


def find_payout_intent_by_ref(session: Session, provider: Provider, provider_ref: str) -> PaymentIntent | None:
    """Return the call that sent the payout that a provider calls so, or None."""
    return session.scalar(
        select(PaymentIntent)
        .join(Payout, Payout.id == PaymentIntent.payout_id)
        .where(
            Payout.provider == provider, Payout.provider_ref == provider_ref, PaymentIntent.provider_ref == provider_ref
        )
    )


def find_payout_intent(session: Session, intent_id: int) -> PaymentIntent | None:
    """Return a call that sends a payout, or None."""
    intent = session.get(PaymentIntent, intent_id)
    return None if intent is None or intent.operation is not IntentOperation.PAYOUT else intent


def find_payment(session: Session, payment_id: int) -> Payment | None:
    """Return a payment, or None."""
    return session.get(Payment, payment_id)


def close_webhook(
    session: Session, webhook_id: int, *, state: OutboxState, subject_id: int | None, now: datetime
) -> None:
    """Note how an event ended, and which row of ours it was about."""
    values = {"state": state, "handled_at": now, "subject_id": subject_id}
    matched_rows(session, update(WebhookEvent).where(WebhookEvent.id == webhook_id).values(values))
