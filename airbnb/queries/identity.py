"""The one read that every signed-in request makes: is the session live, and who is it."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import UserStatus
from airbnb.models.second_factors import TotpFactor
from airbnb.models.users import User, UserRole, UserSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A live session and its user."""

    session_id: int
    user_id: int
    status: UserStatus
    roles: frozenset[Role]
    email_verified: bool
    locale: str
    currency: str
    expires_at: float  # of the session, in Unix time
    has_second_factor: bool


_IDENTITY = (
    select(
        User.id,
        User.status,
        User.email_verified_at,
        User.locale,
        User.currency,
        UserRole.role,
        UserSession.expires_at,
        TotpFactor.confirmed_at.label("second_factor_at"),
    )
    .join(UserSession, UserSession.user_id == User.id)
    .join(UserRole, UserRole.user_id == User.id)
    .outerjoin(TotpFactor, TotpFactor.user_id == User.id)
    .where(
        UserSession.id == bindparam("session_id"),
        User.id == bindparam("user_id"),
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > bindparam("now"),
        User.status != UserStatus.CLOSED,
    )
)


def find_identity(session: Session, *, session_id: int, user_id: int) -> Identity | None:
    """Return the identity behind a token's session, or None when that session has ended."""
    parameters = {"session_id": session_id, "user_id": user_id, "now": clock.now()}
    rows = session.execute(_IDENTITY, parameters).all()
    if not rows:
        return None
    first = rows[0]
    return Identity(
        session_id=session_id,
        user_id=first.id,
        status=first.status,
        roles=frozenset(row.role for row in rows),
        email_verified=first.email_verified_at is not None,
        locale=first.locale,
        currency=first.currency,
        expires_at=first.expires_at.timestamp(),
        has_second_factor=first.second_factor_at is not None,
    )
