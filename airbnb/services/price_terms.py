"""What a price depends on beside the listing and its calendar: the place's taxes, a coupon, the guest's currency."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy.orm import Session

from airbnb.domain import pricing
from airbnb.domain.exchange_rates import DatedRate, QuoteRate, quote_rate
from airbnb.domain.fees import FeeModel
from airbnb.domain.orders import Wish
from airbnb.domain.price_labels import PLACE_TAX
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.domain.stays import Stay
from airbnb.domain.tax_rules import TaxPlace
from airbnb.domain.taxes import TaxRule
from airbnb.extensions import current_settings
from airbnb.models.listings import Listing
from airbnb.models.pricing import TaxRuleVersion
from airbnb.queries import tax_rules
from airbnb.queries.exchange_rates import latest_dated_rates
from airbnb.queries.quotes import count_bookings_made
from airbnb.services.coupons import coupon_for

Rates = Callable[[], Mapping[str, DatedRate]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """What one stay's price is put together with.

    ``rate`` is None where the guest pays as the listing counts; ``bookings_made`` counts the listing's bookings so
    far, if that matters to its price.
    """

    fees: FeeModel
    bookings_made: int = 0
    tax_rules: tuple[TaxRule, ...] = ()
    coupon: pricing.Coupon | None = None
    rate: QuoteRate | None = None


def terms_for(
    session: Session, listing: Listing, wish: Wish, *, fees: FeeModel, now: datetime, guest_id: int | None = None
) -> PriceTerms:
    """Return the terms of one stay.

    Raises: ExchangeRateUnavailable; CouponUnknown, CouponExpired, CouponUsedUp, CouponNotApplicable.
    """
    rates = _lazy_rates(session)
    rules = taxes_for(session, [listing], {listing.id: wish.stay}, now=now, rates=rates)[listing.id]()
    coupon = None
    if wish.coupon is not None:
        coupon = coupon_for(session, wish.coupon, listing, guest_id=guest_id, now=now)
    return PriceTerms(
        fees=fees,
        bookings_made=_bookings_made(session, [listing]).get(listing.id, 0),
        tax_rules=rules,
        coupon=coupon,
        rate=_rate_for(listing, wish, rates, now),
    )


def terms_for_many(
    session: Session, listings: Collection[Listing], stays: Mapping[int, Stay], *, fees: FeeModel, now: datetime
) -> Mapping[int, Callable[[], PriceTerms]]:
    """Return how to get each listing's terms for its stay, with at most three statements for all.

    What comes out raises ExchangeRateUnavailable where a tax needs a rate that is not there. Coupons and other
    currencies are no matter of searching.
    """
    found = taxes_for(session, listings, stays, now=now, rates=_lazy_rates(session))
    made = _bookings_made(session, listings)

    def terms_of(listing_id: int) -> Callable[[], PriceTerms]:
        return lambda: PriceTerms(fees=fees, bookings_made=made.get(listing_id, 0), tax_rules=found[listing_id]())

    return {listing.id: terms_of(listing.id) for listing in listings}


def taxes_for(
    session: Session, listings: Collection[Listing], stays: Mapping[int, Stay], *, now: datetime, rates: Rates
) -> Mapping[int, Callable[[], tuple[TaxRule, ...]]]:
    """Return how to get the taxes that hold at each listing for its stay, in one statement, and one more for rates.

    The day of check-in decides which hold.
    """
    countries = {listing.country_code for listing in listings}
    check_ins = [stays[listing.id].check_in for listing in listings]
    in_force = tax_rules.list_in_force(session, countries, first=min(check_ins), last=max(check_ins))

    def rules_of(listing: Listing) -> Callable[[], tuple[TaxRule, ...]]:
        place = TaxPlace(country_code=listing.country_code, region=listing.region, city=listing.city)
        held = [row for row in in_force if _place_of(row).covers(place) and _holds(row, stays[listing.id].check_in)]
        return lambda: tuple(_as_rule(row, listing.currency, rates, now) for row in held)

    return {listing.id: rules_of(listing) for listing in listings}


def _bookings_made(session: Session, listings: Iterable[Listing]) -> Mapping[int, int]:
    return count_bookings_made(session, [one.id for one in listings if one.new_listing_discount_percent])


def _holds(row: TaxRuleVersion, check_in: date) -> bool:
    return row.valid_from <= check_in and (row.valid_until is None or row.valid_until > check_in)


def _place_of(row: TaxRuleVersion) -> TaxPlace:
    return TaxPlace(country_code=row.country_code, region=row.region, city=row.city)


def _as_rule(row: TaxRuleVersion, currency: str, rates: Rates, now: datetime) -> TaxRule:
    amount_minor = row.amount_minor
    if amount_minor and row.currency is not None and row.currency != currency:
        # The tax office asks for its own money: no margin is ours on it.
        rate = quote_rate(rates(), row.currency, currency, margin_bps=0, now=now)
        amount_minor = convert_amount(amount_minor, rate.exact, source=row.currency, target=currency)
    return TaxRule(
        key=f"{PLACE_TAX}{row.label}",
        kind=row.kind,
        rate_bps=row.rate_bps,
        amount_minor=amount_minor,
        base=row.base,
        max_nights=row.max_nights,
        exempt_from_nights=row.exempt_from_nights,
        exempt_below_age=row.exempt_below_age,
        inclusive=row.inclusive,
        remitted_by=row.remitted_by,
    )


def _rate_for(listing: Listing, wish: Wish, rates: Rates, now: datetime) -> QuoteRate | None:
    if wish.currency in (None, listing.currency):
        return None
    margin_bps = current_settings().fx_margin_bps
    return quote_rate(rates(), listing.currency, str(wish.currency), margin_bps=margin_bps, now=now)


def _lazy_rates(session: Session) -> Rates:
    """Return a way to the latest rates that asks the database at most once, and only if somebody needs them."""
    return cache(lambda: latest_dated_rates(session))
