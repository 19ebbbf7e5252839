"""Three searches over imported listings, explained: what they find, what the database plans, what they cost.

``python -m benchmarks.search_explained FILE`` reads a file of Inside Airbnb, prints Markdown and leaves nothing behind.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextvars import Context
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Flask
from flask_migrate import upgrade

from airbnb.domain import clock
from airbnb.extensions import db
from benchmarks.search_report import p50, p95
from benchmarks.search_sql import BareDriver, Statement, interleave, sent_to_the_database
from benchmarks.worlds import HostClient
from benchmarks.worlds_server import app_on, create_database, mariadb
from tests import servers

QUERIES = 100


def main() -> int:
    """Explain on SQLite and on MariaDB."""
    source = sys.argv[1]
    with tempfile.TemporaryDirectory() as name, servers.redis() as redis_url:
        folder = Path(name)
        _explain_all(app_on(f"sqlite:///{folder / 'dublin.sqlite'}", folder / "one", redis_url), source, "SQLite")
        with mariadb(folder) as server:
            _explain_all(app_on(create_database(server, "dublin"), folder / "two", redis_url), source, "MariaDB")
    return 0


def _explain_all(app: Flask, source: str, title: str) -> None:
    with app.app_context():
        upgrade()
        said = app.test_cli_runner().invoke(args=["listings", "import", source, "--format", "inside-airbnb"])
        assert said.exit_code == 0, said.output[-500:]
        host = HostClient(app)
        print(f"\n### {title}\n")
        for name, query in _searches().items():
            print("\n".join(_explained(app, host, name, query)))
        db.session.remove()
        db.engine.dispose()
        db.engines["read"].dispose()


def _searches() -> dict[str, dict[str, Any]]:
    today = clock.now().date()
    friday = today + timedelta(days=(4 - today.weekday()) % 7 + 28)
    centre = "-6.30,53.33,-6.22,53.37"
    return {
        "The centre, two guests, wifi and a kitchen, 80 to 200 a night": {
            "bbox": centre, "guests": 2, "amenities": "wifi,kitchen", "price_min": 80, "price_max": 200,
        },
        "A weekend within 3 km of Trinity College, the cheapest first": {
            "lat": 53.3438, "lng": -6.2546, "radius_km": 3, "check_in": friday.isoformat(),
            "check_out": (friday + timedelta(days=2)).isoformat(), "sort": "price",
        },
        "Any five nights of the month after next, all of Dublin": {
            "q": "Dublin", "month": f"{today + timedelta(days=62):%Y-%m}", "nights": 5,
        },
    }  # fmt: skip


def _explained(app: Flask, host: HostClient, name: str, query: Mapping[str, Any]) -> Iterator[str]:
    url = f"/api/v1/listings?{urlencode(query)}"

    def ask() -> Any:
        # Outside of the benchmark's own context, which requests would share.
        return Context().run(lambda: host.client.get(url, headers=host.headers))

    ask()
    with sent_to_the_database() as sent:
        answer = ask()
    assert answer.status_code == 200, answer.text
    body = orjson.loads(answer.data)
    driver = BareDriver(app)
    search = next(one for one in sent if "search_documents" in one[0] and "OVER" in one[0])
    cases = {
        "request": lambda number: ask(),
        "search": lambda number: driver.run([search]),
    }
    times = interleave(cases, QUERIES, rounds=1)
    yield f"**{name}** (`{urlencode(query, safe=',')}`)\n"
    total = f"{body['page']['total']}{' or more' if body['page']['total_is_capped'] else ''}"
    first = ", ".join(f"{hit['title']} ({_price(hit)})" for hit in body["data"][:3])
    yield f"{total} hits, the first: {first}. {len(sent)} statements."
    spread = (f"{what} {p50(times[what]):.2f} / {p95(times[what]):.2f} ms" for what in ("search", "request"))
    yield f"p50 / p95: the search's statement alone {', whole '.join(spread).removeprefix('search ')}.\n"
    yield "```"
    yield from _plan(driver, search)
    yield "```\n"
    driver.close()


def _price(hit: Mapping[str, Any]) -> str:
    shown = hit.get("total_price") or hit["nightly_price"]
    return f"{shown['amount']} {shown['currency']}"


def _plan(driver: BareDriver, statement: Statement) -> Iterator[str]:
    text, values = statement
    prefix = "EXPLAIN QUERY PLAN " if driver.is_sqlite else "EXPLAIN "
    for row in driver.rows(prefix + text, values):
        yield str(row[-1]) if driver.is_sqlite else " | ".join("-" if part is None else str(part) for part in row)


if __name__ == "__main__":
    sys.exit(main())
