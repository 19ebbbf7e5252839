"""What every test can ask for: an app on the database at hand, people with tokens, a clock, counters."""

import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.engine import URL

from airbnb import unit_of_work
from airbnb.config import Settings, load_settings
from airbnb.domain import clock
from airbnb.extensions import Base, db, limiter
from airbnb.factory import create_app
from airbnb.queries.search_answers import end_answers
from airbnb.tasks.outbox import drain
from airbnb.unit_of_work import reading
from airbnb.workflows import figures, switches
from airbnb.workflows.outside import EXTENSION, Outside
from tests import mysql_dialect, probes
from tests.factories.clients import APIClient, FreshContextClient
from tests.fakes.mailer import RecordingMailer
from tests.settings import TEST_DATABASE_NAME, TEST_DATABASE_URL, TEST_REDIS_URL

pytest_plugins = [
    "tests.api.access_world",
    "tests.factories.accounts",
    "tests.factories.bookings",
    "tests.factories.served",
    "tests.factories.listings",
    "tests.factories.oauth",
    "tests.factories.paypal",
    "tests.factories.pricing",
    "tests.factories.rates",
    "tests.factories.redis_servers",
    "tests.factories.reviews",
    "tests.factories.streams",
    "tests.factories.stripe",
    "tests.factories.users",
]

#: Filled by migrations and never changed by a test.
CATALOGUES = {"amenities", "places", "place_names"}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(scope="session")
def instance_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("instance")


@pytest.fixture(scope="session")
def database_url(instance_path: Path, worker_id: str) -> Iterator[str]:
    """An empty database of this worker's own; SQLite unless TEST_DATABASE_URL names a server."""
    if not TEST_DATABASE_URL:
        yield f"sqlite:///{instance_path / 'airbnb.sqlite3'}"
        return
    server = make_url(TEST_DATABASE_URL).set(database=None)
    name = TEST_DATABASE_NAME or f"airbnb_test_{worker_id}"
    _run_on_server(server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    _run_on_server(server, f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """A database of this worker's own in Redis, or nothing; workers must not reset each other's counters."""
    if not TEST_REDIS_URL:
        return ""
    number = worker_id.removeprefix("gw")
    return urlsplit(TEST_REDIS_URL)._replace(path=f"/{number if number.isdecimal() else 0}").geturl()


@pytest.fixture(scope="session")
def settings(instance_path: Path, database_url: str, redis_url: str) -> Settings:
    return load_settings(
        {
            "APP_ENV": "test",
            "INSTANCE_PATH": str(instance_path),
            "SECRET_KEY": "a-key-for-tests-" * 3,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "CELERY_BROKER_URL": "memory://",
            "PUBLIC_URL": "http://localhost",
            "FRONTEND_URL": "http://frontend.test",
            "LOG_LEVEL": "WARNING",
        }
    )


@pytest.fixture(scope="session")
def migrated_app(settings: Settings) -> Iterator[Flask]:
    """The app of this worker, its schema built by the migrations."""
    app = create_app(settings)
    app.test_client_class = FreshContextClient
    app.register_blueprint(probes.bp)
    with app.app_context():
        upgrade()
        for engine in (db.engine, db.engines["read"]):
            mysql_dialect.watch(engine)
        _keep_template(db.engine)
        yield app
        db.engine.dispose()
        db.engines["read"].dispose()


@pytest.fixture
def app(migrated_app: Flask, mailer: RecordingMailer) -> Iterator[Flask]:
    """The app with an empty database; what a test writes is gone after it."""
    outside: Outside = migrated_app.extensions[EXTENSION]
    migrated_app.extensions[EXTENSION] = Outside(storage=outside.storage, mailer=mailer, gateways=outside.gateways)
    unit_of_work.set_bell(None)
    switches.KEPT_S = 3_600.0  # what a test turns off is known at once; statements are counted without the question
    figures._flush_at = float("inf")  # statements are counted without what is written now and then
    limiter.enabled = False
    with migrated_app.app_context():
        switches.off()
        yield migrated_app
        db.session.remove()
        _empty_database(db.engine)
        end_answers(None)
        switches.forget()
    migrated_app.extensions[EXTENSION] = outside
    limiter.reset()


@pytest.fixture
def rate_limits(app: Flask) -> None:
    """Count requests in this test as in production; elsewhere limits are off."""
    limiter.reset()
    limiter.enabled = True


@pytest.fixture
def mailer() -> RecordingMailer:
    """Stands in for the mail server; ``sent`` holds every message."""
    return RecordingMailer()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    return app.test_client()


@pytest.fixture
def client_for(app: Flask) -> Callable[[Any], APIClient]:
    """A client signed in as the given user."""
    return lambda user: APIClient(app, user)


@pytest.fixture
def run_outbox(app: Flask) -> Callable[[], int]:
    """Handle every due outbox event now, as a worker would."""
    return drain.run


@pytest.fixture
def freeze() -> Iterator[Callable[[datetime], None]]:
    """Set the product's clock to an instant; it stands until set again."""
    yield lambda instant: clock.set_source(clock.fixed(instant))
    clock.set_source(None)


@pytest.fixture
def trusted_staff(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one person of staff move as much money as these tests need, without a second one's approval."""
    trusting = replace(settings, approval_above_minor=1_000_000)
    monkeypatch.setitem(app.extensions, "airbnb_settings", trusting)


@pytest.fixture
def count_rows(app: Flask) -> Callable[..., int]:
    """Count the rows of a model, with conditions if any."""

    def count(model: type[Base], *conditions: Any) -> int:
        with reading() as session:
            return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0

    return count


@pytest.fixture
def count_statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL statements sent from now on; clear the list to start over."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    engines = [db.engine, db.engines["read"]]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield statements
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def _run_on_server(server: URL, *statements: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _keep_template(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        _dispose()
        shutil.copyfile(str(engine.url.database), f"{engine.url.database}.template")


def _dispose() -> None:
    db.engine.dispose()
    db.engines["read"].dispose()


def _empty_database(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        _dispose()
        path = Path(str(engine.url.database))
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(f"{path}.template", path)
        return
    tables = [table.name for table in Base.metadata.tables.values() if table.name not in CATALOGUES]
    used = " UNION ALL ".join(f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in tables)
    with engine.connect() as connection:
        names = list(connection.scalars(text(used)))
        connection.execute(text("SET FOREIGN_KEY_CHECKS=0"))
        for name in names:
            # TRUNCATE also empties the tables whose triggers refuse DELETE.
            connection.execute(text(f"TRUNCATE TABLE {name}"))
        connection.execute(text("SET FOREIGN_KEY_CHECKS=1"))
