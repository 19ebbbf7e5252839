"""Clients of Redis from one address: that of a server, or those of the sentinels that know which server is the master.

``redis://…``, ``rediss://…`` and ``unix://…`` are redis-py's own. Sentinels are
``redis+sentinel://host:port,host:port/service``; a user and password before ``@`` are the servers', and ``?db=1``,
``?sentinel_username=…`` and ``?sentinel_password=…`` may follow.
"""

from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, quote, unquote, urlsplit

import redis
from redis.sentinel import Sentinel

SENTINEL_SCHEME = "redis+sentinel"
DEFAULT_SENTINEL_PORT = 26379
OPTIONS = frozenset({"db", "sentinel_username", "sentinel_password"})
#: A sentinel that is away must not hold up the question to the next one.
SENTINEL_TIMEOUT_S = 0.5


@dataclass(frozen=True, slots=True)
class Sentinels:
    """Who to ask for the master of a service, and how to sign in there."""

    places: tuple[tuple[str, int], ...]
    service: str
    db: int = 0
    #: What redis-py is told of the servers, and of the sentinels themselves.
    account: dict[str, str] = field(default_factory=dict, repr=False)
    sentinel_account: dict[str, str] = field(default_factory=dict, repr=False)

    def options(self) -> dict[str, Any]:
        """Return what each sentinel's client is made with: short waits, no repeats."""
        timeouts = {"socket_timeout": SENTINEL_TIMEOUT_S, "socket_connect_timeout": SENTINEL_TIMEOUT_S, "retry": None}
        return {**timeouts, **self.sentinel_account}


def names_sentinels(url: str) -> bool:
    """Whether an address names sentinels instead of a server."""
    return url.startswith(f"{SENTINEL_SCHEME}://")


def parse_sentinels(url: str) -> Sentinels:
    """Return what an address of sentinels says. Raises: ValueError, without the address, which may hold a password."""
    parts = urlsplit(url)
    account, _, hosts = parts.netloc.rpartition("@")
    user, _, password = account.partition(":")
    service = parts.path.strip("/")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if not hosts or not service or "/" in service or not options.keys() <= OPTIONS:
        raise ValueError("must be redis+sentinel://host:port,host:port/service")
    return Sentinels(
        places=tuple(_place(host) for host in hosts.split(",")),
        service=unquote(service),
        db=int(options.get("db", "0")),
        account=_account(unquote(user), unquote(password)),
        sentinel_account=_account(options.get("sentinel_username", ""), options.get("sentinel_password", "")),
    )


def make_client(url: str, **options: Any) -> redis.Redis:
    """Return a client, which connects when it is first used; behind sentinels it follows the master.

    ``options`` are redis-py's own for a client. Raises: ValueError for an address that cannot be read.
    """
    if not names_sentinels(url):
        return redis.Redis.from_url(url, **options)
    asked = parse_sentinels(url)
    sentinel = Sentinel(asked.places, sentinel_kwargs=asked.options())  # type: ignore[no-untyped-call]
    client = sentinel.master_for(asked.service, db=asked.db, **asked.account, **options)  # type: ignore[no-untyped-call]
    return cast("redis.Redis", client)


def broker_address(url: str) -> tuple[str, dict[str, Any]]:
    """Return an address of a broker as Celery wants it, and the transport options that belong to it."""
    if not names_sentinels(url):
        return url, {}
    asked = parse_sentinels(url)
    user, password = (quote(asked.account.get(name, ""), safe="") for name in ("username", "password"))
    account = f"{user}:{password}@" if password else ""
    urls = [f"sentinel://{account}{host}:{port}/{asked.db}" for host, port in asked.places]
    return ";".join(urls), {"master_name": asked.service, "sentinel_kwargs": asked.options()}


def _place(host: str) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    if not parts.hostname:
        raise ValueError("names a sentinel without a host")
    return parts.hostname, parts.port or DEFAULT_SENTINEL_PORT


def _account(user: str, password: str) -> dict[str, str]:
    given = {"username": user, "password": password}
    return {name: value for name, value in given.items() if value}
