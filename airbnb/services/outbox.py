"""Writing to the outbox: what must happen after a commit is a row of that same commit."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.topics import Topic
from airbnb.models.platform import OutboxEvent
from airbnb.unit_of_work import BELL_MARK


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
    now = clock.now()
    event = OutboxEvent(topic=topic, subject_id=subject_id, payload=payload or {}, due_at=due_at or now, created_at=now)
    session.add(event)
    session.info[BELL_MARK] = True
    return event
