"""``flask schedule list``: which jobs there are, and how each went last."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.jobs import JOBS, job_named
from airbnb.models.platform import JobRun
from airbnb.unit_of_work import in_transaction

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
DRAIN = job_named("outbox-drain")


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def row_of(app):
    """Return the line of one job."""

    def read(name):
        answer = app.test_cli_runner().invoke(args=["schedule", "list"])
        assert answer.exit_code == 0, answer.output
        return next(line for line in answer.output.splitlines() if line.split()[0] == name)

    return read


def add_run(job, *, started_at, **values):
    run = JobRun(job=job, period=started_at.isoformat(), claimed_by="a worker", started_at=started_at, **values)
    in_transaction(lambda session: session.add(run))


def test_every_job_is_listed_with_its_period(app):
    output = app.test_cli_runner().invoke(args=["schedule", "list"]).output

    assert [line.split()[0] for line in output.splitlines()[1:]] == [job.name for job in JOBS]
    assert f"{DRAIN.name:<24}     10 s  never" in output


def test_the_latest_run_counts(row_of):
    for minutes, rows, error in ((9, 7, None), (1, 3, None)):
        started = NOW - timedelta(minutes=minutes)
        add_run(DRAIN.name, started_at=started, finished_at=started, rows=rows, error=error)

    row = row_of(DRAIN.name)

    assert "2027-03-20 11:59:00" in row
    assert row.split()[5:7] == ["3", "ok"]
    assert row.endswith(DRAIN.does)


@pytest.mark.parametrize(
    "values, state",
    [
        ({"finished_at": NOW, "rows": 1}, "ok"),
        ({"finished_at": NOW, "rows": 0, "error": "OSError: no room"}, "failed"),
        ({}, "running"),
    ],
)
def test_how_it_went_is_told(row_of, values, state):
    add_run("payouts-run", started_at=NOW - timedelta(minutes=30), **values)

    assert state in row_of("payouts-run").split()


@pytest.mark.parametrize("hours, late", [(26, False), (26.1, True)])
def test_a_daily_job_is_late_once_beat_has_asked_for_it_twice_in_vain(row_of, hours, late):
    add_run("ledger-audit", started_at=NOW - timedelta(hours=hours), finished_at=NOW, rows=0)

    row = row_of("ledger-audit")

    assert ("late" in row.split()) is late
    assert (job_named("ledger-audit").late_means in row) is late
