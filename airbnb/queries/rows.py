"""Writing rows that are complete, without the session working out what depends on what.

It does the same as adding objects and flushing, at a third of the time; bookings write a dozen rows each.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Insert, Table, insert, inspect
from sqlalchemy.orm import Session, make_transient_to_detached

from airbnb.extensions import Base

Row = TypeVar("Row", bound=Base)


class _Plan(NamedTuple):
    """How objects of a class become rows: the statement, each attribute's column, and what stands in for it."""

    insert: Insert
    columns: dict[str, str]
    defaults: dict[str, Callable[[], Any]]
    #: Attributes that are NULL in the database where an object has none.
    empty: frozenset[str]


def add_now(session: Session, *rows: Row) -> None:
    """Insert new objects of one class, in one statement; the session knows them from then on.

    Needs: what they refer to is in the database or pending in the session.
    Raises: IntegrityError; on MySQL the transaction goes on, and the objects are as new as before.
    """
    session.flush()
    plan = _plan_of(type(rows[0]))
    session.connection().execute(plan.insert, _values_of(plan, rows))
    for row in rows:
        for name in plan.empty - row.__dict__.keys():
            row.__dict__[name] = None
        make_transient_to_detached(row)
    session.add_all(rows)


def _values_of(plan: _Plan, rows: tuple[Base, ...]) -> list[dict[str, Any]]:
    for row in rows:
        for name, default in plan.defaults.items():
            if name not in row.__dict__:
                setattr(row, name, default())
    # Rows of one statement name the same columns.
    named = [name for name in plan.columns if any(name in row.__dict__ for row in rows)]
    return [{plan.columns[name]: row.__dict__.get(name) for name in named} for row in rows]


@cache
def _plan_of(model: type[Base]) -> _Plan:
    mapper = inspect(model)
    columns = {one.key: one.columns[0] for one in mapper.column_attrs}
    defaults = {name: _default_of(column) for name, column in columns.items() if column.default is not None}
    names = {name: column.name for name, column in columns.items()}
    empty = frozenset(name for name, column in columns.items() if column.server_default is None)
    return _Plan(insert(cast(Table, model.__table__)), names, defaults, empty)


def _default_of(column: Any) -> Callable[[], Any]:
    default = column.default
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)
