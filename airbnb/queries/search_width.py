"""How many rows a search would read, counted up to a bound: far cheaper than the search itself."""

from functools import lru_cache

from sqlalchemy import Connection, func, literal, select

from airbnb.domain.geo.coordinates import E6, Box
from airbnb.domain.search_criteria import Criteria
from airbnb.queries.prepared import Prepared, number
from airbnb.queries.search_area import AreaShape, area_of, documents_in, smallest_area

#: Degrees on each side: a narrower area never holds more than search can look through.
NARROW = 2


def is_narrow(criteria: Criteria) -> bool:
    """Whether the area is that of a city or two, or what is looked for is found without one."""
    area = smallest_area(criteria)
    return criteria.host_id is not None or bool(criteria.words) or (area is not None and _is_narrow(area))


def reads_more_rows(connection: Connection, criteria: Criteria, most: int) -> bool:
    """Whether the area of a search holds more than so many listings."""
    area, values = area_of(criteria)
    rows = _count_statement(connection.dialect.name, area).run(connection, values | {"most": most + 1}).scalar()
    return int(rows or 0) > most


def _is_narrow(area: Box) -> bool:
    most = NARROW * E6
    return area.north - area.south <= most and sum(part.east - part.west for part in area.parts()) <= most


@lru_cache(maxsize=16)
def _count_statement(dialect: str, area: AreaShape) -> Prepared:
    source, in_ranges = documents_in(dialect, AreaShape(ranges=area.ranges, parts=(), has_circle=False))
    some = select(literal(1).label("one")).select_from(source).where(*in_ranges).limit(number("most"))
    return Prepared(select(func.count()).select_from(some.subquery()))
