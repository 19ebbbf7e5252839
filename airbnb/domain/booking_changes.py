"""Changing an agreed stay: what may be asked for, until when it is answered, and what it does to refunds.

Source: docs/rules/booking-changes.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from airbnb.domain.booking_deadlines import CAPTURE_MARGIN, CHANGE_PAYMENT_WITHIN, RESPOND_WITHIN
from airbnb.domain.booking_errors import (
    AdvanceNotice,
    CheckInWeekday,
    CheckOutWeekday,
    MaxNights,
    MinNights,
    OutsideBookingWindow,
    PetsNotAllowed,
    TooManyGuests,
)
from airbnb.domain.calendar_rules import StayRules, earliest_check_in, latest_check_out, min_nights_on
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.pricing import Party
from airbnb.domain.stays import Stay

#: Shares are counted in millionths.
WHOLE_PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The instants at which a stay begins and ends."""

    check_in_at: datetime
    check_out_at: datetime


def check_change(
    old: tuple[Stay, Party], new: tuple[Stay, Party], rules: StayRules, *, now_local: datetime, begun: int
) -> None:
    """Refuse a change that breaks a rule of the listing; only what changes is held to its rules.

    Nights that have begun stay as they are. Free nights are another matter.
    Units: ``begun`` counts the nights stayed; ``now_local`` is on the listing's clock.
    Raises: ValidationFailed, when nothing changes or the past would; the refusals of the calendar's rules.
    Source: docs/rules/booking-changes.md, "What may be asked for".
    """
    (stay, party), (wanted, guests) = old, new
    if old == new:
        raise ValidationFailed({"check_in": ["Nothing would change."]})
    _check_past(stay, wanted, now_local, begun)
    if wanted != stay:
        _check_dates(stay, wanted, rules, now_local)
    if guests.guests > max(party.guests, rules.max_guests):
        raise TooManyGuests(max_guests=rules.max_guests)
    if guests.pets and not party.pets and not rules.pets_allowed:
        raise PetsNotAllowed()


def _check_past(stay: Stay, wanted: Stay, now_local: datetime, begun: int) -> None:
    today = now_local.date()
    if wanted.check_in != stay.check_in:
        if begun:
            raise ValidationFailed({"check_in": ["The stay has begun."]})
        if wanted.check_in < today:
            raise ValidationFailed({"check_in": ["This date is in the past."]})
    first_free = max(today, stay.check_in + timedelta(days=begun)) if begun else today
    if wanted.check_out != stay.check_out and wanted.check_out < first_free:
        raise ValidationFailed({"check_out": ["This date is in the past."]})


def _check_dates(stay: Stay, wanted: Stay, rules: StayRules, now_local: datetime) -> None:
    least = min_nights_on(wanted.check_in, rules)
    if wanted.length < least and (wanted.length < stay.length or wanted.check_in != stay.check_in):
        raise MinNights(min_nights=least)
    if wanted.length > max(stay.length, rules.max_nights):
        raise MaxNights(max_nights=rules.max_nights)
    if wanted.check_in != stay.check_in:
        earliest = earliest_check_in(rules, now_local)
        if wanted.check_in < earliest:
            raise AdvanceNotice(earliest_check_in=earliest.isoformat())
        if rules.check_in_weekdays and wanted.check_in.weekday() not in rules.check_in_weekdays:
            raise CheckInWeekday(weekdays=sorted(rules.check_in_weekdays))
    if wanted.check_out != stay.check_out:
        latest = latest_check_out(rules, now_local)
        if wanted.check_out > max(latest, stay.check_out):
            raise OutsideBookingWindow(latest_check_out=latest.isoformat())
        if rules.check_out_weekdays and wanted.check_out.weekday() not in rules.check_out_weekdays:
            raise CheckOutWeekday(weekdays=sorted(rules.check_out_weekdays))


def answer_by(old: Span, new: Span, *, now: datetime, capture_before: datetime | None = None) -> datetime:
    """Return when a change lapses unanswered: in 24 h, but before either stay begins, and in time for the provider.

    Source: docs/rules/booking-changes.md, "Deadlines".
    """
    limits = [now + RESPOND_WITHIN, _last_instant(old, new, now)]
    if capture_before is not None:
        limits.append(capture_before - CAPTURE_MARGIN)
    return min(limits)


def pay_by(old: Span, new: Span, *, now: datetime) -> datetime:
    """Return until when an agreed difference is paid: 24 h, but before either stay begins.

    Source: docs/rules/booking-changes.md, "Deadlines".
    """
    return min(now + CHANGE_PAYMENT_WITHIN, _last_instant(old, new, now))


def _last_instant(old: Span, new: Span, now: datetime) -> datetime:
    begins = min(old.check_in_at, new.check_in_at)
    return begins if begins > now else min(old.check_out_at, new.check_out_at)


def refund_cap(refund_minor: int, total_minor: int) -> int | None:
    """Return the share of the total that a cancellation just before the change gave back; None for all of it.

    Units: minor units in, millionths out, rounded down.
    Source: docs/rules/booking-changes.md, "What cancelling gives back afterwards".
    """
    if total_minor <= 0 or refund_minor >= total_minor:
        return None
    return refund_minor * WHOLE_PPM // total_minor
