"""Writing to the outbox: what must happen after a commit is a row of that same commit."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.bells import Bell, ask_to_ring
from airbnb.domain.ids import new_id
from airbnb.domain.statuses import OutboxState
from airbnb.domain.topics import Topic
from airbnb.last_rows import write_at_end
from airbnb.models.platform import OutboxEvent

EVENTS = cast(Table, OutboxEvent.__table__)


def record(
    session: Session,
    topic: Topic,
    *,
    subject_id: int,
    payload: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> OutboxEvent:
    """Add an event that a worker handles after this transaction commits, at ``due_at`` or at once.

    Returns: what will be written by the commit.

    Shape: ``payload`` is JSON-ready and small: ids and codes, no texts that can be read again.
    """
    row = {
        "id": new_id(),
        "topic": topic,
        "subject_id": subject_id,
        "payload": payload or {},
        "state": OutboxState.NEW,
        "attempts": 0,
        # A command with ``--now`` lives ahead of the workers; what it causes must not wait until they get there.
        "due_at": due_at or clock.at_once(),
        "created_at": clock.now(),
    }
    write_at_end(session, EVENTS, row)
    ask_to_ring(session.info, Bell.OUTBOX)
    return OutboxEvent(**row)
