"""Every race and crash over HTTP between two real web processes, in its short form."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.concurrency.race import SHORT
from tests.settings import TEST_DATABASE_URL


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_scene_between_two_processes_ends_right():
    command = [sys.executable, "-m", "tests.concurrency.race", "--short", *(["--mariadb"] if TEST_DATABASE_URL else [])]

    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=280)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {json.loads(line)["scene"] for line in done.stdout.splitlines()} == set(SHORT)
