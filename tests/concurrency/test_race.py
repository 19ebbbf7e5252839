"""Every race and crash over HTTP between two real web processes, in its short form."""

import json
import subprocess
import sys
from pathlib import Path

import pymysql
import pytest
from sqlalchemy.exc import OperationalError

from airbnb.unit_of_work import in_transaction
from tests.concurrency.race import SHORT
from tests.concurrency.repeats import LOGGER, note_repeats, read_repeats
from tests.settings import TEST_DATABASE_URL


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_scene_between_two_processes_ends_right():
    command = [sys.executable, "-m", "tests.concurrency.race", "--short", *(["--mariadb"] if TEST_DATABASE_URL else [])]

    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=280)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {json.loads(line)["scene"] for line in done.stdout.splitlines()} == set(SHORT)


def test_the_storm_of_swaps_would_hear_of_repeated_transactions(app, tmp_path):
    """Negative control: that no transaction was repeated says something only where repetitions are noted."""
    calls = []

    def in_the_way_twice(session):
        calls.append(1)
        if len(calls) <= 2:
            raise OperationalError("UPDATE x", {}, pymysql.err.OperationalError(1213, "a deadlock"))

    level = LOGGER.level
    handler = note_repeats(tmp_path)
    try:
        in_transaction(in_the_way_twice)
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)

    assert read_repeats(tmp_path) == [1, 2]
