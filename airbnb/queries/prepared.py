"""Statements that are built and compiled once and run with other values each time.

Building and looking up a large statement costs many times what the database needs to answer it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, BindParameter, ClauseElement, Connection, CursorResult, Float, String, bindparam
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


class _Compiled(NamedTuple):
    """What a dialect made of a statement: its text, the names in it, in order if it numbers them, and constants."""

    sql: str
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
        if compiled.is_positional:
            ordered = tuple(every[name] for name in compiled.names)
            return connection.exec_driver_sql(compiled.sql, ordered, execution_options=options)
        # The driver would escape values that the text does not name, too.
        named = {name: every[name] for name in compiled.names}
        return connection.exec_driver_sql(compiled.sql, named, execution_options=options)

    def _compile(self, dialect: Dialect) -> _Compiled:
        found = cast(SQLCompiler, self._statement.compile(dialect=dialect))
        names = found.positiontup or list(found.bind_names.values())
        constants = {name: value for name, value in found.params.items() if not found.binds[name].required}
        compiled = _Compiled(found.string, names, found.positiontup is not None, constants)
        self._compiled[dialect] = compiled
        return compiled
