"""How many matches have what: the figures beside the filters, counted in the same scan as the search."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.search_criteria import Criteria
from airbnb.domain.search_flags import PROPERTY_TYPE_NUMBERS, ROOM_TYPE_NUMBERS
from airbnb.domain.search_masks import AMENITY_BITS
from airbnb.queries.search_matches import Matches, find_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many matches there are, and how many of them have what; all are named, none left out."""

    total: int
    amenities: dict[str, int]
    property_types: dict[PropertyType, int]
    room_types: dict[RoomType, int]


def count_matches(connection: Connection, criteria: Criteria, *, now: datetime) -> Counts:
    """Count in one statement."""
    names = ("amenities", "property_type", "room_type")
    matches = find_matches(connection.dialect.name, criteria, names, now=now)
    columns = matches.columns
    kinds, rooms = columns["property_type"], columns["room_type"]
    bits = columns["amenities"]
    sums = [
        func.count().label("total"),
        *(func.sum(bits.bitwise_rshift(bit).bitwise_and(1)) for bit in AMENITY_BITS.values()),
        *(func.sum(case((kinds == number, 1), else_=0)) for number in PROPERTY_TYPE_NUMBERS.values()),
        *(func.sum(case((rooms == number, 1), else_=0)) for number in ROOM_TYPE_NUMBERS.values()),
    ]
    row = connection.execute(select(*sums).select_from(matches.source).where(*matches.conditions)).one()
    figures = iter([int(figure or 0) for figure in row])
    return Counts(
        total=next(figures),
        amenities={slug: next(figures) for slug in AMENITY_BITS},
        property_types={kind: next(figures) for kind in PROPERTY_TYPE_NUMBERS},
        room_types={kind: next(figures) for kind in ROOM_TYPE_NUMBERS},
    )


def price_span(connection: Connection, criteria: Criteria, *, now: datetime) -> tuple[int, int] | None:
    """Return the least and the highest price, whatever bounds were asked for; None when nothing has a known price."""
    matches = _priced(connection, criteria, now)
    price = matches.columns["price"]
    known = matches.columns["rate_micros"] > 0
    statement = select(func.min(price), func.max(price)).select_from(matches.source).where(*matches.conditions, known)
    low, high = connection.execute(statement).one()
    return None if low is None else (int(low), int(high))


def count_prices(connection: Connection, criteria: Criteria, edges: Sequence[int], *, now: datetime) -> list[int]:
    """Return how many prices lie from each edge up to, not including, the next; in one statement.

    Units: minor units of the settlement currency.
    """
    matches = _priced(connection, criteria, now)
    price = matches.columns["price"]
    known = matches.columns["rate_micros"] > 0
    above = [func.sum(case((price >= edge, 1), else_=0)) for edge in edges]
    row = connection.execute(select(*above).select_from(matches.source).where(*matches.conditions, known)).one()
    counts = [int(count or 0) for count in row]
    return [here - beyond for here, beyond in itertools.pairwise(counts)]


def _priced(connection: Connection, criteria: Criteria, now: datetime) -> Matches:
    any_price = replace(criteria, price_min=None, price_max=None)
    return find_matches(connection.dialect.name, any_price, ("rate_micros",), now=now, exact_price=True)
