"""Rows that wait for the end of their transaction, so that all of a table go in one statement."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Table, event, insert
from sqlalchemy.orm import Session, SessionTransaction

#: Where a session keeps what it writes last.
_ROWS = "rows_at_the_end"
_insert_into = cache(insert)


def write_at_end(session: Session, table: Table, row: Mapping[str, Any]) -> None:
    """Let a row be written when its transaction commits, in one statement with all others of its table.

    For rows that nobody reads within the transaction and no other row refers to. In a savepoint, which may be given up
    while the transaction goes on, it is written at once.
    Shape: ``row`` names the same columns each time.
    """
    if session.in_nested_transaction():
        session.execute(_insert_into(table), row)
    else:
        session.info.setdefault(_ROWS, {}).setdefault(table, []).append(row)


def write_rows(session: Session) -> None:
    """Write what waits for the end now: before the session takes what everybody else waits for."""
    waiting: dict[Table, list[Mapping[str, Any]]] = session.info.pop(_ROWS, {})
    if not waiting:
        return
    session.flush()  # they may tell of what is pending
    connection = session.connection()
    for table, rows in waiting.items():
        connection.execute(_insert_into(table), rows)


@event.listens_for(Session, "before_commit")
def _write_rows_of_any_session(session: Session) -> None:
    if not session.in_nested_transaction():
        write_rows(session)


@event.listens_for(Session, "after_transaction_end")
def _forget_rows(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_ROWS, None)
