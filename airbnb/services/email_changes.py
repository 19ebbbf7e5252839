"""Moving an account to another e-mail address: asked for, proved by a link to the new one, told to the old one."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.account_errors import EmailTaken, InvalidToken
from airbnb.domain.causes import Cause
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.kinds import TokenPurpose
from airbnb.domain.statuses import UserStatus
from airbnb.domain.topics import Topic
from airbnb.models.users import User
from airbnb.queries.one_time_tokens import spend_all_tokens, spend_tokens
from airbnb.queries.users import find_user_by_email, lock_user
from airbnb.services import audit, outbox
from airbnb.services.one_time_tokens import make_token, use_token


def ask_email_change(session: Session, user: User, email: str, *, secret: str, now: datetime) -> None:
    """Have a link mailed to a new address that moves the account there; links asked for before die.

    Needs: ``email`` in lower case; the user repeated the password.
    Raises: EmailTaken; ValidationFailed when it is the present address.
    Writes: a token that names the address, and an outbox event whose payload is ``{"token_id": id}``.
    """
    if email == user.email:
        raise ValidationFailed({"email": ["This is your address already."]})
    if find_user_by_email(session, email) is not None:
        raise EmailTaken()
    spend_tokens(session, user.id, purpose=TokenPurpose.CHANGE_EMAIL, now=now)
    token = make_token(
        session,
        user_id=user.id,
        purpose=TokenPurpose.CHANGE_EMAIL,
        secret=secret,
        now=now,
        payload={"email": email, "old_email": user.email},
    )
    outbox.record(session, Topic.EMAIL_CHANGE_ASKED, subject_id=user.id, payload={"token_id": token.id})


def confirm_email_change(session: Session, token: str, *, cause: Cause) -> User:
    """Move an account to the address that a link was mailed to; every other link of the account dies.

    Raises: InvalidToken; EmailTaken when somebody registered with the address meanwhile.
    Writes: the address, proved; an outbox event that has the old address told.
    """
    now = cause.at
    row = use_token(session, token, purpose=TokenPurpose.CHANGE_EMAIL, now=now)
    user = lock_user(session, row.user_id)
    if user.status is not UserStatus.ACTIVE or user.email != row.payload["old_email"]:
        raise InvalidToken()
    try:
        with session.begin_nested():
            user.email, user.email_verified_at = row.payload["email"], now
    except IntegrityError:
        raise EmailTaken() from None
    spend_all_tokens(session, user.id, now=now)
    audit.record_account_event(session, "change_email", user.id, cause=cause)
    outbox.record(session, Topic.EMAIL_CHANGED, subject_id=user.id, payload={"token_id": row.id})
    return user
