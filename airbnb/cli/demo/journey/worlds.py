"""What the journey is walked through: a server over HTTP, or whatever else answers, mails and moves time."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import requests
from flask import Flask

from airbnb.domain import clock
from airbnb.integrations.mail import read_mailbox

PREFIX = "/api/v1"
TIMEOUT_S = 20
MOST_MAILS = 400
PAUSE_S = 0.25


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request got."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that somebody got."""

    subject: str
    text: str


class World(Protocol):
    """Where the journey happens."""

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request; ``path`` leaves out the prefix, ``options`` are json, headers and files."""
        ...

    def letters_to(self, address: str) -> list[Letter]:
        """Return the mails that an address got so far."""
        ...

    def let_work(self) -> None:
        """Give the workers a moment."""
        ...

    def run_command(self, arguments: Sequence[str]) -> tuple[int, str]:
        """Run ``flask …`` on the same installation; return its exit code and what it said."""
        ...


class HTTPWorld:
    """A running server; mails come from the mailbox folder, and commands run on the same installation."""

    def __init__(self, url: str, *, app: Flask, mailbox: Path) -> None:
        self.url = url.rstrip("/")
        self.mailbox = mailbox
        self._app = app
        self._session = requests.Session()

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request over HTTP. Raises: requests.RequestException."""
        response = self._session.request(method, f"{self.url}{PREFIX}{path}", timeout=TIMEOUT_S, **options)
        is_json = "json" in response.headers.get("Content-Type", "") and bool(response.content)
        return Answer(response.status_code, response.json() if is_json else response.content, response.headers)

    def letters_to(self, address: str) -> list[Letter]:
        """Return the mails in the mailbox folder for an address."""
        mails = read_mailbox(self.mailbox, limit=MOST_MAILS)
        return [Letter(mail.subject, mail.text) for mail in mails if address in mail.to]

    def let_work(self) -> None:
        """Wait a moment."""
        time.sleep(PAUSE_S)

    def run_command(self, arguments: Sequence[str]) -> tuple[int, str]:
        """Run a command; what it logs would stand between the journey's lines, so only errors are shown."""
        logging.disable(logging.WARNING)
        try:
            return run_command(self._app, arguments)
        finally:
            logging.disable(logging.NOTSET)


def run_command(app: Flask, arguments: Sequence[str]) -> tuple[int, str]:
    """Run one of the application's commands in this process; a clock that it sets is set back afterwards."""
    try:
        done = app.test_cli_runner().invoke(args=list(arguments))
    finally:
        clock.set_source(None)
    return done.exit_code, done.output
