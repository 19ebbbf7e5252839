"""What hosts see of their money, as plain values for its schemas."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from airbnb.domain.money import Money
from airbnb.domain.payout_rules import ACCOUNT_CHANGE_HOLD, HeldReason
from airbnb.models.payouts import Payout, PayoutAccount
from airbnb.queries.payouts import EarningRow, ReceivedRow
from airbnb.services.payout_accounts import onboarding_state


def payout_view(payout: Payout) -> dict[str, Any]:
    """Return a payout with its items. Needs: they are loaded with their bookings."""
    view: dict[str, Any] = {
        "id": payout.id,
        "status": payout.status,
        "amount": payout.sent,
        "earned": Money(payout.amount_minor, payout.currency),
        "items": [
            {
                "id": item.id,
                "booking_id": item.booking_id,
                "booking_code": item.booking.code,
                "kind": item.kind,
                "amount": Money(item.amount_minor, item.currency),
            }
            for item in payout.items
        ],
        "due_at": payout.due_at,
        "held_reasons": [HeldReason(reason) for reason in payout.held_reasons],
        "paid_at": payout.paid_at,
        "created_at": payout.created_at,
    }
    if payout.exchange_rate is not None:
        view["exchange_rate"] = {
            "from": payout.currency,
            "to": payout.sent_currency,
            "rate": payout.exchange_rate,
            "on": payout.exchange_rate_on,
        }
    if payout.failure_code is not None:
        view["failure"] = {
            "code": payout.failure_code,
            "permanent": bool(payout.failure_permanent),
            "text": payout.failure_text or "",
        }
    return view


def account_view(account: PayoutAccount) -> dict[str, Any]:
    """Return where a host is paid, masked."""
    return {
        "method": account.method,
        "currency": account.currency,
        "details": {"account": account.masked},
        "country_code": account.country_code,
        "verified": account.verified_at is not None,
        "onboarding": onboarding_state(account),
        "changed_at": account.changed_at,
        "payouts_held_until": account.changed_at + ACCOUNT_CHANGE_HOLD,
    }


def earnings_view(rows: Sequence[EarningRow], received: Sequence[ReceivedRow]) -> dict[str, Any]:
    """Return a host's items summed by currency and month of their due day, and what arrived by month; all in UTC.

    Needs: both with the oldest first.
    """
    sums: dict[str, dict[str, dict[bool, int]]] = defaultdict(lambda: defaultdict(lambda: {True: 0, False: 0}))
    for row in rows:
        sums[row.currency][row.due_at.strftime("%Y-%m")][row.is_paid] += row.amount_minor
    return {
        "earnings": [
            {
                "currency": currency,
                **_both(currency, months.values()),
                "months": [{"month": month, **_both(currency, [amounts])} for month, amounts in months.items()],
            }
            for currency, months in sorted(sums.items())
        ],
        "received": _received(received),
    }


def _received(rows: Sequence[ReceivedRow]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        of_month = sums[row.paid_at.strftime("%Y-%m"), row.earned.currency, row.sent.currency]
        of_month[0] += row.earned.amount_minor
        of_month[1] += row.sent.amount_minor
    return [
        {"month": month, "earned": Money(earned, earned_in), "amount": Money(sent, sent_in)}
        for (month, earned_in, sent_in), (earned, sent) in sorted(sums.items())
    ]


def _both(currency: str, amounts: Any) -> dict[str, Money]:
    parts = list(amounts)
    return {
        "paid": Money(sum(part[True] for part in parts), currency),
        "upcoming": Money(sum(part[False] for part in parts), currency),
    }
