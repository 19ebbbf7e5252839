"""Sending to open streams, and the tickets by which browsers open them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from airbnb.domain.account_errors import Unauthenticated
from airbnb.domain.bells import Bell, ask_to_ring
from airbnb.domain.ids import token_hash
from airbnb.domain.kinds import TokenPurpose
from airbnb.domain.streams import StreamEventName
from airbnb.models.stream_events import StreamEvent
from airbnb.queries import one_time_tokens as tokens
from airbnb.queries.stream_events import list_live_session_ids
from airbnb.services.one_time_tokens import make_token, token_text


@dataclass(frozen=True, slots=True)
class StreamHolder:
    """Who reads a stream, in which session, and when that has to be shown anew."""

    user_id: int
    session_id: int
    ends_at: datetime


def send_to_streams(session: Session, user_id: int, name: StreamEventName, data: Mapping[str, Any]) -> None:
    """Send an event to the open streams of a user when this transaction is committed.

    Shape: ``data`` is JSON-ready and as the API shows it. Writes: ``stream_events``.
    """
    text = orjson.dumps(data, option=orjson.OPT_UTC_Z).decode()
    session.add(StreamEvent(user_id=user_id, name=name, data=text))
    ask_to_ring(session.info, Bell.STREAMS)


def recount(session: Session, user_id: int) -> None:
    """Let a user's open streams show how much waits, because this transaction changes it."""
    send_to_streams(session, user_id, StreamEventName.COUNTERS, {})


def make_ticket(session: Session, holder: StreamHolder, *, secret: str, now: datetime) -> str:
    """Return a ticket that opens one stream, for a program that can't send a header; it lasts a minute."""
    payload = {"session_id": holder.session_id, "ends_at": holder.ends_at.timestamp()}
    row = make_token(
        session, user_id=holder.user_id, purpose=TokenPurpose.STREAM_TICKET, secret=secret, now=now, payload=payload
    )
    return token_text(row.id, secret)


def use_ticket(session: Session, ticket: str, *, now: datetime) -> StreamHolder:
    """Spend a ticket; those of the user's other windows stay good.

    Raises: Unauthenticated when it is unknown, spent or too old, or its session has ended.
    """
    row = tokens.find_live_token(session, token_hash(ticket), purpose=TokenPurpose.STREAM_TICKET, now=now)
    if row is None or not tokens.spend_token(session, row.id, now=now):
        raise Unauthenticated()
    ends_at = datetime.fromtimestamp(row.payload["ends_at"], UTC)
    if ends_at <= now or not list_live_session_ids(session, [row.payload["session_id"]], now=now):
        raise Unauthenticated()
    return StreamHolder(row.user_id, row.payload["session_id"], ends_at)
