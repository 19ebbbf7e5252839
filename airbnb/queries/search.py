"""The search itself: one statement over the narrow rows of ``search_documents``, in the order asked for."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Select,
    Table,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from airbnb.domain import search_flags
from airbnb.domain.geo.coordinates import E6, MAX_LNG_E6, Box, from_e6
from airbnb.domain.geo.distance import METRES_PER_DEGREE, radius_bbox
from airbnb.domain.geo.zorder import MAX_RANGES, cover
from airbnb.domain.paging import Key, PageRequest
from airbnb.domain.pricing.nights import WEEKEND_NIGHTS
from airbnb.domain.pricing.rules import MONTHLY_NIGHTS, WEEKLY_NIGHTS
from airbnb.domain.search_criteria import Circle, Criteria, Sort
from airbnb.domain.stays import Stay
from airbnb.models.search import ListingCard, SearchDocument, SearchWord
from airbnb.queries.search_dates import bookable

DOCUMENTS = cast(Table, SearchDocument.__table__)
CARDS = cast(Table, ListingCard.__table__)
#: Behind every letter: the end of the span of words that begin alike.
_LAST_LETTER = "\U0010ffff"
_DESCENDING = {Sort.RECOMMENDED, Sort.PRICE_DESCENDING, Sort.RATING, Sort.NEWEST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """One page of a search: listing ids in order, how many there are in all, and where it goes on."""

    ids: list[int]
    total: int
    next_key: Key | None


def find_hits(connection: Connection, criteria: Criteria, page: PageRequest, *, now: datetime) -> Hits:
    """Run a search in one statement.

    Needs: a connection of the read engine.
    """
    found = _found(connection.dialect.name, criteria, now)
    statement = _page_of(found, criteria.sort in _DESCENDING, page)
    rows = connection.execute(statement).all()
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    if rows:
        total = rows[0].total
    else:
        # Behind the last hit there is no row to carry the count.
        total = connection.scalar(select(func.count()).select_from(found.subquery())) if page.after else 0
    next_key = (shown[-1].value, shown[-1].id) if more else None
    return Hits(ids=[row.id for row in shown], total=total or 0, next_key=next_key)


def load_cards(connection: Connection, listing_ids: Sequence[int]) -> dict[int, bytes]:
    """Return the serialised cards of some listings."""
    if not listing_ids:
        return {}
    rows = connection.execute(select(CARDS.c.id, CARDS.c.json).where(CARDS.c.id.in_(listing_ids)))
    return {row.id: bytes(row.json) for row in rows}


def _found(dialect: str, criteria: Criteria, now: datetime) -> Select[Any]:
    """Every matching row with its sort value and the count of all."""
    source: FromClause = DOCUMENTS
    conditions = list(_conditions(criteria, now))
    area = _smallest_area(criteria)
    if area is not None:
        source, in_ranges = _in_ranges(dialect, cover(area, MAX_RANGES))
        conditions += in_ranges
    total = func.count().over().label("total")
    return (
        select(DOCUMENTS.c.id, _sort_value(criteria).label("value"), total).select_from(source).where(and_(*conditions))
    )


def _page_of(found: Select[Any], descending: bool, page: PageRequest) -> Select[Any]:
    """Cut one page out; the keyset comes after the count, which is of all hits."""
    rows = found.subquery("found")
    statement = select(rows)
    if page.after is not None:
        value, last_id = page.after
        beyond = rows.c.value < value if descending else rows.c.value > value
        later = rows.c.id < last_id if descending else rows.c.id > last_id
        statement = statement.where(or_(beyond, and_(rows.c.value == value, later)))
    order = (rows.c.value.desc(), rows.c.id.desc()) if descending else (rows.c.value.asc(), rows.c.id.asc())
    return statement.order_by(*order).limit(page.limit + 1)


def _smallest_area(criteria: Criteria) -> Box | None:
    """Return the box whose key ranges are read; the other conditions hold besides."""
    boxes = list(criteria.boxes)
    circle = criteria.circle
    if circle is not None and circle.radius_m is not None:
        boxes.append(_around(circle, circle.radius_m))
    return min(boxes, key=_size, default=None)


def _around(circle: Circle, radius_m: float) -> Box:
    return radius_bbox(from_e6(circle.lat_e6), from_e6(circle.lng_e6), radius_m / 1000)


def _size(box: Box) -> int:
    return sum((part.north - part.south + 1) * (part.east - part.west + 1) for part in box.parts())


def _in_ranges(dialect: str, ranges: Sequence[tuple[int, int]]) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Limit the scan to runs of the clustered key, in the form that each database plans best."""
    z = DOCUMENTS.c.z
    if dialect != "sqlite":
        return DOCUMENTS, [or_(*(z.between(first, last) for first, last in ranges))]
    # Not VALUES: SQLAlchemy compiles a statement with one anew each time.
    spans = [select(literal(first).label("first"), literal(last).label("last")) for first, last in ranges]
    ranges_cte = union_all(*spans).cte("z_ranges")
    return ranges_cte.join(DOCUMENTS, z.between(ranges_cte.c.first, ranges_cte.c.last)), []


def _conditions(criteria: Criteria, now: datetime) -> Iterator[ColumnElement[bool]]:
    for box in criteria.boxes:
        yield _inside(box)
    circle = criteria.circle
    if circle is not None and circle.radius_m is not None:
        yield _inside(_around(circle, circle.radius_m))
        yield _square_metres(circle) <= circle.radius_m**2
    yield from _about_the_place(criteria)
    yield from _about_the_price(criteria)
    yield from (_has_word(word) for word in criteria.words)
    if criteria.stay is not None:
        yield from bookable(criteria.stay, now)


def _inside(box: Box) -> ColumnElement[bool]:
    columns = DOCUMENTS.c
    spans = [columns.lng_e6.between(part.west, part.east) for part in box.parts()]
    return and_(columns.lat_e6.between(box.south, box.north), or_(*spans))


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
        yield columns.flags.op("&")(flags) == flags
    if criteria.amenities:
        yield columns.amenities.op("&")(criteria.amenities) == criteria.amenities
    if criteria.property_types:
        yield columns.property_type.in_(search_flags.PROPERTY_TYPE_NUMBERS[kind] for kind in criteria.property_types)
    if criteria.room_types:
        yield columns.room_type.in_(search_flags.ROOM_TYPE_NUMBERS[kind] for kind in criteria.room_types)
    if criteria.host_id is not None:
        yield columns.host_id == criteria.host_id


def _about_the_price(criteria: Criteria) -> Iterator[ColumnElement[bool]]:
    """The price of a night; with dates the average of their nights."""
    if criteria.price_min is None and criteria.price_max is None:
        return
    nights = criteria.stay.length if criteria.stay else 1
    price = _nights_price(criteria.stay) if criteria.stay else DOCUMENTS.c.price_weekday
    # Rate zero: what the price is in the settlement currency is not known.
    yield DOCUMENTS.c.rate_micros > 0
    if criteria.price_min is not None:
        yield price >= criteria.price_min * nights
    if criteria.price_max is not None:
        yield price <= criteria.price_max * nights


def _has_word(word: str) -> ColumnElement[bool]:
    begins_alike = SearchWord.word >= word, SearchWord.word < word + _LAST_LETTER
    return DOCUMENTS.c.id.in_(select(SearchWord.listing_id).where(*begins_alike))


def _sort_value(criteria: Criteria) -> ColumnElement[Any]:
    columns = DOCUMENTS.c
    if criteria.sort in (Sort.PRICE, Sort.PRICE_DESCENDING):
        return _stay_price(criteria.stay) if criteria.stay else columns.price_weekday
    if criteria.sort is Sort.DISTANCE:
        assert criteria.circle is not None
        return _square_metres(criteria.circle)
    return {Sort.RECOMMENDED: columns.rank, Sort.RATING: columns.rating, Sort.NEWEST: columns.published_s}[
        criteria.sort
    ]


def _nights_price(stay: Stay) -> ColumnElement[int]:
    weekend = sum(night.weekday() in WEEKEND_NIGHTS for night in stay.nights)
    return DOCUMENTS.c.price_weekday * (stay.length - weekend) + DOCUMENTS.c.price_weekend * weekend


def _stay_price(stay: Stay) -> ColumnElement[int]:
    """The nights less the discount for their number, plus cleaning; times 100, so that nothing is rounded."""
    columns = DOCUMENTS.c
    percent: ColumnElement[int] = literal(0)
    if stay.length >= MONTHLY_NIGHTS:
        percent = case(
            (columns.monthly_discount_percent > 0, columns.monthly_discount_percent),
            else_=columns.weekly_discount_percent,
        )
    elif stay.length >= WEEKLY_NIGHTS:
        percent = columns.weekly_discount_percent
    return _nights_price(stay) * (100 - percent) + columns.cleaning_fee * 100


def _square_metres(circle: Circle) -> ColumnElement[float]:
    """The square of ``planar_distance_m``, with the cosine of the middle latitude as a series.

    Sorting needs no root, and no database has to know trigonometry.
    """
    columns = DOCUMENTS.c
    gap = columns.lng_e6 - circle.lng_e6
    # The shorter way may lead over the antimeridian.
    gap = case((gap > MAX_LNG_E6, gap - 2 * MAX_LNG_E6), (gap < -MAX_LNG_E6, gap + 2 * MAX_LNG_E6), else_=gap)
    latitude = math.radians(from_e6(circle.lat_e6))
    metre = METRES_PER_DEGREE / E6
    north = type_coerce(columns.lat_e6 - circle.lat_e6, Float)
    half_way = north * literal(math.radians(1 / E6) / 2, Float)
    cosine = (
        literal(math.cos(latitude), Float)
        - half_way * literal(math.sin(latitude), Float)
        - half_way * half_way * literal(math.cos(latitude) / 2, Float)
    )
    x = type_coerce(gap, Float) * cosine * literal(metre, Float)
    y = north * literal(metre, Float)
    return type_coerce(x * x + y * y, Float)
