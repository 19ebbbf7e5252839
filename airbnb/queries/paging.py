"""Keyset paging for any select: one extra row tells whether there is more."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from airbnb.domain.paging import Key, Page, PageRequest


class SortKey(NamedTuple):
    """One column of a sort; never nullable, and the last one unique."""

    column: InstrumentedAttribute[Any]
    descending: bool = True


def fetch_page(session: Session, statement: Select[Any], sort: Sequence[SortKey], page: PageRequest) -> Page[Any]:
    """Return one page of the entities that ``statement`` selects, in the order of ``sort``.

    Needs: the statement selects one mapped class and has no order and no limit of its own.
    """
    if page.after is not None:
        statement = statement.where(after_key(sort, page.after))
    order = [key.column.desc() if key.descending else key.column.asc() for key in sort]
    rows = list(session.scalars(statement.order_by(*order).limit(page.limit + 1)))
    more = len(rows) > page.limit
    items = rows[: page.limit]
    next_key = tuple(getattr(items[-1], key.column.key) for key in sort) if more else None
    return Page(items=items, next_key=next_key)


def after_key(sort: Sequence[SortKey], after: Key) -> ColumnElement[bool]:
    """Return the condition that a row stands behind ``after`` in a sort of mixed directions.

    It says of the first column alone what follows from all: SQLite, which does not see that two values are the same,
    would read an index from its beginning for the OR.
    """
    first, begin = sort[0], after[0]
    bound = first.column <= begin if first.descending else first.column >= begin
    alternatives = []
    for position, key in enumerate(sort):
        same = [earlier.column == value for earlier, value in zip(sort[:position], after, strict=False)]
        value = after[position]
        beyond = key.column < value if key.descending else key.column > value
        alternatives.append(and_(*same, beyond))
    return and_(bound, or_(*alternatives))
