"""What the search benchmark found, its targets, and how it is shown: a table on the terminal, a page with a plot."""

import os
import platform
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.load import Load
from benchmarks.search_plot import draw_growth
from benchmarks.search_sql import Times

VIEWPORTS = ("hood", "city", "dense")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(slots=True)
class Found:
    """Times in milliseconds: of statements and of requests by size and viewport, on MariaDB and on SQLite."""

    statements: dict[tuple[int, str], Times] = field(default_factory=dict)
    requests: dict[tuple[int, str], Times] = field(default_factory=dict)
    rows: dict[tuple[int, str], float] = field(default_factory=dict)
    http: dict[str, list[Load]] = field(default_factory=dict)
    sqlite: dict[str, Times] = field(default_factory=dict)
    sqlite_rows: dict[str, float] = field(default_factory=dict)
    sqlite_endpoint: Times = field(default_factory=dict)
    sqlite_size: int = 0

    @property
    def sizes(self) -> list[int]:
        """The sizes of the worlds, ascending."""
        return sorted({size for size, _ in self.statements})


class Line(NamedTuple):
    """One target: its row in the design, what it is about, what is wanted and what was found."""

    row: str
    what: str
    where: str
    wanted: str
    found: float
    is_met: bool


def lines(found: Found) -> Iterator[Line]:
    """Yield every ratio with its target, of the largest world."""
    yield from _requests_and_yardsticks(found)
    yield from _growth(found)
    yield from _beside_a_plain_page(found)
    if found.http:
        yield from _over_http(found)
    if found.sqlite_endpoint:
        what = f"p95 ms of a city search, {found.sqlite_size:,} listings"
        yield _most("SQLite", what, "city", 15.0, p95(found.sqlite_endpoint["request"]))


def _requests_and_yardsticks(found: Found) -> Iterator[Line]:
    size = found.sizes[-1]
    for kind, most in zip(VIEWPORTS, (2.5, 1.8, 1.15), strict=True):
        ratio = _ratio(found.requests[size, kind], "request", "statements of request")
        yield _most("1", "request / its statements alone", kind, most, ratio)
    for kind, most in zip(VIEWPORTS, (1 / 8, 1 / 10, 1 / 15), strict=True):
        ratio = _ratio(found.statements[size, kind], "full beside naive", "naive")
        yield _most("2", "search / naive joins", kind, most, ratio)


def _growth(found: Found) -> Iterator[Line]:
    size, first = found.sizes[-1], found.sizes[0]
    if size > first:
        for kind, most in zip(VIEWPORTS, (3.0, 6.0, 25.0), strict=True):
            growth = p50(found.statements[size, kind]["page"]) / p50(found.statements[first, kind]["page"])
            yield _most("3", f"growth from {first:,}", kind, most, growth)
    points = [(found.rows[size, kind], p50(found.statements[size, kind]["page"])) for kind in VIEWPORTS]
    yield _most("4", "us per row scanned, MariaDB", "all", 0.6, cost_per_row(points))
    if found.sqlite:
        points = [(found.sqlite_rows[kind], p50(found.sqlite[kind]["page"])) for kind in VIEWPORTS]
        yield _most("4", f"us per row scanned, SQLite {found.sqlite_size:,}", "all", 0.3, cost_per_row(points))


def _beside_a_plain_page(found: Found) -> Iterator[Line]:
    for row, what, most, one, other in (
        ("5", "with dates / without", 1.10, "page with dates", "page"),
        ("6", "by exact price / by rank, with dates", 1.9, "page by exact price", "page with dates"),
        ("7", "with the count / without", 1.05, "page", "page without count"),
        ("7", "300 pins / page without count", 1.25, "pins", "page without count"),
        ("7", "clusters / page without count", 1.20, "clusters", "page without count"),
    ):
        for kind in VIEWPORTS[1:]:
            yield _most(row, what, kind, most, _ratio(found.statements[found.sizes[-1], kind], one, other))


def _over_http(found: Found) -> Iterator[Line]:
    for row, what, least, one, other in (
        ("11", "signed in and limited / hello", 0.45, "signed in and limited", "hello"),
        ("12", "kept search / hello", 0.30, "kept search", "hello"),
        ("13", "20 warm cards / hello", 0.25, "20 cards", "hello"),
        ("14", "search / only its SQL", 0.75, "search", "only the SQL of a search"),
    ):
        yield _least(row, what, "requests/s", least, rate(found.http[one]) / rate(found.http[other]))


def missed(found: Found) -> list[str]:
    """Return a line for every target that was missed."""
    return [
        f"row {one.row} {one.what}, {one.where}: {one.found:.2f}, wanted {one.wanted}"
        for one in lines(found)
        if not one.is_met
    ]


def print_report(found: Found) -> None:
    """Print every table."""
    print("\n".join(_tables(found)))


def write_report(found: Found, docs: Path) -> None:
    """Write the tables between the marks of the page, and its plot."""
    page = docs / "performance.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    plot = "![Median of one search by the number of listings](img/search-growth.svg)"
    page.write_text("\n".join([before + BEGIN, "", *_tables(found), "", plot, END]) + after)
    series = {kind: [(size, p50(found.statements[size, kind]["page"])) for size in found.sizes] for kind in VIEWPORTS}
    naive = {kind: [(size, p50(found.statements[size, kind]["naive"])) for size in found.sizes] for kind in VIEWPORTS}
    (docs / "img").mkdir(exist_ok=True)
    (docs / "img" / "search-growth.svg").write_text(draw_growth(series, naive))


def p50(times: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(times)


def p95(times: Sequence[float]) -> float:
    """Return what 95 of 100 stay under."""
    return statistics.quantiles(times, n=20)[-1]


def rate(loads: Sequence[Load]) -> float:
    """Return the median of the rounds, in requests per second."""
    return statistics.median(one.per_second for one in loads)


def cost_per_row(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of times over rows scanned, in microseconds a row."""
    return statistics.linear_regression([rows for rows, _ in points], [ms for _, ms in points]).slope * 1e3


def _ratio(times: Times, one: str, other: str) -> float:
    return p50(times[one]) / p50(times[other])


def _most(row: str, what: str, where: str, most: float, value: float) -> Line:
    return Line(row, what, where, f"≤ {most:.3g}", value, value <= most)


def _least(row: str, what: str, where: str, least: float, value: float) -> Line:
    return Line(row, what, where, f"≥ {least:.3g}", value, value >= least)


def _tables(found: Found) -> Iterator[str]:
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    sizes = ", ".join(f"{size:,}" for size in found.sizes)
    yield f"{moment} UTC, {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()};"
    yield f"worlds of {sizes} listings on MariaDB, {found.sqlite_size:,} on SQLite. Ratios are of the largest world."
    yield ""
    yield from _table(
        ("row", "ratio", "where", "wanted", "found", ""),
        (
            (one.row, one.what, one.where, one.wanted, f"{one.found:.3g}", "met" if one.is_met else "**missed**")
            for one in lines(found)
        ),
    )
    for title, tables in (("Statements", found.statements), ("Requests in one process", found.requests)):
        names = sorted({name for times in tables.values() for name in times}, key=_order(tables))
        yield ""
        yield f"{title}, p50 / p95 in ms on MariaDB:"
        yield ""
        yield from _table(
            ("listings", "viewport", *names),
            (
                (f"{size:,}", kind, *(_spread(times.get(name)) for name in names))
                for (size, kind), times in sorted(tables.items(), key=lambda item: item[0][0])
            ),
        )
    if found.sqlite:
        names = list(found.sqlite["city"])
        rows = ((kind, *(_spread(times[name]) for name in names)) for kind, times in found.sqlite.items())
        yield from ("", f"Statements on SQLite, {found.sqlite_size:,} listings, p50 / p95 in ms:", "")
        yield from _table(("viewport", *names), rows)
    if found.http:
        size = f"{found.sizes[-1]:,}"
        yield from ("", f"Over HTTP, {size} listings, two processes of eight threads, medians of rounds:", "")
        yield from _table(("asked for", "requests/s", "of hello", "p50 ms", "p99 ms"), _rates(found))


def _rates(found: Found) -> Iterator[tuple[str, ...]]:
    base = rate(found.http["hello"])
    for kind, loads in found.http.items():
        middle, worst = (statistics.median(getattr(one, name) for one in loads) for name in ("p50_ms", "p99_ms"))
        yield kind, f"{rate(loads):,.0f}", f"{rate(loads) / base:.2f}", f"{middle:.1f}", f"{worst:.1f}"


def _order(tables: dict[tuple[int, str], Times]) -> Callable[[str], int]:
    first = list(next(iter(tables.values()), {}))
    return lambda name: first.index(name) if name in first else len(first)


def _spread(times: Sequence[float] | None) -> str:
    return "" if not times else f"{p50(times):.2f} / {p95(times):.2f}"


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
