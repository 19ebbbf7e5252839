"""The whole life of a booking, walked in one process with the steps of ``flask demo journey``."""

import io
import re
from collections.abc import Sequence
from typing import Any

import pytest
from click.testing import Result

from airbnb.cli.demo.journey import Answer, JourneyFailed, Walk, walk_through
from airbnb.cli.demo.journey.walk import Traveller, look
from airbnb.cli.demo.journey.worlds import PREFIX, Letter, run_command


class OneProcess:
    """The application itself: requests through its test client, mails as they were handed over."""

    def __init__(self, app: Any, mailer: Any, run_outbox: Any) -> None:
        self.app = app
        self.mailer = mailer
        self.run_outbox = run_outbox
        self.client = app.test_client()

    def request(self, method: str, path: str, **options: Any) -> Answer:
        files = options.pop("files", None)
        if files:
            options["data"] = {name: (io.BytesIO(data), filename) for name, (filename, data, _) in files.items()}
        response = self.client.open(f"{PREFIX}{path}", method=method, **options)
        body = response.json if response.is_json and response.data else response.data
        return Answer(response.status_code, body, response.headers)

    def letters_to(self, address: str) -> list[Letter]:
        return [Letter(mail.subject, mail.text) for mail in self.mailer.sent if mail.to == address]

    def let_work(self) -> None:
        self.run_outbox()

    def run_command(self, arguments: Sequence[str]) -> tuple[int, str]:
        return run_command(self.app, arguments)


@pytest.fixture
def world(app: Any, mailer: Any, run_outbox: Any) -> OneProcess:
    return OneProcess(app, mailer, run_outbox)


@pytest.mark.slow
def test_a_booking_lives_from_registration_to_payout(world):
    lines: list[str] = []

    walk_through(Walk(world, lines.append))

    assert len([line for line in lines if re.match(r"(GET|POST|PUT) ", line)]) > 60
    assert any("refunded=165.00 EUR" in line for line in lines)


def test_a_difference_ends_the_journey(world):
    walk = Walk(world, lambda line: None)

    with pytest.raises(JourneyFailed, match="expected 200"):
        walk.call("GET", "/users/me")
    with pytest.raises(JourneyFailed, match="code is 'not_found', expected 'other'"):
        walk.call("GET", "/listings/1", status=404, checks={"code": "other"})
    with pytest.raises(JourneyFailed, match="absent is '\\(missing\\)'"):
        walk.call("GET", "/listings/1", status=404, checks={"absent": 1})
    with pytest.raises(JourneyFailed, match="no sum"):
        walk.check("no sum", 1, 2)
    with pytest.raises(JourneyFailed, match="ended with 2"):
        walk.command("bookings", "sweep", "--now", "yesterday")


def test_a_mail_that_does_not_come_ends_the_journey(world, monkeypatch):
    monkeypatch.setattr("airbnb.cli.demo.journey.walk.PATIENCE_S", 0)
    nobody = Traveller(name="Nobody", email="nobody@journey.example")

    with pytest.raises(JourneyFailed, match="a mail to Nobody: news did not come"):
        Walk(world, lambda line: None).wait_for_letter(nobody, "news", lambda letter: True)


def journey(app: Any, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["demo", "journey", *options])


def test_a_server_that_does_not_answer_is_told_in_one_line(app):
    done = journey(app, "--url", "http://127.0.0.1:9")

    assert done.exit_code == 1
    assert done.output.startswith("Error: http://127.0.0.1:9 does not answer; is make run running?")


@pytest.mark.parametrize(
    "path, found",
    [("a.b", 1), ("c.1.d", "x"), ("c.#", 2), ("a.z", "(missing)"), ("c.7", "(missing)"), ("c.x", "(missing)")],
)
def test_dotted_paths_lead_to_values(path, found):
    assert look({"a": {"b": 1}, "c": [0, {"d": "x"}]}, path) == found
