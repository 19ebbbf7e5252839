"""Keeping what providers report: once per event, with a task to handle it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.ids import MAX_ID, new_id
from airbnb.domain.kinds import Provider
from airbnb.domain.statuses import OutboxState
from airbnb.domain.topics import Topic
from airbnb.models.payments import Payment, PaymentIntent, Refund, WebhookEvent
from airbnb.models.payouts import PayoutAccount
from airbnb.queries import payments as queries
from airbnb.queries import refunds as refund_queries
from airbnb.queries.payouts import find_account_by_id
from airbnb.services import outbox

MAX_ID_DIGITS = len(str(MAX_ID))


def store_event(
    session: Session,
    provider: Provider,
    *,
    event_id: str,
    event_type: str,
    payload: dict[str, Any],
    now: datetime,
) -> bool:
    """Store an event that was not stored before, with a task to handle it; whether this call stored it.

    Idempotent: ``(provider, event_id)`` is unique.
    """
    if queries.find_webhook(session, provider, event_id) is not None:
        return False
    webhook_id = new_id()
    row = {
        "id": webhook_id,
        "provider": provider,
        "event_id": event_id,
        "type": event_type,
        "payload": payload,
        "received_at": now,
    }
    try:
        session.execute(insert(WebhookEvent).values(**row))
    except IntegrityError:
        # The same event came over another connection a moment ago.
        if queries.find_webhook(session, provider, event_id) is not None:
            return False
        raise
    outbox.record(session, Topic.WEBHOOK_RECEIVED, subject_id=webhook_id)
    return True


def mark_handled(session: Session, webhook_id: int, *, subject_id: int | None, now: datetime) -> None:
    """Note that what an event is about, if it is a row of ours, is up to date."""
    queries.close_webhook(session, webhook_id, state=OutboxState.DONE, subject_id=subject_id, now=now)


def find_subject_id(session: Session, subject: str, event: WebhookEvent) -> int | None:
    """Return the row that an event is about, by the provider's name for it or by our reference.

    It is a payment, a refund, a host's account, or of a payout the call that sent it. Our reference finds what a
    provider reports before it answered our own call.
    """
    by_ref, by_id = _FINDERS[subject]
    found: _Subject | None = by_ref(session, event.provider, str(event.payload["provider_ref"]))
    if found is not None:
        return found.id
    subject_id = as_id(str(event.payload["data"].get("reference", "")))
    found = None if subject_id is None else by_id(session, subject_id)
    if found is None:
        return None
    # Of an account that its host has left, the row still says who is paid; asking about it does no harm.
    return found.id if isinstance(found, PayoutAccount) or found.provider is event.provider else None


def as_id(reference: str) -> int | None:
    """Return a reference as the id that it may be: no database takes a larger number."""
    if not (reference.isascii() and reference.isdecimal() and len(reference) <= MAX_ID_DIGITS):
        return None
    return int(reference) if int(reference) <= MAX_ID else None


def _no_account(session: Session, provider: Provider, provider_ref: str) -> None:
    """Accounts are found by our reference alone: what the provider calls them is stored sealed."""


_Subject = Payment | Refund | PaymentIntent | PayoutAccount
_FINDERS: dict[
    str, tuple[Callable[[Session, Provider, str], _Subject | None], Callable[[Session, int], _Subject | None]]
] = {
    "payment": (queries.find_payment_by_ref, queries.find_payment),
    "refund": (refund_queries.find_refund_by_ref, refund_queries.get_refund),
    "payout": (queries.find_payout_intent_by_ref, queries.find_payout_intent),
    "account": (_no_account, find_account_by_id),
}
