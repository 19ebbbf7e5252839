"""Where a search looks: runs of the clustered key, the box and the circle."""

import math
from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import ColumnElement, Float, FromClause, Table, and_, case, literal, or_, select, type_coerce, union_all

from airbnb.domain.geo.coordinates import E6, MAX_LNG_E6, Box, from_e6
from airbnb.domain.geo.distance import METRES_PER_DEGREE, radius_bbox
from airbnb.domain.geo.zorder import MAX_RANGES, cover
from airbnb.domain.search_criteria import Circle, Criteria
from airbnb.models.search import SearchDocument

DOCUMENTS = cast(Table, SearchDocument.__table__)


def documents_in(dialect: str, area: Box | None) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Return what to read the rows of an area from, in the form that each database plans best."""
    if area is None:
        return DOCUMENTS, []
    ranges = cover(area, MAX_RANGES)
    z = DOCUMENTS.c.z
    if dialect != "sqlite":
        return DOCUMENTS, [or_(*(z.between(first, last) for first, last in ranges))]
    # Not VALUES: SQLAlchemy compiles a statement with one anew each time.
    spans = [select(literal(first).label("first"), literal(last).label("last")) for first, last in ranges]
    ranges_cte = union_all(*spans).cte("z_ranges")
    return ranges_cte.join(DOCUMENTS, z.between(ranges_cte.c.first, ranges_cte.c.last)), []


def smallest_area(criteria: Criteria) -> Box | None:
    """Return the box whose key ranges are read; the other conditions hold besides."""
    boxes = list(criteria.boxes)
    circle = criteria.circle
    if circle is not None and circle.radius_m is not None:
        boxes.append(_around(circle, circle.radius_m))
    return min(boxes, key=_size, default=None)


def inside_area(criteria: Criteria) -> Iterator[ColumnElement[bool]]:
    """Yield the exact conditions of the boxes and the circle."""
    for box in criteria.boxes:
        yield _inside(box)
    circle = criteria.circle
    if circle is not None and circle.radius_m is not None:
        yield _inside(_around(circle, circle.radius_m))
        yield square_metres(circle, DOCUMENTS.c.lat_e6, DOCUMENTS.c.lng_e6) <= circle.radius_m**2


def square_metres(circle: Circle, lat_e6: ColumnElement[int], lng_e6: ColumnElement[int]) -> ColumnElement[float]:
    """The square of ``planar_distance_m``, with the cosine of the middle latitude as a series.

    Sorting needs no root, and no database has to know trigonometry.
    """
    gap: ColumnElement[Any] = lng_e6 - circle.lng_e6
    # The shorter way may lead over the antimeridian.
    gap = case((gap > MAX_LNG_E6, gap - 2 * MAX_LNG_E6), (gap < -MAX_LNG_E6, gap + 2 * MAX_LNG_E6), else_=gap)
    latitude = math.radians(from_e6(circle.lat_e6))
    metre = METRES_PER_DEGREE / E6
    north = type_coerce(lat_e6 - circle.lat_e6, Float)
    half_way = north * literal(math.radians(1 / E6) / 2, Float)
    cosine = (
        literal(math.cos(latitude), Float)
        - half_way * literal(math.sin(latitude), Float)
        - half_way * half_way * literal(math.cos(latitude) / 2, Float)
    )
    x = type_coerce(gap, Float) * cosine * literal(metre, Float)
    y = north * literal(metre, Float)
    return type_coerce(x * x + y * y, Float)


def _around(circle: Circle, radius_m: float) -> Box:
    return radius_bbox(from_e6(circle.lat_e6), from_e6(circle.lng_e6), radius_m / 1000)


def _size(box: Box) -> int:
    return sum((part.north - part.south + 1) * (part.east - part.west + 1) for part in box.parts())


def _inside(box: Box) -> ColumnElement[bool]:
    columns = DOCUMENTS.c
    spans = [columns.lng_e6.between(part.west, part.east) for part in box.parts()]
    return and_(columns.lat_e6.between(box.south, box.north), or_(*spans))
