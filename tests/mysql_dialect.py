"""Whether everything that the suite executes could be said to MySQL 8, whatever database is at hand.

MariaDB takes more than MySQL does: ``RETURNING``, sequences, tables with a history. No MySQL server is needed to
notice, because the dialect that writes the statements knows what MySQL lacks.
"""

import re
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.exc import CompileError

from airbnb.queries.prepared import STATEMENT

#: What would be written for a server of this version.
OLDEST_VERSION = (8, 0, 36)
#: What only MariaDB understands; some of it can be smuggled in as text, which no dialect reads.
FOREIGN_WORDS = re.compile(
    r"\bRETURNING\b|\bNEXT VALUE FOR\b|\bSYSTEM_TIME\b|\bROWS EXAMINED\b|\bCREATE OR REPLACE TABLE\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'")


class NotForMySQL(AssertionError):
    """MySQL would refuse a statement."""


def mysql_dialect() -> MySQLDialect_pymysql:
    """Return the dialect as if it had met a MySQL server."""
    dialect = MySQLDialect_pymysql()
    dialect.server_version_info = OLDEST_VERSION
    dialect.is_mariadb = False
    return dialect


_DIALECT = mysql_dialect()


def write_for_mysql(statement: Any, column_keys: Any = None) -> str:
    """Return a Core, ORM or DDL statement as MySQL would be told it. Raises: NotForMySQL."""
    options = {} if column_keys is None else {"column_keys": column_keys}
    try:
        written = str(statement.compile(dialect=_DIALECT, **options))
    except CompileError as error:
        raise NotForMySQL(f"{error}\n{statement}") from error
    found = FOREIGN_WORDS.search(QUOTED.sub("''", written))
    if found:
        raise NotForMySQL(f"{found[0]} in {written}")
    return written


def watch(engine: Engine) -> None:
    """Write each statement that an engine executes for MySQL as well, once per text."""
    seen: set[str] = set()

    def check(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        compiled = getattr(context, "compiled", None)
        prepared = context.execution_options.get(STATEMENT) if context is not None else None
        if statement in seen or (compiled is None and prepared is None) or context.isddl:
            return
        if prepared is not None:
            write_for_mysql(prepared)
        else:
            write_for_mysql(compiled.statement, compiled.column_keys)
        seen.add(statement)

    event.listen(engine, "before_cursor_execute", check)
