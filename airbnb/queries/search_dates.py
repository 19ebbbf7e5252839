"""Which listings can be booked for a stay: the rules of ``domain/calendar_rules.py`` as conditions on search rows."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import ColumnElement, Table, and_, case, exists, func, literal, or_, select

from airbnb.domain import search_flags
from airbnb.domain.search_masks import slot_column
from airbnb.domain.search_spans import MOST_DAYS, WEEKDAY_BITS, WEEKDAY_MASK, day_number
from airbnb.domain.stays import earliest_date_on_earth
from airbnb.models.listings import Listing
from airbnb.models.search import SearchDocument, SearchSpan
from airbnb.queries.search_days import Dates, MonthOfStay, Number

DOCUMENTS = cast(Table, SearchDocument.__table__)
#: From the last place on earth where a day ends to the first where it begins.
_WIDEST_GAP = timedelta(hours=26)


class Clocks(NamedTuple):
    """What the zones' calendars show at one moment.

    Shape: ``shifted`` maps days off ``main``, the date of most zones, to zones; ``by_hour`` maps (date, the least
    cut-off hour that has not passed) to zones.
    """

    main: date
    shifted: dict[int, list[str]]
    by_hour: dict[tuple[date, int], list[str]]


def bookable(dates: Dates, now: datetime) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions under which a search row can be booked for a stay; guests and pets aside.

    Source: docs/rules/calendar.md.
    """
    columns = DOCUMENTS.c
    yield columns.max_nights >= dates.length
    yield columns.check_in_weekdays.bitwise_and(dates.check_in_bit) != 0
    yield columns.check_out_weekdays.bitwise_and(dates.check_out_bit) != 0
    for slot, month in dates.months.items():
        yield from _free(columns[slot_column(slot)], month)
    yield _long_enough(dates)
    yield from _in_time(dates, now)


def _free(mask: ColumnElement[int], month: MonthOfStay) -> Iterator[ColumnElement[bool]]:
    """The stay's own nights, and as many after it as the listing prepares."""
    if not (isinstance(month.nights, int) and month.nights == 0):
        yield mask.bitwise_and(month.nights) == 0
    if month.has_after:
        preparation = DOCUMENTS.c.preparation_days
        nights = case((preparation > month.after_skipped, preparation - month.after_skipped), else_=0)
        after = (literal(1).bitwise_lshift(nights) - 1).bitwise_lshift(month.after_bit)
        yield or_(preparation == 0, mask.bitwise_and(after) == 0)


def _long_enough(dates: Dates) -> ColumnElement[bool]:
    """The shortest stay: the row's own figure, or, where it varies, the most specific one of the check-in night."""
    columns = DOCUMENTS.c
    varies = columns.flags.bitwise_and(search_flags.MIN_NIGHTS_VARY) != 0
    by_date = (
        select(SearchSpan.min_nights)
        .where(
            SearchSpan.listing_id == columns.id,
            SearchSpan.first_day.between(dates.day - (MOST_DAYS - 1), dates.day),
            SearchSpan.until_day > dates.day,
        )
        .correlate(DOCUMENTS, *(() if dates.rows is None else (dates.rows,)))
        .scalar_subquery()
    )
    shift = WEEKDAY_BITS * dates.weekday
    packed = columns.min_nights_week.bitwise_rshift(shift).bitwise_and(WEEKDAY_MASK)
    # The most that is packed stands for longer ones, too: those are the listing's own figure.
    by_weekday = case(
        (and_(packed == WEEKDAY_MASK, columns.min_nights > WEEKDAY_MASK), columns.min_nights), else_=packed
    )
    least = case((varies, func.coalesce(by_date, by_weekday)), else_=columns.min_nights)
    return least <= dates.length


def _in_time(dates: Dates, now: datetime) -> Iterator[ColumnElement[bool]]:
    """Notice, cut-off hour and booking window, on each listing's own calendar.

    Rows that hold wherever on earth they are need no look at the zone; the zone decides the few between.
    """
    columns = DOCUMENTS.c
    last = day_number(earliest_date_on_earth(now))
    first = day_number((now + _WIDEST_GAP - timedelta(hours=12)).date())
    check_out = dates.day + dates.length
    yield columns.advance_notice_days <= dates.day - last
    yield columns.booking_window_days >= check_out - first
    # On the very day the cut-off hour has a say as well.
    anywhere = and_(columns.advance_notice_days <= dates.day - first, _number(dates.day) > first)
    everywhere = and_(anywhere, columns.booking_window_days >= check_out - last)
    yield or_(everywhere, _in_time_there(dates, _clocks(now)))


def _in_time_there(dates: Dates, clocks: Clocks) -> ColumnElement[bool]:
    zone = Listing.time_zone
    shift: ColumnElement[int] = case(
        *((zone.in_(zones), days) for days, zones in sorted(clocks.shifted.items())), else_=0
    )
    check_in = dates.day - day_number(clocks.main)
    columns = DOCUMENTS.c
    conditions = [
        Listing.id == columns.id,
        columns.advance_notice_days + shift <= check_in,
        columns.booking_window_days + shift >= check_in + dates.length,
    ]
    possible = {stay.check_in for stay in dates.stays}
    same_day = [(day, hour, zones) for (day, hour), zones in sorted(clocks.by_hour.items()) if day in possible]
    if same_day:
        not_passed = [
            and_(_number(dates.day) == day_number(day), zone.in_(zones), Listing.cut_off_hour >= hour)
            for day, hour, zones in same_day
        ]
        conditions.append(
            or_(columns.advance_notice_days > 0, Listing.cut_off_hour.is_(None), shift < check_in, *not_passed)
        )
    return exists().where(*conditions).correlate(DOCUMENTS, *(() if dates.rows is None else (dates.rows,)))


def _number(number: Number) -> ColumnElement[int]:
    return literal(number) if isinstance(number, int) else number


def _clocks(now: datetime) -> Clocks:
    # Zones differ by whole minutes: within a minute only its very beginning is a case of its own.
    minute = now.replace(second=0, microsecond=0)
    return _clocks_at(minute, now != minute)


@lru_cache(maxsize=4)
def _clocks_at(minute: datetime, begun: bool) -> Clocks:
    by_day: dict[date, list[str]] = defaultdict(list)
    by_hour: dict[tuple[date, int], list[str]] = defaultdict(list)
    for name in _zone_names():
        there = minute.astimezone(ZoneInfo(name))
        by_day[there.date()].append(name)
        by_hour[there.date(), there.hour + int(begun or there.minute > 0)].append(name)
    main = Counter({day: len(names) for day, names in by_day.items()}).most_common(1)[0][0]
    shifted = {(day - main).days: names for day, names in by_day.items() if day != main}
    return Clocks(main, shifted, dict(by_hour))


@cache
def _zone_names() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))
