"""The statements that are compared: what search really sends, run again by the bare driver, and the yardstick."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pymysql
from flask import Flask
from sqlalchemy import event, make_url

from airbnb.domain import clock
from airbnb.domain.geo.zorder import MAX_RANGES, cover
from airbnb.domain.paging import DEFAULT_LIMIT, PageRequest
from airbnb.extensions import db
from airbnb.queries.search import find_hits
from airbnb.queries.search_maps import find_clusters, find_pins
from airbnb.schemas.search import SearchQuery
from airbnb.schemas.search_overviews import OverviewQuery
from airbnb.services.search_criteria import Market, understand
from airbnb.unit_of_work import reading
from benchmarks.search_queries import Search

Statement = tuple[str, Any]
Run = Callable[[Sequence[Statement]], int]
#: The first page, as the API gives it unless told otherwise.
PAGE = PageRequest(limit=DEFAULT_LIMIT, after=None)


@contextmanager
def sent_to_the_database() -> Iterator[list[Statement]]:
    """Collect the statements that the read engine is given meanwhile."""
    sent: list[Statement] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        sent.append((statement, parameters))

    engine = db.engines["read"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def page_of(search: Search, market: Market, *, dates: bool, bounds: bool, **more: Any) -> list[Statement]:
    """Return the statement of a page of a search; without ``bounds`` whatever the price."""
    with sent_to_the_database() as sent, reading() as session:
        meant = understand(
            session, SearchQuery().load(_args(search, dates, bounds, more)), market=market, now=clock.now()
        )
        find_hits(session.connection(), meant.criteria, PAGE, now=clock.now())
    return sent


def map_of(search: Search, market: Market, *, clusters: bool) -> list[Statement]:
    """Return the statement of the map of a search without dates: pins, or a grid of clusters."""
    with sent_to_the_database() as sent, reading() as session:
        args = OverviewQuery().load(_args(search, False, False, {}))
        criteria = understand(session, args, market=market, now=clock.now()).criteria
        (find_clusters if clusters else find_pins)(session.connection(), criteria, now=clock.now())
    return sent


def without_count(statements: Sequence[Statement]) -> list[Statement]:
    """Return a page's statement without the count of all hits beside it."""
    changed = [(re.sub(r"count\(\*\) OVER \(\)", "0", text), values) for text, values in statements]
    assert changed != list(statements)
    return changed


def naive(search: Search) -> list[Statement]:
    """Return the search as one would write it first: over the listings, joined with what they have and are booked for.

    Its price is the base price, and its nights only the taken ones: it asks for less than search does.
    """
    box, filters = search.box, search.filters
    slugs = str(filters["amenities"]).split(",")
    amenities = " ".join(
        "AND EXISTS (SELECT 1 FROM listing_amenities la JOIN amenities a ON a.id = la.amenity_id"
        f" WHERE la.listing_id = l.id AND a.slug = '{slug}')"
        for slug in slugs
    )
    text = f"""
        SELECT l.id, l.public_latitude_e6, l.public_longitude_e6, l.nightly_price_minor, f.rating_sum, f.review_count,
               COUNT(*) OVER () AS total
        FROM listings l LEFT JOIN listing_figures f ON f.listing_id = l.id
        WHERE l.public_latitude_e6 BETWEEN {box.south} AND {box.north}
          AND l.public_longitude_e6 BETWEEN {box.west} AND {box.east}
          AND l.status = 'published' AND l.max_guests >= {filters["guests"]}
          AND l.nightly_price_minor BETWEEN {filters["price_min"] * 100} AND {filters["price_max"] * 100}
          AND l.min_nights <= 3 {amenities}
          AND NOT EXISTS (SELECT 1 FROM booked_nights n WHERE n.listing_id = l.id
                          AND n.night >= '{search.dates["check_in"]}' AND n.night < '{search.dates["check_out"]}')
        ORDER BY f.review_count DESC, l.id DESC LIMIT 21"""
    return [(text, None)]


def rows_scanned(search: Search, market: Market, run: Callable[[Sequence[Statement]], Any]) -> int:
    """Return how many rows lie in the key ranges that a search reads."""
    ranges = " OR ".join(f"z BETWEEN {first} AND {last}" for first, last in cover(search.box, MAX_RANGES))
    return int(run([(f"SELECT COUNT(*) FROM search_documents WHERE {ranges}", None)]))


class BareDriver:
    """Runs statements without SQLAlchemy, on a connection of its own, and reads every row."""

    def __init__(self, app: Flask) -> None:
        url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._connection: Any = sqlite3.connect(url.database or "", isolation_level=None)
            for pragma in ("mmap_size=268435456", "cache_size=-65536", "query_only=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
        else:
            self._connection = pymysql.connect(
                host=url.host, port=url.port or 3306, user=url.username, database=url.database, charset="utf8mb4",
                autocommit=True,
            )  # fmt: skip

    def run(self, statements: Sequence[Statement]) -> int:
        """Run statements and return the first column of the last one's first row, or zero."""
        rows: Any = ()
        for text, values in statements:
            cursor = self._connection.cursor()
            cursor.execute(text, values) if values is not None else cursor.execute(text)
            rows = cursor.fetchall()
            cursor.close()
        return int(rows[0][0] or 0) if rows and rows[0] else 0

    def rows(self, text: str, values: Any) -> list[tuple[Any, ...]]:
        """Return all rows of one statement."""
        cursor = self._connection.cursor()
        cursor.execute(text, values)
        return list(cursor.fetchall())

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def _args(search: Search, dates: bool, bounds: bool, more: Mapping[str, Any]) -> dict[str, Any]:
    box = search.box
    edges = (box.west, box.south, box.east, box.north)
    filters = {name: str(value) for name, value in search.filters.items() if bounds or not name.startswith("price_")}
    return {"bbox": ",".join(str(edge / 1e6) for edge in edges), **filters, **(search.dates if dates else {}), **more}


Times = dict[str, list[float]]


def interleave(cases: Mapping[str, Callable[[int], object]], count: int, *, rounds: int) -> Times:
    """Time every case on every query, one after the other on the same query; the first round does not count.

    Units: milliseconds.
    """
    times: Times = {name: [] for name in cases}
    for turn in range(rounds + 1):
        for query in range(count):
            for name, case in cases.items():
                began = time.perf_counter()
                case(query)
                if turn:
                    times[name].append((time.perf_counter() - began) * 1e3)
    return times
