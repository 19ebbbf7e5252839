"""Fills an empty, migrated database with a world: rows are made by all cores, then loaded a table at a time.

MariaDB reads each table from one sorted text file in one transaction with checks off, its other keys taken away until
the rows are there, and so builds pages in bulk. Nights and amenities it copies itself, see ``worlds_pools``.
"""

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pymysql
from flask import Flask
from pymysql.cursors import Cursor
from sqlalchemy import Table, make_url, select

from airbnb.domain import clock
from airbnb.models.places import Place
from airbnb.queries.search_forms import note_form
from airbnb.services.search_projection import FORM
from airbnb.unit_of_work import in_transaction, reading
from benchmarks.worlds_plan import BLOCK, City, choose_cities, make_pools, plan_block
from benchmarks.worlds_pools import WORLD_LISTINGS, copies, drop_pool_tables, make_pool_tables
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
            _load_mariadb(url, pieces, now)
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

        def execute(statement: str, rows: Iterable[tuple[int | str, ...]] | None) -> None:
            connection.execute(statement) if rows is None else connection.executemany(statement, rows)

        make_pool_tables(execute, "sqlite", now.date())
        for block, count in _blocks(size):
            rows = rows_of(plan_block(cities, pools, block, count), write, now=now)
            for table in TABLES:
                marks = ", ".join("?" * len(table.columns))
                statement = f"INSERT INTO {table.name} ({_columns(table)}) VALUES ({marks})"
                connection.executemany(statement, rows[table.name])
        for statement in copies("sqlite").values():
            connection.execute(statement)
        drop_pool_tables(execute)
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


def _load_mariadb(url: str, folder: Path, now: datetime) -> None:
    """Load what was written, then let the server make the rest; two tables at a time, the longest first."""
    with closing(_connect(url)) as connection, connection.cursor() as cursor:

        def execute(statement: str, rows: Iterable[tuple[int | str, ...]] | None) -> None:
            cursor.execute(statement) if rows is None else cursor.executemany(statement, rows)

        make_pool_tables(execute, "mysql", now.date())
        connection.commit()
        load_table(url, WORLD_LISTINGS.name, _reading_in(WORLD_LISTINGS, _whole(folder, WORLD_LISTINGS.name)))
        loads = {**copies("mysql")}
        for table in sorted(TABLES, key=lambda table: -_size(folder, table.name)):
            if table is not WORLD_LISTINGS:
                loads[table.name] = _reading_in(table, folder / table.name)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: _load_one(url, folder, name, loads[name]), loads))
        drop_pool_tables(execute)
        cursor.execute(f"ANALYZE TABLE {', '.join(loads)}")


def _load_one(url: str, folder: Path, name: str, statement: str) -> None:
    piece = None if name in copies("mysql") else _whole(folder, name)
    load_table(url, name, statement)
    if piece is not None:
        piece.unlink()


def load_table(url: str, name: str, statement: str) -> None:
    """Fill an empty table in one transaction, its other keys afterwards: each is then built in one go."""
    began = time.perf_counter()
    with closing(_connect(url)) as connection, connection.cursor() as cursor:
        for setting in ("foreign_key_checks", "unique_checks", "check_constraint_checks"):
            cursor.execute(f"SET SESSION {setting}=0")
        cursor.execute(f"SHOW CREATE TABLE {name}")
        keys, references = keys_in(str(next(iter(cursor))[1]))
        _alter(cursor, name, [f"DROP FOREIGN KEY {_name_in(one)}" for one in references])
        _alter(cursor, name, [f"DROP KEY {_name_in(one)}" for one in keys])
        rows = cursor.execute(statement)
        connection.commit()
        loaded = time.perf_counter()
        _alter(cursor, name, [f"ADD {one}" for one in (*keys, *references)])
    ended = time.perf_counter()
    print(f"    {name:<20} {rows:>12,} rows {loaded - began:7.1f} s, keys {ended - loaded:7.1f} s", flush=True)


def keys_in(created: str) -> tuple[list[str], list[str]]:
    """Return the secondary keys and the foreign keys of a table as they are declared."""
    lines = [line.strip().rstrip(",") for line in created.splitlines()]
    keys = [line for line in lines if line.startswith(("KEY ", "UNIQUE KEY "))]
    return keys, [line for line in lines if line.startswith("CONSTRAINT ") and " FOREIGN KEY " in line]


def _name_in(declared: str) -> str:
    return declared.split("`")[1]


def _alter(cursor: Cursor, name: str, changes: Sequence[str]) -> None:
    if changes:
        cursor.execute(f"ALTER TABLE {name} {', '.join(changes)}")


def _connect(url: str) -> "pymysql.Connection[Any]":
    address = make_url(url)
    return pymysql.connect(
        host=address.host, port=address.port or 3306, user=address.username, database=address.database,
        password=address.password or "", charset="utf8mb4",
    )  # fmt: skip


def _reading_in(table: Table, file: Path) -> str:
    return f"LOAD DATA INFILE '{file}' INTO TABLE {table.name} CHARACTER SET utf8mb4 ({_columns(table)})"


def _size(folder: Path, name: str) -> int:
    return sum(piece.stat().st_size for piece in folder.glob(f"{name}.*"))


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
