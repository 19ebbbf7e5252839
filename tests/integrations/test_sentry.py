"""Sentry is told what broke and where, and nothing about the people whose request it was."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from airbnb.integrations.sentry import without_personal_data
from airbnb.logs import bind_contextvars, clear_contextvars

ROOT = Path(__file__).parents[2]
ADDRESS = "ana@guests.example"
EVENT = {
    "event_id": "f" * 32,
    "level": "error",
    "logger": "airbnb.blueprints.errors",
    "logentry": {"message": "unexpected error", "formatted": f"about {ADDRESS}", "params": [ADDRESS]},
    "exception": {
        "values": [
            {
                "type": "IntegrityError",
                "module": "sqlalchemy.exc",
                "value": f"duplicate entry {ADDRESS}",
                "stacktrace": {"frames": [{"function": "book", "lineno": 7, "vars": {"email": ADDRESS}}]},
            }
        ]
    },
    "request": {"data": {"email": ADDRESS}},
    "user": {"email": ADDRESS},
    "extra": {"email": ADDRESS},
    "breadcrumbs": {"values": [{"message": ADDRESS}]},
    "contexts": {"trace": {"data": ADDRESS}},
    "server_name": ADDRESS,
}


@pytest.fixture
def ids() -> Iterator[None]:
    bind_contextvars(request_id="r-1", booking_id=7, guest_email=ADDRESS)
    yield
    clear_contextvars()


@pytest.mark.usefixtures("ids")
def test_an_event_says_what_broke_and_where_but_not_whose_request_it_was():
    told = without_personal_data(EVENT, {})

    assert ADDRESS in json.dumps(EVENT)
    assert ADDRESS not in json.dumps(told)
    assert told["logentry"] == {"message": "unexpected error"}
    [raised] = told["exception"]["values"]
    assert (raised["type"], raised["stacktrace"]["frames"][0]["function"]) == ("IntegrityError", "book")
    assert told["tags"] == {"request_id": "r-1", "booking_id": "7"}


def test_what_another_library_wrote_into_its_message_is_left_out():
    told = without_personal_data({"logger": "smtplib", "logentry": {"message": f"no mailbox {ADDRESS}"}}, {})

    assert told == {"logger": "smtplib", "tags": {}}


class _Sentry(ThreadingHTTPServer):
    """Stands where events are sent, and keeps their bodies."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Envelope)
        self.received: list[str] = []


class _Envelope(BaseHTTPRequestHandler):
    server: _Sentry

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.received.append((gzip.decompress(body) if packed else body).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def sentry() -> Iterator[_Sentry]:
    with _Sentry() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


#: An app of its own process: the SDK changes logging for as long as its process lives.
BREAKING_APP = f"""
import sentry_sdk
from airbnb.factory import create_app
app = create_app()
@app.get("/breaks/<address>")
def breaks(address):
    raise RuntimeError(address)
app.config["TESTING"] = False
answer = app.test_client().get("/breaks/{ADDRESS}", headers={{"X-Request-ID": "r-2"}})
assert answer.status_code == 500, answer.status_code
sentry_sdk.flush(10)
"""


@pytest.mark.skipif(find_spec("sentry_sdk") is None, reason="sentry-sdk is optional and not installed")
def test_an_error_of_a_request_arrives_once_and_names_nobody(sentry: _Sentry, tmp_path: Path):
    dsn = f"http://public@127.0.0.1:{sentry.server_address[1]}/1"
    environment = {**os.environ, "APP_ENV": "test", "INSTANCE_PATH": str(tmp_path), "SENTRY_DSN": dsn}
    environment |= {"DATABASE_URL": "", "REDIS_URL": "", "CELERY_BROKER_URL": "filesystem://"}

    ran = subprocess.run(
        [sys.executable, "-c", BREAKING_APP], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )

    assert ran.returncode == 0, ran.stderr
    assert ADDRESS in ran.stderr, "the log has the whole error"
    [envelope] = sentry.received
    assert ADDRESS not in envelope
    event = json.loads(envelope.splitlines()[2])
    assert event["exception"]["values"][0]["type"] == "RuntimeError"
    assert event["tags"] == {"request_id": "r-2"}
