"""What a map shows of a search: each listing as a pin, or, where they are many, a grid of clusters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, case, func, literal, select

from airbnb.domain.geo.coordinates import MAX_LAT_E6, MAX_LNG_E6, Box, wrap_lng_e6
from airbnb.domain.search_criteria import Criteria
from airbnb.queries.prepared import Prepared, number
from airbnb.queries.search_area import smallest_area
from airbnb.queries.search_matches import STATEMENTS, Matches, Shape, ask, find_matches

MOST_PINS = 300
#: Cells on each side of the grid of clusters.
GRID = 16
CELL_BITS = 57
WORLD = Box(-MAX_LAT_E6, -MAX_LNG_E6, MAX_LAT_E6, MAX_LNG_E6)


@dataclass(frozen=True, slots=True)
class Pin:
    """One listing; the price is None where no rate leads to the settlement currency."""

    id: int
    lat_e6: int
    lng_e6: int
    price_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The listings of one cell: the middle of their places, and the smallest box around them."""

    lat_e6: int
    lng_e6: int
    count: int
    least_price_minor: int | None
    box: Box


def find_pins(connection: Connection, criteria: Criteria, *, now: datetime) -> Sequence[Pin] | None:
    """Return every match as a pin, by id; None when they are too many."""
    shape, values = ask(connection.dialect.name, criteria, now=now)
    rows = _pins_statement(shape).run(connection, values).all()
    if len(rows) > MOST_PINS:
        return None
    return [Pin(row.id, row.lat_e6, row.lng_e6, _whole(row.price)) for row in sorted(rows, key=lambda row: row.id)]


def find_clusters(connection: Connection, criteria: Criteria, *, now: datetime) -> Sequence[Cluster]:
    """Return the matches counted by the cells of a grid over the area searched, the fullest first."""
    area = smallest_area(criteria) or WORLD
    shape, values = ask(connection.dialect.name, criteria, now=now)
    values |= {"grid_south": area.south, "grid_west": area.west}
    values |= {"grid_rows": _cells_per_step(area.north - area.south + 1), "grid_columns": _cells_per_step(_width(area))}
    rows = _clusters_statement(shape, area.crosses_antimeridian).run(connection, values).all()
    clusters = [_cluster(found, area) for found in rows]
    return sorted(clusters, key=lambda one: (-one.count, one.lat_e6, one.lng_e6))


@lru_cache(maxsize=STATEMENTS)
def _pins_statement(shape: Shape) -> Prepared:
    matches = _matches(shape)
    shown = [matches.columns[name].label(name) for name in ("id", "lat_e6", "lng_e6")]
    rows = select(*shown, _known_price(matches).label("price")).select_from(matches.source).where(*matches.conditions)
    return Prepared(rows.limit(MOST_PINS + 1))


@lru_cache(maxsize=STATEMENTS)
def _clusters_statement(shape: Shape, crosses_antimeridian: bool) -> Prepared:
    matches = _matches(shape)
    lat = matches.columns["lat_e6"]
    east_of_edge = _east_of_edge(matches.columns["lng_e6"], crosses_antimeridian)
    row = _cell(lat - number("grid_south"), "grid_rows")
    column = _cell(east_of_edge, "grid_columns")
    return Prepared(
        select(
            func.count().label("count"),
            func.min(_known_price(matches)).label("price"),
            _mean(lat).label("lat"),
            _mean(east_of_edge).label("lng"),
            *(bound(lat).label(name) for bound, name in ((func.min, "south"), (func.max, "north"))),
            *(bound(east_of_edge).label(name) for bound, name in ((func.min, "west"), (func.max, "east"))),
        )
        .select_from(matches.source)
        .where(*matches.conditions)
        .group_by(row, column)
    )


def _matches(shape: Shape) -> Matches:
    return find_matches(shape, ("lat_e6", "lng_e6", "rate_micros"), exact_price=True)


def _known_price(matches: Matches) -> ColumnElement[Any]:
    return case((matches.columns["rate_micros"] > 0, matches.columns["price"]))


def _east_of_edge(lng_e6: ColumnElement[int], crosses_antimeridian: bool) -> ColumnElement[int]:
    """How far east of the area's western edge; over the antimeridian it goes on counting."""
    gap = lng_e6 - number("grid_west")
    return case((gap < 0, gap + 2 * MAX_LNG_E6), else_=gap) if crosses_antimeridian else gap


def _cells_per_step(length: int) -> int:
    """Return how many cells one millionth of a degree is, in ``2 ** -CELL_BITS``, rounded up.

    So many bits that the cell of every step is the exact one: steps times length stay below ``2 ** CELL_BITS``.
    """
    return -(-(GRID << CELL_BITS) // length)


def _cell(steps: ColumnElement[int], cells_per_step: str) -> ColumnElement[int]:
    # MariaDB divides whole numbers as decimals, which is slow.
    return (steps * number(cells_per_step)).bitwise_rshift(CELL_BITS)


def _mean(value: ColumnElement[int]) -> ColumnElement[float]:
    # Exact all the same: sums of millions of places stay below 2 ** 53.
    return func.avg(value * literal(1.0, Float))


def _width(area: Box) -> int:
    return sum(part.east - part.west for part in area.parts()) + 1


def _cluster(found: Any, area: Box) -> Cluster:
    def lng(east_of_edge: Any) -> int:
        value = area.west + round(east_of_edge)
        return value if value <= MAX_LNG_E6 else wrap_lng_e6(value)

    return Cluster(
        lat_e6=round(found.lat),
        lng_e6=lng(found.lng),
        count=found.count,
        least_price_minor=_whole(found.price),
        box=Box(found.south, lng(found.west), found.north, lng(found.east)),
    )


def _whole(number: Any) -> int | None:
    return None if number is None else int(number)
