"""Signing in through a provider: who that is here, when accounts may be linked, and the last way in."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.account_errors import AccountSuspended, InvalidSignInCode, LastSignInMethod
from airbnb.domain.causes import Cause
from airbnb.domain.errors import NotFound
from airbnb.domain.identities import ProviderProfile, SignInProblem, SignInRefused, proves
from airbnb.domain.ids import token_hash
from airbnb.domain.kinds import SignInProvider, TokenPurpose
from airbnb.domain.statuses import UserStatus
from airbnb.domain.topics import Topic
from airbnb.models.identities import UserIdentity
from airbnb.models.users import OneTimeToken, User
from airbnb.queries import one_time_tokens
from airbnb.queries.identities import delete_identities, find_identity_at, linked_providers
from airbnb.queries.users import find_user_by_email, get_user, lock_user
from airbnb.services import audit, auth, outbox, users

NAMELESS = "Guest"


class SomebodyWasQuicker(Exception):
    """Another sign-in linked the same person a moment ago; asked again, the answer is there."""


def user_of_profile(
    session: Session,
    provider: SignInProvider,
    profile: ProviderProfile,
    *,
    cause: Cause,
    secret: str,
    defaults: dict[str, Any],
) -> User:
    """Return whose account this is at the provider: linked before, linked now by a proved address, or new.

    Needs: ``profile.email`` in the form of ours, or None. ``defaults`` are columns of a new account.
    Writes: the identity, and a new account with its mails. Raises: SignInRefused, SomebodyWasQuicker, EmailTaken.
    """
    known = find_identity_at(session, provider, profile.subject)
    if known is not None:
        return _welcome(get_user(session, known.user_id))
    if profile.email is None:
        raise SignInRefused(SignInProblem.EMAIL_MISSING)
    user = find_user_by_email(session, profile.email)
    if user is None:
        user = _open_account(session, profile, email=profile.email, now=cause.at, secret=secret, defaults=defaults)
    else:
        _check_linking(session, lock_user(session, user.id), provider, profile)
    _link(session, user, provider, profile, cause=cause)
    return user


def find_code(session: Session, code: str, verifier: str, *, now: datetime) -> OneTimeToken:
    """Return the row of a one-time code, still to be spent, when the verifier is the right one.

    Raises: InvalidSignInCode.
    """
    row = one_time_tokens.find_live_token(session, token_hash(code), purpose=TokenPurpose.OAUTH_CODE, now=now)
    if row is None or not proves(verifier, row.payload["code_challenge"]):
        raise InvalidSignInCode()
    return row


def spend_code(session: Session, code: str, verifier: str, *, now: datetime) -> User:
    """Use a code up and return whom it stands for.

    Locks: the user's row. Raises: InvalidSignInCode, for all but the first of several callers too; AccountSuspended.
    """
    row = find_code(session, code, verifier, now=now)
    user = lock_user(session, row.user_id)
    if user.status is UserStatus.SUSPENDED:
        raise AccountSuspended()
    if user.status is UserStatus.CLOSED or not one_time_tokens.spend_token(session, row.id, now=now):
        raise InvalidSignInCode()
    return user


def unlink(
    session: Session, user_id: int, provider: SignInProvider, *, usable: Collection[SignInProvider], cause: Cause
) -> None:
    """Take a provider away as a way in; ``usable`` are those that are set up.

    Locks: the user's row, so that two ways in are not removed at once. Raises: NotFound, LastSignInMethod.
    """
    user = lock_user(session, user_id)
    linked = linked_providers(session, user_id)
    if provider not in linked:
        raise NotFound()
    if user.password_hash is None and not (linked - {provider}).intersection(usable):
        raise LastSignInMethod()
    delete_identities(session, user_id, provider=provider)
    audit.record_account_event(session, "unlink_provider", user_id, cause=cause, changes={"provider": (provider, None)})


def _welcome(user: User) -> User:
    if user.status is UserStatus.SUSPENDED:
        raise SignInRefused(SignInProblem.ACCOUNT_SUSPENDED)
    if user.status is UserStatus.CLOSED:
        raise SignInRefused(SignInProblem.ACCOUNT_CLOSED)
    return user


def _check_linking(session: Session, user: User, provider: SignInProvider, profile: ProviderProfile) -> None:
    """Let only the proved owner of an address into an account whose owner has proved the same address."""
    if not profile.email_verified:
        # Anybody can type the victim's address into a provider that doesn't check it.
        raise SignInRefused(SignInProblem.EMAIL_NOT_VERIFIED)
    _welcome(user)
    if user.email_verified_at is None:
        # Whoever opened the account may not own the address, and still knows its password.
        raise SignInRefused(SignInProblem.ACCOUNT_NOT_VERIFIED)
    if provider in linked_providers(session, user.id):
        # Another person at the same provider: the address has changed hands there.
        raise SignInRefused(SignInProblem.IDENTITY_CONFLICT)


def _open_account(
    session: Session, profile: ProviderProfile, *, email: str, now: datetime, secret: str, defaults: dict[str, Any]
) -> User:
    user = users.create_user(
        session,
        email=email,
        roles=frozenset(),
        email_verified_at=now if profile.email_verified else None,
        first_name=profile.first_name or NAMELESS,
        last_name=profile.last_name,
        **defaults,
    )
    if profile.email_verified:
        outbox.record(session, Topic.USER_VERIFIED, subject_id=user.id)
    else:
        auth.ask_email_verification(session, user, secret=secret, now=now)
    return user


def _link(session: Session, user: User, provider: SignInProvider, profile: ProviderProfile, *, cause: Cause) -> None:
    identity = UserIdentity(
        user_id=user.id, provider=provider, subject=profile.subject, email=profile.email, created_at=cause.at
    )
    try:
        with session.begin_nested():
            session.add(identity)
    except IntegrityError as error:
        raise SomebodyWasQuicker() from error
    audit.record_account_event(session, "link_provider", user.id, cause=cause, changes={"provider": (None, provider)})
