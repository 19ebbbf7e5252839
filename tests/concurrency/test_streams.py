"""Two processes with streams behind a proxy; one is killed, and every client gets every event once."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from airbnb.domain.streams import StreamEventName
from airbnb.services.streams import send_to_streams
from airbnb.unit_of_work import in_transaction
from tests.concurrency import proxies
from tests.concurrency.stage import free_port, make_people, process, stage, wait_until
from tests.concurrency.stream_clients import StreamClient, all_have
from tests.settings import TEST_DATABASE_URL, TEST_REDIS_URL

CLIENTS = int(os.environ.get("STREAM_CLIENTS", "8"))
EVENTS = int(os.environ.get("STREAM_EVENTS", "30"))
ESTABLISHED = "01"  # as the kernel writes the state of a connection
STREAMS = ["gunicorn", "--config", "deploy/gunicorn_streams.conf.py", "tests.concurrency.rehearsed:app"]


def send_to_all(people: list[Any], number: int) -> float:
    """Send everybody an event; returns when it was committed."""

    def work(session: Session) -> None:
        for person in people:
            send_to_streams(session, person.user_id, StreamEventName.BOOKING, {"number": number})

    in_transaction(work)
    return time.monotonic()


def start(running: ExitStack, environment: dict[str, str]) -> tuple[Any, int]:
    """Start one process for streams."""
    port = free_port()
    child = running.enter_context(process(STREAMS, {**environment, "STREAM_PORT": str(port)}, leads_group=True))

    def is_up() -> bool:
        assert child.poll() is None, "the process for streams did not start"
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            try:
                connection.request("GET", "/healthz")
                with connection.getresponse() as answer:
                    return answer.status == 200
            except OSError:
                return False

    wait_until(is_up, within_s=60)
    return child, port


def readers_at(port: int) -> int:
    """Return how many connections are open to a port: a proxy sends nobody to a process it found slow to answer."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == ESTABLISHED for row in rows)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("proxy", [proxies.haproxy, proxies.nginx], ids=["haproxy", "nginx"])
def test_case_7_streams_survive_the_kill_of_a_process(tmp_path: Path, proxy: Callable[..., Any]):
    with stage(TEST_DATABASE_URL or None, webs=(), redis_url=TEST_REDIS_URL) as scene, ExitStack() as running:
        started = [start(running, dict(scene.environment)) for _ in range(2)]
        addresses = [f"127.0.0.1:{port}" for _, port in started]
        names = {f"{kind}_{n + 1}": addresses[n] for kind in ("WEB", "STREAM") for n in range(2)}
        port = running.enter_context(proxy(names, tmp_path))
        people = make_people([f"reader{n}" for n in range(CLIENTS)])
        clients = [StreamClient(port, person) for person in people]
        for client in clients:
            client.start()
        wait_until(all_have(clients, lambda client: bool(client.last_event_id)), within_s=60, what="streams open")

        committed_at = []
        for number in range(EVENTS):
            committed_at.append(send_to_all(people, number))
            if number == EVENTS // 3:
                victim, _ = max(started, key=lambda one: readers_at(one[1]))
                os.killpg(victim.pid, signal.SIGKILL)  # gunicorn's worker would serve on until it misses its master
            time.sleep(random.uniform(0, 0.1))
        try:
            wait_until(all_have(clients, lambda client: len(client.numbers) >= EVENTS), within_s=60, what="the events")
            time.sleep(0.5)  # a repeat would come now
        finally:
            for client in clients:
                client.stop()

    assert [sorted(client.numbers) for client in clients] == [list(range(EVENTS))] * CLIENTS
    moved = [client for client in clients if client.opened > 1]
    assert moved, "nobody was connected to the process that was killed"
    stayed = [client for client in clients if client.opened == 1]
    late = [at - committed_at[n] for client in stayed for n, at in zip(client.numbers, client.arrived_at, strict=True)]
    assert max(late) <= 1, "an event took longer than a second to an open stream"
