"""What a change of a booking would be: checked by the listing's rules, free in the calendar, and priced."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from airbnb.domain.booking_changes import Span, check_change, refund_cap
from airbnb.domain.booking_errors import DatesUnavailable, ListingUnavailable
from airbnb.domain.calendar_rules import ALTERNATIVES_REACH_DAYS, find_alternatives, first_taken_night
from airbnb.domain.cancellation import ScheduleEntry, booking_money, refund_schedule
from airbnb.domain.change_prices import reprice
from airbnb.domain.change_rates import Rates
from airbnb.domain.errors import DomainError
from airbnb.domain.fees import FeeModel
from airbnb.domain.kinds import ActorKind
from airbnb.domain.orders import Wish
from airbnb.domain.pricing import IncludedTax, Party, PricedNight, funding_of
from airbnb.domain.statuses import ListingStatus, NightKind
from airbnb.domain.stay_terms import HostMoney, StayTerms
from airbnb.domain.stays import Stay, check_in_at, check_out_at, local_date, local_now
from airbnb.domain.taxes import RemittedBy
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.queries import booking_changes as queries
from airbnb.queries import nights as night_queries
from airbnb.queries import quotes as listing_queries
from airbnb.queries.quotes import CalendarFacts
from airbnb.services import coupons
from airbnb.services.booking_terms import price_line, terms_of, times_of
from airbnb.services.cancellations import refund_now
from airbnb.services.listing_rules import clock_time, price_rules, stay_rules
from airbnb.services.price_terms import terms_for
from airbnb.services.quotes import load_calendar

#: In these the place still takes guests; the host says yes to each change.
OPEN_LISTINGS = frozenset({ListingStatus.PUBLISHED, ListingStatus.PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWish:
    """The stay and the party that one side asks for."""

    stay: Stay
    party: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that could be made now: what is agreed, and what would be."""

    before: StayTerms
    after: StayTerms

    @property
    def difference_minor(self) -> int:
        """What the guest pays more, in minor units; below zero, what comes back."""
        return self.after.total_minor - self.before.total_minor


def propose(session: Session, booking: Booking, wish: ChangeWish, *, now: datetime) -> Proposal:
    """Check and price a change of a confirmed booking.

    Needs: the booking's lines are loaded.
    Raises: ValidationFailed, ListingUnavailable, the refusals of the listing's rules; DatesUnavailable with
    ``first_taken_night``; CouponNotApplicable when the stay gets cheaper than its coupon asks for.
    Source: docs/rules/booking-changes.md.
    """
    listing = _open_listing(session, booking)
    calendar = load_calendar(session, listing, _around(booking, wish.stay))
    rules = stay_rules(listing, calendar)
    before = current_terms(session, booking)
    begun = times_of(booking, confirmed_at=now).nights_begun(now)
    check_change(
        (before.stay, before.party),
        (wish.stay, wish.party),
        rules,
        now_local=local_now(now, booking.time_zone),
        begun=begun,
    )
    held = night_queries.list_held(session, booking.id)
    taken = _first_taken(booking, wish.stay, calendar, held, listing.preparation_days)
    if taken is not None:
        raise DatesUnavailable(first_taken_night=taken.isoformat())
    after = reprice(before, wish.stay, wish.party, _rates(session, booking, listing, calendar, wish, now))
    return Proposal(before=before, after=after)


def current_terms(session: Session, booking: Booking) -> StayTerms:
    """Return what is agreed for a booking. Needs: its lines are loaded."""
    return StayTerms(
        stay=Stay(booking.check_in, booking.check_out),
        party=Party(adults=booking.adults, children=booking.children, infants=booking.infants, pets=booking.pets),
        currency=booking.currency,
        nights=tuple(
            PricedNight(
                night=row.night, price_minor=row.price_minor, base_minor=row.base_price_minor, discount=row.discount
            )
            for row in queries.list_nights(session, booking.id)
        ),
        lines=tuple(price_line(line) for line in booking.lines),
        taxes_included=tuple(
            IncludedTax(
                label_key=tax["label_key"],
                amount_minor=tax["amount_minor"],
                remitted_by=RemittedBy(tax["remitted_by"]),
            )
            for tax in booking.taxes_included
        ),
        host=HostMoney(
            subtotal_minor=booking.host_subtotal_minor,
            service_fee_minor=booking.host_service_fee_minor,
            taxes_minor=booking.host_taxes_minor,
            payout_minor=booking.host_payout_minor,
        ),
    )


def cap_now(booking: Booking, *, now: datetime) -> int | None:
    """Return the share that a cancellation by the guest gives back now, in millionths; None for all of it.

    Needs: the booking's lines are loaded.
    """
    refund = refund_now(booking, (), by=ActorKind.GUEST, now=now)
    return refund_cap(refund.refund_minor, booking.total_minor)


def promised_after(booking: Booking, after: StayTerms, *, now: datetime) -> tuple[ScheduleEntry, ...]:
    """Return what cancelling would give back over time if a change were made now.

    Needs: the booking's lines are loaded.
    """
    money = booking_money(
        after.lines,
        coupon_funded_by=funding_of(after.lines),
        night_count=after.stay.length,
        host_fee_bps=booking.host_fee_bps,
        taxes_included=after.taxes_included,
    )
    times = replace(times_of(booking, confirmed_at=booking.confirmed_at or now), stay=after.stay)
    capped = replace(money, refund_cap_ppm=cap_now(booking, now=now))
    return refund_schedule(capped, terms_of(booking), times)


def span_of(booking: Booking, stay: Stay) -> Span:
    """Return when a stay begins and ends by the hours and the zone that the booking keeps."""
    zone = booking.time_zone
    return Span(
        check_in_at=check_in_at(stay, clock_time(booking.check_in_minutes), zone),
        check_out_at=check_out_at(stay, clock_time(booking.check_out_minutes), zone),
    )


def wanted_nights(
    booking: Booking, stay: Stay, held: dict[date, NightKind], preparation_days: int
) -> dict[date, NightKind]:
    """Return the nights that a changed booking holds; the preparation stays as it is while check-out does."""
    wanted = dict.fromkeys(stay.nights, NightKind.BOOKING)
    if stay.check_out == booking.check_out:
        kept = {night: kind for night, kind in held.items() if kind is NightKind.PREPARATION}
        return {**kept, **wanted}
    prepared = Stay(stay.check_in, stay.check_out).with_preparation(preparation_days).nights
    return {**dict.fromkeys(prepared, NightKind.PREPARATION), **wanted}


def with_alternatives(
    session: Session, booking: Booking, wish: ChangeWish, refusal: DatesUnavailable, *, now: datetime
) -> DatesUnavailable:
    """Return the refusal with the first taken night and the nearest stays of the same length to change to instead."""
    listing = _open_listing(session, booking)
    reach = timedelta(days=ALTERNATIVES_REACH_DAYS)
    around = Stay(wish.stay.check_in - reach, wish.stay.check_out + reach)
    calendar = load_calendar(session, listing, _around(booking, around))
    rules = stay_rules(listing, calendar)
    held = night_queries.list_held(session, booking.id)
    old = (Stay(booking.check_in, booking.check_out), wish.party)
    begun = times_of(booking, confirmed_at=now).nights_begun(now)

    def can_be_had(other: Stay) -> bool:
        try:
            check_change(old, (other, wish.party), rules, now_local=local_now(now, booking.time_zone), begun=begun)
        except DomainError:
            return False
        return _first_taken(booking, other, calendar, held, listing.preparation_days) is None

    spans = [
        {"check_in": one.check_in.isoformat(), "check_out": one.check_out.isoformat()}
        for one in find_alternatives(wish.stay, can_be_had)
    ]
    taken = _first_taken(booking, wish.stay, calendar, held, listing.preparation_days)
    facts = {"first_taken_night": taken.isoformat()} if taken is not None else {}
    return DatesUnavailable(**{**facts, **refusal.facts, "alternatives": spans})


def _open_listing(session: Session, booking: Booking) -> Listing:
    listing = listing_queries.find_listing(session, booking.listing_id)
    if listing is None or listing.status not in OPEN_LISTINGS or listing.nightly_price_minor is None:
        raise ListingUnavailable()
    return listing


def _around(booking: Booking, stay: Stay) -> Stay:
    return Stay(min(booking.check_in, stay.check_in), max(booking.check_out, stay.check_out))


def _first_taken(
    booking: Booking, stay: Stay, calendar: CalendarFacts, held: dict[date, NightKind], preparation_days: int
) -> date | None:
    """Return the first night that the changed stay needs and somebody else has."""
    taken = set(calendar.taken) - set(held)
    days = 0 if stay.check_out == booking.check_out else preparation_days
    return first_taken_night(stay, taken, preparation_days=days)


def _rates(
    session: Session, booking: Booking, listing: Listing, calendar: CalendarFacts, wish: ChangeWish, now: datetime
) -> Rates:
    fees = FeeModel(kind=booking.fee_model, guest_bps=booking.guest_fee_bps, host_bps=booking.host_fee_bps)
    terms = terms_for(session, listing, Wish(stay=wish.stay, party=wish.party), fees=fees, now=now)
    return Rates(
        rules=price_rules(listing, calendar, bookings_made=terms.bookings_made),
        fees=fees,
        today=local_date(now, booking.time_zone),
        tax_rules=terms.tax_rules,
        exchange_rate=None if booking.exchange_rate is None else Fraction(booking.exchange_rate),
        coupon_min_minor=coupons.least_subtotal(session, booking),
        weekly_percent=booking.weekly_discount_percent,
        monthly_percent=booking.monthly_discount_percent,
    )
