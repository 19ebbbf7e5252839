"""Counting tries before they are made, so that callers at the same moment can't have more than the limit."""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.account_errors import TooManyTries
from airbnb.domain.errors import Busy
from airbnb.domain.try_limits import TryLimit
from airbnb.queries import tries as queries

_ROUNDS = 3


def take_try(session: Session, limit: TryLimit, subject: str, *, now: datetime) -> None:
    """Count one try about to be made; commit before making it.

    Raises: TooManyTries with the seconds until the window ends.
    """
    key, since = _key(limit, subject), now - limit.window
    for _ in range(_ROUNDS):
        if queries.count_up(session, key, most=limit.most, since=since):
            return
        count = queries.find_count(session, key)
        if count is None:
            if queries.start(session, key, now=now):
                return
        elif count.started_at <= since:
            if queries.restart(session, key, until=since, now=now):
                return
        elif count.tries >= limit.most:
            wait_s = queries.window_left(count.started_at, window=limit.window, now=now)
            raise TooManyTries(retry_after_s=wait_s)
        # Else somebody began the window between the two looks: now it can be counted up.
    raise Busy()


def give_back(session: Session, limit: TryLimit, subject: str) -> None:
    """Take back a try that turned out to be no guess."""
    queries.count_down(session, _key(limit, subject))


def forget_tries(session: Session, limit: TryLimit, subject: str) -> None:
    """Begin anew after a success."""
    queries.clear(session, _key(limit, subject))


def _key(limit: TryLimit, subject: str) -> str:
    return f"{limit.name}:{subject}"
