"""``flask backup``: made while others write, whole or not at all, and proved where it is brought back (case 66)."""

import os
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pymysql
import pytest
from sqlalchemy.engine import make_url

from airbnb.extensions import current_settings
from airbnb.integrations.dumps import DumpFailed, make_dumper
from airbnb.models.platform import JobRun
from airbnb.workflows.outside import storage
from tests.run import ROOT


@pytest.fixture
def make(app, tmp_path):
    """Make a backup and return its folder."""

    def run():
        answer = app.test_cli_runner().invoke(args=["backup", "create", str(tmp_path / "backups")])
        assert answer.exit_code == 0, answer.output
        return Path(answer.output.split(":")[0])

    return run


@pytest.fixture
def elsewhere(app, tmp_path):
    """Give what runs commands of an installation that is empty, with a database of the same kind and the same keys."""
    url = make_url(current_settings().database_url)
    folder = tmp_path / "elsewhere"
    other = url.set(database=str(folder / "airbnb.sqlite3") if url.get_backend_name() == "sqlite" else "restored")
    execute_on_server(url, "DROP DATABASE IF EXISTS restored", "CREATE DATABASE restored CHARACTER SET utf8mb4")
    environment = {
        "APP_ENV": "test",
        "INSTANCE_PATH": str(folder),
        "DATABASE_URL": other.render_as_string(hide_password=False),
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "a secret of the tests that is long enough for them",
    }

    def run(*arguments):
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    yield run
    execute_on_server(url, "DROP DATABASE IF EXISTS restored")


def execute_on_server(url, *statements):
    if url.get_backend_name() == "sqlite":
        return
    place = {"host": url.host, "port": url.port, "user": url.username, "password": url.password or ""}
    with closing(pymysql.connect(**place)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_what_was_saved_under_load_is_whole_where_it_is_brought_back(
    app, make, elsewhere, guest, host, make_listing, make_booking
):
    storage().put("photos/1/cover.webp", b"a picture", "image/webp")
    make_booking(listing=make_listing(host=host.user), guest=guest.user, booked_days_before=0)
    stop, made = threading.Event(), []

    def go_on_booking():
        with app.app_context():
            while not stop.is_set():
                made.append(make_booking(listing=make_listing(host=host.user), guest=guest.user, booked_days_before=0))

    busy = threading.Thread(target=go_on_booking)
    busy.start()
    try:
        while not made:
            assert busy.is_alive()
        folder = make()
    finally:
        stop.set()
        busy.join()

    restored = elsewhere("backup", "restore", str(folder))
    again = app.test_cli_runner().invoke(args=["backup", "restore", str(folder)])

    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "Restored and proved" in restored.stdout
    assert again.exit_code != 0
    assert "the database is not empty" in again.output
    with tarfile.open(folder / "files.tar") as tar:
        assert "photos/1/cover.webp" in tar.getnames()


def test_a_backup_is_noted_for_the_alert(make, count_rows):
    make()

    assert count_rows(JobRun, JobRun.job == "backup", JobRun.finished_at.is_not(None)) == 1


@pytest.mark.parametrize("damage", ["changed", "cut", "missing"])
def test_a_backup_that_is_not_whole_is_refused_before_anything_is_looked_at(app, make, damage):
    folder = make()
    saved = folder / make_dumper(current_settings().database_url).file_name
    content = saved.read_bytes()
    if damage == "missing":
        saved.unlink()
    else:
        saved.write_bytes(content[:-1] if damage == "cut" else content[:-1] + bytes([content[-1] ^ 1]))

    refused = app.test_cli_runner().invoke(args=["backup", "restore", str(folder)])

    assert refused.exit_code != 0
    assert "is not what it was" in refused.output


def test_what_fails_half_way_leaves_no_backup_behind(app, tmp_path, monkeypatch):
    folder = tmp_path / "backups"
    monkeypatch.setenv("PATH", str(tmp_path))  # no client programs there
    url = "mysql+pymysql://root@127.0.0.1:1/nothing"
    dumper = make_dumper(url)
    monkeypatch.setattr("airbnb.workflows.backups.make_dumper", lambda _: dumper)

    answer = app.test_cli_runner().invoke(args=["backup", "create", str(folder)])

    assert answer.exit_code != 0
    assert "install the client programs" in answer.output
    assert list(folder.iterdir()) == []


def test_a_server_that_refuses_is_told_in_its_own_words(tmp_path):
    url = "mysql+pymysql://nobody:wr%22ong%5C@127.0.0.1:1/nothing"

    with pytest.raises(DumpFailed, match="connect"):
        make_dumper(url).save(tmp_path / "x.sql.gz")
