"""``make run``: prepares the installation where that is needed, then hands over to the supervisor.

Standard library only: an embedded database that is up to date is recognised without loading the application, which
takes as long as everything else together.
"""

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from airbnb.cli import supervisor
from airbnb.cli.procfile import CannotStart, build_environment, read_procfile, refuse_taken_ports

#: The mark that ``airbnb/cli/demo/clearing.py`` reads.
UNFINISHED = "SELECT 1 FROM job_runs WHERE job = 'demo_seed' AND finished_at IS NULL"
PREPARE = [sys.executable, "-m", "flask", "--app", "wsgi", "prepare", "--demo"]


def main() -> int:
    """Prepare and run the project in the current folder; return the exit code."""
    root = Path.cwd()
    try:
        environment = build_environment(os.environ, root)
        refuse_taken_ports(read_procfile(root / "Procfile", environment), environment)
    except (CannotStart, OSError) as error:
        sys.stderr.write(f"Can't start: {error}\n")
        return 2
    if not is_prepared(environment, root):
        sys.stdout.write("Preparing the database and the demo world, once\n")
        sys.stdout.flush()
        try:
            failed = subprocess.run(PREPARE, env=environment, cwd=root).returncode
        except KeyboardInterrupt:
            return 130
        if failed:
            sys.stderr.write("Can't start: the database could not be prepared (see above)\n")
            return failed
    return supervisor.main([])


def is_prepared(environment: Mapping[str, str], root: Path) -> bool:
    """Return whether the embedded database has the newest schema, somebody in it, and no world made by half.

    Of a database server this is never assumed: asking it needs the application.
    """
    database = Path(environment["INSTANCE_PATH"]) / "airbnb.sqlite3"
    if environment.get("DATABASE_URL") or not database.exists():
        return False
    head = (root / "migrations" / "HEAD").read_text().strip()
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=2)) as connection:
            versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            somebody = connection.execute("SELECT 1 FROM users LIMIT 1").fetchone()
            unfinished = connection.execute(UNFINISHED).fetchone()
    except sqlite3.Error:
        return False
    return versions == [(head,)] and somebody is not None and unfinished is None


if __name__ == "__main__":
    sys.exit(main())
