"""Booking a stay: the rules are checked, the nights taken and the price copied, all in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from airbnb.domain import booking_deadlines
from airbnb.domain.booking_errors import OwnListing, TooManyHolds
from airbnb.domain.cancellation import POLICY_VERSION
from airbnb.domain.causes import by_guest
from airbnb.domain.coupons import fold_code
from airbnb.domain.errors import NotFound, ValidationFailed
from airbnb.domain.fees import FeeModel
from airbnb.domain.ids import new_code, new_id
from airbnb.domain.money import Money
from airbnb.domain.orders import Order
from airbnb.domain.pricing import LineKind
from airbnb.domain.provider_currencies import ensure_taken
from airbnb.domain.quote_tokens import FrozenQuote
from airbnb.domain.statuses import BookingStatus, PendingOn
from airbnb.domain.stays import Stay, check_in_at, check_out_at
from airbnb.models.bookings import Booking, BookingLine, BookingNight
from airbnb.models.listings import Listing
from airbnb.queries import bookings as queries
from airbnb.queries import quotes as listing_queries
from airbnb.queries.payments import FirstCall
from airbnb.queries.quotes import CalendarFacts
from airbnb.queries.rows import add_now
from airbnb.queries.transitions import record_start
from airbnb.services import booking_life, coupons, messages, nights
from airbnb.services.booking_terms import promised_schedule
from airbnb.services.listing_rules import clock_time
from airbnb.services.payment_starts import start_payment
from airbnb.services.price_terms import terms_for
from airbnb.services.quotes import Offer, check_bookable, ensure_open, load_calendar, make_offer, refuse_taken

_INSERT_NIGHTS = insert(cast(Table, BookingNight.__table__))


@dataclass(frozen=True, slots=True)
class BookingGuards:
    """What stands before the primary key of ``booked_nights``; tests switch these off to show what each is good for.

    The first two are not needed for correctness: they make losers' answers kinder and spare deadlocks. The third is.
    """

    lock_listing: bool = True
    check_nights: bool = True
    count_coupons: bool = True


ALL_GUARDS = BookingGuards()


class Held(NamedTuple):
    """A booking that holds its nights, and the call that pays it unless it costs nothing."""

    booking: Booking
    call: FirstCall | None


class TotalChanged(Exception):
    """The total is not the expected one; ``offer`` is what the stay costs now."""

    def __init__(self, offer: Offer) -> None:
        super().__init__("the total has changed")
        self.offer = offer


def hold_stay(
    session: Session, order: Order, *, fees: FeeModel, now: datetime, guards: BookingGuards = ALL_GUARDS
) -> Held:
    """Make a booking that holds its nights for a quarter of an hour, with its first attempt to pay.

    A stay that costs nothing needs no payment: it is confirmed, or put before the host, at once.
    Locks: the guest, then the listing.
    Raises: NotFound, OwnListing, TooManyHolds, TotalChanged, CurrencyNotSupported, and every refusal of quoting;
    DatesUnavailable also when somebody else took a night a moment ago, CouponUsedUp when somebody took the last use.
    Writes: booking, nights, price, history, payment with its call, outbox, the coupon's use; in this order.
    """
    queries.lock_user(session, order.guest_id)
    # Before the listing is locked: everybody who wants its nights waits from there on.
    if queries.count_unpaid_holds(session, order.guest_id, now=now) >= booking_deadlines.MAX_UNPAID_HOLDS:
        raise TooManyHolds()
    found = listing_queries.find_to_book(session, order.listing_id, lock=guards.lock_listing)
    listing = _bookable_listing(found, order)
    calendar = load_calendar(session, listing, order.wish.stay)
    if not guards.check_nights:
        calendar.taken.clear()
    check_bookable(listing, calendar, order.wish, now=now)
    offer = _agreed_offer(session, listing, calendar, order, fees=fees, now=now)
    ensure_taken([order.payment.provider], offer.quote.total_minor, offer.quote.currency)
    booking = _insert_booking(session, offer, order, now=now)
    nights.take(session, booking, preparation_days=listing.preparation_days)
    messages.open_with(session, booking, order.message, now=now)
    record_start(session, booking, cause=by_guest(order.guest_id, now=now))
    call = None
    if booking.total_minor:
        call = start_payment(session, booking, choice=order.payment, now=now, earlier=0)
    else:
        _go_on_without_payment(session, booking, now=now)
    if offer.quote.coupon_code is not None:
        coupons.redeem(session, booking, offer.quote.coupon_code, now=now, is_limited=guards.count_coupons)
    return Held(booking, call)


def refuse_if_taken(session: Session, order: Order, *, now: datetime) -> None:
    """Refuse a stay of which a night is taken already, without waiting for anybody's lock.

    Many who want the same nights would else queue for the listing's row only to hear what everyone can read. Who finds
    the nights free still has to win them in ``hold_stay``.
    Raises: as ``refuse_loser``.
    """
    if listing_queries.first_taken_of(session, order.listing_id, order.wish.stay.nights) is not None:
        refuse_loser(session, order, now=now)


def refuse_loser(session: Session, order: Order, *, now: datetime) -> None:
    """Tell who comes too late which night is taken and what is free nearby; do nothing if the stay is free after all.

    Raises: DatesUnavailable with ``alternatives``, or what refuses the stay before its dates do.
    """
    listing = _bookable_listing(listing_queries.find_to_book(session, order.listing_id), order)
    refuse_taken(session, listing, order.wish, now=now)


def _bookable_listing(listing: Listing | None, order: Order) -> Listing:
    if listing is None:
        raise NotFound()
    ensure_open(listing, viewer_id=order.guest_id)
    if listing.host_id == order.guest_id:
        raise OwnListing()
    return listing


def _agreed_offer(
    session: Session, listing: Listing, calendar: CalendarFacts, order: Order, *, fees: FeeModel, now: datetime
) -> Offer:
    """Return the offer at the price that was promised, or at today's if that is the one expected."""
    frozen = order.frozen
    if frozen is not None and frozen.is_live(now):
        _ensure_same_stay(frozen, order)
        offer = Offer(
            listing=listing,
            wish=order.wish,
            quote=frozen.quote,
            policy=frozen.policy,
            rate_plans=(),
            quoted_at=now,
        )
    else:
        terms = terms_for(session, listing, order.wish, fees=fees, now=now, guest_id=order.guest_id)
        offer = make_offer(listing, calendar, order.wish, terms=terms, now=now)
    total = Money(offer.quote.total_minor, offer.quote.currency)
    # A quote that ran out still says what the guest saw.
    seen = [order.expected, None if frozen is None else Money(frozen.quote.total_minor, frozen.quote.currency)]
    if any(amount is not None and amount != total for amount in seen):
        raise TotalChanged(offer)
    return offer


def _ensure_same_stay(frozen: FrozenQuote, order: Order) -> None:
    promised = (frozen.listing_id, frozen.stay, frozen.party, frozen.rate_plan)
    wish, quote = order.wish, frozen.quote
    is_same = promised == (order.listing_id, wish.stay, wish.party, wish.rate_plan)
    # What the order leaves open is as the quote has it.
    same_money = wish.currency in (None, quote.currency)
    same_coupon = wish.coupon is None or fold_code(wish.coupon) == quote.coupon_code
    if not (is_same and same_money and same_coupon):
        raise ValidationFailed({"quote_token": ["This quote is for another stay."]})


def _insert_booking(session: Session, offer: Offer, order: Order, *, now: datetime) -> Booking:
    booking = _new_booking(offer, order, now=now)
    lines = [
        BookingLine(
            booking_id=booking.id,
            position=position,
            kind=line.kind,
            label_key=line.label_key,
            quantity=line.quantity,
            unit_minor=line.unit_minor,
            amount_minor=line.amount_minor,
            tax_kind=line.tax_kind,
            remitted_by=line.remitted_by,
        )
        for position, line in enumerate(offer.quote.lines)
    ]
    set_committed_value(booking, "lines", lines)
    booking.cancellation_schedule = promised_schedule(booking, confirmed_at=now)
    # The session would take the lines along with their booking.
    del booking.__dict__["lines"]
    add_now(session, booking)
    add_now(session, *lines)
    set_committed_value(booking, "lines", lines)
    session.execute(
        _INSERT_NIGHTS,
        [
            {
                "booking_id": booking.id,
                "night": night.night,
                "price_minor": night.price_minor,
                "base_price_minor": night.base_minor,
                "discount": night.discount,
            }
            for night in offer.quote.nights
        ],
    )
    return booking


def _new_booking(offer: Offer, order: Order, *, now: datetime) -> Booking:
    listing, quote, party = offer.listing, offer.quote, order.wish.party
    return Booking(
        id=new_id(),
        code=new_code(),
        listing_id=listing.id,
        guest_id=order.guest_id,
        host_id=listing.host_id,
        status=BookingStatus.PENDING,
        pending_on=PendingOn.PAYMENT,
        is_instant=listing.instant_book,
        **_stay_columns(listing, order.wish.stay),
        adults=party.adults,
        children=party.children,
        infants=party.infants,
        pets=party.pets,
        rate_plan=order.wish.rate_plan,
        cancellation_policy=offer.policy,
        policy_version=POLICY_VERSION,
        currency=quote.currency,
        total_minor=quote.total_minor,
        guest_service_fee_minor=quote.guest_service_fee_minor,
        taxes_minor=quote.amount_of(LineKind.TAX),
        taxes_included=[
            {"label_key": tax.label_key, "amount_minor": tax.amount_minor, "remitted_by": tax.remitted_by}
            for tax in quote.taxes_included
        ],
        listing_currency=quote.listing_currency,
        exchange_rate=quote.exchange_rate,
        exchange_rate_on=quote.exchange_rate_on,
        host_subtotal_minor=quote.host_subtotal_minor,
        host_service_fee_minor=quote.host_service_fee_minor,
        host_taxes_minor=quote.host_taxes_minor,
        host_payout_minor=quote.host_payout_minor,
        fee_model=quote.fee_model.kind,
        guest_fee_bps=quote.fee_model.guest_bps,
        host_fee_bps=quote.fee_model.host_bps,
        weekly_discount_percent=_promised(quote.weekly_percent, listing.weekly_discount_percent),
        monthly_discount_percent=_promised(quote.monthly_percent, listing.monthly_discount_percent),
        hold_expires_at=booking_deadlines.hold_until(now),
        created_at=now,
    )


def _promised(percent: int | None, today: int) -> int:
    """Return a percentage as it was quoted; a token from before quotes told it leaves it to the listing."""
    return today if percent is None else percent


def _stay_columns(listing: Listing, stay: Stay) -> dict[str, object]:
    zone = listing.time_zone
    return {
        "check_in": stay.check_in,
        "check_out": stay.check_out,
        "time_zone": zone,
        "check_in_minutes": listing.check_in_minutes,
        "check_out_minutes": listing.check_out_minutes,
        "check_in_at": check_in_at(stay, clock_time(listing.check_in_minutes), zone),
        "check_out_at": check_out_at(stay, clock_time(listing.check_out_minutes), zone),
    }


def _go_on_without_payment(session: Session, booking: Booking, *, now: datetime) -> None:
    cause = by_guest(booking.guest_id, now=now, reason="nothing to pay")
    if booking.is_instant:
        booking_life.confirm(session, booking, cause=cause)
    else:
        booking_life.await_host(session, booking, capture_before=None, cause=cause)
