"""What open streams cost: memory of an idle one, connections to Redis, and how soon the last of a thousand hears."""

import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import redis
from flask_jwt_extended import decode_token
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.streams import StreamEventName
from airbnb.extensions import current_settings
from airbnb.services.streams import StreamHolder, make_ticket, send_to_streams
from airbnb.unit_of_work import in_transaction
from tests import servers
from tests.concurrency.stage import Person, free_port, make_people, process, stage, wait_until

STREAMS = 1_000
WARM_UP = 50
ROUNDS = 6
PATIENCE_S = 30.0
MOST_KB_EACH = 25.0
MOST_LAST_MS = 100.0
COMMAND = ["gunicorn", "--config", "deploy/gunicorn_streams.conf.py", "wsgi:app"]
REQUEST = (
    "GET /api/v1/notifications/stream?ticket={ticket} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
)


class Listeners:
    """Plain sockets that each hold one stream open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._sockets: list[socket.socket] = []

    def open(self, people: Sequence[Person]) -> None:
        """Open a stream for each, and wait until each has its first event."""
        for person in people:
            one = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE_S)
            one.sendall(REQUEST.format(ticket=_ticket_of(person)).encode())
            received = b""
            while b"event: counters" not in received:
                piece = one.recv(65_536)
                assert piece, received
                received += piece
            one.setblocking(False)
            self._selector.register(one, selectors.EVENT_READ)
            self._sockets.append(one)

    def hear(self, word: bytes, count: int) -> list[float]:
        """Return when each of ``count`` streams brought a word."""
        heard: dict[int, float] = {}
        until = time.monotonic() + PATIENCE_S
        while len(heard) < count:
            assert time.monotonic() < until, f"{len(heard)} of {count} heard"
            for key, _ in self._selector.select(1):
                assert isinstance(key.fileobj, socket.socket)
                if word in key.fileobj.recv(65_536):
                    heard.setdefault(key.fd, time.monotonic())
        return list(heard.values())

    def close(self) -> None:
        """Close every stream."""
        for one in self._sockets:
            self._selector.unregister(one)
            one.close()
        self._sockets.clear()


def run() -> list[str]:
    """Measure one process for streams on MariaDB and Redis, print and return the targets that were missed."""
    with servers.mariadb() as server, servers.redis() as redis_url, ExitStack() as running:
        scene = running.enter_context(stage(server, webs=(), redis_url=redis_url))
        port = free_port()
        child = running.enter_context(process(COMMAND, {**scene.environment, "STREAM_PORT": str(port)}))
        wait_until(lambda: _is_up(port), within_s=PATIENCE_S * 2)
        people = make_people([f"reader{number}" for number in range(STREAMS)])
        with _listening(port) as warm:
            warm.open(people[:WARM_UP])
        time.sleep(1)
        before = _memory_kb(child.pid)
        with _listening(port) as listeners:
            listeners.open(people)
            time.sleep(3)
            each_kb = (_memory_kb(child.pid) - before) / STREAMS
            subscriptions, connections = _connections(redis_url)
            firsts, lasts = zip(*[_fan_out(listeners, people, number) for number in range(ROUNDS)], strict=True)
    print(f"\nOne process with {STREAMS} streams, MariaDB and Redis")
    print(f"  memory of an idle stream   {each_kb:8.1f} kB")
    print(f"  connections to Redis       {subscriptions:8d} subscribed, {connections} in all (with the measuring one)")
    print(f"  commit to the first        {statistics.median(firsts):8.0f} ms (median of {ROUNDS})")
    print(f"  commit to the last         {statistics.median(lasts):8.0f} ms (most {max(lasts):.0f})")
    missed = []
    if each_kb > MOST_KB_EACH:
        missed.append(f"{each_kb:.1f} kB a stream, wanted {MOST_KB_EACH}")
    if subscriptions != 1:
        missed.append(f"{subscriptions} subscriptions, wanted 1")
    if statistics.median(lasts) > MOST_LAST_MS:
        missed.append(f"{statistics.median(lasts):.0f} ms to the last stream, wanted {MOST_LAST_MS:.0f}")
    return missed


def _fan_out(listeners: Listeners, people: Sequence[Person], number: int) -> tuple[float, float]:
    """Send everybody an event of their own in one commit; return milliseconds to the first and the last arrival."""

    def work(session: Session) -> None:
        for person in people:
            send_to_streams(session, person.user_id, StreamEventName.BOOKING, {"round": number})

    in_transaction(work)
    committed = time.monotonic()
    arrived = listeners.hear(b'{"round":%d}' % number, len(people))
    time.sleep(3)  # counting what waits goes on
    return (min(arrived) - committed) * 1e3, (max(arrived) - committed) * 1e3


def _ticket_of(person: Person) -> str:
    """Return a ticket as a browser gets one."""
    session_id = int(decode_token(person.token)["sid"])
    holder = StreamHolder(person.user_id, session_id, clock.now() + timedelta(minutes=15))
    return in_transaction(partial(make_ticket, holder=holder, secret=current_settings().secret_key, now=clock.now()))


@contextmanager
def _listening(port: int) -> Iterator[Listeners]:
    listeners = Listeners(port)
    try:
        yield listeners
    finally:
        listeners.close()


def _is_up(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        with connection.getresponse() as answer:
            return answer.status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _memory_kb(master: int) -> float:
    """Return what the one worker of a gunicorn holds in memory."""
    [worker] = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    lines = Path(f"/proc/{worker}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


def _connections(url: str) -> tuple[int, int]:
    """Return how many connections are subscribed, and how many there are."""
    with redis.Redis.from_url(url) as client:
        listed = client.client_list()
    return sum(one["sub"] != "0" for one in listed), len(listed)
