"""Which listings match a search: the one scan that pages, maps and counts are made from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, FromClause, Table, func, literal, select, true, type_coerce
from sqlalchemy import cast as sql_cast

from airbnb.domain import search_flags
from airbnb.domain.search_criteria import Criteria
from airbnb.models.search import SearchDocument, SearchWord
from airbnb.queries.search_area import documents_in, inside_area, smallest_area
from airbnb.queries.search_dates import bookable
from airbnb.queries.search_days import Dates, dates_of
from airbnb.queries.search_prices import join_spans, may_cost, stay_price, usual_price, within_bounds

DOCUMENTS = cast(Table, SearchDocument.__table__)
#: Behind every letter: the end of the span of words that begin alike.
_LAST_LETTER = "\U0010ffff"
#: More than there are stays to choose from; a price times this plus a stay's place sorts by both.
_STAYS = 64


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows to select from: one for each listing found, where ``conditions`` hold.

    Shape: ``columns`` holds ``id``, what was asked for, ``price`` (the stay's, or a night's without dates; minor
    units of the settlement currency) and ``stay``, the place of the stay meant among those of the criteria.
    """

    source: FromClause
    conditions: Sequence[ColumnElement[bool]]
    columns: dict[str, ColumnElement[Any]]


def find_matches(
    dialect: str, criteria: Criteria, names: Sequence[str], *, now: datetime, exact_price: bool = False
) -> Matches:
    """Return the listings that match.

    Without ``exact_price`` the stay price leaves overrides and seasons aside, unless a filter needs it.
    Shape: ``names`` are the columns of the search's rows that the caller reads.
    """
    source, in_ranges = documents_in(dialect, smallest_area(criteria))
    conditions = [*in_ranges, *_conditions(criteria)]
    columns: dict[str, ColumnElement[Any]] = {name: DOCUMENTS.c[name] for name in ("id", *names)}
    if not criteria.stays:
        conditions += within_bounds(DOCUMENTS.c.price_weekday, criteria)
        return Matches(source, conditions, columns | {"price": DOCUMENTS.c.price_weekday, "stay": literal(0)})
    dates = dates_of(criteria.stays)
    conditions += [*bookable(dates, now), *may_cost(dates, criteria)]
    if dates.rows is None and not (exact_price or criteria.has_price_bounds):
        return Matches(source, conditions, columns | {"price": usual_price(dates), "stay": literal(0)})
    return _priced(source, conditions, columns, dates, criteria)


def _priced(
    source: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    columns: dict[str, ColumnElement[Any]],
    dates: Dates,
    criteria: Criteria,
) -> Matches:
    """Give each row its stay price by one join with the sparse spans; of several stays the cheapest is kept."""
    names = list(columns)
    group: list[ColumnElement[Any]] = [DOCUMENTS.c.z, DOCUMENTS.c.id]
    if dates.rows is not None:
        source = source.join(dates.rows, true())
        group += [dates.rows.c.place, dates.rows.c.weekends]
    index = literal(0) if isinstance(dates.place, int) else dates.place
    priced = (
        select(*(columns[name].label(name) for name in names), index.label("stay"), stay_price(dates).label("price"))
        .select_from(join_spans(source, dates))
        .where(*conditions)
        .group_by(*group)
        .subquery("priced")
    )
    bounds = list(within_bounds(priced.c.price, criteria))
    if dates.rows is None:
        return Matches(priced, bounds, dict(priced.c.items()))
    rank = func.min(priced.c.price * _STAYS + priced.c.stay)
    best = (
        select(*(priced.c[name] for name in names), type_coerce(rank, BigInteger).label("best"))
        .where(*bounds)
        .group_by(*(priced.c[name] for name in names))
        .subquery("best")
    )
    found: dict[str, ColumnElement[Any]] = {name: best.c[name] for name in names}
    # MariaDB's division makes decimals, which no cursor can hold.
    found["stay"] = sql_cast(best.c.best % _STAYS, BigInteger)
    found["price"] = sql_cast(best.c.best // _STAYS, BigInteger)
    return Matches(best, [], found)


def _conditions(criteria: Criteria) -> Iterator[ColumnElement[bool]]:
    yield from inside_area(criteria)
    yield from _about_the_place(criteria)
    if criteria.has_price_bounds:
        # Rate zero: what the price is in the settlement currency is not known.
        yield DOCUMENTS.c.rate_micros > 0
    yield from (_has_word(word) for word in criteria.words)


def _about_the_place(criteria: Criteria) -> Iterator[ColumnElement[bool]]:
    columns = DOCUMENTS.c
    least = {
        columns.max_guests: criteria.guests,
        columns.bedrooms: criteria.bedrooms_min,
        columns.beds: criteria.beds_min,
        columns.bathroom_halves: criteria.bathroom_halves_min,
        columns.rating: criteria.rating_min,
    }
    yield from (column >= number for column, number in least.items() if number)
    flags = search_flags.INSTANT_BOOK * criteria.instant_book | search_flags.PETS * (criteria.pets > 0)
    if flags:
        yield columns.flags.bitwise_and(flags) == flags
    if criteria.amenities:
        yield columns.amenities.bitwise_and(criteria.amenities) == criteria.amenities
    if criteria.property_types:
        yield columns.property_type.in_(search_flags.PROPERTY_TYPE_NUMBERS[kind] for kind in criteria.property_types)
    if criteria.room_types:
        yield columns.room_type.in_(search_flags.ROOM_TYPE_NUMBERS[kind] for kind in criteria.room_types)
    if criteria.host_id is not None:
        yield columns.host_id == criteria.host_id


def _has_word(word: str) -> ColumnElement[bool]:
    begins_alike = SearchWord.word >= word, SearchWord.word < word + _LAST_LETTER
    return DOCUMENTS.c.id.in_(select(SearchWord.listing_id).where(*begins_alike))
