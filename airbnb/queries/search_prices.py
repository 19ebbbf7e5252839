"""What a stay costs in search: its nights with overrides and seasons, the discount for its length, and cleaning.

Source: docs/rules/search.md, "The stay price".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, Table, case, func, select
from sqlalchemy import cast as sql_cast

from airbnb.domain.search_criteria import Criteria
from airbnb.domain.search_spans import MOST_DAYS
from airbnb.models.search import SearchDocument, SearchSpan
from airbnb.queries.prepared import number
from airbnb.queries.search_days import Dates, LengthDiscount, Number
from airbnb.queries.whole_numbers import quotient

DOCUMENTS = cast(Table, SearchDocument.__table__)
SPANS = cast(Table, SearchSpan.__table__)

_WEEK = 7
_FRIDAY = 4


def stay_price(dates: Dates) -> ColumnElement[int]:
    """Return the price of a stay.

    Units: minor units of the settlement currency; the discount is rounded half-up once, as in a quote.
    """
    nights = usual_price(dates) + _extras(dates)
    return sql_cast(_discounted(nights, dates.discount) + DOCUMENTS.c.cleaning_fee, BigInteger)


def _extras(dates: Dates) -> ColumnElement[int]:
    """What the spans that touch the stay add: nothing for most rows, which the months' bits tell at once.

    Looked up row by row: it's a few of them, where a join would group them all.
    """
    columns = DOCUMENTS.c
    extras = (
        select(sql_cast(func.coalesce(func.sum(_extra(dates)), 0), BigInteger))
        .where(
            SPANS.c.listing_id == columns.id,
            SPANS.c.first_day.between(dates.day - (MOST_DAYS - 1), dates.day + (dates.length - 1)),
            SPANS.c.until_day > dates.day,
        )
        .correlate(DOCUMENTS, *(() if dates.rows is None else (dates.rows,)))
        .scalar_subquery()
    )
    return case((columns.override_months.bitwise_and(dates.override_months) != 0, extras), else_=0)


def usual_price(dates: Dates) -> ColumnElement[int]:
    """Return what the nights cost where nothing is dated."""
    columns = DOCUMENTS.c
    return columns.price_weekday * (dates.length - dates.weekends) + columns.price_weekend * dates.weekends


@dataclass(frozen=True, slots=True)
class BoundsShape:
    """Which bounds of the price a search has."""

    low: bool
    high: bool

    def __bool__(self) -> bool:
        return self.low or self.high


def bounds_of(criteria: Criteria) -> tuple[BoundsShape, dict[str, Any]]:
    """Return which bounds a price has, and their values by name: of the stay, without dates of a night."""
    nights = 1 if criteria.price_of_stay or not criteria.stays else criteria.stays[0].length
    asked = {"price_from": criteria.price_min, "price_to": criteria.price_max}
    values = {name: bound * nights for name, bound in asked.items() if bound is not None}
    return BoundsShape("price_from" in values, "price_to" in values), values


def may_cost(dates: Dates, bounds: BoundsShape) -> Iterator[ColumnElement[bool]]:
    """Yield what rules out early whose dearest or cheapest nights could not cost what was asked for."""
    columns = DOCUMENTS.c
    if bounds.low:
        yield columns.price_high * dates.length + columns.cleaning_fee >= number("price_from")
    if bounds.high:
        cheapest = _discounted(columns.price_low * dates.length, dates.discount)
        yield cheapest + columns.cleaning_fee <= number("price_to")


def within_bounds(price: ColumnElement[int], bounds: BoundsShape) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on a price."""
    if bounds.low and bounds.high:
        # One condition, so that the price is worked out once.
        yield price.between(number("price_from"), number("price_to"))
    elif bounds.low:
        yield price >= number("price_from")
    elif bounds.high:
        yield price <= number("price_to")


def _discounted(nights: ColumnElement[int], discount: LengthDiscount) -> ColumnElement[int]:
    if discount is LengthDiscount.NONE:
        return nights
    columns = DOCUMENTS.c
    percent: ColumnElement[int] = columns.weekly_discount_percent
    if discount is LengthDiscount.MONTHLY:
        monthly = columns.monthly_discount_percent
        percent = case((monthly > 0, monthly), else_=percent)
    return nights - quotient(nights * percent + 50, 100)


def _extra(dates: Dates) -> ColumnElement[int]:
    """What a span adds to the nights that it shares with the stay."""
    first = _larger(SPANS.c.first_day, dates.day)
    until = _smaller(SPANS.c.until_day, dates.day + dates.length)
    weekends = _weekends_before(until) - _weekends_before(first)
    return SPANS.c.extra_weekday * (until - first - weekends) + SPANS.c.extra_weekend * weekends


def _weekends_before(day: ColumnElement[int]) -> ColumnElement[int]:
    """Count the Friday and Saturday nights before a day."""
    weekday = day % _WEEK
    return quotient(day, _WEEK) * 2 + case((weekday > _FRIDAY, weekday - _FRIDAY), else_=0)


def _larger(one: ColumnElement[int], other: Number) -> ColumnElement[int]:
    return case((one > other, one), else_=other)


def _smaller(one: ColumnElement[int], other: Number) -> ColumnElement[int]:
    return case((one < other, one), else_=other)
