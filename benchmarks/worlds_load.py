"""Fills an empty, migrated database with a world: rows are made by all cores, then loaded a table at a time.

MariaDB reads each table from one sorted text file in one transaction with checks off, and so builds its pages in bulk.
"""

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

import pymysql
from flask import Flask
from sqlalchemy import Table, make_url, select

from airbnb.domain import clock
from airbnb.models.places import Place
from airbnb.queries.search_forms import note_form
from airbnb.services.search_projection import FORM
from airbnb.unit_of_work import in_transaction, reading
from benchmarks.worlds_plan import BLOCK, City, choose_cities, make_pools, plan_block
from benchmarks.worlds_rows import SORTED, TABLES, Row, Stored, rows_of, writers

NAMES = [table.name for table in TABLES]


def world_cities() -> list[City]:
    """Return the cities of every world. Needs: an app's context and a migrated database."""
    columns = Place.name, Place.country_code, Place.latitude_e6, Place.longitude_e6
    with reading() as session:
        places = session.execute(select(*columns).order_by(Place.population.desc(), Place.id).limit(4_000))
        return choose_cities([(name, country, lat, lng) for name, country, lat, lng in places])


def fill(app: Flask, size: int, folder: Path) -> None:
    """Write a world of ``size`` listings. Needs: the app's context, its database migrated, room in ``folder``."""
    now = clock.now()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    cities = world_cities()
    if url.startswith("sqlite"):
        _fill_sqlite(make_url(url).database or "", cities, size, now)
    else:
        pieces = folder / f"pieces-{size}"
        pieces.mkdir(parents=True)
        try:
            _make_pieces(cities, size, pieces, now)
            _load_mariadb(url, pieces)
        finally:
            shutil.rmtree(pieces)
    in_transaction(lambda session: note_form(session, form=FORM, now=now))


def _blocks(size: int) -> Iterator[tuple[int, int]]:
    for block in range(-(-size // BLOCK)):
        yield block, min(BLOCK, size - block * BLOCK)


def _fill_sqlite(path: str, cities: Sequence[City], size: int, now: datetime) -> None:
    pools, write = make_pools(), writers(now)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        for block, count in _blocks(size):
            rows = rows_of(plan_block(cities, pools, block, count), write, now=now)
            for table in TABLES:
                marks = ", ".join("?" * len(table.columns))
                statement = f"INSERT INTO {table.name} ({_columns(table)}) VALUES ({marks})"
                connection.executemany(statement, rows[table.name])
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _make_pieces(cities: Sequence[City], size: int, folder: Path, now: datetime) -> None:
    work = partial(_make_piece, cities, folder, now)
    # Forked, so that the children stand in the app's context, too; none of them talks to a database.
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for _ in pool.imap_unordered(work, _blocks(size)):
            pass


def _make_piece(cities: Sequence[City], folder: Path, now: datetime, block: tuple[int, int]) -> None:
    number, count = block
    rows = rows_of(plan_block(cities, make_pools(), number, count), writers(now), now=now)
    for name in NAMES:
        with (folder / f"{name}.{number:04d}").open("w", encoding="utf-8") as piece:
            piece.writelines(map(_line, rows[name]))


def _columns(table: Table) -> str:
    """Return the names in the model's order; in the database it may be another."""
    return ", ".join(f"`{column.name}`" for column in table.columns)


def _line(row: Row) -> str:
    return "\t".join(map(_text, row)) + "\n"


def _text(value: Stored) -> str:
    if value is None:
        return "\\N"
    text = value.decode() if isinstance(value, bytes) else str(value)
    return text.replace("\\", "\\\\") if "\\" in text else text


def _load_mariadb(url: str, folder: Path) -> None:
    address = make_url(url)
    connection = pymysql.connect(
        host=address.host, port=address.port or 3306, user=address.username, database=address.database,
        password=address.password or "", charset="utf8mb4",
    )  # fmt: skip
    with closing(connection), connection.cursor() as cursor:
        for setting in ("foreign_key_checks", "unique_checks", "check_constraint_checks"):
            cursor.execute(f"SET SESSION {setting}=0")
        for table in TABLES:
            began, name = time.perf_counter(), table.name
            piece = _whole(folder, name)
            load = f"LOAD DATA INFILE '{piece}' INTO TABLE {name} CHARACTER SET utf8mb4 ({_columns(table)})"
            rows = cursor.execute(load)
            connection.commit()
            piece.unlink()
            print(f"    {name:<20} {rows:>12,} rows {time.perf_counter() - began:7.1f} s", flush=True)
        cursor.execute(f"ANALYZE TABLE {', '.join(NAMES)}")


def _whole(folder: Path, name: str) -> Path:
    """Join a table's pieces into one file in the order of its primary key."""
    whole = folder / name
    pieces = [str(piece) for piece in sorted(folder.glob(f"{name}.*"))]
    command = ["cat"]
    if name in SORTED:
        command = ["sort", *SORTED[name], "-S", "512M", "-T", str(folder)]
    with whole.open("wb") as sink:
        subprocess.run([*command, *pieces], check=True, stdout=sink, env={**os.environ, "LC_ALL": "C"})
    for piece in pieces:
        Path(piece).unlink()
    # The server reads the file itself, and runs as whoever started it.
    return whole
