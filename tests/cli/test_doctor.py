"""``flask doctor`` and ``/readyz``: what is wrong with an installation, and what to do about it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from airbnb.domain import clock
from airbnb.domain.jobs import JOBS
from airbnb.extensions import current_settings, db
from airbnb.models.platform import ExchangeRate, JobRun
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.doctor import CHECKS

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def change(app, monkeypatch):
    """Change settings of the running app."""

    def with_settings(**values):
        monkeypatch.setitem(app.extensions, "airbnb_settings", replace(current_settings(), **values))

    return with_settings


@pytest.fixture
def examine(app):
    """Run the command; return its exit code, and its verdicts with what stands beside them, by subject."""

    def run():
        answer = app.test_cli_runner().invoke(args=["doctor"])
        found = {}
        for line in answer.output.splitlines():
            if not line.startswith(" "):
                verdict, subject, what = line.split(None, 2)
                found.setdefault(subject, []).append((verdict, what))
            else:
                found.setdefault("remedies", []).append(line.strip())
        return answer.exit_code, found

    return run


def add_runs(**values):
    now = clock.now()
    runs = [JobRun(job=job.name, period=now.isoformat(), claimed_by="-", started_at=now, **values) for job in JOBS]
    in_transaction(lambda session: session.add_all(runs))


def test_a_sound_installation_has_nothing_to_fear(app, examine, tmp_path):
    add_runs(finished_at=clock.now(), rows=0)
    rate = ExchangeRate(base="EUR", quote="USD", on=clock.now().date(), source="ecb", rate="1.1")
    in_transaction(lambda session: session.merge(rate))
    assert app.test_cli_runner().invoke(args=["backup", "create", str(tmp_path)]).exit_code == 0

    code, found = examine()

    assert code == 0
    assert set(CHECKS) <= set(found)
    assert {verdict for name in set(CHECKS) - {"settings"} for verdict, _ in found[name]} == {"ok"}


def test_what_production_would_refuse_is_told_beforehand(examine):
    refused = [what for verdict, what in examine()[1]["settings"] if verdict == "warn"]

    assert any("PAYMENT_PROVIDERS must not contain sandbox" in what for what in refused)


@pytest.mark.parametrize("setting, subject", [("redis_url", "redis"), ("celery_broker_url", "broker")])
def test_a_server_that_is_away_fails_and_is_named(examine, change, app, monkeypatch, setting, subject):
    change(**{setting: NOBODY})
    if subject == "broker":
        monkeypatch.setattr(app.extensions["celery"].conf, "broker_write_url", NOBODY)

    code, found = examine()

    assert code == 1
    assert [verdict for verdict, _ in found[subject]] == ["FAIL"]


def test_a_schema_that_is_behind_is_the_only_thing_said_about_tables(examine):
    with db.engine.begin() as connection:
        here = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001_accounts'")
    try:
        code, found = examine()
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{here}'")

    assert code == 1
    assert found["schema"][0][0] == "FAIL"
    assert "jobs" not in found
    assert "-> run `flask --app wsgi prepare`" in found["remedies"]


def test_jobs_that_are_late_or_failed_are_told(examine):
    _, silent = examine()
    add_runs(finished_at=clock.now(), rows=0)
    broken = update(JobRun).where(JobRun.job == "payouts-run").values(error="OSError: no room")
    tardy = update(JobRun).where(JobRun.job == "outbox-drain").values(started_at=clock.now() - timedelta(hours=1))
    in_transaction(lambda session: [session.execute(statement) for statement in (broken, tardy)])

    _, found = examine()

    assert silent["jobs"] == [("warn", f"{len(JOBS)} of {len(JOBS)} are late")]
    assert [what for _, what in found["jobs"]] == [
        "outbox-drain is late. Mails and notifications arrive late when the broker lost a message.",
        "payouts-run failed: OSError: no room",
    ]


def test_a_clock_that_is_apart_from_the_servers_degrades_it(examine, client, freeze):
    freeze(clock.now() + timedelta(seconds=5))

    code, found = examine()
    ready = client.get("/readyz")

    shares_our_clock = db.engine.dialect.name == "sqlite"
    assert ready.status_code == 200, "it can work, only less well"
    assert ("clock" in ready.json["degraded"]) is not shares_our_clock
    assert (code, "clock" in found) == ((0, False) if shares_our_clock else (1, True))


def test_a_cache_that_is_away_degrades_it(client, change):
    change(redis_url=NOBODY)

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert (answer.json["cache"], answer.json["degraded"]) == ("down", ["cache"])
