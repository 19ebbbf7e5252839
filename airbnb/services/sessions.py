"""Signing in on a device: opening a session, rotating its refresh token, and noticing a stolen one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy.orm import Session

from airbnb.domain.ids import token_hash
from airbnb.domain.kinds import SessionKind
from airbnb.domain.topics import Topic
from airbnb.models.users import UserSession
from airbnb.queries import sessions as queries
from airbnb.services import outbox

USER_AGENT_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a sign-in says about where it came from."""

    user_agent: str
    ip: str
    kind: SessionKind = SessionKind.API


class Rotation(Enum):
    """How the exchange of a refresh token ended."""

    DONE = auto()
    ENDED = auto()  # the session is over or never was
    REUSED = auto()  # the token was exchanged before; the session is over now


def open_session(
    session: Session,
    *,
    user_id: int,
    refresh_id: str,
    device: Device,
    now: datetime,
    lifetime: timedelta,
) -> UserSession:
    """Sign a user in on a device. Needs: ``refresh_id`` is random, such as a token's ``jti``; only its hash is kept."""
    row = UserSession(
        user_id=user_id,
        kind=device.kind,
        refresh_hash=token_hash(refresh_id),
        user_agent=device.user_agent[:USER_AGENT_LENGTH],
        ip=device.ip,
        created_at=now,
        last_used_at=now,
        expires_at=now + lifetime,
    )
    session.add(row)
    session.flush()
    return row


def rotate_refresh_token(
    session: Session, device: UserSession, *, refresh_id: str, next_id: str, now: datetime, lifetime: timedelta
) -> Rotation:
    """Exchange a session's refresh token; of several callers with the same token one gets DONE.

    Writes: the new hash; or, when the token was exchanged before, the end of the session and an event for its owner.
    """
    old = token_hash(refresh_id)
    swapped = queries.swap_refresh_hash(
        session, device.id, old=old, new=token_hash(next_id), now=now, expires_at=now + lifetime
    )
    if swapped:
        return Rotation.DONE
    session.refresh(device)
    if device.refresh_hash == old:
        return Rotation.ENDED
    if queries.end_session(session, device.id, user_id=device.user_id, now=now):
        outbox.record(session, Topic.TOKEN_REUSED, subject_id=device.id)
    return Rotation.REUSED
