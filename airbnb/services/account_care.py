"""What staff do to people's accounts to keep them safe or at their owners' wish; each verb leaves an audit entry."""

from sqlalchemy.orm import Session

from airbnb.domain.account_errors import StillObliged
from airbnb.domain.causes import Cause
from airbnb.domain.errors import Forbidden
from airbnb.domain.permissions import may_act_on
from airbnb.domain.sealing import Keyring
from airbnb.domain.statuses import UserStatus
from airbnb.models.account_safety import AccountClosure
from airbnb.models.users import User
from airbnb.queries import sessions
from airbnb.queries.closures import list_obligations
from airbnb.queries.users import get_user, lock_user
from airbnb.services import account_closing, audit, erasure, second_factors


def ensure_may_act(session: Session, user_id: int, cause: Cause) -> None:
    """Refuse staff who act on themselves, or on other staff without managing them.

    Raises: Forbidden, NotFound.
    """
    if cause.actor_id is None:
        return  # a command of the operator
    subject, actor = get_user(session, user_id), get_user(session, cause.actor_id)
    roles = [role.role for role in actor.roles], [role.role for role in subject.roles]
    if subject.id == actor.id or not may_act_on(*roles):
        raise Forbidden()


def end_sessions(session: Session, user_id: int, *, cause: Cause) -> int:
    """Sign a user out everywhere; return from how many places.

    Raises: Forbidden, NotFound.
    """
    ensure_may_act(session, user_id, cause)
    ended = sessions.end_sessions(session, user_id, now=cause.at)
    audit.record_action(session, "end_sessions", User, user_id, cause=cause, changes={"live_sessions": (ended, 0)})
    return ended


def reset_second_factor(session: Session, user_id: int, *, cause: Cause) -> None:
    """Take away the second factor of somebody who lost it, and sign them out everywhere; they are told by mail.

    Raises: Forbidden; NotFound also when there is none.
    """
    ensure_may_act(session, user_id, cause)
    second_factors.remove(session, user_id)
    ended = sessions.end_sessions(session, user_id, now=cause.at)
    changes = {"second_factor": (True, False), "live_sessions": (ended, 0)}
    audit.record_action(session, "reset_second_factor", User, user_id, cause=cause, changes=changes)


def close_account(session: Session, user_id: int, *, cause: Cause) -> AccountClosure:
    """Close an account as its owner would; it is erased when its time has come and nothing is under way.

    Raises: InvalidTransition, Forbidden, NotFound.
    """
    ensure_may_act(session, user_id, cause)
    user = lock_user(session, user_id)
    before = user.status
    closure = account_closing.close_account(session, user, now=cause.at, by_staff=cause)
    changes = {
        "status": (before, UserStatus.CLOSED),
        "erase_after": (None, closure.erase_after.isoformat()),
    }
    audit.record_action(session, "close_account", User, user_id, cause=cause, changes=changes)
    return closure


def erase_account(session: Session, user_id: int, *, keys: Keyring, cause: Cause) -> None:
    """Erase the owner of a closed account before its time.

    Raises: StillObliged while stays or money are under way, or once it is erased; Forbidden, NotFound.
    """
    ensure_may_act(session, user_id, cause)
    if not erasure.erase_account(session, user_id=user_id, keys=keys, now=cause.at):
        raise StillObliged(obligations=", ".join(list_obligations(session, user_id)) or "nothing is left to erase")
    changes = {"erased_at": (None, cause.at.isoformat())}
    audit.record_action(session, "erase_user", User, user_id, cause=cause, changes=changes)
