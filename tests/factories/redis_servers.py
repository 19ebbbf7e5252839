"""A Redis server of a test's own, which it may stop, let hang and count the trips to."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.connection import Connection

from airbnb.blueprints.http.one_trip_storage import PREFIX
from airbnb.extensions import limiter
from airbnb.shared_store import TIMEOUT_S, SharedStore
from tests import servers


class OwnRedis:
    """A Redis process; ``kill`` and ``start`` keep its port, ``hang`` and ``wake`` its memory."""

    def __init__(self, folder: Path) -> None:
        self._program = servers.find_program("redis-server", "valkey-server") or servers.install(
            "redis-server", "redis-server"
        )
        self._folder, self._port = folder, servers.free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        command = [self._program, "--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        command += ["--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=servers.die_with_parent())
        until = time.monotonic() + 10
        while not servers.answers_redis(self._port):
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.01)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def hang(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def wake(self) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGCONT)

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    server = OwnRedis(tmp_path)
    server.start()
    yield server
    server.end()


@pytest.fixture
def app_on_redis(app: Flask, own_redis: OwnRedis, rate_limits: None) -> Iterator[OwnRedis]:
    """The app with its shared store and its limits on a server of the test's own."""
    timeouts: dict[str, Any] = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
    storage = storage_from_string(f"{PREFIX}{own_redis.url}", **timeouts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limiter, "_storage", storage)
        patch.setattr(limiter, "_limiter", MovingWindowRateLimiter(storage))
        patch.setattr(limiter, "_storage_dead", False)
        # How long the library waits before it looks again grows with every failure.
        patch.setattr(limiter, "_Limiter__check_backend_count", 0)
        limiter._fallback_storage.reset()
        patch.setitem(app.extensions, "airbnb_shared_store", SharedStore(own_redis.url))
        yield own_redis
        own_redis.wake()


@pytest.fixture
def count_trips(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count how often something was sent to any Redis since the count was asked for last."""
    sent: list[object] = []
    send = Connection.send_packed_command

    def counted(self: Connection, *args: Any, **kwargs: Any) -> Any:
        sent.append(args)
        return send(self, *args, **kwargs)

    monkeypatch.setattr(Connection, "send_packed_command", counted)

    def count() -> int:
        number = len(sent)
        sent.clear()
        return number

    return count
