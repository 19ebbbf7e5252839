"""Worlds on servers of their own: a private MariaDB with the memory of a real one, and an app for each world.

``WORLDS`` names a folder that keeps them from run to run; without it they are made in a temporary one and removed.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.engine import make_url

from airbnb.config import load_settings
from airbnb.extensions import db
from airbnb.factory import create_app
from benchmarks.worlds import RoomyLimit
from benchmarks.worlds_load import fill
from tests import servers

BUFFER_POOL = os.environ.get("WORLDS_BUFFER_POOL", "4G")

#: Fills an empty, migrated database inside the app's context; gets the size and a folder with room.
Make = Callable[[Flask, int, Path], None]


@contextmanager
def worlds_folder() -> Iterator[Path]:
    """Yield where worlds are kept."""
    kept = os.environ.get("WORLDS")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Path(kept).resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="airbnb-worlds-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def mariadb(folder: Path) -> Iterator[str]:
    """Yield the URL, without a database, of a private server whose data stand in the folder."""
    program = servers.find_program("mariadbd", "mysqld") or servers.install(
        "mariadbd", "mariadb-server-core mariadb-client-core", "mariadb-server"
    )
    data, port = folder / "mariadb", servers.free_port()
    common = ["--no-defaults", f"--datadir={data}", *servers.run_as_root_option()]
    if not data.is_dir():
        servers.make_data_folder(program, common, data)
    command = [program, *common, *_options(folder, port)]
    with servers.running(command, folder / "mariadb.log", ready=lambda: servers.answers_sql(port)):
        yield f"mysql+pymysql://root@127.0.0.1:{port}"


def _options(folder: Path, port: int) -> list[str]:
    return [
        f"--port={port}",
        f"--socket={folder / 'sock'}",
        f"--pid-file={folder / 'pid'}",
        "--bind-address=127.0.0.1",
        "--character-set-server=utf8mb4",
        "--default-time-zone=+00:00",
        f"--innodb-buffer-pool-size={BUFFER_POOL}",
        "--innodb-log-file-size=1G",
        "--innodb-flush-method=O_DIRECT",
        "--innodb-flush-log-at-trx-commit=1",
        "--transaction-isolation=READ-COMMITTED",
        "--skip-log-bin",
        "--performance-schema=OFF",
        "--max-connections=200",
    ]


@contextmanager
def world(
    server: str, size: int, folder: Path, *, redis_url: str = "", name: str = "world", make: Make = fill
) -> Iterator[Flask]:
    """Yield an app on the world of ``size``, inside its context; the world is made where it is missing.

    ``server`` is what ``mariadb`` yields, or ``sqlite``; ``make`` fills an empty database, and a world of another kind
    has another ``name``.
    """
    url = f"sqlite:///{folder / f'{name}-{size}.sqlite'}" if server == "sqlite" else f"{server}/{name}_{size}"
    exists = _exists(url)
    instance = "instance" if name == "world" else f"instance-{name}"
    app = app_on(url, folder / f"{instance}-{size}-{server.partition(':')[0]}", redis_url)
    with app.app_context():
        try:
            began = time.perf_counter()
            upgrade()  # a kept world may be of an older schema
            if not exists:
                make(app, size, folder)
                _note_done(url)
                print(f"    world of {size:,} on {server.partition(':')[0]}: {time.perf_counter() - began:.0f} s")
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
            db.engines["read"].dispose()


def app_on(url: str, instance: Path, redis_url: str) -> Flask:
    """Return an app on a database."""
    environ = {"APP_ENV": "test", "INSTANCE_PATH": str(instance), "LOG_LEVEL": "ERROR", "REDIS_URL": redis_url}
    app = create_app(load_settings({**environ, "DATABASE_URL": url, "CELERY_BROKER_URL": "memory://"}))
    app.extensions["airbnb_limits"] = RoomyLimit()
    return app


def create_database(server: str, name: str) -> str:
    """Create an empty database and return its URL."""
    url = f"{server}/{name}"
    with _connect(url) as connection:
        connection.cursor().execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    return url


def _connect(url: str) -> "pymysql.Connection[Any]":
    address = make_url(url)
    return pymysql.connect(host=address.host, port=address.port or 3306, user=address.username)


def _exists(url: str) -> bool:
    """Whether the world was made to its end; what was left half-made is removed."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        path = Path(address.database or "")
        if path.with_suffix(".done").exists():
            return True
        path.unlink(missing_ok=True)
        return False
    with _connect(url) as connection:
        cursor = connection.cursor()
        if cursor.execute(f"SHOW DATABASES LIKE '{address.database}\\_done'"):
            return True
        cursor.execute(f"DROP DATABASE IF EXISTS {address.database}")
    create_database(url.rpartition("/")[0], address.database or "")
    return False


def _note_done(url: str) -> None:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        Path(address.database or "").with_suffix(".done").touch()
        return
    with _connect(url) as connection:
        connection.cursor().execute(f"CREATE DATABASE {address.database}_done")
