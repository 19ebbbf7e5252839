"""Events for open streams: what is new for whom, what one reader still lacks, and the bell that says so."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from airbnb.domain.statuses import UserStatus
from airbnb.domain.streams import Position, StreamEventName
from airbnb.extensions import shared_store
from airbnb.models.stream_events import StreamEvent
from airbnb.models.users import User, UserSession
from airbnb.queries.changes import matched_rows
from airbnb.shared_store import StoreUnavailable

CHANNEL = "stream-events"
#: Ids in one statement.
CHUNK = 500


class Arrival(NamedTuple):
    """One event as it is sent."""

    id: int
    user_id: int
    name: StreamEventName
    data: str


_COLUMNS = (StreamEvent.id, StreamEvent.user_id, StreamEvent.name, StreamEvent.data)


def list_ids_above(session: Session, event_id: int) -> list[tuple[int, int]]:
    """Return id and user of every event above an id, oldest first."""
    newer = select(StreamEvent.id, StreamEvent.user_id).where(StreamEvent.id > event_id).order_by(StreamEvent.id)
    return [(row.id, row.user_id) for row in session.execute(newer)]


def list_by_ids(session: Session, event_ids: Sequence[int]) -> list[Arrival]:
    """Return these events, oldest first."""
    found: list[Arrival] = []
    for start in range(0, len(event_ids), CHUNK):
        some = select(*_COLUMNS).where(StreamEvent.id.in_(event_ids[start : start + CHUNK])).order_by(StreamEvent.id)
        found += [Arrival(*row) for row in session.execute(some)]
    return found


def list_missed(session: Session, user_id: int, position: Position, *, above: int, limit: int) -> list[Arrival]:
    """Return events of a user above an id that a position lacks, oldest first; requests to count anew are none."""
    missed = (
        select(*_COLUMNS)
        .where(StreamEvent.user_id == user_id, StreamEvent.id > above, StreamEvent.id.not_in(position.seen))
        .where(StreamEvent.name != StreamEventName.COUNTERS)
        .order_by(StreamEvent.id)
        .limit(limit)
    )
    return [Arrival(*row) for row in session.execute(missed)]


def list_user_ids_above(session: Session, user_id: int, event_id: int) -> Sequence[int]:
    """Return the ids of a user's events above an id, oldest first."""
    newer = select(StreamEvent.id).where(StreamEvent.user_id == user_id, StreamEvent.id > event_id)
    return session.scalars(newer.order_by(StreamEvent.id)).all()


def list_live_session_ids(session: Session, session_ids: Collection[int], *, now: datetime) -> set[int]:
    """Return those of the sessions that have not ended and whose users may still come in."""
    live: set[int] = set()
    asked = list(session_ids)
    for start in range(0, len(asked), CHUNK):
        some = (
            select(UserSession.id)
            .join(User, User.id == UserSession.user_id)
            .where(
                UserSession.id.in_(asked[start : start + CHUNK]),
                UserSession.revoked_at.is_(None),
                UserSession.expires_at > now,
                User.status == UserStatus.ACTIVE,
            )
        )
        live.update(session.scalars(some))
    return live


def delete_old_stream_events(session: Session, *, created_before: datetime, limit: int) -> int:
    """Remove events that nobody can catch up with any more. Returns: how many."""
    ids = session.scalars(select(StreamEvent.id).where(StreamEvent.created_at < created_before).limit(limit)).all()
    return matched_rows(session, delete(StreamEvent).where(StreamEvent.id.in_(ids))) if ids else 0


def ring_streams() -> None:
    """Tell every process with open streams that there is something; without the store they look by themselves."""
    try:
        shared_store().ask(lambda client: client.publish(CHANNEL, b""))
    except StoreUnavailable:
        return
