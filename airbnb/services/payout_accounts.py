"""Where hosts are paid: kept encrypted, shown masked, and held for three days after a change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Provider
from airbnb.domain.sealing import seal, unseal
from airbnb.extensions import current_settings
from airbnb.models.payouts import PayoutAccount
from airbnb.queries import payouts as queries
from airbnb.services import payouts

SHOWN_DIGITS = 4
#: The fields by which people know their account, in the order of preference.
TELLING_FIELDS = ("iban", "account", "account_number", "email")


def set_account(
    session: Session, user_id: int, *, method: Provider, currency: str, details: Mapping[str, Any], now: datetime
) -> PayoutAccount:
    """Write down where a host wants to be paid from now on.

    Sandbox accounts are verified at once; others when their provider says so. Payouts wait 72 hours from here; those
    that failed for good at the old account then go to the new one.
    """
    columns = {
        "method": method,
        "currency": currency,
        "details_encrypted": seal(dict(details), current_settings().encryption_keys),
        "masked": mask(details),
        "verified_at": now if method is Provider.SANDBOX else None,
        "changed_at": now,
    }
    account = queries.find_account(session, user_id)
    if account is None:
        account = PayoutAccount(id=new_id(), user_id=user_id, **columns)
        session.add(account)
    else:
        for name, value in columns.items():
            setattr(account, name, value)
    session.flush()
    payouts.free_failed(session, user_id, now=now)
    return account


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
