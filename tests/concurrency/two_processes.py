"""Two real web processes on one database, and many parallel bookings of the same nights.

``python -m tests.concurrency.two_processes --requests 200 [--server mysql+pymysql://root@127.0.0.1:3306]`` prints the
answers by status; without a server both processes share one SQLite file. It exits non-zero unless exactly one wins,
the others get 409, and the book and the calendar explain everything.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier

from flask_jwt_extended import create_access_token
from flask_migrate import upgrade
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.orm import Session

from airbnb.config import load_settings
from airbnb.domain import clock
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Role
from airbnb.factory import create_app
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight
from airbnb.models.listings import Listing
from airbnb.models.users import User, UserRole, UserSession
from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.listings import listing_values

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "airbnb_two_processes"
NIGHTS = 4
START_WITHIN_S = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the race and print what came of it; 0 when it is as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--server", help="URL of a MySQL or MariaDB server; the database is made and dropped")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, _database(options.server, folder) as database_url:
        result = _measure(database_url, folder, options.requests)
    sys.stdout.write(f"{json.dumps(result)}\n")
    expected = {"201": 1, "409": options.requests - 1}
    right = result["answers"] == expected and not result["faults"] and result["nights"] == NIGHTS
    return 0 if right and result["bookings"] == 1 else 1


def _measure(database_url: str, folder: str, requests: int) -> dict:
    environment = {
        "APP_ENV": "test",
        "INSTANCE_PATH": folder,
        "SECRET_KEY": "a-key-for-two-processes-" * 2,
        "DATABASE_URL": database_url,
        "PUBLIC_URL": "http://localhost",
        "RATELIMIT_ENABLED": "false",
        "LOG_LEVEL": "ERROR",
    }
    app = create_app(load_settings(environment))
    with app.app_context():
        upgrade()
        listing_id, tokens = _world(app, requests)
        with _web(environment) as first, _web(environment) as second:
            started = time.monotonic()
            statuses = _fire((first, second), listing_id, tokens)
            seconds = time.monotonic() - started
        with reading() as session:
            return {
                "answers": {str(status): count for status, count in sorted(Counter(statuses).items())},
                "seconds": round(seconds, 2),
                "bookings": session.scalar(select(func.count()).select_from(Booking)),
                "nights": session.scalar(select(func.count()).select_from(BookedNight)),
                "faults": [str(fault) for fault in (*find_faults(session), *find_night_faults(session))],
            }


def _world(app, guests: int) -> tuple[int, list[str]]:
    """Make a listing and guests that are signed in; return the listing's id and the guests' tokens."""
    now = clock.now()

    def work(session: Session) -> tuple[int, list[tuple[int, int]]]:
        host = _user(session, "host", Role.HOST)
        listing = Listing(
            id=new_id(),
            host_id=host,
            public_latitude_e6=38_712_000,
            public_longitude_e6=-9_138_000,
            **listing_values(),
        )
        session.add(listing)
        devices = []
        for number in range(guests):
            user_id = _user(session, f"guest{number}")
            device = UserSession(id=new_id(), user_id=user_id, refresh_hash="", expires_at=now + timedelta(days=1))
            session.add(device)
            devices.append((user_id, device.id))
        return listing.id, devices

    listing_id, devices = in_transaction(work)
    tokens = [create_access_token(str(user), additional_claims={"sid": str(device)}) for user, device in devices]
    return listing_id, tokens


def _user(session: Session, name: str, *roles: Role) -> int:
    user = User(id=new_id(), email=f"{name}@example.test", first_name=name, email_verified_at=clock.now())
    session.add(user)
    session.flush()
    session.add_all(UserRole(user_id=user.id, role=role) for role in {Role.GUEST, *roles})
    return user.id


def _fire(ports: Sequence[int], listing_id: int, tokens: Sequence[str]) -> list[int]:
    """Send one booking per token, all released together, by turns to each process; return the statuses."""
    check_in = clock.now().date() + timedelta(days=30)
    body = json.dumps(
        {
            "listing_id": str(listing_id),
            "check_in": check_in.isoformat(),
            "check_out": (check_in + timedelta(days=NIGHTS)).isoformat(),
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": "tok_ok",
        }
    )
    gate = Barrier(len(tokens))

    def send(number: int) -> int:
        connection = HTTPConnection("127.0.0.1", ports[number % len(ports)], timeout=60)
        headers = {
            "Authorization": f"Bearer {tokens[number]}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"race-{number}",
        }
        gate.wait()
        connection.request("POST", "/api/v1/bookings", body=body, headers=headers)
        with connection.getresponse() as response:
            response.read()
            return response.status

    with ThreadPoolExecutor(len(tokens)) as pool:
        return list(pool.map(send, range(len(tokens))))


@contextmanager
def _web(environment: dict[str, str]) -> Iterator[int]:
    """Start one gunicorn and yield its port; it is ended warm."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "wsgi:app"],
        cwd=ROOT,
        env={**os.environ, **environment, "PORT": str(port)},
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("a web process did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _database(server: str | None, folder: str) -> Iterator[str]:
    if server is None:
        yield f"sqlite:///{folder}/airbnb.sqlite3"
        return
    name = f"{DATABASE}_{os.getpid()}"
    url = make_url(server).set(database=None)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name}"))
    engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
