"""A web process that is to stop: it says so, serves whoever comes until proxies have seen it, then refuses."""

import contextlib
import signal
import socket
import threading
import time

import pytest

from tests.concurrency.stage import Caller, free_port, process, stage, wait_until

LEAVE_S = 3.0
WEB = ["gunicorn", "--config", "deploy/gunicorn.conf.py", "tests.concurrency.rehearsed:app"]


def ask(port: int, path: str = "//healthz") -> int | str:
    """Return what a new client is told."""
    try:
        return Caller(port).send("GET", path, Connection="close").status
    except OSError as error:
        return type(error).__name__


@pytest.fixture
def web():
    with stage(None, webs=()) as scene:
        port = free_port()
        environment = {**scene.environment, "PORT": str(port), "WEB_LEAVE_S": str(LEAVE_S)}
        with process(WEB, environment) as child:
            wait_until(lambda: ask(port) == 200, within_s=60)
            yield child, port


@pytest.mark.slow
def test_a_process_that_leaves_serves_until_it_refuses_and_cuts_nobody_off(web):
    child, port = web
    told: list[int | str] = []
    done = threading.Event()

    def go_on_asking() -> None:
        while not done.is_set():
            told.append(ask(port, "/amenities"))

    askers = [threading.Thread(target=go_on_asking) for _ in range(4)]
    for asker in askers:
        asker.start()
    child.send_signal(signal.SIGTERM)
    began = time.monotonic()
    wait_until(lambda: ask(port) == 503, within_s=LEAVE_S)
    wait_until(lambda: child.poll() is not None, within_s=20)
    left_s = time.monotonic() - began
    done.set()
    for asker in askers:
        asker.join()

    assert child.returncode == 0
    assert left_s >= LEAVE_S
    # Nobody was let in and then cut off: a proxy may send what was refused to another process, whatever it is.
    assert set(told) <= {200, "ConnectionRefusedError"}
    assert told.count(200) > 10


@pytest.mark.slow
def test_who_is_connected_and_silent_holds_nobody_up(web):
    child, port = web
    with contextlib.closing(socket.create_connection(("127.0.0.1", port))):
        child.send_signal(signal.SIGTERM)
        wait_until(lambda: child.poll() is not None, within_s=LEAVE_S + 15)
        assert child.returncode == 0
