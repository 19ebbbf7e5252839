"""The only place that opens, commits and rolls back transactions, and that repeats one after a conflict."""

import contextlib
import logging
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TypeVar

import pymysql
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from airbnb import metrics
from airbnb.domain.bells import Bell, bells_of
from airbnb.domain.errors import Busy, OutcomeUnknown, PreconditionFailed
from airbnb.extensions import db
from airbnb.last_rows import write_rows

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_TRIES = 8
RETRY_BUDGET_S = 8.0
FIRST_WAIT_S = 0.01
LONGEST_WAIT_S = 0.5

#: MySQL errors after which a whole transaction may be repeated: deadlock, lock wait, snapshot conflict,
#: node not ready, group replication conflict, and the four ways in which a connection is lost.
CONFLICT_CODES = frozenset({1213, 1205, 1020, 1047, 3101})
LOST_CONNECTION_CODES = frozenset({2006, 2013, 2014, 2055})
#: A server that takes no connection at the moment: it starts, stops, or has as many as it may.
NO_CONNECTION_CODES = frozenset({1040, 1053, 2002, 2003})
#: A node of a cluster lost the others while it told them of a transaction: it may have reached them.
FAILED_COMMIT_CODE = 1180
DUPLICATE_KEY_CODE = 1062
#: The disk of the server is full, or a temporary file or table found no room on it.
NO_ROOM_CODES = frozenset({3, 1021, 1026, 1114})
SQLITE_NO_ROOM = "disk is full"

_in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)
Ring = Callable[[frozenset[Bell]], None]
_bell: Ring | None = None


def set_bell(ring: Ring | None) -> Ring | None:
    """Register what is called after a commit that asked for it, and return what was; it must be quick."""
    global _bell
    before, _bell = _bell, ring
    return before


def is_open() -> bool:
    """Whether this thread is inside ``in_transaction``: nothing outside may be called then."""
    return _in_transaction.get()


def in_transaction(work: Callable[[Session], T]) -> T:
    """Run ``work`` in one transaction and return its result; repeat it whole on a conflict.

    ``work`` must be safe to repeat: it reads and writes rows and calls nothing outside.
    What it returns is detached but loaded.

    Raises: Busy when the retry budget is spent; OutcomeUnknown when the connection was lost at COMMIT;
    whatever ``work`` raises otherwise.
    """
    if is_open():
        raise RuntimeError("a transaction is already open; pass its session on instead")
    token = _in_transaction.set(True)
    try:
        result, rings = _repeat(work)
    finally:
        _in_transaction.reset(token)
    if rings:
        _ring(rings)
    return result


def _repeat(work: Callable[[Session], T]) -> tuple[T, frozenset[Bell]]:
    deadline = time.monotonic() + RETRY_BUDGET_S
    for attempt in range(1, MAX_TRIES + 1):
        try:
            return _once(work)
        except DBAPIError as error:
            if not is_retryable(error):
                raise
            wait = random.uniform(0.5, 1) * min(FIRST_WAIT_S * 2**attempt, LONGEST_WAIT_S)  # noqa: S311 - jitter
            if attempt == MAX_TRIES or time.monotonic() + wait > deadline:
                raise Busy() from error
            metrics.TRANSACTIONS_REPEATED.labels(str(error_code(error) or "busy")).inc()
            logger.info("transaction repeated", extra={"attempt": attempt, "error_code": error_code(error)})
            time.sleep(wait)
        except StaleDataError as error:
            raise PreconditionFailed() from error
    raise AssertionError("the last attempt returns or raises")


def _once(work: Callable[[Session], T]) -> tuple[T, frozenset[Bell]]:
    session = Session(db.engine, expire_on_commit=False)
    try:
        result = work(session)
        session.flush()
        write_rows(session)
        _commit(session)
        return result, bells_of(session.info)
    finally:
        # Closing rolls back whatever was not committed.
        session.close()


def _commit(session: Session) -> None:
    try:
        session.commit()
    except DBAPIError as error:
        # SQLAlchemy gives the connection of a failed COMMIT back without a rollback; the next user would commit this.
        session.invalidate()
        # A lost answer to COMMIT leaves two possibilities; repeating the work could do it twice.
        if error.connection_invalidated or error_code(error) in LOST_CONNECTION_CODES | {FAILED_COMMIT_CODE}:
            metrics.OUTCOMES_UNKNOWN.inc()
            raise OutcomeUnknown() from error
        raise


@contextlib.contextmanager
def reading() -> Iterator[Session]:
    """Yield a session for reads only, on the engine that sends no BEGIN and COMMIT around a SELECT."""
    engine = read_engine()
    with Session(engine, expire_on_commit=False, autoflush=False) as session:
        yield session


def read_engine() -> Engine:
    """Return the engine for reads: autocommit, and on SQLite ``query_only``."""
    return db.engines["read"]


def error_code(error: DBAPIError) -> int | None:
    """Return MySQL's number of a driver error, or None."""
    args = getattr(error.orig, "args", ())
    return args[0] if isinstance(error.orig, pymysql.err.MySQLError) and args and isinstance(args[0], int) else None


def is_retryable(error: DBAPIError) -> bool:
    """Whether repeating the whole transaction is right: the one list of such errors."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    return error_code(error) in CONFLICT_CODES | LOST_CONNECTION_CODES | NO_CONNECTION_CODES


def is_unavailable(error: SQLAlchemyError) -> bool:
    """Whether the database is away or has no room, rather than the statement wrong: the caller may come back soon."""
    if isinstance(error, PoolTimeout):
        return True
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or is_retryable(error) or _has_no_room(error)
    )


def _has_no_room(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.OperationalError):
        return SQLITE_NO_ROOM in str(error.orig)
    return error_code(error) in NO_ROOM_CODES


def is_duplicate_key(error: IntegrityError, *names: str) -> bool:
    """Whether a unique key refused the row; with ``names``, one of those constraints or columns.

    MySQL names the key, SQLite the columns (``table.column``), so callers give both.
    """
    text = str(error.orig)
    duplicate = error_code(error) == DUPLICATE_KEY_CODE or "UNIQUE constraint failed" in text
    return duplicate and (not names or any(name in text for name in names))


def _ring(bells: frozenset[Bell]) -> None:
    if _bell is None:
        return
    try:
        _bell(bells)
    except Exception:
        # The broker is only a doorbell: the sweeper finds the rows without it.
        logger.warning("the bell could not be rung", exc_info=True)
