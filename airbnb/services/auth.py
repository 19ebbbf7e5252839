"""Proving an address and setting a password: what mailed links and the account page do."""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.kinds import TokenPurpose
from airbnb.domain.statuses import UserStatus
from airbnb.domain.topics import Topic
from airbnb.models.users import User
from airbnb.queries.identities import delete_identities
from airbnb.queries.one_time_tokens import spend_tokens
from airbnb.queries.outbox import close_event, find_event
from airbnb.queries.sessions import end_sessions
from airbnb.queries.users import find_account_id, lock_user
from airbnb.services import audit, outbox
from airbnb.services.one_time_tokens import make_token, use_token
from airbnb.services.sign_ins import forget_attempts

#: Whom an event is about that concerns no account.
NOBODY = 0


def ask_email_verification(session: Session, user: User, *, secret: str, now: datetime) -> None:
    """Have a link mailed that proves the address; nothing happens when it is proved already.

    Writes: a token and an outbox event whose payload is ``{"token_id": id}``.
    """
    if user.email_verified_at is not None:
        return
    token = make_token(session, user_id=user.id, purpose=TokenPurpose.VERIFY_EMAIL, secret=secret, now=now)
    outbox.record(session, Topic.EMAIL_VERIFICATION_ASKED, subject_id=user.id, payload={"token_id": token.id})


def verify_email(session: Session, token: str, *, now: datetime) -> User:
    """Take a mailed link as proof of the address. Raises: InvalidToken."""
    row = use_token(session, token, purpose=TokenPurpose.VERIFY_EMAIL, now=now)
    user = lock_user(session, row.user_id)
    _prove_address(session, user, now=now)
    return user


def want_password_reset(session: Session, email: str) -> None:
    """Note that somebody wants a link that sets a new password.

    Known and unknown addresses cost the same here, so that the time tells nothing; a worker does what differs.
    Writes: an outbox event about the account, or about nobody.
    """
    outbox.record(session, Topic.PASSWORD_RESET_WANTED, subject_id=find_account_id(session, email) or NOBODY)


def ask_password_reset(session: Session, event_id: int, *, secret: str, now: datetime) -> bool:
    """Have a link mailed that sets a new password, as an event wants it; False when there is nobody to mail it to.

    Idempotent: the event is closed in the same transaction.
    Writes: a token and an outbox event whose payload is ``{"token_id": id}``.
    """
    event = find_event(session, event_id)
    if event is None or not close_event(session, event_id, now=now) or event.subject_id == NOBODY:
        return False
    user = lock_user(session, event.subject_id)
    if user.status is not UserStatus.ACTIVE:
        return False
    token = make_token(session, user_id=user.id, purpose=TokenPurpose.RESET_PASSWORD, secret=secret, now=now)
    outbox.record(session, Topic.PASSWORD_RESET_ASKED, subject_id=user.id, payload={"token_id": token.id})
    return True


def reset_password(session: Session, token: str, *, password_hash: str, cause: Cause) -> None:
    """Set a password by a mailed link, which proves the address as well; every session ends.

    Raises: InvalidToken.
    """
    row = use_token(session, token, purpose=TokenPurpose.RESET_PASSWORD, now=cause.at)
    user = lock_user(session, row.user_id)
    if user.email_verified_at is None:
        # Whoever came first, through a provider that vouched for nothing, need not be who owns the address.
        delete_identities(session, user.id)
    _prove_address(session, user, now=cause.at)
    forget_attempts(session, user.email)
    set_password(session, user, password_hash=password_hash, cause=cause)


def set_password(
    session: Session, user: User, *, password_hash: str, cause: Cause, keep_session_id: int | None = None
) -> None:
    """Replace the password; links that could set another die, and every session but one ends.

    Writes: an outbox event, so that the owner is told.
    """
    user.password_hash = password_hash
    spend_tokens(session, user.id, purpose=TokenPurpose.RESET_PASSWORD, now=cause.at)
    end_sessions(session, user.id, now=cause.at, keep_id=keep_session_id)
    audit.record_account_event(session, "change_password", user.id, cause=cause)
    outbox.record(session, Topic.PASSWORD_CHANGED, subject_id=user.id)


def _prove_address(session: Session, user: User, *, now: datetime) -> None:
    if user.email_verified_at is None:
        user.email_verified_at = now
        spend_tokens(session, user.id, purpose=TokenPurpose.VERIFY_EMAIL, now=now)
        outbox.record(session, Topic.USER_VERIFIED, subject_id=user.id)
