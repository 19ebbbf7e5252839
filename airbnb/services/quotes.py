"""Quoting stays: whether one can be booked, what it costs, and what cancelling it would give back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from airbnb.config import Settings
from airbnb.domain.booking_errors import DatesUnavailable, ListingUnavailable
from airbnb.domain.calendar_rules import (
    ALTERNATIVES_REACH_DAYS,
    check_stay,
    ensure_free,
    find_alternatives,
    is_bookable,
)
from airbnb.domain.cancellation import (
    BookingTimes,
    CancellationPolicy,
    ScheduleEntry,
    policy_for,
    policy_terms,
    quote_money,
    refund_schedule,
)
from airbnb.domain.errors import DomainError, NotFound
from airbnb.domain.fees import FeeModel, FeeModelKind, host_only_fee, split_fee
from airbnb.domain.orders import Wish
from airbnb.domain.pricing import Quote, RatePlan, Terms, convert_quote, quote_stay, rate_plans
from airbnb.domain.quote_tokens import LIFETIME, FrozenQuote
from airbnb.domain.statuses import ListingStatus
from airbnb.domain.stays import Stay, local_date, local_now
from airbnb.models.listings import Listing
from airbnb.queries import quotes as queries
from airbnb.queries.quotes import CalendarFacts
from airbnb.services.listing_rules import clock_time, price_rules, stay_rules
from airbnb.services.price_terms import PriceTerms, terms_for, terms_for_many

#: Statuses in which strangers never saw the listing: for them it does not exist.
NEVER_SHOWN = frozenset({ListingStatus.DRAFT, ListingStatus.IN_REVIEW, ListingStatus.CHANGES_REQUESTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A stay that can be booked, with its price and terms as of ``quoted_at``."""

    listing: Listing
    wish: Wish
    quote: Quote
    policy: CancellationPolicy
    rate_plans: tuple[RatePlan, ...]
    quoted_at: datetime

    def schedule(self) -> tuple[ScheduleEntry, ...]:
        """Return what cancelling would give back over time if the stay were confirmed now."""
        times = BookingTimes(
            stay=self.wish.stay,
            check_in_time=clock_time(self.listing.check_in_minutes),
            zone=self.listing.time_zone,
            confirmed_at=self.quoted_at,
        )
        return refund_schedule(quote_money(self.quote), policy_terms(self.policy), times)

    def freeze(self) -> FrozenQuote:
        """Return the quote as it will be honoured for half an hour."""
        return FrozenQuote(
            listing_id=self.listing.id,
            stay=self.wish.stay,
            party=self.wish.party,
            rate_plan=self.wish.rate_plan,
            policy=self.policy,
            quote=self.quote,
            expires_at=self.quoted_at + LIFETIME,
        )


def fees_in_force(settings: Settings) -> FeeModel:
    """Return the marketplace's fee model, which every new booking stores."""
    if settings.fee_model is FeeModelKind.HOST_ONLY:
        return host_only_fee(host_bps=settings.host_fee_rate_bps)
    return split_fee(guest_bps=settings.guest_fee_rate_bps, host_bps=settings.host_fee_rate_bps)


def quote_listing(
    session: Session,
    listing_id: int,
    wish: Wish,
    *,
    fees: FeeModel,
    now: datetime,
    viewer_id: int | None = None,
) -> Offer:
    """Quote one stay at one listing.

    Raises: NotFound for a listing that the viewer never could see; ListingUnavailable; every refusal of the calendar
    rules; DatesUnavailable with ``first_taken_night`` and up to three ``alternatives``; every refusal of coupons and
    currencies.
    Source: docs/rules/prices.md, docs/rules/calendar.md.
    """
    listing = queries.find_to_book(session, listing_id)
    if listing is None:
        raise NotFound()
    ensure_open(listing, viewer_id=viewer_id)
    calendar = load_calendar(session, listing, wish.stay)
    try:
        check_bookable(listing, calendar, wish, now=now)
    except DatesUnavailable:
        refuse_taken(session, listing, wish, now=now)
        raise
    terms = terms_for(session, listing, wish, fees=fees, now=now, guest_id=viewer_id)
    return make_offer(listing, calendar, wish, terms=terms, now=now)


def quote_listings(session: Session, wishes: Mapping[int, Wish], *, fees: FeeModel, now: datetime) -> dict[int, Offer]:
    """Quote a stay at each of many listings with at most five statements; where it can't be booked is left out.

    Shape: ``wishes`` are by listing.
    """
    listings = queries.find_listings(session, wishes)
    if not listings:
        return {}
    stays = {listing_id: wish.stay for listing_id, wish in wishes.items()}
    first = min(stay.check_in for stay in stays.values())
    longest = max(listing.preparation_days for listing in listings.values())
    until = max(stay.check_out for stay in stays.values()) + timedelta(days=longest)
    calendars = queries.load_calendars(session, stays.keys(), first, until)
    terms = terms_for_many(session, listings.values(), stays, fees=fees, now=now)
    offers: dict[int, Offer] = {}
    for listing in listings.values():
        calendar, wish = calendars.get(listing.id) or CalendarFacts(), wishes[listing.id]
        try:
            ensure_open(listing, viewer_id=None)
            check_bookable(listing, calendar, wish, now=now)
            offers[listing.id] = make_offer(listing, calendar, wish, terms=terms[listing.id](), now=now)
        except DomainError:
            continue
    return offers


def ensure_open(listing: Listing, *, viewer_id: int | None) -> None:
    """Refuse a listing that takes no bookings. Raises: NotFound, ListingUnavailable."""
    if listing.status is ListingStatus.PUBLISHED and listing.nightly_price_minor is not None:
        return
    if listing.status in NEVER_SHOWN and viewer_id != listing.host_id:
        raise NotFound()
    raise ListingUnavailable()


def load_calendar(session: Session, listing: Listing, stay: Stay) -> CalendarFacts:
    """Return what the calendar says about a stay and the preparation after it."""
    span = stay.with_preparation(listing.preparation_days)
    return (
        queries.load_calendars(session, [listing.id], span.check_in, span.check_out).get(listing.id) or CalendarFacts()
    )


def check_bookable(listing: Listing, calendar: CalendarFacts, wish: Wish, *, now: datetime) -> None:
    """Refuse a stay that breaks a rule of the listing or of which a night is taken."""
    rules = stay_rules(listing, calendar)
    there = local_now(now, listing.time_zone)
    check_stay(wish.stay, rules, now_local=there, guests=wish.party.guests, pets=wish.party.pets)
    ensure_free(wish.stay, rules, calendar.taken)


def make_offer(listing: Listing, calendar: CalendarFacts, wish: Wish, *, terms: PriceTerms, now: datetime) -> Offer:
    """Price a stay that was checked already, in the currency that the guest wants to pay in."""
    rules = price_rules(listing, calendar, bookings_made=terms.bookings_made)
    quote = quote_stay(
        wish.stay,
        rules,
        wish.party,
        booked_on=local_date(now, listing.time_zone),
        terms=Terms(fee_model=terms.fees, tax_rules=terms.tax_rules, rate_plan=wish.rate_plan, coupon=terms.coupon),
    )
    if terms.rate is not None and wish.currency is not None:
        quote = convert_quote(quote, terms.rate, wish.currency)
    return Offer(
        listing=listing,
        wish=wish,
        quote=quote,
        policy=policy_for(CancellationPolicy(listing.cancellation_policy), wish.rate_plan, wish.stay.length),
        rate_plans=rate_plans(rules),
        quoted_at=now,
    )


def refuse_taken(session: Session, listing: Listing, wish: Wish, *, now: datetime) -> None:
    """Refuse a stay that is not free any more and name what is; one that is free after all is not refused.

    Raises: DatesUnavailable with ``first_taken_night`` and up to three ``alternatives``; what else the rules refuse.
    """
    calendar = _load_around(session, listing, wish.stay)
    try:
        check_bookable(listing, calendar, wish, now=now)
    except DatesUnavailable as refusal:
        raise _with_alternatives(listing, calendar, wish, refusal, now=now) from refusal


def _load_around(session: Session, listing: Listing, stay: Stay) -> CalendarFacts:
    """Return the calendar of a stay and of all that may be offered in its place."""
    reach = timedelta(days=ALTERNATIVES_REACH_DAYS)
    return load_calendar(session, listing, Stay(stay.check_in - reach, stay.check_out + reach))


def _with_alternatives(
    listing: Listing, calendar: CalendarFacts, wish: Wish, refusal: DatesUnavailable, *, now: datetime
) -> DatesUnavailable:
    """Return the refusal with the nearest stays of the same length that could be booked instead."""
    rules = stay_rules(listing, calendar)
    there = local_now(now, listing.time_zone)

    def can_be_booked(other: Stay) -> bool:
        return is_bookable(
            other, rules, calendar.taken, now_local=there, guests=wish.party.guests, pets=wish.party.pets
        )

    found = find_alternatives(wish.stay, can_be_booked)
    spans = [{"check_in": one.check_in.isoformat(), "check_out": one.check_out.isoformat()} for one in found]
    facts: Mapping[str, object] = {**refusal.facts, "alternatives": spans}
    return DatesUnavailable(**facts)
