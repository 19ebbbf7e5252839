"""The second factor: set up, confirmed, asked for, and removed; a code is good once.

Wrong codes must be counted even though they are refused, so the checks return how they ended and leave the refusal to
whoever commits first.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy.orm import Session

from airbnb.domain.account_errors import TotpAlreadySetUp
from airbnb.domain.errors import NotFound
from airbnb.domain.ids import token_hash
from airbnb.domain.sealing import Keyring, seal, unseal
from airbnb.domain.topics import Topic
from airbnb.domain.totp import (
    is_totp_code,
    matching_step,
    new_recovery_codes,
    new_secret,
    otpauth_url,
    tidy_code,
)
from airbnb.domain.try_limits import RECOVERY_CODE, TOTP_CODE
from airbnb.models.second_factors import TotpFactor
from airbnb.models.users import User
from airbnb.queries import second_factors as queries
from airbnb.services import outbox
from airbnb.services.tries import forget_tries, take_try


class Proof(Enum):
    """How the check of a second factor ended."""

    NOT_NEEDED = auto()  # the account has none
    GIVEN = auto()
    MISSING = auto()
    WRONG = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFactor:
    """What is shown once, when a second factor is set up."""

    otpauth_url: str
    recovery_codes: list[str]


def set_up(session: Session, user: User, *, keys: Keyring, now: datetime) -> NewFactor:
    """Make a code generator that still has to be confirmed; an unconfirmed one before it is replaced.

    Needs: the user's row is locked.
    Raises: TotpAlreadySetUp.
    """
    present = queries.find_factor(session, user.id)
    if present is not None and present.confirmed_at is not None:
        raise TotpAlreadySetUp()
    if present is not None:
        queries.delete_factor(session, user.id)
        session.expunge(present)
    secret, codes = new_secret(), new_recovery_codes()
    session.add(TotpFactor(user_id=user.id, secret_encrypted=seal({"secret": secret}, keys), created_at=now))
    queries.add_recovery_codes(session, user.id, [token_hash(tidy_code(code)) for code in codes])
    session.flush()
    return NewFactor(otpauth_url=otpauth_url(secret, email=user.email), recovery_codes=codes)


def confirm(session: Session, user_id: int, code: str, *, keys: Keyring, now: datetime) -> Proof:
    """Let a second factor count once its first code is right.

    Raises: NotFound when there is none to confirm; TooManyTries.
    Writes: the spent step, the factor's start, an event for the owner; or a counted try.
    """
    factor = queries.find_factor(session, user_id)
    if factor is None:
        raise NotFound()
    if factor.confirmed_at is not None:
        raise TotpAlreadySetUp()
    if not _is_code_good(session, factor, code, keys=keys, now=now):
        return Proof.WRONG
    if queries.confirm_factor(session, user_id, now=now):
        _tell(session, user_id, "on")
    return Proof.GIVEN


def check(session: Session, user_id: int, code: str | None, *, keys: Keyring, now: datetime) -> Proof:
    """Check the second factor of somebody whose first was right; a code of the app or a recovery code will do.

    Raises: TooManyTries.
    Writes: the spent code; or a counted try, so commit whatever comes back.
    """
    factor = queries.find_factor(session, user_id)
    if factor is None or factor.confirmed_at is None:
        return Proof.NOT_NEEDED
    if not code:
        return Proof.MISSING
    if is_totp_code(code):
        good = _is_code_good(session, factor, code, keys=keys, now=now)
    else:
        good = _is_recovery_code_good(session, user_id, code, now=now)
    return Proof.GIVEN if good else Proof.WRONG


def remove(session: Session, user_id: int) -> None:
    """Take a user's second factor away, confirmed or not. Raises: NotFound when there is none."""
    factor = queries.find_factor(session, user_id)
    if factor is None:
        raise NotFound()
    queries.delete_factor(session, user_id)
    if factor.confirmed_at is not None:
        _tell(session, user_id, "off")


def _is_code_good(session: Session, factor: TotpFactor, code: str, *, keys: Keyring, now: datetime) -> bool:
    take_try(session, TOTP_CODE, str(factor.user_id), now=now)
    secret = unseal(factor.secret_encrypted, keys)["secret"]
    step = matching_step(secret, code, now=now, after_step=factor.last_step)
    # Of two callers with the same code the compare-and-set lets one in.
    if step is None or not queries.use_step(session, factor.id, step=step):
        return False
    forget_tries(session, TOTP_CODE, str(factor.user_id))
    return True


def _is_recovery_code_good(session: Session, user_id: int, code: str, *, now: datetime) -> bool:
    take_try(session, RECOVERY_CODE, str(user_id), now=now)
    if not queries.use_recovery_code(session, user_id, token_hash(tidy_code(code)), now=now):
        return False
    forget_tries(session, RECOVERY_CODE, str(user_id))
    _tell(session, user_id, "recovery_code")
    return True


def _tell(session: Session, user_id: int, change: str) -> None:
    outbox.record(session, Topic.SECOND_FACTOR_CHANGED, subject_id=user_id, payload={"decision": change})
