"""Which listings can be booked for a stay: the rules of ``domain/calendar_rules.py`` as conditions on search rows."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import ColumnElement, Table, and_, case, exists, false, func, or_, select

from airbnb.domain import search_flags
from airbnb.domain.calendar_rules import MAX_PREPARATION_DAYS
from airbnb.domain.search_masks import bit_of, masks_for_stay, slot_column, slot_of
from airbnb.domain.stays import Stay, earliest_date_on_earth
from airbnb.models.calendar import CalendarOverride, Season
from airbnb.models.listings import Listing
from airbnb.models.search import SearchDocument

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


def bookable(stay: Stay, now: datetime) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions under which a search row can be booked for a stay; guests and pets aside.

    Source: docs/rules/calendar.md.
    """
    columns = DOCUMENTS.c
    yield columns.max_nights >= stay.length
    yield columns.check_in_weekdays.op("&")(1 << stay.check_in.weekday()) != 0
    yield columns.check_out_weekdays.op("&")(1 << stay.check_out.weekday()) != 0
    for slot, mask in masks_for_stay(stay.nights).items():
        yield columns[slot_column(slot)].op("&")(mask) == 0
    yield _preparation_free(stay)
    yield _long_enough(stay)
    yield from _in_time(stay, now)


def _preparation_free(stay: Stay) -> ColumnElement[bool]:
    preparation = DOCUMENTS.c.preparation_days
    days = range(MAX_PREPARATION_DAYS)
    free = [or_(preparation <= day, _is_free(stay.check_out + timedelta(days=day))) for day in days]
    return or_(preparation == 0, and_(*free))


def _is_free(night: date) -> ColumnElement[bool]:
    return DOCUMENTS.c[slot_column(slot_of(night))].op("&")(bit_of(night)) == 0


def _long_enough(stay: Stay) -> ColumnElement[bool]:
    """The shortest stay: the row's own figure, or, where it varies, the most specific one of the check-in night."""
    columns = DOCUMENTS.c
    varies = columns.flags.op("&")(search_flags.MIN_NIGHTS_VARY) != 0
    by_date = select(CalendarOverride.min_nights).where(
        CalendarOverride.listing_id == columns.id, CalendarOverride.night == stay.check_in
    )
    by_season = (
        select(Season.min_nights)
        .where(
            Season.listing_id == columns.id,
            Season.starts_on <= stay.check_in,
            Season.ends_on > stay.check_in,
            Season.min_nights.is_not(None),
        )
        .order_by(Season.starts_on, Season.id)
        .limit(1)
    )
    weekday = Listing.min_nights_by_weekday[str(stay.check_in.weekday())].as_integer()
    by_weekday = select(weekday).where(Listing.id == columns.id)
    least = func.coalesce(
        *(one.correlate(DOCUMENTS).scalar_subquery() for one in (by_date, by_season, by_weekday)), columns.min_nights
    )
    return case((varies, least), else_=columns.min_nights) <= stay.length


def _in_time(stay: Stay, now: datetime) -> Iterator[ColumnElement[bool]]:
    """Notice, cut-off hour and booking window, on each listing's own calendar.

    Rows that hold wherever on earth they are need no look at the zone; the zone decides the few between.
    """
    columns = DOCUMENTS.c
    last, first = earliest_date_on_earth(now), (now + _WIDEST_GAP - timedelta(hours=12)).date()
    yield columns.advance_notice_days <= (stay.check_in - last).days
    yield columns.booking_window_days >= (stay.check_out - first).days
    after_first = (stay.check_in - first).days
    # On the very day the cut-off hour has a say as well.
    anywhere = columns.advance_notice_days <= after_first if after_first > 0 else false()
    everywhere = and_(anywhere, columns.booking_window_days >= (stay.check_out - last).days)
    yield or_(everywhere, _in_time_there(stay, _clocks(now)))


def _in_time_there(stay: Stay, clocks: Clocks) -> ColumnElement[bool]:
    zone = Listing.time_zone
    shift: ColumnElement[int] = case(
        *((zone.in_(zones), days) for days, zones in sorted(clocks.shifted.items())), else_=0
    )
    check_in, check_out = (stay.check_in - clocks.main).days, (stay.check_out - clocks.main).days
    columns = DOCUMENTS.c
    conditions = [
        Listing.id == columns.id,
        columns.advance_notice_days + shift <= check_in,
        columns.booking_window_days + shift >= check_out,
    ]
    same_day = [(hour, zones) for (day, hour), zones in sorted(clocks.by_hour.items()) if day == stay.check_in]
    if same_day:
        not_passed = [and_(zone.in_(zones), Listing.cut_off_hour >= hour) for hour, zones in same_day]
        conditions.append(
            or_(columns.advance_notice_days > 0, Listing.cut_off_hour.is_(None), shift < check_in, *not_passed)
        )
    return exists().where(*conditions).correlate(DOCUMENTS)


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
