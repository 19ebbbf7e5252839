"""The second factor at the door: tries are committed before anybody is refused."""

from datetime import timedelta

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.account_errors import TotpCodeWrong, TotpRequired
from airbnb.extensions import current_settings
from airbnb.queries.second_factors import find_factor
from airbnb.queries.sessions import find_session
from airbnb.queries.users import lock_user
from airbnb.services import second_factors as services
from airbnb.services.second_factors import NewFactor, Proof
from airbnb.unit_of_work import in_transaction, reading

#: Somebody who has just signed in need not prove themselves again to take the second factor away.
FRESH = timedelta(minutes=10)


def require_second_factor(user_id: int, code: str | None) -> None:
    """Let a sign-in go on when the account has no second factor, or the code is good; the code is spent by it.

    Needs: the first factor was right, whether a password or a provider's word.
    Raises: TotpRequired, TotpCodeWrong, TooManyTries.
    """
    keys = current_settings().encryption_keys
    _refuse(in_transaction(lambda session: services.check(session, user_id, code, keys=keys, now=clock.now())))


def set_up_second_factor(user_id: int) -> NewFactor:
    """Make a code generator for a user, which counts once it is confirmed. Raises: TotpAlreadySetUp."""
    keys = current_settings().encryption_keys
    return in_transaction(
        lambda session: services.set_up(session, lock_user(session, user_id), keys=keys, now=clock.now())
    )


def confirm_second_factor(user_id: int, code: str) -> None:
    """Let a second factor count. Raises: NotFound, TotpAlreadySetUp, TotpCodeWrong, TooManyTries."""
    keys = current_settings().encryption_keys
    _refuse(in_transaction(lambda session: services.confirm(session, user_id, code, keys=keys, now=clock.now())))


def remove_second_factor(user_id: int, session_id: int, code: str | None) -> None:
    """Take a second factor away from somebody who has just signed in, or who sends a code of it.

    Raises: NotFound, TotpRequired, TotpCodeWrong, TooManyTries.
    """
    with reading() as session:
        factor, device = find_factor(session, user_id), find_session(session, session_id, user_id=user_id)
    is_fresh = device is not None and device.created_at > clock.now() - FRESH
    if code or (factor is not None and factor.confirmed_at is not None and not is_fresh):
        require_second_factor(user_id, code)

    def work(session: Session) -> None:
        lock_user(session, user_id)
        services.remove(session, user_id)

    in_transaction(work)


def _refuse(proof: Proof) -> None:
    if proof is Proof.MISSING:
        raise TotpRequired()
    if proof is Proof.WRONG:
        raise TotpCodeWrong()
