"""Search at 10,000, 100,000 and a million listings: the ratios that the product promises, taken side by side.

``make bench`` measures the two smaller worlds; ``python -m benchmarks.search --sizes 10000,100000,1000000 --write`` all
three, and writes ``docs/performance.md``. Every ratio is of figures that were taken in turns, query by query.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from contextvars import Context
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder

from airbnb.blueprints.search import _market
from airbnb.domain import clock
from airbnb.services.search_upkeep import audit_listings
from airbnb.unit_of_work import reading
from benchmarks import search_http
from benchmarks.search_queries import KINDS, Search, draw_searches
from benchmarks.search_report import Found, missed, print_report, write_report
from benchmarks.search_routes import add_routes
from benchmarks.search_sql import (
    BareDriver,
    Statement,
    Times,
    interleave,
    map_of,
    naive,
    page_of,
    rows_scanned,
    sent_to_the_database,
    without_count,
)
from benchmarks.worlds import HostClient
from benchmarks.worlds_load import world_cities
from benchmarks.worlds_plan import make_pools
from benchmarks.worlds_rows import FIRST_ID
from benchmarks.worlds_server import mariadb, world, worlds_folder
from tests import servers

SIZES = (10_000, 100_000)
QUERIES = {"hood": 40, "city": 40, "dense": 12, "metro": 8}
ROUNDS = 3
#: The yardstick is slow, and at a million cold: it is asked fewer searches.
NAIVE_QUERIES = 12
NAIVE_ROUNDS = 1
#: So many listings spread over the world are compared with their sources.
AUDITED = 200


def run() -> list[str]:
    """Measure the smaller worlds on MariaDB and return the targets that were missed."""
    return measure(SIZES, sqlite_size=10_000, write=False)


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="how many listings the worlds have")
    parser.add_argument("--sqlite", type=int, default=10_000, help="listings of the world on SQLite; 0: none")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and its plot")
    given = parser.parse_args()
    wrong = measure([int(size) for size in given.sizes.split(",")], sqlite_size=given.sqlite, write=given.write)
    for line in wrong:
        print(f"MISSED  {line}")
    return 1 if wrong else 0


def measure(sizes: Sequence[int], *, sqlite_size: int, write: bool) -> list[str]:
    """Measure worlds on MariaDB, the largest over HTTP as well, and one on SQLite; print and compare with targets."""
    found = Found()
    with ExitStack() as stack:
        folder = stack.enter_context(worlds_folder())
        redis_url = stack.enter_context(servers.redis())
        if sqlite_size:
            _measure_sqlite(found, sqlite_size, folder, redis_url)
        server = stack.enter_context(mariadb(folder))
        for size in sizes:
            with world(server, size, folder, redis_url=redis_url) as app:
                _check(size)
                _measure_world(found, app, size)
                if size == max(sizes):
                    loads = search_http.measure(app, redis_url, _searches("city"))
                    found.http = {kind: rounds for (_, kind), rounds in loads.items()}
    print_report(found)
    if write:
        write_report(found, Path("docs"))
    return missed(found)


def _measure_sqlite(found: Found, size: int, folder: Path, redis_url: str) -> None:
    with world("sqlite", size, folder, redis_url=redis_url) as app:
        _check(size)
        add_routes(app, _market())
        driver = BareDriver(app)
        for kind in KINDS:
            found.sqlite[kind] = _times_of_statements(kind, driver, with_naive=False)
            found.sqlite_rows[kind] = _rows(kind, driver)
        found.sqlite_endpoint = _times_of_requests(app, "city", driver)
        found.sqlite_size = size
        driver.close()


def _measure_world(found: Found, app: Flask, size: int) -> None:
    add_routes(app, _market())
    driver = BareDriver(app)
    # The yardstick's own: without it, it would read every listing there is.
    columns = "public_latitude_e6, public_longitude_e6"
    driver.run([(f"CREATE INDEX IF NOT EXISTS ix_naive ON listings ({columns})", None)])
    for kind in KINDS:
        found.statements[size, kind] = _times_of_statements(kind, driver, with_naive=True)
        found.rows[size, kind] = _rows(kind, driver)
        if kind != "metro":
            found.requests[size, kind] = _times_of_requests(app, kind, driver)
    driver.close()


def _check(size: int) -> None:
    """Compare listings spread over the world with their sources: what is measured is what the product would write."""
    ids = [FIRST_ID + number for number in range(0, size, max(1, size // AUDITED))]
    with reading() as session:
        faults = audit_listings(session, ids, now=clock.now())
    assert not faults, faults[:5]


def _searches(kind: str) -> list[Search]:
    return draw_searches(world_cities(), make_pools(), kind, QUERIES[kind], clock.now().date())


def _times_of_statements(kind: str, driver: BareDriver, *, with_naive: bool) -> Times:
    """Time the bare driver on the statements of each search, in turns."""
    searches, market = _searches(kind), _market()
    page = partial(page_of, market=market, bounds=False)
    pages = [page(one, dates=False) for one in searches]
    statements: dict[str, list[list[Statement]]] = {
        "page": pages,
        "page without count": [without_count(one) for one in pages],
        "page with dates": [page(one, dates=True) for one in searches],
        "page by exact price": [page(one, dates=True, sort="price") for one in searches],
        "full": [page_of(one, market, dates=True, bounds=True) for one in searches],
        "pins": [map_of(one, market, clusters=False) for one in searches],
        "clusters": [map_of(one, market, clusters=True) for one in searches],
    }
    times = interleave(_runs(driver, statements), len(searches), rounds=ROUNDS)
    if with_naive:
        few = searches[:NAIVE_QUERIES]
        pair = {"full beside naive": statements["full"], "naive": [naive(one) for one in few]}
        times |= interleave(_runs(driver, pair), len(few), rounds=NAIVE_ROUNDS)
    return times


def _runs(driver: BareDriver, statements: dict[str, list[list[Statement]]]) -> dict[str, Callable[[int], object]]:
    def runner(of: list[list[Statement]]) -> Callable[[int], object]:
        return lambda query: driver.run(of[query])

    return {name: runner(of) for name, of in statements.items()}


def _rows(kind: str, driver: BareDriver) -> float:
    return statistics.mean(rows_scanned(one, _market(), driver.run) for one in _searches(kind))


def _times_of_requests(app: Flask, kind: str, driver: BareDriver) -> Times:
    """Time whole requests in this process beside the bare driver on the statements that they send."""
    host = HostClient(app)
    searches = _searches(kind)
    plain = [one.url(dates=False) for one in searches]
    dated = [one.url() for one in searches]
    calls = {
        "request": [_call(app, path, host.headers) for path in plain],
        "request with dates": [_call(app, path, {}) for path in dated],
    }
    sent: dict[str, list[list[Statement]]] = {}
    for name, requests in calls.items():
        sent[f"statements of {name}"] = []
        for call in requests:
            call()
            with sent_to_the_database() as statements:
                call()
            sent[f"statements of {name}"].append(list(statements))
    calls["ORM + marshmallow"] = [_call(app, one.url(path="/orm", dates=False), {}) for one in searches]
    cases = {name: partial(_call_one, of) for name, of in calls.items()} | _runs(driver, sent)
    return interleave(cases, len(searches), rounds=ROUNDS)


def _call_one(calls: Sequence[Callable[[], object]], query: int) -> object:
    return calls[query]()


def _call(app: Flask, url: str, headers: dict[str, str]) -> Callable[[], Any]:
    """Return one request through the whole application, without a server or a test client around it."""
    path, _, query = url.partition("?")
    builder = EnvironBuilder(path=path, query_string=query, headers=list(headers.items()))

    def ask() -> bytes:
        statuses: list[str] = []
        body = b"".join(app.wsgi_app(builder.get_environ(), lambda status, *rest: statuses.append(status)))  # type: ignore[arg-type]
        assert statuses[0].startswith("200"), body[:300]
        return body

    # Outside of the benchmark's own context, which requests would share.
    return lambda: Context().run(ask)


if __name__ == "__main__":
    sys.exit(main())
