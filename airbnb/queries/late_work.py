"""What should have been done by now: events of the outbox, reports of providers, calls whose outcome is not known."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from airbnb.domain.statuses import OutboxState
from airbnb.models.payments import PaymentIntent, WebhookEvent
from airbnb.models.platform import OutboxEvent
from airbnb.queries.payments import OPEN_STATES

#: How late an event that nobody holds may be: beat asks for the outbox every 10 seconds.
NEW_FOR = timedelta(minutes=2)
#: How long one may be held: a task's time limit twice, the sweep's minute, and as much again for beat.
HELD_FOR = timedelta(minutes=10)
#: How late a call may be asked about; the sweep runs every 30 seconds, in batches.
UNASKED_FOR = timedelta(minutes=10)
#: A provider's report whose object we do not know yet is tried for hours.
UNHANDLED_FOR = timedelta(hours=6)


def find_late_events(session: Session, *, now: datetime) -> list[str]:
    """Return topics of the outbox whose events wait for longer than workers need."""
    waiting = (OutboxEvent.state == OutboxState.NEW) & (OutboxEvent.due_at < now - NEW_FOR)
    held = (OutboxEvent.state == OutboxState.HELD) & (OutboxEvent.held_at < now - HELD_FOR)
    late = (
        select(OutboxEvent.topic, OutboxEvent.state, func.count(), func.min(OutboxEvent.id))
        .where(or_(waiting, held))
        .group_by(OutboxEvent.topic, OutboxEvent.state)
        .order_by(OutboxEvent.topic)
    )
    return [
        f"{topic}: {count} events are {state.value} for too long, as {example}"
        for topic, state, count, example in session.execute(late)
    ]


def find_late_calls(session: Session, *, now: datetime) -> list[str]:
    """Return calls to providers that should have been asked about, and reports of providers that nobody handled."""
    return [*_unasked(session, now), *_unhandled(session, now)]


def _unasked(session: Session, now: datetime) -> Iterator[str]:
    rows = session.execute(
        select(PaymentIntent.id, PaymentIntent.operation, PaymentIntent.provider)
        .where(PaymentIntent.state.in_(OPEN_STATES), PaymentIntent.next_check_at < now - UNASKED_FOR)
        .order_by(PaymentIntent.id)
    )
    for intent_id, operation, provider in rows:
        yield f"{provider.value}: nobody asked what became of {operation.value} {intent_id}"


def _unhandled(session: Session, now: datetime) -> Iterator[str]:
    rows = session.execute(
        select(WebhookEvent.provider, WebhookEvent.event_id, WebhookEvent.type)
        .where(WebhookEvent.handled_at.is_(None), WebhookEvent.received_at < now - UNHANDLED_FOR)
        .order_by(WebhookEvent.id)
    )
    for provider, event_id, kind in rows:
        yield f"{provider.value}: {kind} {event_id} was not handled"
