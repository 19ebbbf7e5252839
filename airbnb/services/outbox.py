"""Writing to the outbox: what must happen after a commit is a row of that same commit."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.bells import Bell, ask_to_ring
from airbnb.domain.topics import Topic
from airbnb.models.platform import OutboxEvent


def record(
    session: Session,
    topic: Topic,
    *,
    subject_id: int,
    payload: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> OutboxEvent:
    """Add an event that a worker handles after this transaction commits, at ``due_at`` or at once.

    Shape: ``payload`` is JSON-ready and small: ids and codes, no texts that can be read again.
    """
    event = OutboxEvent(
        topic=topic,
        subject_id=subject_id,
        payload=payload or {},
        # A command with ``--now`` lives ahead of the workers; what it causes must not wait until they get there.
        due_at=due_at or clock.at_once(),
        created_at=clock.now(),
    )
    session.add(event)
    ask_to_ring(session.info, Bell.OUTBOX)
    return event
