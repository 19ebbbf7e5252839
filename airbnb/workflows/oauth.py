"""Signing in through a provider: who came back, a one-time code for the frontend, and its exchange for a session."""

from collections.abc import Callable
from dataclasses import replace

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.account_errors import EmailTaken
from airbnb.domain.causes import by_owner
from airbnb.domain.errors import Busy
from airbnb.domain.identities import ProviderProfile, SignInProblem, SignInRefused
from airbnb.domain.ids import new_token
from airbnb.domain.kinds import SignInProvider, TokenPurpose
from airbnb.domain.switches import Switch
from airbnb.extensions import current_settings
from airbnb.queries.identities import find_identity_at
from airbnb.queries.users import find_user_by_email
from airbnb.schemas.people import EmailAddress
from airbnb.services import identities
from airbnb.services.identities import SomebodyWasQuicker
from airbnb.services.one_time_tokens import make_token, token_text
from airbnb.services.sessions import Device
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import outside, switches
from airbnb.workflows.auth import SignedIn, sign_in_user
from airbnb.workflows.second_factors import require_second_factor


def take_answer(provider: SignInProvider, *, code_challenge: str, ip: str | None) -> str:
    """Ask the provider who came back with this request; return a one-time code bound to the frontend's challenge.

    Writes: the account or its link where there was none, and the code's hash. Raises: SignInRefused.
    """
    profile = _with_our_address(outside.sign_in_provider(provider).finish())
    _refuse_newcomers(provider, profile)
    settings = current_settings()
    defaults = {"locale": settings.default_locale, "currency": settings.default_currency}

    def work(session: Session) -> int:
        now, secret = clock.now(), settings.secret_key
        user = identities.user_of_profile(
            session, provider, profile, cause=by_owner(now=now, ip=ip), secret=secret, defaults=defaults
        )
        row = make_token(
            session,
            user_id=user.id,
            purpose=TokenPurpose.OAUTH_CODE,
            secret=secret,
            now=now,
            payload={"code_challenge": code_challenge},
        )
        return row.id

    try:
        return token_text(_in_second_try(work), settings.secret_key)
    except Busy as error:
        raise SignInRefused(SignInProblem.TEMPORARILY_UNAVAILABLE) from error


def _refuse_newcomers(provider: SignInProvider, profile: ProviderProfile) -> None:
    """Let only people in who have an account, while sign-ups are off. Raises: SignInRefused."""
    if not switches.is_off(Switch.SIGN_UPS):
        return
    with reading() as session:
        known = find_identity_at(session, provider, profile.subject)
        account = None if profile.email is None else find_user_by_email(session, profile.email)
    if known is None and account is None:
        raise SignInRefused(SignInProblem.TEMPORARILY_UNAVAILABLE)


def exchange(*, code: str, code_verifier: str, device: Device, totp_code: str | None = None) -> SignedIn:
    """Sign in whom a one-time code stands for; of several callers with the same code one gets in.

    Without a good second factor the code stays good, so that the frontend can ask for it.
    Raises: InvalidSignInCode, AccountSuspended, TotpRequired, TotpCodeWrong, TooManyTries.
    """
    with reading() as session:
        user_id = identities.find_code(session, code, code_verifier, now=clock.now()).user_id
    require_second_factor(user_id, totp_code)
    refresh_id = new_token()

    def work(session: Session) -> SignedIn:
        user = identities.spend_code(session, code, code_verifier, now=clock.now())
        return sign_in_user(session, user, refresh_id=refresh_id, device=device)

    return in_transaction(work)


def _in_second_try(work: Callable[[Session], int]) -> int:
    try:
        return in_transaction(work)
    except (EmailTaken, SomebodyWasQuicker):
        # The same person came twice at once; what the other sign-in made is there now.
        return in_transaction(work)


def _with_our_address(profile: ProviderProfile) -> ProviderProfile:
    """Return the profile with its address in the form in which accounts have theirs, or with none."""
    try:
        return replace(profile, email=EmailAddress().deserialize(profile.email) if profile.email else None)
    except ValidationError:
        return replace(profile, email=None)
