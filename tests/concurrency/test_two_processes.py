"""The race over HTTP between two real web processes, in a short form."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.settings import TEST_DATABASE_URL

REQUESTS = 40


@pytest.mark.slow
def test_forty_parallel_bookings_through_two_processes_have_one_winner():
    command = [sys.executable, "-m", "tests.concurrency.two_processes", "--requests", str(REQUESTS)]
    if TEST_DATABASE_URL:
        command += ["--server", TEST_DATABASE_URL]

    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=110)

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["answers"] == {"201": 1, "409": REQUESTS - 1}
