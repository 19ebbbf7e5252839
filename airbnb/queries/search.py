"""The search itself: one statement over the narrow rows of ``search_documents``, in the order asked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from airbnb.domain.paging import Key, PageRequest
from airbnb.domain.search_criteria import Criteria, Sort
from airbnb.queries.search_area import square_metres
from airbnb.queries.search_matches import Matches, find_matches

_DESCENDING = {Sort.RECOMMENDED, Sort.PRICE_DESCENDING, Sort.RATING, Sort.NEWEST}
_BY_PRICE = {Sort.PRICE, Sort.PRICE_DESCENDING}
_COLUMN_OF = {Sort.RECOMMENDED: "rank", Sort.RATING: "rating", Sort.NEWEST: "published_s"}
_ALWAYS = ("lat_e6", "lng_e6", "card_version")


@dataclass(frozen=True, slots=True)
class HitRow:
    """One hit: where it is, which version its card has, and the place of its stay among those asked for."""

    id: int
    lat_e6: int
    lng_e6: int
    card_version: int
    stay: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """One page of a search: hits in order, how many there are in all, and where it goes on."""

    rows: list[HitRow]
    total: int
    next_key: Key | None


def find_hits(connection: Connection, criteria: Criteria, page: PageRequest, *, now: datetime) -> Hits:
    """Run a search in one statement.

    Needs: a connection of the read engine.
    """
    sort = criteria.sort
    names = (*_ALWAYS, _COLUMN_OF[sort]) if sort in _COLUMN_OF else _ALWAYS
    matches = find_matches(connection.dialect.name, criteria, names, now=now, exact_price=sort in _BY_PRICE)
    found = _found(matches, criteria)
    rows = connection.execute(_page_of(found, sort in _DESCENDING, page)).all()
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    if rows:
        total = rows[0].total
    else:
        # Behind the last hit there is no row to carry the count.
        total = connection.scalar(select(func.count()).select_from(found.subquery())) if page.after else 0
    next_key = (shown[-1].value, shown[-1].id) if more else None
    hits = [HitRow(row.id, row.lat_e6, row.lng_e6, row.card_version, int(row.stay)) for row in shown]
    return Hits(rows=hits, total=total or 0, next_key=next_key)


def _found(matches: Matches, criteria: Criteria) -> Select[Any]:
    """Every matching row with its sort value and the count of all."""
    columns = matches.columns
    shown = [columns[name].label(name) for name in ("id", *_ALWAYS, "stay")]
    total = func.count().over().label("total")
    value = _sort_value(columns, criteria).label("value")
    return select(*shown, value, total).select_from(matches.source).where(*matches.conditions)


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


def _sort_value(columns: dict[str, ColumnElement[Any]], criteria: Criteria) -> ColumnElement[Any]:
    if criteria.sort in _BY_PRICE:
        return columns["price"]
    if criteria.sort is Sort.DISTANCE:
        assert criteria.circle is not None
        return square_metres(criteria.circle, columns["lat_e6"], columns["lng_e6"])
    return columns[_COLUMN_OF[criteria.sort]]
