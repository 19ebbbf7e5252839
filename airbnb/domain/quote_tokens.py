"""Quotes that hold for a while: their lines and rate travel signed with the guest and come back unchanged."""

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.fees import FeeModel, FeeModelKind
from airbnb.domain.pricing import (
    AppliedDiscount,
    CouponFunding,
    DiscountKind,
    IncludedTax,
    LineKind,
    Party,
    PricedNight,
    PriceLine,
    Quote,
    RatePlan,
)
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy, TaxKind

LIFETIME = timedelta(minutes=30)
#: What an honest token can unpack to at most: 720 nights and some lines.
MAX_UNPACKED_BYTES = 128 * 1024
MAX_TOKEN_LENGTH = 32 * 1024


class InvalidQuoteToken(ValueError):
    """The token was altered or is not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenQuote:
    """A quote as promised until ``expires_at``, and what it was made for."""

    listing_id: int
    stay: Stay
    party: Party
    rate_plan: RatePlan
    policy: CancellationPolicy
    quote: Quote
    expires_at: datetime

    def is_live(self, now: datetime) -> bool:
        """Say whether the promise still holds; at the very instant of its end it does."""
        return now <= self.expires_at


def seal(frozen: FrozenQuote, secret: str) -> str:
    """Return the token of a frozen quote."""
    payload = zlib.compress(json.dumps(_as_dict(frozen), separators=(",", ":")).encode(), 9)
    return f"{_text(payload)}.{_text(_signature(payload, secret))}"


def open_token(token: str, secret: str) -> FrozenQuote:
    """Return the quote of a token of ours, live or not.

    Raises: InvalidQuoteToken.
    """
    packed, _, signature = token.partition(".")
    try:
        payload = _bytes(packed)
        if not hmac.compare_digest(_bytes(signature), _signature(payload, secret)):
            raise InvalidQuoteToken("wrong signature")
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise InvalidQuoteToken("not a token") from error
    # Only what we signed is unpacked, so the size is ours too; the limit guards a leaked secret.
    unpacked = zlib.decompressobj().decompress(payload, MAX_UNPACKED_BYTES)
    return _from_dict(json.loads(unpacked))


def _signature(payload: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), b"quote:" + payload, hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    raw = text.encode("ascii")
    return base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)


def _as_dict(frozen: FrozenQuote) -> dict[str, Any]:
    quote = asdict(frozen.quote)
    # One night a row of two numbers: the dates follow from the stay.
    if frozen.quote.exchange_rate_on is not None:
        quote["exchange_rate_on"] = frozen.quote.exchange_rate_on.isoformat()
    quote["nights"] = [[night.price_minor, night.base_minor, night.discount] for night in frozen.quote.nights]
    return {
        "listing_id": frozen.listing_id,
        "check_in": frozen.stay.check_in.isoformat(),
        "check_out": frozen.stay.check_out.isoformat(),
        "party": asdict(frozen.party),
        "rate_plan": frozen.rate_plan,
        "policy": frozen.policy,
        "quote": quote,
        "expires_at": frozen.expires_at.isoformat(),
    }


def _from_dict(data: Mapping[str, Any]) -> FrozenQuote:
    stay = Stay(date.fromisoformat(data["check_in"]), date.fromisoformat(data["check_out"]))
    return FrozenQuote(
        listing_id=data["listing_id"],
        stay=stay,
        party=Party(**data["party"]),
        rate_plan=RatePlan(data["rate_plan"]),
        policy=CancellationPolicy(data["policy"]),
        quote=_quote_from_dict(data["quote"], stay),
        expires_at=datetime.fromisoformat(data["expires_at"]).astimezone(UTC),
    )


def _quote_from_dict(data: Mapping[str, Any], stay: Stay) -> Quote:
    fees, discount, funding = data["fee_model"], data["discount"], data["coupon_funded_by"]
    rate_on = data["exchange_rate_on"]
    read: dict[str, Any] = {
        "nights": tuple(
            PricedNight(night=night, price_minor=price, base_minor=base, discount=DiscountKind(kind) if kind else None)
            for night, (price, base, kind) in zip(stay.nights, data["nights"], strict=True)
        ),
        "lines": tuple(_line_from_dict(line) for line in data["lines"]),
        "fee_model": FeeModel(**{**fees, "kind": FeeModelKind(fees["kind"])}),
        "discount": AppliedDiscount(**{**discount, "kind": DiscountKind(discount["kind"])}) if discount else None,
        "coupon_funded_by": CouponFunding(funding) if funding else None,
        "taxes_included": tuple(
            IncludedTax(**{**tax, "remitted_by": RemittedBy(tax["remitted_by"])}) for tax in data["taxes_included"]
        ),
        "exchange_rate_on": date.fromisoformat(rate_on) if rate_on else None,
    }
    return Quote(**{**data, **read})


def _line_from_dict(data: Mapping[str, Any]) -> PriceLine:
    read = {
        "kind": LineKind(data["kind"]),
        "tax_kind": TaxKind(data["tax_kind"]) if data["tax_kind"] else None,
        "remitted_by": RemittedBy(data["remitted_by"]) if data["remitted_by"] else None,
    }
    return PriceLine(**{**data, **read})
