"""The charts of the first page: kept figures by day, week or month, each number with the rows it stands for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson
from flask import url_for
from sqlalchemy.orm import Session

from airbnb.admin.formats import ENDPOINT_PREFIX
from airbnb.domain.figures import NO_CURRENCY, Figure, Unit, beginning_of, end_of
from airbnb.domain.money import format_amount
from airbnb.queries.figures import list_figures

LONGEST = timedelta(days=366 * 3)
USUAL = timedelta(days=30)

Totals = dict[tuple[date, Figure], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRequest:
    """What staff want to see: a span of days, both ends included, in units, and amounts in one currency."""

    first: date
    last: date
    unit: Unit
    currency: str

    def units(self) -> list[date]:
        """Return the beginning of every unit of the span."""
        found, day = [], beginning_of(self.first, self.unit)
        while day <= self.last:
            found.append(day)
            day = end_of(day, self.unit)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a chart; ``view`` and ``column`` say which list holds its rows."""

    label: str
    value: Callable[[Totals, date], float | None]
    write: Callable[[float], str]
    view: str | None = None
    column: str = "created_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One number of a chart's table, with the address of its rows."""

    text: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart as the page needs it: ``data`` for the drawing script, ``rows`` for the table."""

    title: str
    labels: Sequence[str]
    totals: Sequence[Cell]
    rows: Sequence[tuple[date, Sequence[Cell]]]
    data: str


def read_request(args: Mapping[str, str], *, today: date, currency: str) -> ChartRequest:
    """Return what an address asks for; what is missing or impossible is as usual."""
    first, last = _day(args.get("from")) or today - USUAL, _day(args.get("until")) or today
    if first > last:
        first, last = last, first
    word = args.get("unit", "")
    unit = Unit(word) if word in set(Unit) else Unit.DAY
    chosen = args.get("currency", "").upper()
    known = chosen if len(chosen) == 3 and chosen.isascii() and chosen.isalpha() else currency
    return ChartRequest(first=max(first, last - LONGEST), last=last, unit=unit, currency=known)


def draw(session: Session, wanted: ChartRequest, open_views: set[str]) -> tuple[list[Chart], list[str]]:
    """Return the charts, and the currencies that there are amounts in."""
    units = wanted.units()
    rows = list_figures(session, units[0], end_of(units[-1], wanted.unit) - timedelta(days=1))
    totals: Totals = {}
    for row in rows:
        if row.currency in (NO_CURRENCY, wanted.currency):
            key = (beginning_of(row.day, wanted.unit), row.figure)
            totals[key] = totals.get(key, 0) + row.value
    currencies = sorted({row.currency for row in rows} - {NO_CURRENCY} | {wanted.currency})
    return [_chart(title, lines, totals, wanted, open_views) for title, lines in _charts(wanted)], currencies


def _charts(wanted: ChartRequest) -> list[tuple[str, tuple[Series, ...]]]:
    count: dict[str, Any] = {"write": lambda value: f"{value:,.0f}"}
    money: dict[str, Any] = {"write": lambda value: f"{format_amount(round(value), wanted.currency)} {wanted.currency}"}
    return [
        (
            "Bookings and cancellations",
            (
                Series(label="Bookings", value=_sum(Figure.BOOKINGS), view="bookings", column="confirmed_at", **count),
                Series(
                    label="Cancellations",
                    value=_sum(Figure.CANCELLATIONS),
                    view="bookings",
                    column="canceled_at",
                    **count,
                ),
            ),
        ),
        (
            f"Gross value and revenue, {wanted.currency}",
            (
                Series(label="Gross value", value=_sum(Figure.GROSS), view="bookings", column="confirmed_at", **money),
                Series(label="Revenue", value=_sum(Figure.REVENUE), view="ledger", column="occurred_at", **money),
            ),
        ),
        ("Occupancy", (Series(label="Nights slept in, %", value=_occupancy, write=lambda value: f"{value:.1f} %"),)),
        (
            "New users and listings",
            (
                Series(label="Users", value=_sum(Figure.USERS), view="users", **count),
                Series(label="Listings", value=_sum(Figure.LISTINGS), view="listings", **count),
            ),
        ),
        (
            "From search to booking",
            (
                Series(label="Searches", value=_sum(Figure.SEARCHES), **count),
                Series(label="Quotes", value=_sum(Figure.QUOTES), **count),
                Series(label="Bookings", value=_sum(Figure.BOOKINGS), view="bookings", column="confirmed_at", **count),
            ),
        ),
    ]


def _sum(figure: Figure) -> Callable[[Totals, date], float | None]:
    return lambda totals, unit: float(totals.get((unit, figure), 0))


def _occupancy(totals: Totals, unit: date) -> float | None:
    places = totals.get((unit, Figure.PLACES), 0)
    return 100 * totals.get((unit, Figure.NIGHTS), 0) / places if places else None


def _chart(title: str, lines: Sequence[Series], totals: Totals, wanted: ChartRequest, open_views: set[str]) -> Chart:
    units = wanted.units()
    values = {line.label: [line.value(totals, unit) for unit in units] for line in lines}
    scale = 10 ** _digits(lines[0], wanted)
    data = {
        "x": [_seconds(unit) for unit in units],
        "labels": [line.label for line in lines],
        "y": [[None if one is None else one / scale for one in values[line.label]] for line in lines],
    }
    rows = [
        (unit, [_cell(line, values[line.label][at], unit, end_of(unit, wanted.unit), open_views) for line in lines])
        for at, unit in enumerate(units)
    ]
    return Chart(
        title=title,
        labels=[line.label for line in lines],
        totals=[_total(line, values[line.label], totals, wanted, open_views) for line in lines],
        rows=rows,
        data=orjson.dumps(data).decode(),
    )


def _total(
    line: Series, values: Sequence[float | None], totals: Totals, wanted: ChartRequest, open_views: set[str]
) -> Cell:
    units = wanted.units()
    if line.value is _occupancy:
        whole = {
            (units[0], figure): sum(totals.get((unit, figure), 0) for unit in units)
            for figure in (Figure.NIGHTS, Figure.PLACES)
        }
        value = _occupancy(whole, units[0])
    else:
        value = sum(one or 0 for one in values)
    return _cell(line, value, units[0], end_of(units[-1], wanted.unit), open_views)


def _cell(line: Series, value: float | None, begins: date, ends: date, open_views: set[str]) -> Cell:
    if value is None:
        return Cell(text="–", url=None)
    if line.view is None or line.view not in open_views or not value:
        return Cell(text=line.write(value), url=None)
    asked = ("flt0", "from", begins), ("flt1", "before", ends)
    span: dict[str, Any] = {f"{place}_{line.column}_{word}": day.isoformat() for place, word, day in asked}
    return Cell(text=line.write(value), url=url_for(f"{ENDPOINT_PREFIX}{line.view}.index_view", **span))


def _digits(line: Series, wanted: ChartRequest) -> int:
    """Return how many digits of an amount stand behind the point; 0 for what is counted in pieces."""
    text = line.write(10**6).partition(" ")
    return len(text[0].partition(".")[2]) if text[2] == wanted.currency else 0


def _seconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
