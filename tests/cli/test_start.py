"""``make run`` loads the application for preparing only when there is something to prepare."""

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from airbnb.cli.start import is_prepared

ROOT = Path(__file__).resolve().parents[2]
HEAD = "0002_second"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "HEAD").write_text(f"{HEAD}\n")
    return tmp_path


def make_database(folder: Path, version: str, people: int, seed: tuple[str, str | None] = ("other", None)) -> None:
    connection = sqlite3.connect(folder / "airbnb.sqlite3")
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
    connection.execute("CREATE TABLE users (id INTEGER)")
    connection.execute("CREATE TABLE job_runs (job VARCHAR(64), finished_at DATETIME)")
    connection.execute("INSERT INTO job_runs VALUES (?, ?)", seed)
    connection.execute("INSERT INTO alembic_version VALUES (?)", (version,))
    connection.executemany("INSERT INTO users VALUES (?)", [(number,) for number in range(people)])
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "version, people, prepared", [(HEAD, 1, True), (HEAD, 0, False), ("0001_first", 1, False)], ids=str
)
def test_only_a_full_database_with_the_newest_schema_is_prepared(project, version, people, prepared):
    make_database(project, version, people)

    assert is_prepared({"INSTANCE_PATH": str(project)}, project) is prepared


@pytest.mark.parametrize("finished_at, prepared", [(None, False), ("2027-01-01 00:00:00", True)], ids=str)
def test_a_world_made_by_half_is_not_prepared(project, finished_at, prepared):
    make_database(project, HEAD, 1, ("demo_seed", finished_at))

    assert is_prepared({"INSTANCE_PATH": str(project)}, project) is prepared


def test_a_missing_or_broken_database_is_not_prepared(project):
    assert not is_prepared({"INSTANCE_PATH": str(project)}, project)

    (project / "airbnb.sqlite3").write_text("this is no database")

    assert not is_prepared({"INSTANCE_PATH": str(project)}, project)


def test_a_database_server_is_always_asked(project):
    make_database(project, HEAD, 1)

    environment = {"INSTANCE_PATH": str(project), "DATABASE_URL": "mysql+pymysql://root@db.test/airbnb"}

    assert not is_prepared(environment, project)


def start(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "airbnb.cli.start"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT), "INSTANCE_PATH": str(project / "instance"), **environment},
        capture_output=True,
        text=True,
    )


def test_a_taken_port_is_told_before_anything_is_prepared(project):
    (project / "Procfile").write_text("web: true\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = start(project, PORT=str(listener.getsockname()[1]))

    assert done.returncode == 2
    assert done.stdout == ""
    assert "can't be used" in done.stderr


def test_nothing_starts_when_preparing_fails(project):
    (project / "Procfile").write_text("job: sh -c 'echo started'\n")
    (project / "wsgi.py").write_text("raise SystemExit('the settings are wrong')\n")

    done = start(project)

    assert done.returncode != 0
    assert "could not be prepared" in done.stderr
    assert "started" not in done.stdout
