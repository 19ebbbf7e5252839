"""What an operator asks when something is wrong: each setting and dependency looked at, and what to do about it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import kombu
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from airbnb.config import refused_in_production
from airbnb.domain import clock
from airbnb.domain.exchange_rates import is_stale
from airbnb.domain.ids import new_id
from airbnb.domain.jobs import JOBS, late_jobs
from airbnb.extensions import celery, current_settings, db
from airbnb.queries.exchange_rates import latest_dated_rates
from airbnb.queries.job_runs import latest_run_of_each, starts_of
from airbnb.redis_clients import make_client
from airbnb.unit_of_work import read_engine, reading
from airbnb.workflows import backups, health, outside

BROKER_PATIENCE_S = 3
LEAST_FREE_BYTES = 1024**3
#: More late jobs than this have one reason, and are not named one by one.
MOST_NAMED = 3
OLDEST_BACKUP = timedelta(hours=26)
#: MySQL setting -> the value under which an answered booking survives a power cut.
DURABLE = {"innodb_flush_log_at_trx_commit": "1"}


class Verdict(StrEnum):
    """How one thing is; only ``FAIL`` makes the command fail."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what to do where it is not as it should be."""

    verdict: Verdict
    subject: str
    what: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Yield one finding after the other; a check that breaks is a finding too."""
    for subject, check in CHECKS.items():
        if subject in NEEDS_TABLES and _schema() != _newest_migration():
            continue
        try:
            yield from check()
        except Exception as error:  # whatever breaks a check is what the operator has to know
            said = str(error).splitlines() or [""]
            yield Finding(Verdict.FAIL, subject, f"{type(error).__name__}: {said[0]}", "see the log for more")


def _settings() -> Iterator[Finding]:
    settings = current_settings()
    yield Finding(Verdict.OK, "settings", f"read; this is {settings.app_env}")
    if not settings.is_production:
        for problem in refused_in_production(settings):
            yield Finding(Verdict.WARN, "settings", f"production would refuse: {problem}")


def _database() -> Iterator[Finding]:
    state = health.database_state()
    if state != health.OK:
        yield Finding(Verdict.FAIL, "database", state, "start the server, check DATABASE_URL, or turn read_only off")
        return
    name = db.engine.dialect.name
    with read_engine().connect() as connection:
        version = connection.scalar(text("SELECT sqlite_version()" if name == "sqlite" else "SELECT VERSION()"))
    yield Finding(Verdict.OK, "database", f"{name} {version}")
    here, newest = _schema(), _newest_migration()
    if here == newest:
        yield Finding(Verdict.OK, "schema", f"at {here}")
    else:
        yield Finding(Verdict.FAIL, "schema", f"at {here}, the code needs {newest}", "run `flask --app wsgi prepare`")
    if name != "sqlite":
        yield from _server_settings()


def _server_settings() -> Iterator[Finding]:
    drift = health.clock_drift_s()
    apart = f"{abs(drift):.1f} s apart from ours"
    if abs(drift) <= health.MOST_DRIFT_S:
        yield Finding(Verdict.OK, "clock", apart)
    else:
        yield Finding(Verdict.FAIL, "clock", apart, "synchronise both machines' clocks (NTP)")
    with read_engine().connect() as connection:
        for name, wanted in DURABLE.items():
            value = str(connection.scalar(text(f"SELECT @@{name}")))  # the names are ours, in the table above
            if value != wanted:
                remedy = f"set {name}={wanted}: an answered booking can be lost in a power cut"
                yield Finding(Verdict.WARN, "durability", f"{name} is {value}", remedy)


def _schema() -> str | None:
    """Return the migration that the database stands at; None when it has none or does not answer."""
    try:
        with read_engine().connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError:
        return None


def _newest_migration() -> str:
    return Path(current_app.extensions["migrate"].directory, "HEAD").read_text().strip()


def _redis() -> Iterator[Finding]:
    settings = current_settings()
    state = health.cache_state()
    if state == health.EMBEDDED:
        verdict = Verdict.WARN if settings.is_production else Verdict.OK
        yield Finding(verdict, "redis", "none: limits count in each process", "set REDIS_URL for several processes")
    elif state == health.DOWN:
        yield Finding(Verdict.FAIL, "redis", "does not answer", "start it, or check REDIS_URL")
    else:
        yield Finding(Verdict.OK, "redis", "answers")


def _broker() -> Iterator[Finding]:
    url = current_settings().celery_broker_url
    with celery.connection_for_write() as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=BROKER_PATIENCE_S)
        except (kombu.exceptions.OperationalError, OSError) as error:
            yield Finding(Verdict.FAIL, "broker", str(error) or type(error).__name__, "check CELERY_BROKER_URL")
            return
    yield Finding(Verdict.OK, "broker", f"{url.split(':')[0]} takes messages")
    if url.startswith("redis"):
        yield from _eviction(url)


def _eviction(url: str) -> Iterator[Finding]:
    with make_client(url, socket_timeout=BROKER_PATIENCE_S) as client:
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
    if policy != "noeviction":
        remedy = "set maxmemory-policy noeviction on the broker: messages can vanish, and work waits for the sweeps"
        yield Finding(Verdict.WARN, "broker", f"maxmemory-policy is {policy}", remedy)


def _jobs() -> Iterator[Finding]:
    now = clock.now()
    with reading() as session:
        runs = latest_run_of_each(session)
    late = late_jobs(starts_of(runs), now=now)
    failed = [job.name for job in JOBS if job.name in runs and runs[job.name].error]
    if len(late) > MOST_NAMED:
        remedy = "are beat and a worker running? `flask --app wsgi schedule list` shows each"
        yield Finding(Verdict.WARN, "jobs", f"{len(late)} of {len(JOBS)} are late", remedy)
    else:
        for job in late:
            yield Finding(Verdict.WARN, "jobs", f"{job.name} is late. {job.late_means}", "is a worker stuck?")
    for name in failed:
        yield Finding(Verdict.WARN, "jobs", f"{name} failed: {runs[name].error}", "see the worker's log")
    if not (late or failed):
        yield Finding(Verdict.OK, "jobs", f"all {len(JOBS)} ran in time")


def _files() -> Iterator[Finding]:
    store, key = outside.storage(), f"doctor/{new_id()}.txt"
    store.put(key, b"written by flask doctor", "text/plain")
    same = store.open(key) == b"written by flask doctor"
    store.delete(key)
    if same:
        yield Finding(Verdict.OK, "files", "written, read and deleted")
    else:
        yield Finding(Verdict.FAIL, "files", "what was read is not what was written", "check STORAGE_URL")
    free = shutil.disk_usage(current_settings().instance_path).free
    if free < LEAST_FREE_BYTES:
        yield Finding(Verdict.WARN, "disk", f"{free / 1e6:.0f} MB free in INSTANCE_PATH", "make room")


def _payments() -> Iterator[Finding]:
    for name in outside.gateway_names():
        # A reading call that needs the keys; nothing carries this reference.
        outside.gateway(name).find_payment(f"doctor-{new_id()}", since=clock.now() - timedelta(minutes=1))
        yield Finding(Verdict.OK, "payments", f"{name} answers")


def _rates() -> Iterator[Finding]:
    with reading() as session:
        rates = latest_dated_rates(session)
    if not rates:
        yield Finding(Verdict.WARN, "rates", "none yet", "run `flask --app wsgi rates fetch`, or start beat")
        return
    newest = max(rate.on for rate in rates.values())
    if is_stale(newest, clock.now()):
        remedy = "run `flask --app wsgi rates fetch`; until then stays are paid in the listing's currency only"
        yield Finding(Verdict.WARN, "rates", f"of {newest}, too old to charge by", remedy)
    else:
        yield Finding(Verdict.OK, "rates", f"of {newest}")


def _backup() -> Iterator[Finding]:
    with reading() as session:
        run = latest_run_of_each(session).get(backups.JOB)
    if run is not None and clock.now() - run.started_at <= OLDEST_BACKUP:
        yield Finding(Verdict.OK, "backup", f"made at {run.started_at:%Y-%m-%d %H:%M} UTC")
        return
    what = "none was ever made" if run is None else f"the latest is of {run.started_at:%Y-%m-%d}"
    yield Finding(Verdict.WARN, "backup", what, "let `make backup` run every night")


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "settings": _settings,
    "database": _database,
    "redis": _redis,
    "broker": _broker,
    "jobs": _jobs,
    "files": _files,
    "payments": _payments,
    "rates": _rates,
    "backup": _backup,
}
NEEDS_TABLES = {"jobs", "rates", "backup"}
