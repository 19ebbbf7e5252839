"""When a periodic job is late, also one that has never run yet."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.jobs import JOBS, late_jobs

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAILY = "ledger-audit"
PROMPT = "outbox-drain"


def late(started: dict[str, datetime]) -> set[str]:
    return {job.name for job in late_jobs(started, now=NOW)}


def test_where_none_has_run_all_are_late():
    assert late({}) == {job.name for job in JOBS}


@pytest.mark.parametrize("minutes, daily, prompt", [(1, False, False), (10, False, True), (60 * 27, True, True)])
def test_a_job_that_never_ran_is_waited_for_since_the_first_of_the_others_did(minutes, daily, prompt):
    first = {"bookings-expire": NOW - timedelta(minutes=minutes)}

    assert (DAILY in late(first), PROMPT in late(first)) == (daily, prompt)


def test_a_job_that_ran_is_judged_by_its_own_run():
    started = {job.name: NOW for job in JOBS} | {DAILY: NOW - timedelta(hours=30)}

    assert late(started) == {DAILY}


def test_runs_of_jobs_that_are_gone_say_nothing():
    assert late({"of-an-older-release": NOW}) == {job.name for job in JOBS}
