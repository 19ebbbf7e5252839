"""Removes a demo world whose making was interrupted, so that it can be made anew."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, delete, select

from airbnb.domain.kinds import Provider
from airbnb.extensions import Base, db
from airbnb.integrations.payments import SandboxGateway
from airbnb.models.platform import JobRun
from airbnb.unit_of_work import reading
from airbnb.workflows.outside import gateway, storage

#: The row that says that a world is being made; the last transaction of the making finishes it.
JOB, PERIOD = "demo_seed", "once"
PICTURES_FOLDER = "photos/demo"
#: Not the world's: what migrations and imports filled.
KEPT = frozenset({"amenities", "places", "place_names", "search_forms"})


def is_unfinished() -> bool:
    """Say whether a demo world was begun here and never finished."""
    begun = select(JobRun.job).where(JobRun.job == JOB, JobRun.finished_at.is_(None))
    with reading() as session:
        return session.scalar(begun) is not None


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until no other process of this machine makes a world; the lock of one that was killed is free."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def clear_world() -> None:
    """Remove every row but those of the catalogues, the sandbox's books and the demo's pictures.

    Needs: ``is_unfinished``, which is never true of an installation that people use.
    Idempotent: the mark of the unfinished world goes last.
    """
    for file in storage().list_files(PICTURES_FOLDER):
        storage().delete(file.key)
    cast(SandboxGateway, gateway(Provider.SANDBOX)).forget_everything()
    clear = _clear_sqlite if db.engine.dialect.name == "sqlite" else _clear_server
    with db.engine.connect() as connection:
        connection.detach()  # its foreign keys are off: it must not come back to the pool
        clear(connection)


def _names() -> list[str]:
    names = [name for name in Base.metadata.tables if name not in KEPT]
    return sorted(names, key=lambda name: name == JobRun.__tablename__)


def _clear_sqlite(connection: Connection) -> None:
    """Delete all rows in one transaction; the triggers that refuse it are made again by the same."""
    for statement in ("COMMIT", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
        connection.exec_driver_sql(statement)
    triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for trigger in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{trigger.name}"')
    for name in _names():
        connection.execute(delete(Base.metadata.tables[name]))
    for trigger in triggers:
        connection.exec_driver_sql(trigger.sql)
    connection.exec_driver_sql("COMMIT")


def _clear_server(connection: Connection) -> None:
    """Empty the tables one by one: TRUNCATE asks no trigger."""
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS=0")
    for name in _names():
        connection.exec_driver_sql(f"TRUNCATE TABLE {name}")
