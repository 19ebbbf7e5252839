"""One page of a list: where it begins is a key and what it holds comes from indexes, so that no size slows it down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, Enum, Select, UniqueConstraint, and_, false, func, or_, select, tuple_
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import InstrumentedAttribute, Session

from airbnb.domain.ids import MAX_ID

#: Rows that a search looks at; a text that fits more must be made longer.
MOST_FOUND = 1_000
_LAST_LETTER, _LAST_ASCII = "\U0010ffff", "\x7f"

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a list a page lies: behind a key, or before it."""

    key: Key
    is_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """Some rows of a list, and the keys to go on from and back to; None at its ends."""

    rows: Sequence[Any]
    next_key: Key | None
    previous_key: Key | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """In which order a list is: all columns in one direction, the last ones a key of the table."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    descending: bool

    def key_of(self, row: Any) -> Key:
        """Return where a row stands."""
        return tuple(getattr(row, column.key) for column in self.columns)

    def written(self, key: Key | None) -> str | None:
        """Return a key as it stands in an address."""
        if key is None:
            return None
        return orjson.dumps([None if value is None else _text_of(value) for value in key]).decode()

    def read(self, text: str) -> Key | None:
        """Return the key in an address, or None when somebody has changed it."""
        try:
            values = orjson.loads(text)
            return tuple(
                None if value is None else _value_of(column, value)
                for column, value in zip(self.columns, values, strict=True)
            )
        except (ValueError, TypeError):
            return None


def fetch(session: Session, statement: Select[Any], order: Order, *, place: Place | None, limit: int) -> ListPage:
    """Return one page. Needs: a statement of one mapped class without an order and a limit."""
    backwards = place is not None and place.is_before
    descending = order.descending != backwards
    if place is not None:
        statement = statement.where(_beyond(order.columns, place.key, descending=descending))
    sorted_by = [column.desc() if descending else column.asc() for column in order.columns]
    rows = list(session.scalars(statement.order_by(*sorted_by).limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, place is not None)
    return ListPage(
        rows=rows,
        next_key=order.key_of(rows[-1]) if rows and has_next else None,
        previous_key=order.key_of(rows[0]) if rows and has_previous else None,
    )


def fetch_all(session: Session, statement: Select[Any], order: Order, *, limit: int) -> Iterator[Any]:
    """Yield every row, ``limit`` of them a statement."""
    place: Place | None = None
    while True:
        page = fetch(session, statement, order, place=place, limit=limit)
        yield from page.rows
        session.expunge_all()
        if page.next_key is None:
            return
        place = Place(key=page.next_key)


def _beyond(columns: Sequence[Any], key: Key, *, descending: bool) -> ColumnElement[bool]:
    """Return the condition that a row stands behind ``key``; NULL is the least of all, as both databases sort it."""
    first, value, rest = columns[0], key[0], columns[1:]
    # Rows without a value come last when the list goes down; only columns that can be empty are asked.
    may_be_empty = descending and first.property.columns[0].nullable
    if value is None:
        further = false() if descending else first.is_not(None)
        same = first.is_(None)
    else:
        further = first < value if descending else first > value
        further = or_(further, first.is_(None)) if may_be_empty else further
        same = first == value
    if not rest:
        return further
    beyond = or_(further, and_(same, _beyond(rest, key[1:], descending=descending)))
    if value is None or may_be_empty:
        return beyond
    # Said of the first column alone, too: see airbnb/queries/paging.py.
    return and_(first <= value if descending else first >= value, beyond)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchField:
    """A column that a search looks into, of the table itself or of one that ``path`` leads to."""

    column: Any
    path: tuple[Any, ...] = ()
    #: What is known of a found row, so that an index which begins with another column serves.
    beside: ColumnElement[bool] | None = None


def found_by(
    session: Session, key: Sequence[Any], fields: Sequence[SearchField], text: str, *, inside: bool
) -> tuple[ColumnElement[bool], bool]:
    """Return the condition that a row is among those which fit a text, and whether more fit than are looked at.

    With ``inside`` the text may stand anywhere, which reads the whole table; else values begin with it, by an index.
    """
    found: set[Key] = set()
    cut = False
    if len(key) == 1 and text.isascii() and text.isdecimal() and int(text) <= MAX_ID and _is_number(key[0]):
        found.add((int(text),))
    for field in fields:
        condition = _holds(field.column, text) if inside else begins_with(field.column, text)
        if condition is None:
            continue
        statement = select(*key)
        for step in field.path:
            statement = statement.join(step)
        if field.beside is not None:
            statement = statement.where(field.beside)
        rows = session.execute(statement.where(condition).limit(MOST_FOUND + 1)).all()
        cut = cut or len(rows) > MOST_FOUND
        found.update(tuple(row) for row in rows[:MOST_FOUND])
    if len(key) == 1:
        return key[0].in_([one[0] for one in found]), cut
    return tuple_(*key).in_(list(found)), cut


def leading(column: Any) -> ColumnElement[bool] | None:
    """Return what lets an index serve that begins with a closed set of words before ``column``; None without one."""
    for index in _indexes_of(column.table):
        if len(index) > 1 and index[1] is column and isinstance(index[0].type, Enum):
            return cast(ColumnElement[bool], index[0].in_(list(index[0].type.enum_class or ())))
    return None


def is_led_by(column: Any) -> bool:
    """Whether an index of its table begins with a column."""
    return any(index[0] is column for index in _indexes_of(column.table))


def order_behind(column: Any) -> Sequence[Any] | None:
    """Return the columns in whose order an index brings the rows that have one word in ``column``.

    None of them where that is the key's own; None where every such row would have to be sorted.
    """
    table = column.property.columns[0].table if hasattr(column, "property") else column.table
    name = column.key
    key = [one.key for one in table.primary_key.columns if one.key != name]
    orders = [index[1:] for index in _indexes_of(table) if index[0].key == name]
    served = [order for order in orders if [one.key for one in order][-len(key) :] == key]
    shortest = min(served, key=len, default=None)
    return None if shortest is None else shortest[: -len(key)]


def _indexes_of(table: Any) -> Iterator[list[Any]]:
    yield list(table.primary_key.columns)
    yield from (list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint))
    yield from (list(one.columns) for one in table.indexes)


def begins_with(column: Any, text: str) -> ColumnElement[bool] | None:
    """Return the condition that a column begins with a text, as ranges of an index; None when none can.

    Both databases compare letters as they are, so the usual ways to write a word are all asked for.
    """
    is_ascii = getattr(column.type.dialect_impl(mysql.dialect()), "charset", None) == "ascii"
    if is_ascii and not text.isascii():
        return None
    last = _LAST_ASCII if is_ascii else _LAST_LETTER
    writings = sorted({text, text.lower(), text.upper(), text.capitalize(), text.title()})
    return or_(*(and_(column >= writing, column < writing + last) for writing in writings))


def _holds(column: Any, text: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = func.lower(column).contains(text.lower(), autoescape=True)
    return found


def _is_number(column: Any) -> bool:
    return column.type.python_type is int


def _text_of(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _value_of(column: Any, text: str) -> Any:
    kind = column.type.python_type
    if kind in (datetime, date):
        value = kind.fromisoformat(text)
        if kind is datetime and value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value
    value = kind(text)
    if kind is int and abs(value) > MAX_ID:
        raise ValueError("no database holds this number")
    return value
