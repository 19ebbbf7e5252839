"""Empty databases for tests that make their own schema: on the server of this run, else SQLite."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from tests.settings import TEST_DATABASE_URL


def _foreign_keys_on(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    connection.cursor().execute("PRAGMA foreign_keys=ON")


@contextmanager
def empty_database(folder: Path) -> Iterator[Engine]:
    """Give an engine of a database without tables, and remove the database afterwards."""
    if not TEST_DATABASE_URL:
        engine = create_engine(f"sqlite:///{folder / f'{secrets.token_hex(4)}.db'}", poolclass=NullPool)
        event.listen(engine, "connect", _foreign_keys_on)
        yield engine
        engine.dispose()
        return
    name = f"airbnb_empty_{secrets.token_hex(4)}"
    address = make_url(TEST_DATABASE_URL).set(database=None)
    server = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
    engine = create_engine(address.set(database=name), isolation_level="READ COMMITTED", poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
