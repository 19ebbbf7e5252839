"""Triggers that keep a table append-only, made together with the table."""

from sqlalchemy import DDL, Table, event
from sqlalchemy.schema import ExecutableDDLElement

SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} BEGIN
SELECT RAISE(ABORT, '{table} is append-only'); END"""
MYSQL = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{table} is append-only'"""


def make_append_only(table: Table) -> None:
    """Refuse UPDATE and DELETE on ``table`` in the database itself, as its migration does.

    Needs: the migration repeats this text; the drift test compares both.
    """
    for verb in ("update", "delete"):
        for dialect, text in (("sqlite", SQLITE), ("mysql", MYSQL), ("mariadb", MYSQL)):
            statement: ExecutableDDLElement = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy has no types for it
                text.format(table=table.name, verb=verb, VERB=verb.upper())
            )
            event.listen(table, "after_create", statement.execute_if(dialect=dialect))
