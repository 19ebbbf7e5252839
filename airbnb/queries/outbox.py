"""Claiming and marking outbox events by compare-and-set; right on several workers and on a cluster."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from airbnb.domain.statuses import OutboxState
from airbnb.models.platform import OutboxEvent
from airbnb.queries.changes import matched_rows

MAX_ATTEMPTS = 8
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(hours=1)
ERROR_LENGTH = 500


def list_due_event_ids(
    session: Session, *, now: datetime, limit: int, topics: Collection[str] | None = None
) -> Sequence[int]:
    """Return ids of events that may be handled now, oldest first; only of ``topics``, if given."""
    due = select(OutboxEvent.id).where(OutboxEvent.state == OutboxState.NEW, OutboxEvent.due_at <= now)
    if topics is not None:
        due = due.where(OutboxEvent.topic.in_(topics))
    return session.scalars(due.order_by(OutboxEvent.due_at, OutboxEvent.id).limit(limit)).all()


def claim_event(session: Session, event_id: int, *, owner: str, now: datetime) -> bool:
    """Take one event; whether this caller is the one that got it."""
    claim = (
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id, OutboxEvent.state == OutboxState.NEW)
        .values(state=OutboxState.HELD, owner=owner, held_at=now, attempts=OutboxEvent.attempts + 1)
    )
    return matched_rows(session, claim) == 1


def find_event(session: Session, event_id: int) -> OutboxEvent | None:
    """Return one event, or None."""
    return session.get(OutboxEvent, event_id)


def mark_done(session: Session, event_id: int, *, owner: str, now: datetime) -> None:
    """Close an event that its owner handled; one that the sweeper took back stays as it is."""
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id, OutboxEvent.owner == owner, OutboxEvent.state == OutboxState.HELD)
        .values(state=OutboxState.DONE, done_at=now, last_error=None)
    )


def close_event(session: Session, event_id: int, *, now: datetime) -> bool:
    """Close a held event in the very transaction that does its work; False when somebody else has done it.

    For handlers that only write rows: the work and the mark stand or fall together, so it happens exactly once.
    """
    mine = (OutboxEvent.id == event_id, OutboxEvent.state == OutboxState.HELD)
    close = update(OutboxEvent).where(*mine).values(state=OutboxState.DONE, done_at=now, last_error=None)
    return matched_rows(session, close) == 1


def bury_event(session: Session, event_id: int, *, owner: str, error: str) -> None:
    """Put an event among the dead letters at once: trying again can't help."""
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id, OutboxEvent.owner == owner, OutboxEvent.state == OutboxState.HELD)
        .values(state=OutboxState.DEAD, last_error=error[:ERROR_LENGTH])
    )


def put_back_untried(
    session: Session, event_id: int, *, owner: str, error: str, until: datetime, alive_since: datetime
) -> None:
    """Put an event back as if nobody had taken it, or among the dead letters when it is older than ``alive_since``."""
    event = session.get(OutboxEvent, event_id)
    if event is None:
        return
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id, OutboxEvent.owner == owner, OutboxEvent.state == OutboxState.HELD)
        .values(
            state=OutboxState.NEW if event.created_at >= alive_since else OutboxState.DEAD,
            attempts=OutboxEvent.attempts - 1,
            due_at=until,
            last_error=error[:ERROR_LENGTH],
        )
    )


def mark_failed(session: Session, event_id: int, *, owner: str, error: str, now: datetime) -> None:
    """Put an event back with a growing delay, or among the dead letters after the last attempt."""
    event = session.get(OutboxEvent, event_id)
    if event is None:
        return
    backoff = min(FIRST_BACKOFF * 2 ** max(event.attempts - 1, 0), LONGEST_BACKOFF)
    dead = event.attempts >= MAX_ATTEMPTS
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id, OutboxEvent.owner == owner, OutboxEvent.state == OutboxState.HELD)
        .values(
            state=OutboxState.DEAD if dead else OutboxState.NEW,
            due_at=now + backoff,
            last_error=error[:ERROR_LENGTH],
        )
    )


def revive_event(session: Session, event_id: int, *, now: datetime) -> bool:
    """Put a dead letter back into the queue with all its attempts; False when it is none."""
    dead = (OutboxEvent.id == event_id, OutboxEvent.state == OutboxState.DEAD)
    revive = update(OutboxEvent).where(*dead).values(state=OutboxState.NEW, attempts=0, due_at=now)
    return matched_rows(session, revive) == 1


def give_back_stuck_events(session: Session, *, held_before: datetime) -> int:
    """Return events whose worker died to the queue, or to the dead letters after the last attempt.

    Returns: how many rows were given back.
    """
    stuck = (OutboxEvent.state == OutboxState.HELD, OutboxEvent.held_at < held_before)
    session.execute(
        update(OutboxEvent)
        .where(*stuck, OutboxEvent.attempts >= MAX_ATTEMPTS)
        .values(state=OutboxState.DEAD, last_error="its worker stopped while handling it")
    )
    return matched_rows(session, update(OutboxEvent).where(*stuck).values(state=OutboxState.NEW))
