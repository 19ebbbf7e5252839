"""Open event streams as a test's client sees them."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from flask import Flask

from airbnb.blueprints.http.api import PREFIX
from airbnb.blueprints.streaming.hub import EXTENSION, Hub
from tests.factories.clients import APIClient

#: Longer than any event may take; a test that runs into it fails.
PATIENCE_S = 10.0
PATH = "/notifications/stream"


@dataclass(frozen=True)
class Event:
    """One event, or one comment with no name."""

    name: str
    id: str
    data: Any


class OpenStream:
    """Reads an answer that does not end, on a thread of its own."""

    def __init__(self, response: Any, ends: Callable[[], None]) -> None:
        self.response, self._ends = response, ends
        self._blocks: queue.Queue[bytes | None] = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(ValueError):
            for block in self.response.response:
                self._blocks.put(block)
        self._blocks.put(None)

    def next(self, *, within_s: float = PATIENCE_S) -> Event:
        """Return the next event, comments left out."""
        block = self._blocks.get(timeout=within_s)
        assert block is not None, "the stream ended"
        lines = dict(line.split(": ", 1) for line in block.decode().strip().splitlines())
        if "event" not in lines:
            return self.next(within_s=within_s)
        return Event(lines["event"], lines.get("id", ""), orjson.loads(lines["data"]))

    def until(self, name: str) -> Event:
        """Return the next event of this name; what comes before it is dropped."""
        while (event := self.next()).name != name:
            pass
        return event

    def close(self) -> None:
        """Hang up, as far as the server can notice: a body is read and closed by one thread only."""
        self._ends()
        self._thread.join(PATIENCE_S)
        self.response.close()

    def rest(self) -> list[bytes]:
        """Return what came before the end of the stream."""
        blocks = []
        while (block := self._blocks.get(timeout=PATIENCE_S)) is not None:
            blocks.append(block)
        return blocks

    def is_silent(self, *, for_s: float = 0.6) -> bool:
        """Whether nothing comes for a while but how much waits, which may be said once too often."""
        until = time.monotonic() + for_s
        while (left := until - time.monotonic()) > 0:
            try:
                block = self._blocks.get(timeout=left)
            except queue.Empty:
                return True
            if block is None or b"event: counters" not in block:
                return False
        return True


@pytest.fixture
def hub(app: Flask) -> Iterator[Hub]:
    """The hub of the app; its streams end with the test."""
    found: Hub = app.extensions[EXTENSION]
    yield found
    found.close()


@pytest.fixture
def open_stream(hub: Hub) -> Iterator[Callable[..., OpenStream]]:
    """Open a stream of somebody, past its first event, the counters."""
    opened: list[OpenStream] = []

    def open_one(client: APIClient, **options: Any) -> OpenStream:
        response = client.get(PATH, buffered=False, **options)
        assert response.status_code == 200, response.data
        stream = OpenStream(response, hub.streams_of(client.user.id)[-1].end)
        opened.append(stream)
        return stream

    yield open_one
    hub.close()
    for one in opened:
        one.close()


def open_by_ticket(app: Flask, ticket: str) -> Any:
    """Ask for a stream with a ticket and nothing else."""
    return app.test_client().get(f"{PREFIX}{PATH}", query_string={"ticket": ticket}, buffered=False)
