"""The figures over HTTP: what share of a trivial endpoint's rate each kind of request reaches on the same server."""

import os
import statistics
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask

from airbnb.domain import clock
from benchmarks.load import Load, load, request
from benchmarks.search_queries import Search, draw_searches
from benchmarks.worlds import HostClient
from benchmarks.worlds_load import world_cities
from benchmarks.worlds_plan import make_pools
from benchmarks.worlds_server import mariadb, world, worlds_folder
from tests import servers

Loads = dict[tuple[str, str], list[Load]]

SECONDS = 2.0
ROUNDS = 5
CONNECTIONS = 16
GUNICORN = ("-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "benchmarks.served:app")
#: How each server is started; ``$PORT`` is filled in.
SERVERS: Mapping[str, Sequence[str]] = {
    "gunicorn": GUNICORN,
    "granian": (
        "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "$PORT", "--workers", "2",
        "--blocking-threads", "8", "--no-ws", "--log-level", "warning", "benchmarks.served:app",
    ),
}  # fmt: skip


def measure(
    app: Flask, redis_url: str, searches: Sequence[Search], *, served_by: Sequence[str] = ("gunicorn",)
) -> Loads:
    """Return what each server did in every round, by what was asked for; the servers and the kinds take turns."""
    kinds = _kinds(HostClient(app).headers["Authorization"].removeprefix("Bearer "), searches)
    found: Loads = {(server, kind): [] for server in served_by for kind in kinds}
    with ExitStack() as stack:
        ports = {server: stack.enter_context(running(app, redis_url, server)) for server in served_by}
        for turn in range(ROUNDS + 1):
            for kind, requests in kinds.items():
                for server, port in ports.items():
                    one = load(port, requests, seconds=SECONDS, connections=CONNECTIONS)
                    assert not one.failures, (kind, one)
                    # The first round fills caches and pools.
                    found[server, kind] += [one] if turn else []
    return found


def _kinds(token: str, searches: Sequence[Search]) -> dict[str, list[bytes]]:
    fresh = [one.url(dates=False) for one in searches]
    return {
        "hello": [request("/hello")],
        "signed in and limited": [request("/signed-in", token=token)],
        "kept search": [request(fresh[0])],
        "20 cards": [request("/cards")],
        "only the SQL of a search": [request(one.url(path="/sql", dates=False)) for one in searches],
        "search": [request(path, token=token) for path in fresh],
        "search with dates": [request(one.url()) for one in searches],
        "ORM + marshmallow": [request(one.url(path="/orm", dates=False)) for one in searches],
    }


@contextmanager
def running(app: Flask, redis_url: str, server: str, **more: str) -> Iterator[int]:
    """Yield the port of a server that runs the product with two processes of eight threads, and ``more`` settings."""
    port = servers.free_port()
    command = [sys.executable, *(part.replace("$PORT", str(port)) for part in SERVERS[server])]
    settings = app.extensions["airbnb_settings"]
    environ = {
        **os.environ,
        "APP_ENV": "test",
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "REDIS_URL": redis_url,
        "CELERY_BROKER_URL": "memory://",
        "INSTANCE_PATH": str(settings.instance_path),
        "LOG_LEVEL": "ERROR",
        "PORT": str(port),
        "PUBLIC_URL": settings.public_url,  # whom tokens name as their issuer
        "WEB_CONCURRENCY": "2",
        "WEB_THREADS": "8",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
        **more,
    }
    log = settings.instance_path / f"{server}.log"
    environment = dict(os.environ)
    os.environ.update(environ)
    try:
        with servers.running(command, log, ready=lambda: _answers(port)):
            yield port
    finally:
        os.environ.clear()
        os.environ.update(environment)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/hello", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def main() -> int:
    """Compare the servers on a small world: ``python -m benchmarks.search_http gunicorn granian``."""
    served_by = sys.argv[1:] or list(SERVERS)
    with worlds_folder() as folder, servers.redis() as redis_url, mariadb(folder) as server:
        with world(server, 10_000, folder, redis_url=redis_url) as app:
            searches = draw_searches(world_cities(), make_pools(), "city", 40, clock.now().date())
            found = measure(app, redis_url, searches, served_by=served_by)
    kinds = list(dict.fromkeys(kind for _, kind in found))
    for kind in kinds:
        rates = {server: statistics.median(one.per_second for one in found[server, kind]) for server in served_by}
        worst = {server: statistics.median(one.p99_ms for one in found[server, kind]) for server in served_by}
        ratio = rates[served_by[-1]] / rates[served_by[0]]
        each = "   ".join(f"{server} {rates[server]:7.0f}/s p99 {worst[server]:6.1f} ms" for server in served_by)
        print(f"{kind:<28} {each}   x{ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
