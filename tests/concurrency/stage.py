"""A database, people with tokens and real processes: what the races and crashes are played on."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from flask import Flask
from flask_jwt_extended import create_access_token
from flask_migrate import upgrade
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from airbnb.config import load_settings
from airbnb.domain import clock
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Role
from airbnb.extensions import db
from airbnb.factory import create_app
from airbnb.models.listings import Listing
from airbnb.models.users import User, UserRole, UserSession
from airbnb.queries.ledger import find_faults
from airbnb.services.calendar_audit import find_calendar_faults
from airbnb.services.search_projection import refresh_listings
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.listings import listing_values

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "airbnb_race"
START_WITHIN_S = 120
#: Longer than a stay and its payout take, where time is moved.
SIGNED_IN_FOR = timedelta(days=90)
#: A server closes connections that nobody uses after five seconds; a request that meets that moment gets no answer.
IDLE_S = 2.0


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the stage with a token of their own."""

    user_id: int
    token: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a process answered, and how long that took in seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Caller:
    """One client with a connection of its own to one process."""

    def __init__(self, port: int, person: Person | None = None) -> None:
        self.port, self.person = port, person
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._used_at = time.monotonic()

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Send one request; paths leave out ``/api/v1`` unless they begin with ``//``.

        Raises: OSError or HTTPException when the process dies before it answers.
        """
        url = path[1:] if path.startswith("//") else f"/api/v1{path}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.person is not None:
            sent["Authorization"] = f"Bearer {self.person.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        began = time.monotonic()
        if began - self._used_at > IDLE_S:
            self._connection.close()  # it opens again by itself
        try:
            self._connection.request(method, url, None if body is None else json.dumps(body), sent)
            with self._connection.getresponse() as response:
                content = response.read()
        except BaseException:
            self._connection.close()
            raise
        self._used_at = time.monotonic()
        return Answer(response.status, dict(response.headers), content, self._used_at - began)

    def post(self, path: str, body: object, *, key: str) -> Answer:
        """Post with an idempotency key."""
        return self.send("POST", path, body, Idempotency_Key=key)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a scene needs; ``ports`` are those of the web processes that run."""

    app: Flask
    environment: Mapping[str, str]
    ports: Sequence[int] = ()

    def caller(self, number: int, person: Person | None = None) -> Caller:
        """Return a client of one of the processes, by turns."""
        return Caller(self.ports[number % len(self.ports)], person)

    def faults(self) -> list[str]:
        """Return what the audits of money and nights find."""
        with reading() as session:
            return [*map(str, find_faults(session)), *find_calendar_faults(session, now=clock.now())]


@contextmanager
def stage(server: str | None, *, webs: Sequence[Mapping[str, str]] = ({}, {}), redis_url: str = "") -> Iterator[Stage]:
    """Make a database and start one web process for each environment in ``webs``; everything ends with the block."""
    with tempfile.TemporaryDirectory() as folder, database(server, folder) as database_url, ExitStack() as running:
        environment = {
            "APP_ENV": "test",
            "INSTANCE_PATH": folder,
            "SECRET_KEY": "a-key-for-two-processes-" * 2,
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": "filesystem://",
            "REDIS_URL": redis_url,
            "PUBLIC_URL": "http://localhost",
            "RATELIMIT_ENABLED": "false",
            "LOG_LEVEL": "ERROR",
            "WEB_THREADS": "32",
        }
        app = create_app(load_settings(environment))
        with app.app_context():
            upgrade()
            ports = [running.enter_context(web({**environment, **more})) for more in webs]
            yield Stage(app=app, environment=environment, ports=ports)
            db.engine.dispose()
            db.engines["read"].dispose()


def make_people(names: Sequence[str], *roles: Role) -> list[Person]:
    """Make users that are signed in."""

    def work(session: Session) -> list[tuple[int, int]]:
        devices = []
        for name in names:
            user = User(id=new_id(), email=f"{name}@example.test", first_name=name[:20], email_verified_at=clock.now())
            session.add(user)
            session.flush()
            session.add_all(UserRole(user_id=user.id, role=role) for role in {Role.GUEST, *roles})
            device = UserSession(id=new_id(), user_id=user.id, refresh_hash="", expires_at=clock.now() + SIGNED_IN_FOR)
            session.add(device)
            devices.append((user.id, device.id))
        return devices

    made = in_transaction(work)
    return [
        Person(
            user, create_access_token(str(user), expires_delta=SIGNED_IN_FOR, additional_claims={"sid": str(device)})
        )
        for user, device in made
    ]


def make_listing(host: Person, **columns: Any) -> int:
    """Make a published listing that search knows, and return its id."""

    def work(session: Session) -> int:
        listing = Listing(
            **{
                "id": new_id(),
                "host_id": host.user_id,
                "public_latitude_e6": 38_712_000,
                "public_longitude_e6": -9_138_000,
                **listing_values(),
                **columns,
            }
        )
        session.add(listing)
        session.flush()
        refresh_listings(session, [listing.id])
        return listing.id

    return in_transaction(work)


def order(listing_id: int, check_in: date, nights: int, *, token: str = "tok_ok", **more: Any) -> dict[str, Any]:
    """Return the body of a booking."""
    return {
        "listing_id": str(listing_id),
        "check_in": check_in.isoformat(),
        "check_out": (check_in + timedelta(days=nights)).isoformat(),
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": token,
        **more,
    }


@contextmanager
def web(environment: Mapping[str, str]) -> Iterator[int]:
    """Start one gunicorn and yield its port; it is ended warm."""
    port = free_port()
    command = ["gunicorn", "--config", "deploy/gunicorn.conf.py", "tests.concurrency.rehearsed:app"]
    with process(command, {**environment, "PORT": str(port)}) as child:
        _wait_for(port, child)
        yield port


@contextmanager
def process(
    command: Sequence[str], environment: Mapping[str, str], *, leads_group: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python program of the virtual environment; at the end it is asked to finish, then made to.

    With ``leads_group`` its children can be killed with it.
    """
    # What the process says goes where errors go: the output is a line of JSON per scene and nothing else.
    child = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=sys.stderr,
        start_new_session=leads_group,
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_until(true: Callable[[], bool], *, within_s: float = 240, what: str = "") -> None:
    """Wait for something that another process does. Raises: TimeoutError."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(what or "it did not happen")
        time.sleep(0.1)


def _wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    def is_up() -> bool:
        if child.poll() is not None:
            raise RuntimeError("a web process did not start")
        try:
            return Caller(port).send("GET", "//healthz").status == 200
        except OSError:
            return False

    wait_until(is_up, within_s=START_WITHIN_S, what="a web process did not start")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database(server: str | None, folder: str) -> Iterator[str]:
    """Yield the URL of an empty database: a SQLite file, or one on ``server`` that is dropped afterwards."""
    if server is None:
        yield f"sqlite:///{folder}/airbnb.sqlite3"
        return
    name = f"{DATABASE}_{os.getpid()}"
    url = make_url(server).set(database=None)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    run = partial(_run, engine)
    run(f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        run(f"DROP DATABASE {name}")
        engine.dispose()


def _run(engine: Any, statement: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(statement))
