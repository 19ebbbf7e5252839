"""How soon people hear of a message under the start command: on their open stream, and by mail in the mailbox."""

import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from flask_migrate import upgrade

from airbnb.config import load_settings
from airbnb.domain.kinds import Role
from airbnb.extensions import db
from airbnb.factory import create_app
from tests.concurrency.stage import Caller, Person, free_port, make_listing, make_people, process, wait_until

ROUNDS = 20
START = ["airbnb.cli.start"]
STREAM = "/api/v1/notifications/stream"
STARTS_WITHIN_S = 120.0
PATIENCE_S = 20.0
MOST_MEDIAN_MS = 1_000.0


@dataclass(frozen=True, slots=True)
class Waited:
    """Milliseconds from the writer's answer, which comes after the commit."""

    alert_ms: float
    mail_ms: float


class Alerts(threading.Thread):
    """Reads one open stream and notes when each message came."""

    def __init__(self, stream: HTTPResponse) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.came_at: list[float] = []

    def run(self) -> None:
        """Read until the stream ends."""
        with suppress(OSError, HTTPException):
            while line := self._stream.readline():
                if line == b"event: message\n":
                    self.came_at.append(time.monotonic())


def run() -> list[str]:
    """Measure messages from a guest to a host, print and return the targets that were missed."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(folder)
        port = int(environment["PORT"])
        with create_app(load_settings(environment)).app_context():
            upgrade()
            # With somebody in it the start command takes the database for prepared, and makes no demo world.
            host, guest = make_people(["reachedhost", "writingguest"], Role.HOST)
            listing_id = make_listing(host)
            db.engine.dispose()
            db.engines["read"].dispose()
        with process(START, environment):
            wait_until(lambda: _is_up(port), within_s=STARTS_WITHIN_S, what="the start command did not start")
            waited = _talk(port, Path(folder) / "mailbox", (host, guest), listing_id)
    return _report(waited)


def _talk(port: int, mailbox: Path, people: tuple[Person, Person], listing_id: int) -> list[Waited]:
    host, guest = people
    writer = Caller(port, guest)
    opened = writer.send("POST", f"/listings/{listing_id}/conversations", {"message": "Hello!"})
    assert opened.status == 201, opened.body
    wait_until(lambda: _mails(mailbox) > 0, within_s=PATIENCE_S, what="the first mail did not come")
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        alerts = Alerts(_open_stream(connection, host))
        alerts.start()
        time.sleep(2)  # the stream has caught up
        try:
            return [_write(writer, opened.json["id"], alerts, mailbox) for _ in range(ROUNDS)]
        finally:
            connection.sock.shutdown(socket.SHUT_RDWR)
            alerts.join()


def _write(writer: Caller, conversation_id: str, alerts: Alerts, mailbox: Path) -> Waited:
    alerts_before, mails_before = len(alerts.came_at), _mails(mailbox)
    answer = writer.send("POST", f"/conversations/{conversation_id}/messages", {"text": "Are you there?"})
    committed = time.monotonic()
    assert answer.status == 201, answer.body
    mailed_at = _when(lambda: _mails(mailbox) > mails_before)
    _when(lambda: len(alerts.came_at) > alerts_before)
    time.sleep(0.5)  # not in step with what looks at regular times
    return Waited((alerts.came_at[alerts_before] - committed) * 1e3, (mailed_at - committed) * 1e3)


def _report(waited: list[Waited]) -> list[str]:
    print(f"\nUnder the start command (SQLite, no Redis), {len(waited)} messages, from the writer's answer")
    missed = []
    for name, times in {
        "to the alert on the stream": [one.alert_ms for one in waited],
        "to the mail in the mailbox": [one.mail_ms for one in waited],
    }.items():
        median = statistics.median(times)
        print(f"  {name}  {median:6.0f} ms (median; most {max(times):.0f})")
        if median > MOST_MEDIAN_MS:
            missed.append(f"{median:.0f} ms {name}, wanted {MOST_MEDIAN_MS:.0f}")
    return missed


def _environment(folder: str) -> dict[str, str]:
    return {
        "INSTANCE_PATH": folder,
        "SECRET_KEY": "a-key-for-one-measurement-" * 2,
        "PORT": str(free_port()),
        "MAIL_SINK_PORT": str(free_port()),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "CELERY_BROKER_URL": "",
        "RATELIMIT_ENABLED": "false",
        "LOG_LEVEL": "WARNING",
    }


def _open_stream(connection: HTTPConnection, reader: Person) -> HTTPResponse:
    connection.request("GET", STREAM, headers={"Authorization": f"Bearer {reader.token}"})
    stream = connection.getresponse()
    assert stream.status == 200, stream.read()
    return stream


def _when(true: Callable[[], Any]) -> float:
    """Return when something was true at last. Raises: TimeoutError."""
    began = time.monotonic()
    while not true():
        if time.monotonic() > began + PATIENCE_S:
            raise TimeoutError("it did not come")
        time.sleep(0.005)
    return time.monotonic()


def _mails(mailbox: Path) -> int:
    return sum(path.suffix == ".eml" for path in mailbox.iterdir()) if mailbox.exists() else 0


def _is_up(port: int) -> bool:
    try:
        return Caller(port).send("GET", "//healthz").status == 200
    except OSError:
        return False
