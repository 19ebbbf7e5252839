"""Signed quotes: they come back as they were, and altered ones not at all."""

import hmac
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta

import pytest

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.fees import split_fee
from airbnb.domain.pricing import DaysDiscount, Party, PriceRules, RatePlan, Terms, quote_stay
from airbnb.domain.quote_tokens import FrozenQuote, InvalidQuoteToken, open_token, seal
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import TaxKind, TaxRule

SECRET = "a secret of the tests"
EXPIRES = datetime(2027, 3, 1, 12, 30, tzinfo=UTC)


def frozen(nights: int = 4) -> FrozenQuote:
    stay = Stay(date(2027, 4, 5), date(2027, 4, 5) + timedelta(days=nights))
    party = Party(adults=2, children=1)
    rules = PriceRules(
        currency="EUR", base_minor=10_000, weekend_minor=12_345, early_bird=DaysDiscount(days=10, percent=7)
    )
    taxes = (
        TaxRule(key="tax.city", kind=TaxKind.PER_GUEST_NIGHT, amount_minor=200),
        TaxRule(key="tax.vat", kind=TaxKind.PERCENT, rate_bps=600, inclusive=True),
    )
    terms = Terms(fee_model=split_fee(), tax_rules=taxes)
    quote = quote_stay(stay, rules, party, booked_on=date(2027, 3, 1), terms=terms)
    return FrozenQuote(
        listing_id=7,
        stay=stay,
        party=party,
        rate_plan=RatePlan.STANDARD,
        policy=CancellationPolicy.FIRM,
        quote=quote,
        expires_at=EXPIRES,
    )


@pytest.mark.parametrize("nights", [1, 4, 365])
def test_a_token_gives_back_exactly_what_was_frozen(nights: int):
    assert open_token(seal(frozen(nights), SECRET), SECRET) == frozen(nights)


def test_one_from_before_quotes_told_of_long_stays_still_opens():
    packed = seal(frozen(), SECRET).partition(".")[0]
    data = json.loads(zlib.decompress(urlsafe_b64decode(packed + "==")))
    del data["quote"]["weekly_percent"], data["quote"]["monthly_percent"]
    payload = zlib.compress(json.dumps(data).encode())
    signature = hmac.digest(SECRET.encode(), b"quote:" + payload, "sha256")
    token = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in (payload, signature))

    quote = open_token(token, SECRET).quote

    assert (quote.weekly_percent, quote.monthly_percent) == (None, None)
    assert quote.lines == frozen().quote.lines


def test_it_holds_to_the_very_instant_of_its_end():
    assert frozen().is_live(EXPIRES)
    assert not frozen().is_live(EXPIRES + timedelta(microseconds=1))


def altered() -> list[str]:
    token = seal(frozen(), SECRET)
    payload, _, signature = token.partition(".")
    return ["", ".", "no token", "ümlaut.x", payload, f"{payload}.", f"{payload[:-2]}AA.{signature}", token[:-2] + "AA"]


@pytest.mark.parametrize("token", altered())
def test_an_altered_token_is_refused(token: str):
    with pytest.raises(InvalidQuoteToken):
        open_token(token, SECRET)


def test_another_secret_opens_nothing():
    with pytest.raises(InvalidQuoteToken):
        open_token(seal(frozen(), SECRET), "another secret")
