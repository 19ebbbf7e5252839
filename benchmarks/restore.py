"""How long a backup and its restore take: ``python -m benchmarks.restore --listings 300000``.

A world on a private MariaDB is saved by ``flask backup create`` and brought back into an empty database by
``flask backup restore``, which rebuilds what search reads and runs every audit. Prints one line of JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Table, delete, insert, select, text

from airbnb.models.listings import ListingFigures
from airbnb.unit_of_work import in_transaction, reading
from benchmarks.worlds_server import create_database, mariadb, world, worlds_folder
from tests.run import ROOT

FIGURES = cast(Table, ListingFigures.__table__)
SIZE = text("SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when what was restored passed every audit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restore", description=__doc__)
    parser.add_argument("--listings", type=int, default=100_000, help="how large the world is")
    size = parser.parse_args(arguments).listings
    with worlds_folder() as folder, mariadb(folder) as server, tempfile.TemporaryDirectory() as target:
        with world(server, size, folder), _without_figures():
            with reading() as session:
                stored = int(session.execute(SIZE).scalar_one())
            create_s = flask(f"{server}/world_{size}", Path(target, "from"), "backup", "create", f"{target}/backups")
        [backup] = Path(target, "backups").iterdir()
        restored = create_database(server, f"restored_{os.getpid()}")
        restore_s = flask(restored, Path(target, "to"), "backup", "restore", str(backup))
        saved = sum(path.stat().st_size for path in backup.iterdir())
    figures = {
        "listings": size,
        "database_mb": round(stored / 1e6),
        "backup_mb": round(saved / 1e6),
        "backup_s": round(create_s, 1),
        "restore_and_proof_s": round(restore_s, 1),
    }
    sys.stdout.write(f"{json.dumps(figures)}\n")
    return 0


@contextmanager
def _without_figures() -> Iterator[None]:
    """Take away the world's ratings meanwhile: no review stands behind them, as the proof of a restore would say."""
    with reading() as session:
        rows = [dict(row) for row in session.execute(select(FIGURES)).mappings()]
    in_transaction(lambda session: session.execute(delete(FIGURES)))
    try:
        yield
    finally:
        in_transaction(lambda session: session.execute(insert(FIGURES), rows))


def flask(database_url: str, instance: Path, *arguments: str) -> float:
    """Run a command of the product on a database; return its seconds. Raises: CalledProcessError when it fails."""
    environment = {**os.environ, "APP_ENV": "test", "INSTANCE_PATH": str(instance), "DATABASE_URL": database_url}
    environment |= {"CELERY_BROKER_URL": "filesystem://", "REDIS_URL": "", "SECRET_KEY": "a-key-of-a-measurement-" * 2}
    began = time.perf_counter()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    # What the command says goes where errors go: the output is one line of JSON.
    subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
