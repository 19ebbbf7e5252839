"""The search itself: one statement over the narrow rows of ``search_documents``, in the order asked for."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, column, func, or_, select

from airbnb.domain.paging import Key, PageRequest
from airbnb.domain.search_criteria import Criteria, Sort
from airbnb.queries.prepared import Prepared, number, real
from airbnb.queries.search_area import square_metres
from airbnb.queries.search_matches import DOCUMENTS, STATEMENTS, Shape, ask, chosen_stay, find_matches
from airbnb.queries.wishlists import is_listed

_DESCENDING = {Sort.RECOMMENDED, Sort.PRICE_DESCENDING, Sort.RATING, Sort.NEWEST}
_BY_PRICE = {Sort.PRICE, Sort.PRICE_DESCENDING}
_COLUMN_OF = {Sort.RECOMMENDED: "rank", Sort.RATING: "rating", Sort.NEWEST: "published_s"}
_ALWAYS = ("lat_e6", "lng_e6", "card_version")


@dataclass(frozen=True, slots=True)
class HitRow:
    """One hit: where it is, which version its card has, and the place of its stay among those asked for.

    Shape: ``is_favorite`` says whether it stands on a list of the reader's; None without one.
    """

    id: int
    lat_e6: int
    lng_e6: int
    card_version: int
    stay: int
    is_favorite: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """One page of a search: hits in order, how many there are in all, and where it goes on."""

    rows: list[HitRow]
    total: int
    next_key: Key | None


def find_hits(
    connection: Connection, criteria: Criteria, page: PageRequest, *, now: datetime, reader_id: int | None = None
) -> Hits:
    """Run a search in one statement, which also knows what stands on the reader's lists.

    Needs: a connection of the read engine.
    """
    shape, values = ask(connection.dialect.name, criteria, now=now)
    values["rows"] = page.limit + 1
    if page.after is not None:
        values["after_value"], values["after_id"] = page.after
    if reader_id is not None:
        values["reader_id"] = reader_id
    statement = _page_statement(shape, criteria.sort, goes_on=page.after is not None, has_reader=reader_id is not None)
    rows = statement.run(connection, values).all()
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    if rows:
        total = rows[0].total
    else:
        # Behind the last hit there is no row to carry the count.
        total = _count_statement(shape, criteria.sort).run(connection, values).scalar() if page.after else 0
    next_key = (shown[-1].value, shown[-1].id) if more else None
    hits = [_hit(row, has_reader=reader_id is not None) for row in shown]
    return Hits(rows=hits, total=total or 0, next_key=next_key)


def _hit(row: Any, *, has_reader: bool) -> HitRow:
    return HitRow(
        id=row.id,
        lat_e6=row.lat_e6,
        lng_e6=row.lng_e6,
        card_version=row.card_version,
        stay=int(row.stay),
        is_favorite=bool(row.is_favorite) if has_reader else None,
    )


@lru_cache(maxsize=STATEMENTS)
def _page_statement(shape: Shape, sort: Sort, *, goes_on: bool, has_reader: bool) -> Prepared:
    """Cut one page out; the keyset comes after the count, which is of all hits."""
    page = _found(shape, sort)
    # A first page is sorted as it is found: a table of all hits in between would cost as much as counting them.
    page = _beyond(page, sort) if goes_on else page.order_by(*_order(sort, column("value"), column("id")))
    page = page.limit(number("rows"))
    chooses = "stay" not in page.selected_columns
    if chooses or has_reader:
        page = _told_of(page, shape, sort, chooses=chooses, has_reader=has_reader)
    return Prepared(page)


def _beyond(found: Select[Any], sort: Sort) -> Select[Any]:
    """Return the hits behind the last one of the page before, in order."""
    rows = found.subquery("found")
    # A distance has a fraction; everything else that is sorted by is a whole number.
    value = real("after_value") if sort is Sort.DISTANCE else number("after_value")
    descending = sort in _DESCENDING
    beyond = rows.c.value < value if descending else rows.c.value > value
    later = rows.c.id < number("after_id") if descending else rows.c.id > number("after_id")
    later_rows = select(rows).where(or_(beyond, and_(rows.c.value == value, later)))
    return later_rows.order_by(*_order(sort, rows.c.value, rows.c.id))


def _order(sort: Sort, value: ColumnElement[Any], key: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    return (value.desc(), key.desc()) if sort in _DESCENDING else (value.asc(), key.asc())


def _told_of(page: Select[Any], shape: Shape, sort: Sort, *, chooses: bool, has_reader: bool) -> Select[Any]:
    """Add what is told of the hits of one page only: to know it of every hit would take as long again as to find them.

    That is which stay is meant, where there's a choice, and whether the hit stands on a list of the reader's.
    """
    rows = page.subquery("page")
    told = select(rows).order_by(*_order(sort, rows.c.value, rows.c.id))
    if chooses:
        told = told.join(DOCUMENTS, DOCUMENTS.c.id == rows.c.id).add_columns(chosen_stay(shape).label("stay"))
    if has_reader:
        told = told.add_columns(is_listed(rows.c.id, user_id=number("reader_id")).label("is_favorite"))
    return told


@lru_cache(maxsize=STATEMENTS)
def _count_statement(shape: Shape, sort: Sort) -> Prepared:
    return Prepared(select(func.count()).select_from(_found(shape, sort).subquery()))


def _found(shape: Shape, sort: Sort) -> Select[Any]:
    """Every matching row with its sort value and the count of all."""
    names = (*_ALWAYS, _COLUMN_OF[sort]) if sort in _COLUMN_OF else _ALWAYS
    matches = find_matches(shape, names, exact_price=sort in _BY_PRICE)
    columns = matches.columns
    shown = [columns[name].label(name) for name in ("id", *_ALWAYS, "stay") if name in columns]
    total = func.count().over().label("total")
    value = _sort_value(columns, sort).label("value")
    return select(*shown, value, total).select_from(matches.source).where(*matches.conditions)


def _sort_value(columns: dict[str, ColumnElement[Any]], sort: Sort) -> ColumnElement[Any]:
    if sort in _BY_PRICE:
        return columns["price"]
    if sort is Sort.DISTANCE:
        return square_metres(columns["lat_e6"], columns["lng_e6"])
    return columns[_COLUMN_OF[sort]]
