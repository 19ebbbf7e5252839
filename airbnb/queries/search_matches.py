"""Which listings match a search: the one scan that pages, maps and counts are made from.

A statement is built once for all searches of one shape, and each search binds its values into it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, Table, func, literal, select, type_coerce

from airbnb.domain import search_flags
from airbnb.domain.search_criteria import Criteria
from airbnb.models.search import SearchDocument, SearchWord
from airbnb.queries.prepared import number, text
from airbnb.queries.search_area import AreaShape, area_of, documents_in, inside_area
from airbnb.queries.search_dates import ClocksShape, bookable, clocks_at
from airbnb.queries.search_days import Dates, DatesShape, dates_of, days_of
from airbnb.queries.search_prices import (
    BoundsShape,
    bounds_of,
    may_cost,
    stay_price,
    usual_price,
    within_bounds,
)
from airbnb.queries.whole_numbers import quotient

DOCUMENTS = cast(Table, SearchDocument.__table__)
#: Of each kind so many statements are kept, the last used ones.
STATEMENTS = 256
#: Behind every letter: the end of the span of words that begin alike.
_LAST_LETTER = "\U0010ffff"
#: More than there are stays to choose from; a price times this plus a stay's place sorts by both.
_STAYS = 64
#: More rows than there are.
_ALL = 2**40


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows to select from: one for each listing found, where ``conditions`` hold.

    Shape: ``columns`` holds ``id``, what was asked for, ``price`` (the stay's, or a night's without dates; minor
    units of the settlement currency) and ``stay``, the place of the stay meant among those of the criteria. Where it
    is chosen among several, both are there with an exact price only; ``chosen_stay`` tells it of a few rows.
    """

    source: FromClause
    conditions: Sequence[ColumnElement[bool]]
    columns: dict[str, ColumnElement[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the statement of a search depends on, apart from the values in it."""

    dialect: str
    area: AreaShape
    #: Columns that have a least figure.
    least: tuple[str, ...]
    flags: bool
    amenities: bool
    property_types: bool
    room_types: bool
    host: bool
    words: int
    bounds: BoundsShape
    dates: DatesShape | None
    clocks: ClocksShape | None


class Asked(NamedTuple):
    """A search as the shape of its statement and the values by name."""

    shape: Shape
    values: dict[str, Any]


def ask(dialect: str, criteria: Criteria, *, now: datetime) -> Asked:
    """Take a search apart into what its statement depends on and what is only bound into it."""
    area, values = area_of(criteria)
    least = {column: figure for column, figure in _least(criteria).items() if figure}
    values |= {f"least_{column}": figure for column, figure in least.items()}
    bounds, amounts = bounds_of(criteria)
    values |= amounts | _masks(criteria)
    if criteria.host_id is not None:
        values["host_id"] = criteria.host_id
    for index, word in enumerate(criteria.words):
        values |= {f"word_{index}": word, f"word_end_{index}": word + _LAST_LETTER}
    dates, clocks = None, None
    if criteria.stays:
        dates, days = days_of(criteria.stays)
        clocks, today = clocks_at(now, criteria.stays)
        values |= days | today
    shape = Shape(
        dialect=dialect,
        area=area,
        least=tuple(least),
        flags="flags" in values,
        amenities="amenities" in values,
        property_types="property_types" in values,
        room_types="room_types" in values,
        host="host_id" in values,
        words=len(criteria.words),
        bounds=bounds,
        dates=dates,
        clocks=clocks,
    )
    return Asked(shape, values)


def find_matches(shape: Shape, names: Sequence[str], *, exact_price: bool = False) -> Matches:
    """Return the listings that match; the statement made of it needs the values of the search.

    Without ``exact_price`` the stay price leaves overrides and seasons aside, unless a filter needs it.
    Shape: ``names`` are the columns of the search's rows that the caller reads.
    """
    source, in_ranges = documents_in(shape.dialect, shape.area)
    conditions = [*in_ranges, *_conditions(shape)]
    columns: dict[str, ColumnElement[Any]] = {name: DOCUMENTS.c[name] for name in ("id", *names)}
    if shape.dates is None or shape.clocks is None:
        conditions += within_bounds(DOCUMENTS.c.price_weekday, shape.bounds)
        return Matches(source, conditions, columns | {"price": DOCUMENTS.c.price_weekday, "stay": literal(0)})
    dates = dates_of(shape.dates)
    conditions += may_cost(dates, shape.bounds)
    if dates.rows is not None and exact_price:
        return _with_the_cheapest(source, conditions, columns, dates, shape)
    if dates.rows is not None:
        return Matches(source, [*conditions, _of_possible(literal(1), dates, shape).exists()], columns)
    price = stay_price(dates) if exact_price or shape.bounds else usual_price(dates)
    conditions += [*bookable(dates, shape.clocks), *within_bounds(price, shape.bounds)]
    return Matches(source, conditions, columns | {"price": price, "stay": literal(0)})


def chosen_stay(shape: Shape) -> ColumnElement[int]:
    """Return the place of the cheapest stay of a row that matches. Needs: a shape that has a choice."""
    assert shape.dates is not None
    return _cheapest(dates_of(shape.dates), shape) % _STAYS


def _with_the_cheapest(
    source: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    columns: dict[str, ColumnElement[Any]],
    dates: Dates,
    shape: Shape,
) -> Matches:
    """Keep of several stays the cheapest of each row, looked for row by row."""
    rows = (
        select(*(column.label(name) for name, column in columns.items()), _cheapest(dates, shape).label("best"))
        .select_from(source)
        .where(*conditions)
        # Databases merge a subquery without a limit, and would then look for the cheapest at each mention of it.
        .limit(_ALL)
        .subquery("best")
    )
    found: dict[str, ColumnElement[Any]] = {name: rows.c[name] for name in columns}
    found["stay"] = rows.c.best % _STAYS
    found["price"] = quotient(rows.c.best, _STAYS)
    return Matches(rows, [rows.c.best.is_not(None)], found)


def _cheapest(dates: Dates, shape: Shape) -> ColumnElement[int]:
    """Return the price of a row's cheapest possible stay times ``_STAYS`` plus its place; null where none is."""
    rank = func.min(stay_price(dates) * _STAYS + dates.place)
    return _of_possible(type_coerce(rank, BigInteger), dates, shape).scalar_subquery()


def _of_possible(column: ColumnElement[Any], dates: Dates, shape: Shape) -> Select[Any]:
    """Select from the stays that a row can be booked for at a price that was asked for."""
    assert dates.rows is not None
    assert shape.clocks is not None
    possible = select(column).select_from(dates.rows).where(*bookable(dates, shape.clocks)).correlate(DOCUMENTS)
    return possible.where(*within_bounds(stay_price(dates), shape.bounds)) if shape.bounds else possible


def _conditions(shape: Shape) -> Iterator[ColumnElement[bool]]:
    columns = DOCUMENTS.c
    yield from inside_area(shape.area)
    yield from (columns[column] >= number(f"least_{column}") for column in shape.least)
    for column in ("flags", "amenities"):
        if getattr(shape, column):
            yield columns[column].bitwise_and(number(column)) == number(column)
    for column, asked in (("property_type", shape.property_types), ("room_type", shape.room_types)):
        if asked:
            # A bit for each kind: one value, however many are asked for.
            yield literal(1).bitwise_lshift(columns[column]).bitwise_and(number(f"{column}s")) != 0
    if shape.host:
        yield columns.host_id == number("host_id")
    if shape.bounds:
        # Rate zero: what the price is in the settlement currency is not known.
        yield columns.rate_micros > 0
    yield from (_has_word(index) for index in range(shape.words))


def _least(criteria: Criteria) -> dict[str, int]:
    return {
        "max_guests": criteria.guests,
        "bedrooms": criteria.bedrooms_min,
        "beds": criteria.beds_min,
        "bathroom_halves": criteria.bathroom_halves_min,
        "rating": criteria.rating_min,
    }


def _masks(criteria: Criteria) -> dict[str, Any]:
    masks = {
        "flags": search_flags.INSTANT_BOOK * criteria.instant_book | search_flags.PETS * (criteria.pets > 0),
        "amenities": criteria.amenities,
        "property_types": sum(1 << search_flags.PROPERTY_TYPE_NUMBERS[kind] for kind in criteria.property_types),
        "room_types": sum(1 << search_flags.ROOM_TYPE_NUMBERS[kind] for kind in criteria.room_types),
    }
    return {name: mask for name, mask in masks.items() if mask}


def _has_word(index: int) -> ColumnElement[bool]:
    begins_alike = SearchWord.word >= text(f"word_{index}"), SearchWord.word < text(f"word_end_{index}")
    return DOCUMENTS.c.id.in_(select(SearchWord.listing_id).where(*begins_alike))
