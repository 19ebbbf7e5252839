"""One-time tokens: secrets that are mailed, derived from their row's id so that nothing secret is stored."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.account_errors import InvalidToken
from airbnb.domain.ids import new_id, token_hash
from airbnb.domain.kinds import TokenPurpose
from airbnb.models.users import OneTimeToken
from airbnb.queries import one_time_tokens as queries

LIFETIMES = {
    TokenPurpose.VERIFY_EMAIL: timedelta(minutes=30),
    TokenPurpose.RESET_PASSWORD: timedelta(minutes=30),
    TokenPurpose.CHANGE_EMAIL: timedelta(minutes=30),
    TokenPurpose.OAUTH_CODE: timedelta(seconds=60),
    TokenPurpose.STREAM_TICKET: timedelta(seconds=60),
}


def token_text(row_id: int, secret: str) -> str:
    """Return the token that stands for a row: whoever knows the secret can mail it, and the row only checks it."""
    digest = hmac.new(secret.encode(), f"one-time-token:{row_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def make_token(
    session: Session,
    *,
    user_id: int,
    purpose: TokenPurpose,
    secret: str,
    now: datetime,
    payload: dict[str, Any] | None = None,
) -> OneTimeToken:
    """Add a token for one user and purpose; ``token_text(row.id, secret)`` is what to mail.

    Writes: the row, with the token's hash alone.
    """
    row_id = new_id()
    row = OneTimeToken(
        id=row_id,
        purpose=purpose,
        token_hash=token_hash(token_text(row_id, secret)),
        user_id=user_id,
        payload=payload or {},
        created_at=now,
        expires_at=now + LIFETIMES[purpose],
    )
    session.add(row)
    session.flush()
    return row


def use_token(session: Session, token: str, *, purpose: TokenPurpose, now: datetime) -> OneTimeToken:
    """Spend a token and every other one of its user and purpose.

    Raises: InvalidToken when it is unknown, spent, too old or for something else.
    """
    row = queries.find_live_token(session, token_hash(token), purpose=purpose, now=now)
    if row is None or not queries.spend_token(session, row.id, now=now):
        raise InvalidToken()
    queries.spend_tokens(session, row.user_id, purpose=purpose, now=now)
    return row
