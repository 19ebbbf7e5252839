"""One-time tokens: found by their hash, spent by compare-and-set."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from airbnb.domain.kinds import TokenPurpose
from airbnb.models.users import OneTimeToken
from airbnb.queries.changes import matched_rows


def find_live_token(session: Session, token_hash: str, *, purpose: TokenPurpose, now: datetime) -> OneTimeToken | None:
    """Return the token with this hash while it may be used, or None."""
    return session.scalar(
        select(OneTimeToken).where(
            OneTimeToken.token_hash == token_hash,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > now,
        )
    )


def spend_token(session: Session, token_id: int, *, now: datetime) -> bool:
    """Mark a token as used; whether this caller was the one that used it."""
    spend = update(OneTimeToken).where(OneTimeToken.id == token_id, OneTimeToken.used_at.is_(None)).values(used_at=now)
    return matched_rows(session, spend) == 1


def spend_tokens(session: Session, user_id: int, *, purpose: TokenPurpose, now: datetime) -> int:
    """Mark every unused token of a user and purpose as used. Returns: how many."""
    spend = (
        update(OneTimeToken)
        .where(OneTimeToken.user_id == user_id, OneTimeToken.purpose == purpose, OneTimeToken.used_at.is_(None))
        .values(used_at=now)
    )
    return matched_rows(session, spend)


def spend_all_tokens(session: Session, user_id: int, *, now: datetime) -> int:
    """Mark every unused token of a user as used, whatever it is for. Returns: how many."""
    spend = update(OneTimeToken).where(OneTimeToken.user_id == user_id, OneTimeToken.used_at.is_(None))
    return matched_rows(session, spend.values(used_at=now))


def delete_old_tokens(session: Session, *, before: datetime, limit: int) -> int:
    """Remove tokens that expired before an instant. Returns: how many."""
    ids = session.scalars(select(OneTimeToken.id).where(OneTimeToken.expires_at < before).limit(limit)).all()
    return matched_rows(session, delete(OneTimeToken).where(OneTimeToken.id.in_(ids))) if ids else 0
