"""A booking's stored copies as the pure rules want them: its money, its times, its promised schedule."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from airbnb.domain.cancellation import (
    BookingMoney,
    BookingTimes,
    PolicyTerms,
    ScheduleEntry,
    booking_money,
    policy_terms,
    refund_schedule,
)
from airbnb.domain.pricing import IncludedTax, PriceLine, funding_of
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy
from airbnb.models.bookings import Booking, BookingLine
from airbnb.models.payments import Payment
from airbnb.services.listing_rules import clock_time


def money_of(booking: Booking, payments: Sequence[Payment] = ()) -> BookingMoney:
    """Return what a booking was charged, in the parts that a cancellation divides. Needs: its lines are loaded."""
    lines = [price_line(line) for line in booking.lines]
    money = booking_money(
        lines,
        coupon_funded_by=funding_of(lines),
        night_count=(booking.check_out - booking.check_in).days,
        host_fee_bps=booking.host_fee_bps,
        taxes_included=[
            IncludedTax(
                label_key=tax["label_key"],
                amount_minor=tax["amount_minor"],
                remitted_by=RemittedBy(tax["remitted_by"]),
            )
            for tax in booking.taxes_included
        ],
    )
    money = replace(money, refund_cap_ppm=booking.refund_cap_ppm)
    if not payments:
        return money
    return replace(
        money,
        captured_minor=sum(payment.captured_minor for payment in payments),
        refunded_minor=sum(payment.captured_minor - payment.refundable_minor for payment in payments),
    )


def host_money_of(booking: Booking) -> BookingMoney:
    """Return the host subtotal in the listing's own currency, which penalties are counted in."""
    return BookingMoney(
        night_count=(booking.check_out - booking.check_in).days, nights_minor=booking.host_subtotal_minor
    )


def to_guest_currency(booking: Booking, amount_minor: int) -> int:
    """Return what an amount in the listing's currency is worth to the guest, at the rate stored on the booking."""
    if booking.exchange_rate is None:
        return amount_minor
    rate = Fraction(booking.exchange_rate)
    return convert_amount(amount_minor, rate, source=booking.listing_currency, target=booking.currency)


def deferred_fee(booking: Booking) -> int:
    """Return the guest service fee as far as money came for it: a coupon may have paid the rest."""
    return min(booking.guest_service_fee_minor, booking.total_minor)


def times_of(booking: Booking, *, confirmed_at: datetime) -> BookingTimes:
    """Return the times from which a booking's cancellation is judged."""
    return BookingTimes(
        stay=Stay(booking.check_in, booking.check_out),
        check_in_time=clock_time(booking.check_in_minutes),
        zone=booking.time_zone,
        confirmed_at=confirmed_at,
    )


def terms_of(booking: Booking) -> PolicyTerms:
    """Return the policy that a booking was made under, with the numbers it had then."""
    return policy_terms(booking.cancellation_policy, booking.policy_version)


def promised_schedule(booking: Booking, *, confirmed_at: datetime) -> list[dict[str, Any]]:
    """Return what cancelling gives back over time, as it is stored on the booking."""
    entries = refund_schedule(money_of(booking), terms_of(booking), times_of(booking, confirmed_at=confirmed_at))
    return [{"until": entry.until.isoformat(), "refund_minor": entry.refund_minor} for entry in entries]


def stored_schedule(booking: Booking) -> list[ScheduleEntry]:
    """Return the schedule that was promised."""
    return [
        ScheduleEntry(until=datetime.fromisoformat(entry["until"]), refund_minor=entry["refund_minor"])
        for entry in booking.cancellation_schedule
    ]


def price_line(line: BookingLine) -> PriceLine:
    """Return a booking's line as the pure rules want it."""
    return PriceLine(
        kind=line.kind,
        label_key=line.label_key,
        quantity=line.quantity,
        unit_minor=line.unit_minor,
        amount_minor=line.amount_minor,
        tax_kind=line.tax_kind,
        remitted_by=line.remitted_by,
    )
