"""Whether a stay keeps a listing's rules: lengths, notice, window, weekdays, guests and free nights.

Source: docs/rules/calendar.md.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from airbnb.domain.booking_errors import (
    AdvanceNotice,
    CheckInWeekday,
    CheckOutWeekday,
    DatesUnavailable,
    MaxNights,
    MinNights,
    OutsideBookingWindow,
    PetsNotAllowed,
    TooManyGuests,
)
from airbnb.domain.errors import DomainError, ValidationFailed
from airbnb.domain.stays import Stay, nights_between

DEFAULT_MAX_NIGHTS = 365
DEFAULT_BOOKING_WINDOW_DAYS = 365
MAX_BOOKING_WINDOW_DAYS = 720  # what the month masks of search hold
MAX_ADVANCE_NOTICE_DAYS = 30
MAX_PREPARATION_DAYS = 7
ALTERNATIVES_REACH_DAYS = 14
MAX_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonMinimum:
    """A season's least stay, for check-in nights in ``[first, until)``."""

    first: date
    until: date
    min_nights: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StayRules:
    """What a listing asks of a stay.

    Units: weekdays count from Monday = 0 to Sunday = 6, as ``date.weekday()`` does; an empty or missing set of
    weekdays allows every day; ``cut_off_hour`` is 0-23 on the listing's clock.
    """

    max_guests: int
    min_nights: int = 1
    min_nights_by_weekday: Mapping[int, int] = field(default_factory=dict)
    min_nights_by_night: Mapping[date, int] = field(default_factory=dict)
    season_minimums: tuple[SeasonMinimum, ...] = ()
    max_nights: int = DEFAULT_MAX_NIGHTS
    advance_notice_days: int = 0
    cut_off_hour: int | None = None
    preparation_days: int = 0
    booking_window_days: int = DEFAULT_BOOKING_WINDOW_DAYS
    check_in_weekdays: Collection[int] | None = None
    check_out_weekdays: Collection[int] | None = None
    pets_allowed: bool = False


def min_nights_on(check_in: date, rules: StayRules) -> int:
    """Return the least stay of a check-in night: date override, else season, else weekday, else listing.

    Source: docs/rules/calendar.md, "Least nights".
    """
    if check_in in rules.min_nights_by_night:
        return rules.min_nights_by_night[check_in]
    for season in rules.season_minimums:
        if season.first <= check_in < season.until:
            return season.min_nights
    return rules.min_nights_by_weekday.get(check_in.weekday(), rules.min_nights)


def earliest_check_in(rules: StayRules, now_local: datetime) -> date:
    """Return the first date that still leaves the host the notice asked for.

    The cut-off hour concerns check-in on the day of booking alone; at exactly that hour one may still book.
    """
    first = now_local.date() + timedelta(days=rules.advance_notice_days)
    same_day = rules.advance_notice_days == 0 and rules.cut_off_hour is not None
    if same_day and now_local.time() > time(rules.cut_off_hour or 0):
        return first + timedelta(days=1)
    return first


def latest_check_out(rules: StayRules, now_local: datetime) -> date:
    """Return the last date on which a stay booked now may end."""
    return now_local.date() + timedelta(days=rules.booking_window_days)


def may_check_in(day: date, rules: StayRules, now_local: datetime) -> bool:
    """Say whether a stay booked now may begin on a day, by weekday, notice and window; free nights aside."""
    in_time = earliest_check_in(rules, now_local) <= day < latest_check_out(rules, now_local)
    return in_time and _weekday_allowed(day, rules.check_in_weekdays)


def may_check_out(day: date, rules: StayRules, now_local: datetime) -> bool:
    """Say whether a stay booked now may end on a day, by weekday, notice and window; free nights aside."""
    in_time = earliest_check_in(rules, now_local) < day <= latest_check_out(rules, now_local)
    return in_time and _weekday_allowed(day, rules.check_out_weekdays)


def check_stay(stay: Stay, rules: StayRules, *, now_local: datetime, guests: int, pets: int = 0) -> None:
    """Refuse a stay that breaks a rule; the first one broken is named, always in the same order.

    1. not in the past, 2. least nights, 3. most nights, 4. advance notice, 5. booking window, 6. weekday of
    check-in, 7. weekday of check-out, 8. guests, 9. pets. Free nights are ``ensure_free``'s matter.
    Needs: ``now_local`` on the listing's clock (``stays.local_now``); ``guests`` counts adults and children.
    Raises: ValidationFailed for the past; MinNights, MaxNights, AdvanceNotice, OutsideBookingWindow,
    CheckInWeekday, CheckOutWeekday, TooManyGuests, PetsNotAllowed.
    Source: docs/rules/calendar.md, "Order of the checks".
    """
    if stay.check_in < now_local.date():
        raise ValidationFailed({"check_in": ["This date is in the past."]})
    _check_length(stay, rules)
    _check_distance(stay, rules, now_local)
    if not _weekday_allowed(stay.check_in, rules.check_in_weekdays):
        raise CheckInWeekday(weekdays=sorted(rules.check_in_weekdays or ()))
    if not _weekday_allowed(stay.check_out, rules.check_out_weekdays):
        raise CheckOutWeekday(weekdays=sorted(rules.check_out_weekdays or ()))
    if guests > rules.max_guests:
        raise TooManyGuests(max_guests=rules.max_guests)
    if pets and not rules.pets_allowed:
        raise PetsNotAllowed()


def first_taken_night(stay: Stay, taken: Collection[date], *, preparation_days: int = 0) -> date | None:
    """Return the first night that is not free, preparation nights after the stay included; None when all are."""
    span = stay.with_preparation(preparation_days)
    return next((night for night in span.nights if night in taken), None)


def ensure_free(stay: Stay, rules: StayRules, taken: Collection[date]) -> None:
    """Refuse a stay of which a night, or a preparation night after it, is taken.

    Raises: DatesUnavailable with ``first_taken_night``.
    """
    night = first_taken_night(stay, taken, preparation_days=rules.preparation_days)
    if night is not None:
        raise DatesUnavailable(first_taken_night=night.isoformat())


def find_alternatives(stay: Stay, is_bookable: Callable[[Stay], bool]) -> list[Stay]:
    """Return up to three stays of the same length nearby that can be booked, the nearest first, later before earlier.

    Needs: ``is_bookable`` answers from loaded rows; it is asked at most twice for each of fourteen days.
    """
    found: list[Stay] = []
    for days in range(1, ALTERNATIVES_REACH_DAYS + 1):
        for shift in (timedelta(days=days), timedelta(days=-days)):
            other = Stay(stay.check_in + shift, stay.check_out + shift)
            if len(found) < MAX_ALTERNATIVES and is_bookable(other):
                found.append(other)
    return found


def is_bookable(
    stay: Stay, rules: StayRules, taken: Collection[date], *, now_local: datetime, guests: int, pets: int = 0
) -> bool:
    """Say whether a stay keeps every rule and all its nights are free."""
    try:
        check_stay(stay, rules, now_local=now_local, guests=guests, pets=pets)
        ensure_free(stay, rules, taken)
    except DomainError:
        return False
    return True


def preparation_nights(stay: Stay, preparation_days: int) -> tuple[date, ...]:
    """Return the nights kept free after a stay, ascending."""
    return tuple(nights_between(stay.check_out, stay.check_out + timedelta(days=preparation_days)))


def _check_length(stay: Stay, rules: StayRules) -> None:
    least = min_nights_on(stay.check_in, rules)
    if stay.length < least:
        raise MinNights(min_nights=least)
    if stay.length > rules.max_nights:
        raise MaxNights(max_nights=rules.max_nights)


def _check_distance(stay: Stay, rules: StayRules, now_local: datetime) -> None:
    earliest = earliest_check_in(rules, now_local)
    if stay.check_in < earliest:
        raise AdvanceNotice(earliest_check_in=earliest.isoformat())
    latest = latest_check_out(rules, now_local)
    if stay.check_out > latest:
        raise OutsideBookingWindow(latest_check_out=latest.isoformat())


def _weekday_allowed(day: date, weekdays: Collection[int] | None) -> bool:
    return not weekdays or day.weekday() in weekdays
