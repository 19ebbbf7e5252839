"""What a map shows of a search: each listing as a pin, or, where they are many, a grid of clusters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from airbnb.domain.geo.coordinates import MAX_LAT_E6, MAX_LNG_E6, Box, wrap_lng_e6
from airbnb.domain.search_criteria import Criteria
from airbnb.queries.search_area import smallest_area
from airbnb.queries.search_matches import Matches, find_matches

MOST_PINS = 300
#: Cells on each side of the grid of clusters.
GRID = 16
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
    matches = _matches(connection, criteria, now)
    columns = matches.columns
    shown = [columns[name].label(name) for name in ("id", "lat_e6", "lng_e6")]
    statement = (
        select(*shown, _known_price(matches).label("price")).select_from(matches.source).where(*matches.conditions)
    )
    rows = connection.execute(statement.limit(MOST_PINS + 1)).all()
    if len(rows) > MOST_PINS:
        return None
    return [Pin(row.id, row.lat_e6, row.lng_e6, _whole(row.price)) for row in sorted(rows, key=lambda row: row.id)]


def find_clusters(connection: Connection, criteria: Criteria, *, now: datetime) -> Sequence[Cluster]:
    """Return the matches counted by the cells of a grid over the area searched, the fullest first."""
    area = smallest_area(criteria) or WORLD
    matches = _matches(connection, criteria, now)
    lat, east_of_edge = matches.columns["lat_e6"], _east_of(area, matches.columns["lng_e6"])
    height, width = area.north - area.south + 1, _width(area)
    row, column = (lat - area.south) * GRID // height, east_of_edge * GRID // width
    rows = connection.execute(
        select(
            func.count().label("count"),
            func.min(_known_price(matches)).label("price"),
            func.avg(lat).label("lat"),
            func.avg(east_of_edge).label("lng"),
            *(bound(lat).label(name) for bound, name in ((func.min, "south"), (func.max, "north"))),
            *(bound(east_of_edge).label(name) for bound, name in ((func.min, "west"), (func.max, "east"))),
        )
        .select_from(matches.source)
        .where(*matches.conditions)
        .group_by(row, column)
    ).all()
    clusters = [_cluster(found, area) for found in rows]
    return sorted(clusters, key=lambda one: (-one.count, one.lat_e6, one.lng_e6))


def _matches(connection: Connection, criteria: Criteria, now: datetime) -> Matches:
    names = ("lat_e6", "lng_e6", "rate_micros")
    return find_matches(connection.dialect.name, criteria, names, now=now, exact_price=True)


def _known_price(matches: Matches) -> ColumnElement[Any]:
    return case((matches.columns["rate_micros"] > 0, matches.columns["price"]))


def _east_of(area: Box, lng_e6: ColumnElement[int]) -> ColumnElement[int]:
    """How far east of the area's western edge; over the antimeridian it goes on counting."""
    gap = lng_e6 - area.west
    return case((gap < 0, gap + 2 * MAX_LNG_E6), else_=gap) if area.crosses_antimeridian else gap


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
