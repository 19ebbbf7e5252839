"""The audit log: who with power did what to whose object, and why."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.extensions import Base
from airbnb.models.platform import AuditEntry
from airbnb.models.users import User


def record_action(
    session: Session,
    action: str,
    subject: type[Base],
    subject_id: int,
    *,
    cause: Cause,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """Add an entry in the transaction of the action itself.

    Shape: ``changes`` maps each column that changed to its old and new value, JSON-ready.
    """
    record_event(session, action, subject.__tablename__, subject_id, cause=cause, changes=changes)


def record_event(
    session: Session,
    action: str,
    subject_type: str,
    subject_id: int = 0,
    *,
    cause: Cause,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """Add an entry about something that is no row of one table, such as a change of keys.

    Shape: ``changes`` as in ``record_action``.
    """
    session.add(
        AuditEntry(
            actor_id=cause.actor_id,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            before={name: old for name, (old, _) in changes.items()},
            after={name: new for name, (_, new) in changes.items()},
            reason=cause.reason,
            ip=cause.ip,
            at=cause.at,
        )
    )


def record_account_event(
    session: Session, action: str, user_id: int, *, cause: Cause, changes: Mapping[str, tuple[Any, Any]] | None = None
) -> None:
    """Add an entry about what somebody did to their own account, such as another password.

    Needs: ``cause`` as ``by_owner`` makes it; ``changes`` hold no personal data, because the log outlives the account.
    """
    record_action(session, action, User, user_id, cause=replace(cause, actor_id=user_id), changes=changes or {})
