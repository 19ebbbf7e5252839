"""What a quote looks like to the one who asked, as plain values for its schema."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from airbnb.domain.cancellation import ScheduleEntry
from airbnb.domain.money import Money
from airbnb.domain.quote_tokens import seal
from airbnb.domain.stays import local_now
from airbnb.services.quotes import Offer


def quote_view(offer: Offer, *, secret: str, shows_payout: bool = False) -> dict[str, Any]:
    """Return a quote with its signed token; ``shows_payout`` is for owner and staff."""
    quote, frozen = offer.quote, offer.freeze()

    def money(amount_minor: int) -> Money:
        return Money(amount_minor, quote.currency)

    view: dict[str, Any] = {
        "nights": [{"night": night.night, "price": money(night.price_minor)} for night in quote.nights],
        "lines": [
            {
                "kind": line.kind,
                "label": line.label_key,
                "quantity": line.quantity,
                "unit": None if line.unit_minor is None else money(line.unit_minor),
                "amount": money(line.amount_minor),
            }
            for line in quote.lines
        ],
        "total": money(quote.total_minor),
        "taxes_included": [{"label": tax.label_key, "amount": money(tax.amount_minor)} for tax in quote.taxes_included],
        "rate_plans": list(offer.rate_plans),
        "currency": quote.currency,
        "cancellation": {
            "policy": offer.policy,
            "schedule": schedule_view(offer.schedule(), quote.currency, offer.listing.time_zone),
        },
        "quote_token": seal(frozen, secret),
        "expires_at": frozen.expires_at,
    }
    if quote.discount is not None:
        view["discount"] = {"kind": quote.discount.kind, "reason": quote.discount.reason}
    if quote.exchange_rate is not None:
        view["exchange_rate"] = {
            "from": quote.listing_currency,
            "to": quote.currency,
            "rate": quote.exchange_rate,
            "on": quote.exchange_rate_on,
        }
    if shows_payout:
        view["host_payout"] = Money(quote.host_payout_minor, quote.listing_currency)
    return view


def schedule_view(entries: Iterable[ScheduleEntry], currency: str, zone: str) -> list[dict[str, Any]]:
    """Return a refund schedule with each instant also on the listing's own clock."""
    return [
        {
            "until": entry.until,
            "until_local": local_text(entry.until, zone),
            "refund": Money(entry.refund_minor, currency),
        }
        for entry in entries
    ]


def local_text(instant: datetime, zone: str) -> str:
    """Return an instant as the listing's clock shows it, with its offset."""
    return local_now(instant, zone).isoformat(timespec="seconds")
