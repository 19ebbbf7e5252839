"""Empty databases for tests that make their own schema, on SQLite and on MariaDB."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

BOTH = [pytest.param("sqlite"), pytest.param("mariadb", marks=pytest.mark.mariadb)]


def _foreign_keys_on(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    connection.cursor().execute("PRAGMA foreign_keys=ON")


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[Engine]:
    """Give an engine of a database without tables, and remove the database afterwards."""
    if kind == "sqlite":
        engine = create_engine(f"sqlite:///{folder / f'{secrets.token_hex(4)}.db'}", poolclass=NullPool)
        event.listen(engine, "connect", _foreign_keys_on)
        yield engine
        engine.dispose()
        return
    address = os.environ.get("TEST_DATABASE_URL")
    if not address:
        pytest.fail("TEST_DATABASE_URL is not set: name a MariaDB or MySQL server without a database name")
    name = f"h_models_{secrets.token_hex(4)}"
    server = create_engine(make_url(address), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
    engine = create_engine(make_url(address).set(database=name), isolation_level="READ COMMITTED", poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
