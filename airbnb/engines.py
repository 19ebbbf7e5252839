"""How the write and the read engine talk to SQLite and to MySQL or MariaDB."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from airbnb import metrics

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 10
LOCK_WAIT_TIMEOUT_S = 3
POOL_RECYCLE_S = 300
POOL_SIZE = 16
SQLITE_BUSY_TIMEOUT_MS = 5_000
#: Answers of a server that is up but not usable: node not ready, read-only, read-only file system.
NOT_USABLE_CODES = frozenset({1047, 1290, 1836})
#: A statement that ran into its limit: MariaDB's and MySQL's codes, and SQLite's word.
OVER_LIMIT_CODES = frozenset({1969, 3024})
SQLITE_STOPPED = "interrupted"
#: Steps of SQLite between two looks at the clock; some hundred thousand take a millisecond.
SQLITE_STEPS = 20_000

Options = dict[str, Any]


class StatementTooSlow(Exception):
    """The database gave a statement up because it ran into its time limit."""


@contextmanager
def time_limited(connection: Connection, limit_s: float) -> Iterator[None]:
    """Let the database give up what runs longer on a connection: on SQLite all of it together, else each statement.

    Needs: a connection in autocommit that nobody else uses meanwhile. Raises: StatementTooSlow.
    """
    lift = _limit(connection, limit_s)
    try:
        yield
    except DBAPIError as error:
        if _is_over_limit(error):
            raise StatementTooSlow from error
        raise
    finally:
        if not connection.invalidated:
            lift()


def _limit(connection: Connection, limit_s: float) -> Callable[[], object]:
    """Set the limit, and return what lifts it."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        until = time.monotonic() + limit_s
        driver.set_progress_handler(lambda: time.monotonic() > until, SQLITE_STEPS)
        return lambda: driver.set_progress_handler(None, 0)
    is_mariadb = getattr(connection.dialect, "is_mariadb", False)
    name, value = ("max_statement_time", limit_s) if is_mariadb else ("max_execution_time", int(limit_s * 1000))
    connection.exec_driver_sql(f"SET SESSION {name}={value}")
    return lambda: connection.exec_driver_sql(f"SET SESSION {name}=0")


def _is_over_limit(error: DBAPIError) -> bool:
    args = getattr(error.orig, "args", ()) or (None,)
    return args[0] in OVER_LIMIT_CODES or (
        isinstance(error.orig, sqlite3.OperationalError) and args[0] == SQLITE_STOPPED
    )


def write_options(database_url: str) -> Options:
    """Return the options of the engine that transactions run on."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return {"url": url, **_sqlite_pool()}
    return {"url": _utf8(url), "isolation_level": "READ COMMITTED", "pool_pre_ping": True, **_mysql_pool()}


def read_options(database_url: str) -> Options:
    """Return the options of the engine for plain reads: one statement on the wire for one SELECT."""
    url = make_url(database_url)
    common: Options = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    if url.get_backend_name() == "sqlite":
        return {"url": url, **common, **_sqlite_pool()}
    return {"url": _utf8(url), **common, **_mysql_pool()}


def _utf8(url: URL) -> URL:
    return url.update_query_dict({"charset": "utf8mb4"})


def _sqlite_pool() -> Options:
    return {"pool_size": POOL_SIZE, "max_overflow": POOL_SIZE}


def _mysql_pool() -> Options:
    return {
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_SIZE,
        "pool_recycle": POOL_RECYCLE_S,
        "pool_use_lifo": True,
        "connect_args": {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "read_timeout": READ_TIMEOUT_S,
            "write_timeout": READ_TIMEOUT_S,
            "init_command": f"SET SESSION innodb_lock_wait_timeout={LOCK_WAIT_TIMEOUT_S}, time_zone='+00:00'",
        },
    }


def prepare_write_engine(engine: Engine) -> None:
    """Attach what transactions need: on SQLite, BEGIN takes the write lock at once."""
    _count_connections(engine, "write")
    event.listen(engine, "before_cursor_execute", _count)
    event.listen(engine, "handle_error", _drop_unusable_connection)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
        # Without it a transaction that read first could fail to become a writer.
        event.listen(engine, "begin", _begin_immediate)
    else:
        event.listen(engine, "connect", _decide_on_all_that_is_committed)


def prepare_read_engine(engine: Engine) -> None:
    """Attach what reads need: on SQLite, a connection that refuses to write."""
    _count_connections(engine, "read")
    event.listen(engine, "before_cursor_execute", _count)
    event.listen(engine, "handle_error", _drop_unusable_connection)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "connect", _query_only)


def _count_connections(engine: Engine, name: str) -> None:
    """Count the connections of a pool as they are opened, taken and lost."""
    in_use = metrics.POOL_IN_USE.labels(name)
    opened, lost = metrics.POOL_OPENED.labels(name), metrics.POOL_LOST.labels(name)

    def take(*_: object) -> None:
        # A pool without a bound, as a test may have one, knows no number.
        if isinstance(engine.pool, QueuePool):
            in_use.observe(engine.pool.checkedout())

    event.listen(engine, "checkout", take)
    event.listen(engine, "connect", lambda *_: opened.inc())
    event.listen(engine, "invalidate", lambda *_: lost.inc())


def _count(*_: object) -> None:
    metrics.count_statement()


def _sqlite_pragmas(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        f"busy_timeout={SQLITE_BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "synchronous=FULL",
        "mmap_size=268435456",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _decide_on_all_that_is_committed(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    """Let a transaction on a node of a cluster begin by waiting for what the others had committed before.

    A node that has just become the writer may be some transactions behind: a repeat with a known key would find
    nothing. It would still end right, by a conflict; so it ends right at once. A single server has no such setting.
    """
    cursor = connection.cursor()
    try:
        cursor.execute("SHOW VARIABLES LIKE 'wsrep_on'")
        if cursor.fetchone() == ("wsrep_on", "ON"):
            cursor.execute("SET SESSION wsrep_sync_wait = 1")
    finally:
        cursor.close()


def _query_only(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA query_only=ON")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _drop_unusable_connection(context: ExceptionContext) -> None:
    args = getattr(context.original_exception, "args", ())
    if args and args[0] in NOT_USABLE_CODES:
        context.is_disconnect = True
