"""Where hosts are paid: kept encrypted, shown masked, and held for three days after a change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound, ValidationFailed
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Provider
from airbnb.domain.payout_rules import ASK_THEMSELVES, NEED_NO_PROOF, OnboardingState
from airbnb.domain.sealing import seal, unseal
from airbnb.domain.topics import Topic
from airbnb.extensions import current_settings
from airbnb.models.payouts import PayoutAccount
from airbnb.queries import payouts as queries
from airbnb.queries.listings import find_first_country
from airbnb.services import outbox, payouts

SHOWN_DIGITS = 4
#: The detail that holds the provider's name for an account that it opened itself.
PROVIDER_ACCOUNT = "account"
#: The one detail that a host may give to such a provider beforehand: it can't be changed there later.
COUNTRY = "country"
#: The fields by which people know their account, in the order of preference.
TELLING_FIELDS = ("iban", "account", "account_number", "email")


def set_account(
    session: Session, user_id: int, *, method: Provider, currency: str, details: Mapping[str, Any], now: datetime
) -> PayoutAccount:
    """Write down where a host wants to be paid from now on.

    Accounts that nobody checks beforehand are verified at once; others when their provider says so. Payouts wait 72
    hours from here; those that failed for good at the old account then go to the new one. A provider that asks hosts
    itself goes on with what it knows already.
    Writes: the account, and an outbox event that tells the host.
    Raises: ValidationFailed for details that the provider asks for itself.
    """
    if method in ASK_THEMSELVES and not set(details) <= {COUNTRY}:
        raise ValidationFailed({"details": ["The provider asks for these itself: send the country alone, or {}."]})
    account = queries.find_account(session, user_id)
    country = _country(session, user_id, method, details, account)
    columns: dict[str, Any] = {"method": method, "currency": currency, "country_code": country, "changed_at": now}
    is_another = account is None or account.method is not method or account.country_code != country
    if is_another or method not in ASK_THEMSELVES:
        columns |= _details({} if method in ASK_THEMSELVES else details)
        columns["verified_at"] = now if method in NEED_NO_PROOF else None
    if account is None:
        account = PayoutAccount(id=new_id(), user_id=user_id, **columns)
        session.add(account)
    else:
        for name, value in columns.items():
            setattr(account, name, value)
    session.flush()
    payouts.free_failed(session, user_id, now=now)
    outbox.record(session, Topic.PAYOUT_ACCOUNT_CHANGED, subject_id=user_id)
    return account


def _country(
    session: Session, user_id: int, method: Provider, details: Mapping[str, Any], account: PayoutAccount | None
) -> str | None:
    """Return the country of an account that the provider opens: what the host says, else said before, else hosts in.

    None where nothing tells it, and for accounts that hosts have already.
    """
    if method not in ASK_THEMSELVES:
        return None
    if COUNTRY in details:
        return str(details[COUNTRY])
    if account is not None and account.method is method and (account.country_code or provider_account(account)):
        return account.country_code
    return find_first_country(session, user_id)


def onboarding_state(account: PayoutAccount) -> OnboardingState:
    """Return how far a host is with the provider's own questions."""
    if account.method not in ASK_THEMSELVES:
        return OnboardingState.NOT_NEEDED
    if account.verified_at is not None:
        return OnboardingState.VERIFIED
    return OnboardingState.NOT_STARTED if provider_account(account) is None else OnboardingState.IN_PROGRESS


def provider_account(account: PayoutAccount) -> str | None:
    """Return the provider's name for an account that it opened itself, or None."""
    if account.method not in ASK_THEMSELVES:
        return None
    return unseal(account.details_encrypted, current_settings().encryption_keys).get(PROVIDER_ACCOUNT)


def note_provider_account(session: Session, account_id: int, *, provider_ref: str) -> str:
    """Note the account that a provider opened, unless one was noted a moment ago; return the one that counts.

    Raises: NotFound when the host has meanwhile chosen another way to be paid.
    """
    account = queries.lock_account(session, account_id)
    if account.method not in ASK_THEMSELVES:
        raise NotFound()
    known = provider_account(account)
    if known is None:
        for name, value in _details({PROVIDER_ACCOUNT: provider_ref}).items():
            setattr(account, name, value)
        session.flush()
    return known or provider_ref


def note_verified(session: Session, account_id: int, *, provider_ref: str, is_verified: bool, now: datetime) -> None:
    """Note whether the provider may pay a host; while it may not, payouts are held as ``account_unverified``.

    Idempotent. An account that the host has left is left alone.
    """
    account = queries.lock_account(session, account_id)
    if provider_account(account) != provider_ref or is_verified == (account.verified_at is not None):
        return
    account.verified_at = now if is_verified else None
    session.flush()


def _details(details: Mapping[str, Any]) -> dict[str, str]:
    return {
        "details_encrypted": seal(dict(details), current_settings().encryption_keys),
        "masked": mask(details),
    }


def open_account(session: Session, payout_id: int) -> dict[str, Any]:
    """Return the details that a payout goes to. Needs: the payout has an account."""
    payout = queries.get_payout(session, payout_id)
    account = queries.find_account(session, payout.host_id)
    assert account is not None, "a payout leaves only for an account"
    return unseal(account.details_encrypted, current_settings().encryption_keys)


def mask(details: Mapping[str, Any]) -> str:
    """Return what people are shown of their account: its last characters."""
    telling = next((str(details[name]) for name in TELLING_FIELDS if details.get(name)), "")
    compact = telling.replace(" ", "")
    if len(compact) <= SHOWN_DIGITS:
        return "••••"
    return f"•••• {compact[-SHOWN_DIGITS:]}"
