"""Where users are signed in: reading, rotating by compare-and-set, and ending sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from airbnb.domain.paging import Page, PageRequest
from airbnb.models.users import User, UserSession
from airbnb.queries.changes import matched_rows
from airbnb.queries.identity_cache import note_change
from airbnb.queries.paging import SortKey, fetch_page

#: How many of somebody's latest sessions tell where they usually are.
LATEST = 200


class Place(NamedTuple):
    """Where and with what somebody was signed in."""

    user_agent: str
    ip: str


def find_session(session: Session, session_id: int, *, user_id: int) -> UserSession | None:
    """Return one session of a user, ended ones too, or None."""
    return session.scalar(select(UserSession).where(UserSession.id == session_id, UserSession.user_id == user_id))


def list_live_sessions(session: Session, user_id: int, page: PageRequest, *, now: datetime) -> Page[UserSession]:
    """Return where a user is signed in, the newest first."""
    statement = select(UserSession).where(
        UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > now
    )
    return fetch_page(session, statement, [SortKey(UserSession.id)], page)


def swap_refresh_hash(
    session: Session, session_id: int, *, old: str, new: str, now: datetime, expires_at: datetime
) -> bool:
    """Replace the hash of a live session's refresh token; whether this caller was the one that did it."""
    swap = (
        update(UserSession)
        .where(
            UserSession.id == session_id,
            UserSession.refresh_hash == old,
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > now,
        )
        .values(refresh_hash=new, previous_refresh_hash=old, rotated_at=now, last_used_at=now, expires_at=expires_at)
    )
    return matched_rows(session, swap) == 1


def end_session(session: Session, session_id: int, *, user_id: int, now: datetime) -> bool:
    """End one session of a user; its tokens stop working with the commit. Whether it was live."""
    end = (
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    note_change(session, user_id)
    return matched_rows(session, end) == 1


def end_sessions(session: Session, user_id: int, *, now: datetime, keep_id: int | None = None) -> int:
    """End every live session of a user, dashboard included, but the one to keep. Returns: how many ended."""
    end = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if keep_id is not None:
        end = end.where(UserSession.id != keep_id)
    note_change(session, user_id)
    return matched_rows(session, end.values(revoked_at=now))


def list_places(session: Session, user_id: int, *, but_id: int) -> Sequence[Place]:
    """Return where a user was signed in lately, ended sessions too, but for one of them."""
    statement = (
        select(UserSession.user_agent, UserSession.ip)
        .where(UserSession.user_id == user_id, UserSession.id != but_id)
        .order_by(UserSession.id.desc())
        .limit(LATEST)
    )
    return [Place(user_agent, ip) for user_agent, ip in session.execute(statement)]


def list_places_by_email(session: Session, email: str) -> Sequence[Place]:
    """Return where the owner of an address was signed in lately; nothing when it has no account."""
    statement = (
        select(UserSession.user_agent, UserSession.ip)
        .join(User, User.id == UserSession.user_id)
        .where(User.email == email)
        .order_by(UserSession.id.desc())
        .limit(LATEST)
    )
    return [Place(user_agent, ip) for user_agent, ip in session.execute(statement)]


def delete_old_sessions(session: Session, *, before: datetime, limit: int) -> int:
    """Remove sessions that ended or expired before an instant. Returns: how many."""
    over = select(UserSession.id).where(or_(UserSession.expires_at < before, UserSession.revoked_at < before))
    ids = session.scalars(over.limit(limit)).all()
    return matched_rows(session, delete(UserSession).where(UserSession.id.in_(ids))) if ids else 0
