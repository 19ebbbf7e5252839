"""A load generator without dependencies: keep-alive connections of one process, each with one request on its way."""

import selectors
import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

END_OF_HEADERS = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a server did in a span of time. Units: milliseconds from sending to the last byte."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failures: int


@dataclass(slots=True)
class _Client:
    stream: socket.socket
    turn: int
    sent_at: float = 0.0
    answer: bytearray = field(default_factory=bytearray)
    length: int = -1

    def send(self, requests: Sequence[bytes], step: int) -> None:
        self.answer.clear()
        self.length = -1
        self.sent_at = time.perf_counter()
        self.stream.sendall(requests[self.turn % len(requests)])
        self.turn += step

    def is_complete(self) -> bool:
        if self.length < 0:
            end = self.answer.find(END_OF_HEADERS)
            if end < 0:
                return False
            headers = bytes(self.answer[:end]).lower()
            place = headers.find(LENGTH)
            if place < 0:
                raise ValueError("an answer without a length")
            self.length = end + len(END_OF_HEADERS) + int(headers[place + len(LENGTH) :].split(b"\r\n", 1)[0])
        return len(self.answer) >= self.length


def request(path: str, *, token: str | None = None) -> bytes:
    """Return a request as it is sent."""
    lines = [f"GET {path} HTTP/1.1", "Host: bench", *([f"Authorization: Bearer {token}"] if token else [])]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def load(port: int, requests: Sequence[bytes], *, seconds: float, connections: int = 16) -> Load:
    """Send requests in turn for some seconds and return what came back."""
    times: list[float] = []
    failures = 0
    with selectors.DefaultSelector() as ready:
        for number in range(connections):
            client = _Client(socket.create_connection(("127.0.0.1", port), timeout=10), number)
            ready.register(client.stream, selectors.EVENT_READ, client)
            client.send(requests, connections)
        began = time.perf_counter()
        while time.perf_counter() < began + seconds:
            for key, _ in ready.select(1.0):
                client = key.data
                read = client.stream.recv(262_144)
                if not read:
                    raise ConnectionError("the server closed a connection")
                client.answer += read
                if client.is_complete():
                    times.append((time.perf_counter() - client.sent_at) * 1e3)
                    failures += client.answer[9:12] != b"200"
                    client.send(requests, connections)
        spent = time.perf_counter() - began
        for key in list(ready.get_map().values()):
            key.data.stream.close()
    if len(times) < 2:
        raise ConnectionError("the server answered next to nothing")
    cuts = statistics.quantiles(times, n=100)
    return Load(per_second=len(times) / spent, p50_ms=cuts[49], p99_ms=cuts[98], failures=failures)
