"""Clients of event streams as a browser is one: a ticket, a stream, and back again when it breaks."""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse

from tests.concurrency.stage import Person

STREAM = "/api/v1/notifications/stream"
PAUSE_S = 0.2


class StreamClient(threading.Thread):
    """Keeps one stream open through a proxy and notes the numbers of its events."""

    def __init__(self, port: int, person: Person) -> None:
        super().__init__(daemon=True)
        self.port, self.person = port, person
        self.numbers: list[int] = []
        self.arrived_at: list[float] = []
        self.opened = 0
        self.last_event_id = ""
        self._socket: socket.socket | None = None
        self._is_over = False

    def run(self) -> None:
        """Read until told to stop; whatever breaks is opened anew with a new ticket and the last id."""
        while not self._is_over:
            with suppress(OSError, HTTPException, ValueError):
                self._read(self._ticket())
            time.sleep(0 if self._is_over else PAUSE_S)

    def stop(self) -> None:
        """End the stream and the thread."""
        self._is_over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self.join(30)

    def _ticket(self) -> str:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            headers = {"Authorization": f"Bearer {self.person.token}"}
            connection.request("POST", "/api/v1/notifications/stream-ticket", headers=headers)
            with connection.getresponse() as answer:
                return str(json.loads(answer.read())["ticket"])

    def _read(self, ticket: str) -> None:
        headers = {"Last-Event-ID": self.last_event_id} if self.last_event_id else {}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("GET", f"{STREAM}?ticket={ticket}", headers=headers)
            self._socket = connection.sock
            with connection.getresponse() as answer:
                if answer.status == 200:
                    self.opened += 1
                    self._take_all(answer)

    def _take_all(self, answer: HTTPResponse) -> None:
        block: dict[str, str] = {}
        while line := answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                block[name] = value
            else:
                self._take(block)
                block = {}

    def _take(self, block: dict[str, str]) -> None:
        if block.get("event") == "booking":
            self.numbers.append(json.loads(block["data"])["number"])
            self.arrived_at.append(time.monotonic())
        if "id" in block:
            self.last_event_id = block["id"]


def all_have(clients: list[StreamClient], condition: Callable[[StreamClient], bool]) -> Callable[[], bool]:
    """Return a question whether something holds for every client."""
    return lambda: all(condition(client) for client in clients)
