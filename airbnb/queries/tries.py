"""Counted tries, each a row that is counted up by compare-and-set."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.models.account_safety import TryCount
from airbnb.queries.changes import matched_rows


class Count(NamedTuple):
    """How often something was tried since its window began."""

    started_at: datetime
    tries: int


def count_up(session: Session, key: str, *, most: int, since: datetime) -> bool:
    """Count one more try in a window that began after ``since``; False when there is none or it is full."""
    in_window = (TryCount.key == key, TryCount.window_started_at > since)
    statement = update(TryCount).where(*in_window, TryCount.tries < most).values(tries=TryCount.tries + 1)
    return matched_rows(session, statement) == 1


def find_count(session: Session, key: str) -> Count | None:
    """Return how a count stands, or None. Locks: the row, so that the answer is the latest and stays so."""
    statement = select(TryCount.window_started_at, TryCount.tries).where(TryCount.key == key).with_for_update()
    row = session.execute(statement).one_or_none()
    return Count(*row) if row else None


def restart(session: Session, key: str, *, until: datetime, now: datetime) -> bool:
    """Begin another window with its first try, if the old one began by ``until``."""
    statement = update(TryCount).where(TryCount.key == key, TryCount.window_started_at <= until)
    return matched_rows(session, statement.values(window_started_at=now, tries=1)) == 1


def start(session: Session, key: str, *, now: datetime) -> bool:
    """Begin the first window of a count; False when somebody else just did."""
    try:
        with session.begin_nested():
            session.add(TryCount(key=key, window_started_at=now, tries=1))
    except IntegrityError:
        return False
    return True


def count_down(session: Session, key: str) -> None:
    """Take one try back."""
    matched_rows(
        session, update(TryCount).where(TryCount.key == key, TryCount.tries > 0).values(tries=TryCount.tries - 1)
    )


def clear(session: Session, key: str) -> None:
    """Forget what was counted."""
    matched_rows(session, delete(TryCount).where(TryCount.key == key))


def delete_old(session: Session, *, before: datetime, limit: int) -> int:
    """Remove counts whose windows began before an instant. Returns: how many."""
    keys = session.scalars(select(TryCount.key).where(TryCount.window_started_at < before).limit(limit)).all()
    return matched_rows(session, delete(TryCount).where(TryCount.key.in_(keys))) if keys else 0


def window_left(started_at: datetime, *, window: timedelta, now: datetime) -> int:
    """Return how many seconds a window still lasts, at least one."""
    return max(1, int((started_at + window - now).total_seconds()) + 1)
