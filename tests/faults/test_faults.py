"""Faults that real processes meet, in short forms; the long ones are ``make kills``, ``chaos`` and ``rolling``."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.settings import TEST_DATABASE_URL


def play(module, *more):
    """Run a module's short form on the database of this run and return what it printed, line by line."""
    command = [sys.executable, "-m", module, "--short", *more, *([] if TEST_DATABASE_URL else ["--sqlite"])]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=580)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_who_is_killed_at_a_named_point_loses_and_doubles_nothing():
    *kills, total = play("tests.faults.kills")

    assert (total["kills"], total["wrong"]) == (5, 0)
    assert [line["shown"] != [] for line in kills if "control" in line] == [True, True]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_events_in_other_orders_and_five_times_to_two_processes_end_in_one_state():
    *orders, after, control = play("tests.faults.webhook_orders")

    assert [len(line["ends"]) for line in orders] == [1, 1]
    assert after["wrong"] == []
    assert control["kept"] == 5


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nobody_who_reads_is_refused_while_web_processes_are_killed():
    told = play("tests.faults.killed_web")

    assert [(line["proxy"], line["kills"], line["refused"]) for line in told] == [("haproxy", 3, 0), ("nginx", 3, 0)]
    assert all(line["answers"]["200"] > 100 for line in told)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_after_random_kills_of_everything_nothing_is_lost_doubled_or_wrong():
    (told,) = play("tests.faults.chaos")

    assert told["wrong"] == []
    assert told["faults"] >= 5
    assert told["acknowledged"] > 0
    if told["stores"].startswith("single"):
        pytest.skip(told["stores"])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_slow_links_broken_answers_and_a_full_disk_leave_nothing_wrong_and_nobody_waiting():
    (told,) = play("tests.faults.hardships")

    assert told["wrong"] == []
    assert told["cut_web"] > 0
    if told["no_small_disk"]:
        pytest.skip(f"without the full disk: {told['no_small_disk']}")
    assert told["happened"]["full disk"] == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not TEST_DATABASE_URL, reason="SQLite has one machine, whose processes are replaced at once")
def test_a_release_takes_anothers_place_and_goes_back_and_nobody_notices():
    (told,) = play("tests.faults.rolling")

    assert (told["wrong"], told["refused"]) == ([], 0)
    assert told["acknowledged"] > 0
    assert told["unknown_tasks_dropped"] > 0
    assert told["without_guard"] == "dead"
