"""Accounts: opening one, changing what it says, what it may be, and suspending it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.account_errors import EmailTaken
from airbnb.domain.causes import Cause
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.kinds import Role
from airbnb.domain.people import birth_date_problems
from airbnb.domain.statuses import UserStatus
from airbnb.domain.topics import Topic
from airbnb.models.users import User, UserRole
from airbnb.queries import sessions, transitions
from airbnb.queries.users import find_user_by_email
from airbnb.services import audit, consents, outbox


def create_user(session: Session, *, email: str, roles: frozenset[Role], **columns: Any) -> User:
    """Open an account; everybody is a guest, whatever else they are.

    Needs: ``email`` in lower case; ``columns`` are columns of ``User``, the password already hashed.
    Raises: EmailTaken.
    """
    if find_user_by_email(session, email) is not None:
        raise EmailTaken()
    user = User(email=email, roles=[UserRole(role=role) for role in sorted(roles | {Role.GUEST})], **columns)
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        # Somebody else was quicker by a moment.
        if find_user_by_email(session, email) is not None:
            raise EmailTaken() from None
        raise
    return user


def check_birth_date(birth_date: date | None, *, today: date) -> None:
    """Refuse a birth date that no adult can have. Raises: ValidationFailed naming ``birth_date``."""
    if birth_date is None:
        return
    problems = birth_date_problems(birth_date, today=today)
    if problems:
        raise ValidationFailed({"birth_date": problems})


def update_profile(session: Session, user: User, changes: dict[str, Any], *, now: datetime) -> User:
    """Write the given columns of a profile, and into the log what the user agreed to. Raises: ValidationFailed."""
    check_birth_date(changes.get("birth_date"), today=now.date())
    consents.record_changes(session, user, changes, now=now)
    for name, value in changes.items():
        setattr(user, name, value)
    return user


def set_avatar(session: Session, user: User, key: str | None) -> User:
    """Show another picture of a user, or none. Needs: the user's row is locked.

    Writes: an event that removes the file of the old picture.
    """
    if user.avatar_key is not None:
        outbox.record(session, Topic.FILES_ORPHANED, subject_id=user.id, payload={"keys": [user.avatar_key]})
    user.avatar_key = key
    return user


def become_host(session: Session, user: User, *, cause: Cause) -> User:
    """Let a user offer listings. Idempotent: a host stays one."""
    if Role.HOST not in {role.role for role in user.roles}:
        user.roles.append(UserRole(role=Role.HOST))
        audit.record_account_event(session, "add_role", user.id, cause=cause, changes={"role": (None, Role.HOST)})
        user.updated_at = cause.at  # the roles are part of what the account's version stands for
    return user


def suspend_user(session: Session, user_id: int, *, reason: str, cause: Cause) -> None:
    """Keep a user out until further notice; they are signed out everywhere with the commit.

    Raises: InvalidTransition unless the account is active.
    """
    transitions.move(
        session,
        User,
        user_id,
        old=UserStatus.ACTIVE,
        new=UserStatus.SUSPENDED,
        cause=cause,
        suspended_reason=reason,
    )
    sessions.end_sessions(session, user_id, now=cause.at)


def lift_suspension(session: Session, user_id: int, *, cause: Cause) -> None:
    """Let a suspended user in again. Raises: InvalidTransition unless the account is suspended."""
    transitions.move(
        session,
        User,
        user_id,
        old=UserStatus.SUSPENDED,
        new=UserStatus.ACTIVE,
        cause=cause,
        suspended_reason=None,
    )
