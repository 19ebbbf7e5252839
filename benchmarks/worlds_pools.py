"""Taken nights and amenities of a world: sixty rows a listing out of pools, which the database copies by itself.

Making them as text and reading them in again would take longer than everything else together.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache

from sqlalchemy import BigInteger, Column, Integer, MetaData, SmallInteger, Table, Text

from airbnb.domain.statuses import NightKind
from benchmarks.worlds_plan import day_of, make_pools

_WORLD = MetaData()
#: Which calendar and which set of amenities each listing has: only there while a world is made.
WORLD_LISTINGS = Table(
    "world_listings",
    _WORLD,
    Column("listing_id", BigInteger, primary_key=True, autoincrement=False),
    Column("calendar", SmallInteger, nullable=False),
    Column("amenities", SmallInteger, nullable=False),
)
_NIGHTS = Table(
    "world_nights",
    _WORLD,
    Column("calendar", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("night", Text, nullable=False),
)
_AMENITIES = Table(
    "world_amenities",
    _WORLD,
    Column("amenities", SmallInteger, primary_key=True, autoincrement=False),
    Column("bit", SmallInteger, primary_key=True, autoincrement=False),
)
#: What keeps the order of a join, and with it that of the rows, by database.
_IN_THIS_ORDER = {"sqlite": "CROSS JOIN", "mysql": "STRAIGHT_JOIN"}

#: Runs a statement, for many rows when there are some.
Execute = Callable[[str, Iterable[tuple[int | str, ...]] | None], object]


@cache
def nights_of(calendar: int, first: date) -> list[date]:
    """Return the taken nights of a calendar of the pool, ascending, in a world whose first day is ``first``."""
    return [day_of(first, day) for day in make_pools().calendars[calendar]]


def make_pool_tables(execute: Execute, dialect: str, first: date) -> None:
    """Create the tables of the pools, those of the nights and amenities filled. Needs: an empty database."""
    mark = "?" if dialect == "sqlite" else "%s"
    for table in _WORLD.sorted_tables:
        columns = ", ".join(f"{column.name} {column.type} NOT NULL" for column in table.columns)
        key = ", ".join(column.name for column in table.primary_key)
        execute(f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY ({key}))", None)
    execute(f"INSERT INTO world_nights VALUES ({mark}, {mark}, {mark})", _night_rows(first))
    execute(f"INSERT INTO world_amenities VALUES ({mark}, {mark})", _amenity_rows())


def copies(dialect: str) -> dict[str, str]:
    """Return the statements that fill the product's tables from the pools, in the order of their keys."""
    join = _IN_THIS_ORDER[dialect]
    return {
        "booked_nights": "INSERT INTO booked_nights (listing_id, night, kind)"
        f" SELECT w.listing_id, n.night, '{NightKind.BLOCK.value}'"
        f" FROM world_listings w {join} world_nights n ON n.calendar = w.calendar",
        "listing_amenities": "INSERT INTO listing_amenities (listing_id, amenity_id)"
        " SELECT w.listing_id, a.bit"
        f" FROM world_listings w {join} world_amenities a ON a.amenities = w.amenities",
    }


def drop_pool_tables(execute: Execute) -> None:
    """Leave nothing that a world does not have."""
    for table in _WORLD.sorted_tables:
        execute(f"DROP TABLE {table.name}", None)


def _night_rows(first: date) -> Iterator[tuple[int | str, ...]]:
    for calendar in range(len(make_pools().calendars)):
        for position, night in enumerate(nights_of(calendar, first)):
            yield calendar, position, night.isoformat()


def _amenity_rows() -> Iterator[tuple[int | str, ...]]:
    for number, bits in enumerate(make_pools().amenities):
        for bit in bits:
            yield number, bit
