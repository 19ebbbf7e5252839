"""Where users are signed in: reading, rotating by compare-and-set, and ending sessions."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from airbnb.domain.paging import Page, PageRequest
from airbnb.models.users import UserSession
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page


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
    return matched_rows(session, end) == 1


def end_sessions(session: Session, user_id: int, *, now: datetime, keep_id: int | None = None) -> int:
    """End every live session of a user, dashboard included, but the one to keep. Returns: how many ended."""
    end = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if keep_id is not None:
        end = end.where(UserSession.id != keep_id)
    return matched_rows(session, end.values(revoked_at=now))
