"""Which listings can be booked for a stay: the rules of ``domain/calendar_rules.py`` as conditions on search rows."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import ColumnElement, Table, and_, case, exists, func, literal, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from airbnb.domain import search_flags
from airbnb.domain.search_spans import MOST_DAYS, WEEKDAY_BITS, WEEKDAY_MASK, day_number
from airbnb.domain.stays import Stay, earliest_date_on_earth
from airbnb.models.listings import Listing
from airbnb.models.search import SearchDocument, SearchSpan
from airbnb.queries.prepared import number, text
from airbnb.queries.search_days import Dates, MonthOfStay

DOCUMENTS = cast(Table, SearchDocument.__table__)
#: From the last place on earth where a day ends to the first where it begins.
_WIDEST_GAP = timedelta(hours=26)


class Clocks(NamedTuple):
    """What the zones' calendars show at one moment.

    Shape: ``shifted`` has days off ``main``, the date of most zones, with their zones; ``by_hour`` has dates with the
    least cut-off hour that has not passed and its zones.
    """

    main: date
    shifted: tuple[tuple[int, tuple[str, ...]], ...]
    by_hour: tuple[tuple[date, int, tuple[str, ...]], ...]


class ClocksShape(NamedTuple):
    """What statements about stays differ in through the time of day.

    Shape: ``shifted`` has the days off the main date; ``same_day`` those days of ``Clocks.by_hour`` on which a stay may
    begin, by number, with their hour; ``is_plain`` says whether every stay passes rules that are plain. The zones of
    each are bound.
    """

    shifted: tuple[int, ...]
    same_day: tuple[tuple[int, int], ...]
    is_plain: bool


def bookable(dates: Dates, clocks: ClocksShape) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions under which a search row can be booked for a stay; guests and pets aside.

    Source: docs/rules/calendar.md.
    """
    columns = DOCUMENTS.c
    for month in dates.months:
        if month.has_nights:
            yield month.taken.bitwise_and(month.nights) == 0
    rules = _rules(dates, clocks)
    if not clocks.is_plain:
        yield from rules
        return
    # One bit of most rows stands for all rules but one: looking at each would take longer than the scan itself.
    plain = columns.flags.bitwise_and(search_flags.PLAIN_RULES)
    yield or_(and_(plain != 0, columns.min_nights <= dates.length), and_(plain == 0, *rules))


def _rules(dates: Dates, clocks: ClocksShape) -> Iterator[ColumnElement[bool]]:
    """Everything but the stay's own nights."""
    columns = DOCUMENTS.c
    yield columns.max_nights >= dates.length
    yield columns.check_in_weekdays.bitwise_and(dates.check_in_bit) != 0
    yield columns.check_out_weekdays.bitwise_and(dates.check_out_bit) != 0
    for month in dates.months:
        yield from _free_after(month)
    yield _long_enough(dates)
    yield from _in_time(dates, clocks)


def _free_after(month: MonthOfStay) -> Iterator[ColumnElement[bool]]:
    """As many nights after the stay as the listing prepares."""
    if month.has_after:
        preparation = DOCUMENTS.c.preparation_days
        nights = case((preparation > month.after_skipped, preparation - month.after_skipped), else_=0)
        after = (literal(1).bitwise_lshift(nights) - 1).bitwise_lshift(month.after_bit)
        yield or_(preparation == 0, month.taken.bitwise_and(after) == 0)


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


def _in_time(dates: Dates, clocks: ClocksShape) -> Iterator[ColumnElement[bool]]:
    """Notice, cut-off hour and booking window, on each listing's own calendar.

    Rows that hold wherever on earth they are need no look at the zone; the zone decides the few between.
    """
    columns = DOCUMENTS.c
    last, first = number("last_day"), number("first_day")
    check_out = dates.day + dates.length
    yield columns.advance_notice_days <= dates.day - last
    yield columns.booking_window_days >= check_out - first
    # On the very day the cut-off hour has a say as well.
    anywhere = and_(columns.advance_notice_days <= dates.day - first, dates.day > first)
    everywhere = and_(anywhere, columns.booking_window_days >= check_out - last)
    yield or_(everywhere, _in_time_there(dates, clocks))


def _in_time_there(dates: Dates, clocks: ClocksShape) -> ColumnElement[bool]:
    zone, zero = Listing.time_zone, literal(0)
    shifted = [(_one_of(zone, f"shifted_{place}"), literal(days)) for place, days in enumerate(clocks.shifted)]
    shift = case(*shifted, else_=zero) if shifted else zero
    check_in = dates.day - number("main_day")
    columns = DOCUMENTS.c
    conditions = [
        Listing.id == columns.id,
        columns.advance_notice_days + shift <= check_in,
        columns.booking_window_days + shift >= check_in + dates.length,
    ]
    if clocks.same_day:
        not_passed = [
            and_(dates.day == day, _one_of(zone, f"same_day_{place}"), Listing.cut_off_hour >= hour)
            for place, (day, hour) in enumerate(clocks.same_day)
        ]
        conditions.append(
            or_(columns.advance_notice_days > 0, Listing.cut_off_hour.is_(None), shift < check_in, *not_passed)
        )
    return exists().where(*conditions).correlate(DOCUMENTS, *(() if dates.rows is None else (dates.rows,)))


def _one_of(zone: ColumnElement[str] | InstrumentedAttribute[str], names: str) -> ColumnElement[bool]:
    # One text of all names: hundreds of them in the statement would take longer to read than the search.
    return func.instr(text(names), literal_column("','").concat(zone).concat(literal_column("','"))) > 0


def _joined(zones: Sequence[str]) -> str:
    return f",{','.join(zones)},"


def clocks_at(now: datetime, stays: Sequence[Stay]) -> tuple[ClocksShape, dict[str, Any]]:
    """Return what the calendars of the zones mean for stays, and the days in it by name."""
    clocks = _clocks(now)
    possible = {stay.check_in for stay in stays}
    last, first = earliest_date_on_earth(now), (now + _WIDEST_GAP - timedelta(hours=12)).date()
    plain = (
        search_flags.is_plain(
            days_ahead=(stay.check_in - first).days, days_until_end=(stay.check_out - last).days, nights=stay.length
        )
        for stay in stays
    )
    same_day = [(day_number(day), hour, zones) for day, hour, zones in clocks.by_hour if day in possible]
    shape = ClocksShape(
        shifted=tuple(days for days, _ in clocks.shifted),
        same_day=tuple((day, hour) for day, hour, _ in same_day),
        is_plain=all(plain),
    )
    values = {
        "last_day": day_number(last),
        "first_day": day_number(first),
        "main_day": day_number(clocks.main),
        **{f"shifted_{place}": _joined(zones) for place, (_, zones) in enumerate(clocks.shifted)},
        **{f"same_day_{place}": _joined(zones) for place, (_, _, zones) in enumerate(same_day)},
    }
    return shape, values


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
    shifted = sorted(((day - main).days, tuple(names)) for day, names in by_day.items() if day != main)
    hours = sorted((day, hour, tuple(names)) for (day, hour), names in by_hour.items())
    return Clocks(main, tuple(shifted), tuple(hours))


@cache
def _zone_names() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))
