"""Where a search looks: runs of the clustered key, the box and the circle."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Float, FromClause, Table, case, literal, or_, select, type_coerce, union_all

from airbnb.domain.geo.coordinates import E6, MAX_LNG_E6, Box, from_e6
from airbnb.domain.geo.distance import METRES_PER_DEGREE, radius_bbox
from airbnb.domain.geo.zorder import MAX_RANGES, cover
from airbnb.domain.search_criteria import Circle, Criteria
from airbnb.models.search import SearchDocument
from airbnb.queries.prepared import number, real

DOCUMENTS = cast(Table, SearchDocument.__table__)
#: How many key ranges statements have, so that few statements serve all boxes; those to spare are empty.
RANGE_COUNTS = (4, 8, MAX_RANGES)
NO_RANGE = (1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaShape:
    """What statements about an area differ in: how many key ranges it has, how many parts each of its boxes."""

    ranges: int
    parts: tuple[int, ...]
    has_circle: bool


def area_of(criteria: Criteria) -> tuple[AreaShape, dict[str, Any]]:
    """Return the shape of a search's area and its values by name."""
    boxes = _boxes(criteria)
    area = min(boxes, key=_size, default=None)
    ranges = [] if area is None else cover(area, MAX_RANGES)
    count = next(count for count in (0, *RANGE_COUNTS) if count >= len(ranges))
    values: dict[str, Any] = {}
    for index, (first, last) in enumerate([*ranges, *[NO_RANGE] * (count - len(ranges))]):
        values |= {f"first_{index}": first, f"last_{index}": last}
    for index, box in enumerate(boxes):
        values |= {f"south_{index}": box.south, f"north_{index}": box.north}
        for place, part in enumerate(box.parts()):
            values |= {f"west_{index}_{place}": part.west, f"east_{index}_{place}": part.east}
    circle = criteria.circle
    if circle is not None:
        values |= _point(circle)
    has_circle = circle is not None and circle.radius_m is not None
    shape = AreaShape(ranges=count, parts=tuple(len(box.parts()) for box in boxes), has_circle=has_circle)
    return shape, values


def documents_in(dialect: str, area: AreaShape) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Return what to read the rows of an area from, in the form that each database plans best."""
    if not area.ranges:
        return DOCUMENTS, []
    ranges = [(number(f"first_{index}"), number(f"last_{index}")) for index in range(area.ranges)]
    z = DOCUMENTS.c.z
    if dialect != "sqlite":
        return DOCUMENTS, [or_(*(z.between(first, last) for first, last in ranges))]
    spans = [select(first.label("first"), last.label("last")) for first, last in ranges]
    ranges_cte = union_all(*spans).cte("z_ranges")
    return ranges_cte.join(DOCUMENTS, z.between(ranges_cte.c.first, ranges_cte.c.last)), []


def smallest_area(criteria: Criteria) -> Box | None:
    """Return the box whose key ranges are read; the other conditions hold besides."""
    return min(_boxes(criteria), key=_size, default=None)


def inside_area(area: AreaShape) -> Iterator[ColumnElement[bool]]:
    """Yield the exact conditions of the boxes and the circle."""
    columns = DOCUMENTS.c
    for index, parts in enumerate(area.parts):
        yield columns.lat_e6.between(number(f"south_{index}"), number(f"north_{index}"))
        spans = ((number(f"west_{index}_{part}"), number(f"east_{index}_{part}")) for part in range(parts))
        yield or_(*(columns.lng_e6.between(west, east) for west, east in spans))
    if area.has_circle:
        yield square_metres(columns.lat_e6, columns.lng_e6) <= real("radius_squared")


def square_metres(lat_e6: ColumnElement[int], lng_e6: ColumnElement[int]) -> ColumnElement[float]:
    """The square of ``planar_distance_m`` to the point, with the cosine of the middle latitude as a series.

    Sorting needs no root, and no database has to know trigonometry.
    """
    gap: ColumnElement[Any] = lng_e6 - number("point_lng")
    # The shorter way may lead over the antimeridian.
    gap = case((gap > MAX_LNG_E6, gap - 2 * MAX_LNG_E6), (gap < -MAX_LNG_E6, gap + 2 * MAX_LNG_E6), else_=gap)
    north = type_coerce(lat_e6 - number("point_lat"), Float)
    half_way = north * literal(math.radians(1 / E6) / 2, Float)
    cosine = real("point_cos") - half_way * real("point_sin") - half_way * half_way * real("point_half_cos")
    metre = literal(METRES_PER_DEGREE / E6, Float)
    x = type_coerce(gap, Float) * cosine * metre
    y = north * metre
    return type_coerce(x * x + y * y, Float)


def _point(circle: Circle) -> dict[str, Any]:
    latitude = math.radians(from_e6(circle.lat_e6))
    return {
        "point_lat": circle.lat_e6,
        "point_lng": circle.lng_e6,
        "point_cos": math.cos(latitude),
        "point_half_cos": math.cos(latitude) / 2,
        "point_sin": math.sin(latitude),
        "radius_squared": None if circle.radius_m is None else circle.radius_m**2,
    }


def _boxes(criteria: Criteria) -> list[Box]:
    boxes = list(criteria.boxes)
    circle = criteria.circle
    if circle is not None and circle.radius_m is not None:
        boxes.append(radius_bbox(from_e6(circle.lat_e6), from_e6(circle.lng_e6), circle.radius_m / 1000))
    return boxes


def _size(box: Box) -> int:
    return sum((part.north - part.south + 1) * (part.east - part.west + 1) for part in box.parts())
