"""How many matches have what: the figures beside the filters, counted in the same scan as the search."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, case, func, select

from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.search_criteria import Criteria
from airbnb.domain.search_flags import PROPERTY_TYPE_NUMBERS, ROOM_TYPE_NUMBERS
from airbnb.domain.search_masks import AMENITY_BITS
from airbnb.queries.prepared import Prepared, number
from airbnb.queries.search_matches import STATEMENTS, Asked, Matches, Shape, ask, find_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many matches there are, and how many of them have what; all are named, none left out."""

    total: int
    amenities: dict[str, int]
    property_types: dict[PropertyType, int]
    room_types: dict[RoomType, int]


def count_matches(connection: Connection, criteria: Criteria, *, now: datetime) -> Counts:
    """Count in one statement."""
    shape, values = ask(connection.dialect.name, criteria, now=now)
    row = _counts_statement(shape).run(connection, values).one()
    figures = iter([int(figure or 0) for figure in row])
    return Counts(
        total=next(figures),
        amenities={slug: next(figures) for slug in AMENITY_BITS},
        property_types={kind: next(figures) for kind in PROPERTY_TYPE_NUMBERS},
        room_types={kind: next(figures) for kind in ROOM_TYPE_NUMBERS},
    )


def price_span(connection: Connection, criteria: Criteria, *, now: datetime) -> tuple[int, int] | None:
    """Return the least and the highest price, whatever bounds were asked for; None when nothing has a known price."""
    shape, values = _at_any_price(connection, criteria, now)
    low, high = _span_statement(shape).run(connection, values).one()
    return None if low is None else (int(low), int(high))


def count_prices(connection: Connection, criteria: Criteria, edges: Sequence[int], *, now: datetime) -> list[int]:
    """Return how many prices lie from each edge up to, not including, the next; in one statement.

    Units: minor units of the settlement currency.
    """
    shape, values = _at_any_price(connection, criteria, now)
    values |= {f"edge_{index}": edge for index, edge in enumerate(edges)}
    row = _histogram_statement(shape, len(edges)).run(connection, values).one()
    counts = [int(count or 0) for count in row]
    return [here - beyond for here, beyond in itertools.pairwise(counts)]


@lru_cache(maxsize=STATEMENTS)
def _counts_statement(shape: Shape) -> Prepared:
    matches = find_matches(shape, ("amenities", "property_type", "room_type"))
    columns = matches.columns
    kinds, rooms = columns["property_type"], columns["room_type"]
    bits = columns["amenities"]
    sums = [
        func.count().label("total"),
        *(func.sum(bits.bitwise_rshift(bit).bitwise_and(1)) for bit in AMENITY_BITS.values()),
        *(func.sum(case((kinds == kind, 1), else_=0)) for kind in PROPERTY_TYPE_NUMBERS.values()),
        *(func.sum(case((rooms == room, 1), else_=0)) for room in ROOM_TYPE_NUMBERS.values()),
    ]
    return Prepared(select(*sums).select_from(matches.source).where(*matches.conditions))


@lru_cache(maxsize=STATEMENTS)
def _span_statement(shape: Shape) -> Prepared:
    matches, known = _priced(shape)
    price = matches.columns["price"]
    return Prepared(
        select(func.min(price), func.max(price)).select_from(matches.source).where(*matches.conditions, known)
    )


@lru_cache(maxsize=STATEMENTS)
def _histogram_statement(shape: Shape, edges: int) -> Prepared:
    matches, known = _priced(shape)
    price = matches.columns["price"]
    above = [func.sum(case((price >= number(f"edge_{index}"), 1), else_=0)) for index in range(edges)]
    return Prepared(select(*above).select_from(matches.source).where(*matches.conditions, known))


def _at_any_price(connection: Connection, criteria: Criteria, now: datetime) -> Asked:
    return ask(connection.dialect.name, replace(criteria, price_min=None, price_max=None), now=now)


def _priced(shape: Shape) -> tuple[Matches, ColumnElement[bool]]:
    """Return the matches with their exact price, and the condition that it is known."""
    matches = find_matches(shape, ("rate_micros",), exact_price=True)
    return matches, matches.columns["rate_micros"] > 0
