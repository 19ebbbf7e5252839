"""Signing up, in and on: passwords are hashed while no transaction is open, because that takes long."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.account_errors import (
    AccountSuspended,
    EmailTaken,
    InvalidCredentials,
    InvalidToken,
    TokenReused,
    Unauthenticated,
)
from airbnb.domain.causes import by_owner
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.ids import new_token, token_hash
from airbnb.domain.kinds import Role, TokenPurpose
from airbnb.domain.statuses import UserStatus
from airbnb.domain.switches import Switch
from airbnb.domain.try_limits import OWN_PASSWORD
from airbnb.extensions import current_settings
from airbnb.models.users import User
from airbnb.queries.one_time_tokens import find_live_token
from airbnb.queries.sessions import find_session
from airbnb.queries.users import find_account_by_email, find_user_by_email, get_user, lock_user
from airbnb.services import auth, consents, email_changes, passwords, sign_ins, users
from airbnb.services.sessions import Device, Rotation, open_session, rotate_refresh_token
from airbnb.services.tries import forget_tries, take_try
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import switches
from airbnb.workflows.second_factors import require_second_factor


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A user and the session whose tokens are to be handed out; ``refresh_id`` becomes the refresh token's jti."""

    user: User
    session_id: int
    refresh_id: str


def register(*, password: str, role: Role, device: Device, **columns: Any) -> SignedIn:
    """Open an account, have the address verified by mail, and sign its owner in.

    Raises: EmailTaken, ValidationFailed, Paused.
    """
    switches.refuse_if_off(Switch.SIGN_UPS)
    passwords.check_new_password(password, email=columns["email"])
    users.check_birth_date(columns.get("birth_date"), today=clock.now().date())
    _refuse_taken(columns["email"])
    settings, refresh_id = current_settings(), new_token()
    columns.setdefault("locale", settings.default_locale)
    columns.setdefault("currency", settings.default_currency)
    password_hash = passwords.hash_password(password)

    def work(session: Session) -> SignedIn:
        now = clock.now()
        user = users.create_user(session, roles=frozenset({role}), password_hash=password_hash, **columns)
        consents.record_first(session, user, now=now)
        auth.ask_email_verification(session, user, secret=settings.secret_key, now=now)
        return sign_in_user(session, user, refresh_id=refresh_id, device=device)

    return in_transaction(work)


def check_credentials(email: str, password: str, *, ip: str) -> User:
    """Return the account with this address and password; an unknown address takes as long as a wrong password.

    Raises: InvalidCredentials, AccountSuspended; TooManyTries.
    Writes: a counted try, taken back when the password is right.
    """
    attempt = in_transaction(lambda session: sign_ins.begin_attempt(session, email, ip, now=clock.now()))
    with reading() as session:
        user = find_account_by_email(session, email)
    if not passwords.is_password(password, user.password_hash if user else None):
        raise InvalidCredentials()
    if user is None or user.status is UserStatus.CLOSED:
        raise InvalidCredentials()
    in_transaction(lambda session: sign_ins.end_attempt(session, attempt))
    if user.status is UserStatus.SUSPENDED:
        raise AccountSuspended()
    return user


def log_in(*, email: str, password: str, device: Device, totp_code: str | None = None) -> SignedIn:
    """Sign a user in on a device; a hash of yesterday's strength is renewed on the way.

    Raises: InvalidCredentials, AccountSuspended, TotpRequired, TotpCodeWrong, TooManyTries.
    """
    known = check_credentials(email, password, ip=device.ip)
    require_second_factor(known.id, totp_code)
    refresh_id = new_token()
    assert known.password_hash is not None
    renewed = passwords.hash_password(password) if passwords.is_outdated(known.password_hash) else None

    def work(session: Session) -> SignedIn:
        # Read again: the account may have been closed, suspended or given another password meanwhile.
        user = lock_user(session, known.id)
        if user.password_hash != known.password_hash or user.status is not UserStatus.ACTIVE:
            raise InvalidCredentials()
        if renewed:
            # By a plain UPDATE: the account's version, which ETags name, stays.
            session.execute(update(User).where(User.id == user.id).values(password_hash=renewed))
        return sign_in_user(session, user, refresh_id=refresh_id, device=device)

    return in_transaction(work)


def refresh(*, user_id: int, session_id: int, refresh_id: str) -> SignedIn:
    """Exchange a refresh token for a new pair; one that comes again ends its session.

    Raises: TokenReused, Unauthenticated, AccountSuspended.
    """
    next_id = new_token()

    def work(session: Session) -> tuple[Rotation, User | None]:
        device = find_session(session, session_id, user_id=user_id)
        if device is None:
            return Rotation.ENDED, None
        lifetime = current_settings().refresh_token_lifetime
        outcome = rotate_refresh_token(
            session, device, refresh_id=refresh_id, next_id=next_id, now=clock.now(), lifetime=lifetime
        )
        return outcome, get_user(session, user_id)

    # The end of a session must be committed, so the refusal comes after the transaction.
    outcome, user = in_transaction(work)
    if outcome is Rotation.REUSED:
        raise TokenReused()
    if user is not None and user.status is UserStatus.SUSPENDED:
        raise AccountSuspended()
    if outcome is Rotation.ENDED or user is None or user.status is UserStatus.CLOSED:
        raise Unauthenticated()
    return SignedIn(user=user, session_id=session_id, refresh_id=next_id)


def reset_password(*, token: str, password: str, ip: str | None) -> None:
    """Set a new password by a mailed link. Raises: InvalidToken, ValidationFailed."""
    with reading() as session:
        row = find_live_token(session, token_hash(token), purpose=TokenPurpose.RESET_PASSWORD, now=clock.now())
        if row is None:
            raise InvalidToken()
        email = get_user(session, row.user_id).email
    passwords.check_new_password(password, email=email)
    password_hash = passwords.hash_password(password)

    def work(session: Session) -> None:
        auth.reset_password(session, token, password_hash=password_hash, cause=by_owner(now=clock.now(), ip=ip))

    in_transaction(work)


def change_password(*, user_id: int, session_id: int, current: str | None, password: str, ip: str | None) -> None:
    """Set a new password, or a first one; the session that asks goes on, the others end.

    Raises: ValidationFailed when the present password is missing or wrong, or the new one is no good; TooManyTries.
    """
    known = check_own_password(user_id, current, field="current_password")
    passwords.check_new_password(password, email=known.email)
    password_hash = passwords.hash_password(password)

    def work(session: Session) -> None:
        user = lock_user(session, user_id)
        if user.password_hash != known.password_hash:
            raise ValidationFailed({"current_password": ["The password was changed a moment ago."]})
        cause = by_owner(now=clock.now(), ip=ip)
        auth.set_password(session, user, password_hash=password_hash, cause=cause, keep_session_id=session_id)

    in_transaction(work)


def ask_email_change(*, user_id: int, email: str, password: str | None) -> None:
    """Have a link mailed that moves an account to another address.

    Raises: EmailTaken; ValidationFailed when the password is wrong or the address is the present one; TooManyTries.
    """
    check_own_password(user_id, password, field="password")
    secret = current_settings().secret_key

    def work(session: Session) -> None:
        email_changes.ask_email_change(session, lock_user(session, user_id), email, secret=secret, now=clock.now())

    in_transaction(work)


def sign_in_user(session: Session, user: User, *, refresh_id: str, device: Device) -> SignedIn:
    """Open a session for somebody who has proved who they are, and tell them when the device is new.

    Needs: every factor was checked; ``refresh_id`` is random.
    """
    lifetime: timedelta = current_settings().refresh_token_lifetime
    row = open_session(
        session, user_id=user.id, refresh_id=refresh_id, device=device, now=clock.now(), lifetime=lifetime
    )
    sign_ins.tell_of_unknown_device(session, row)
    return SignedIn(user=user, session_id=row.id, refresh_id=refresh_id)


def check_own_password(user_id: int, password: str | None, *, field: str) -> User:
    """Return the account of somebody signed in who repeats their password; without a password there is none to repeat.

    Raises: ValidationFailed naming ``field``; TooManyTries, so that a stolen token does not become a password.
    """
    in_transaction(lambda session: take_try(session, OWN_PASSWORD, str(user_id), now=clock.now()))
    with reading() as session:
        known = get_user(session, user_id)
    if known.password_hash is not None and not passwords.is_password(password or "", known.password_hash):
        raise ValidationFailed({field: ["This is not your present password."]})
    in_transaction(lambda session: forget_tries(session, OWN_PASSWORD, str(user_id)))
    return known


def _refuse_taken(email: str) -> None:
    # Before the costly hash; the unique key decides in the end.
    with reading() as session:
        if find_user_by_email(session, email) is not None:
            raise EmailTaken()
