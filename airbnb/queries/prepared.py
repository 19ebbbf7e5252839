"""Statements that are built and compiled once and run with other values each time.

Building and looking up a large statement costs many times what the database needs to answer it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ClauseElement,
    ColumnElement,
    Connection,
    CursorResult,
    Float,
    String,
    bindparam,
    literal_column,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
#: Names the statement that a text was made from, among the options that it is executed with.
STATEMENT = "prepared_statement"


def number(name: str) -> BindParameter[int]:
    """Return the place of a whole number."""
    return bindparam(name, type_=BigInteger())


def real(name: str) -> BindParameter[float]:
    """Return the place of a number with a fraction."""
    return bindparam(name, type_=Float())


def text(name: str) -> BindParameter[str]:
    """Return the place of a text."""
    return bindparam(name, type_=String())


def column_named(name: str) -> ColumnElement[int]:
    """Return the place of a column of whole numbers; which one it is comes with the values, by its name.

    Needs: a name that the program chose: it goes into the text.
    """
    return literal_column(f"{{{name}}}", BigInteger())


class _Compiled(NamedTuple):
    """What a dialect made of a statement: its text, the names in it, in order if it numbers them, and constants.

    Shape: ``columns`` are the places in the text that wait for the names of columns.
    """

    sql: str
    columns: frozenset[str]
    names: Sequence[str]
    is_positional: bool
    constants: Values


class Prepared:
    """One statement whose values have names."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def run(self, connection: Connection, values: Values) -> CursorResult[*tuple[Any, ...]]:
        """Run it; what comes back is as the driver reads it.

        Needs: every value, and none that is a list.
        """
        compiled = self._compiled.get(connection.dialect) or self._compile(connection.dialect)
        every = {**compiled.constants, **values}
        options = {STATEMENT: self._statement}
        sql = compiled.sql
        for name in compiled.columns:
            sql = sql.replace(f"{{{name}}}", values[name])
        if compiled.is_positional:
            ordered = tuple(every[name] for name in compiled.names)
            return connection.exec_driver_sql(sql, ordered, execution_options=options)
        # The driver would escape values that the text does not name, too.
        named = {name: every[name] for name in compiled.names}
        return connection.exec_driver_sql(sql, named, execution_options=options)

    def _compile(self, dialect: Dialect) -> _Compiled:
        found = cast(SQLCompiler, self._statement.compile(dialect=dialect))
        names = found.positiontup or list(found.bind_names.values())
        columns = frozenset(re.findall(r"\{(\w+)\}", found.string))
        constants = {name: value for name, value in found.params.items() if not found.binds[name].required}
        compiled = _Compiled(found.string, columns, names, found.positiontup is not None, constants)
        self._compiled[dialect] = compiled
        return compiled
