"""Counting what a statement matched: the heart of every compare-and-set."""

from typing import Any, cast

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import DMLWhereBase, UpdateBase


def matched_rows(session: Session, statement: UpdateBase) -> int:
    """Run an UPDATE or DELETE and return how many rows its WHERE matched, changed or not.

    The session's objects are left as they are; read them again where that matters.
    """
    assert isinstance(statement, DMLWhereBase), "only statements with a WHERE match rows"
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount
