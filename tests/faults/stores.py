"""A database and a Redis that are killed and come back, alone or as a cluster; they keep what they acknowledged."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import pymysql
import redis

from airbnb.redis_clients import make_client
from tests import servers
from tests.faults.galera import Galera, Node, galera
from tests.faults.kept import Kept, keeping, wait
from tests.faults.watched_redis import WatchedRedis, watched_redis

#: What a server must do so that a commit that was acknowledged survives; the last word of an option counts.
DURABLE = ("--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=ON")
UP_WITHIN_S = 60.0
ISOLATED_S = (3.0, 10.0)
#: What leaves a cluster without a majority, so that nobody can write for a while.
WITHOUT_MAJORITY = frozenset({"stop two nodes", "kill two nodes", "kill all nodes"})

#: Breaks something and returns what it was called.
Fault = Callable[[], str]


class Stores(Protocol):
    """What holds the data of a site."""

    server_url: str
    redis_url: str

    def victims(self) -> list[Kept]:
        """Return every process that may die."""

    def own_faults(self, chance: random.Random) -> list[Fault]:
        """Return what can happen to them besides."""

    def short_faults(self, chance: random.Random) -> list[Fault]:
        """Return the few things that say most in a few minutes."""

    def rest(self) -> None:
        """Wait until one more fault is one fault and not several at once."""

    def wait(self) -> None:
        """Wait until all is well again."""

    def differences(self, database: str) -> list[str]:
        """Return what is not the same everywhere (invariant I9)."""


@dataclass(frozen=True, slots=True)
class SingleStores:
    """One server of each."""

    database: Kept
    redis: Kept
    server_url: str
    redis_url: str
    sql_port: int
    redis_port: int

    def victims(self) -> list[Kept]:
        """Return both."""
        return [self.database, self.redis]

    def own_faults(self, chance: random.Random) -> list[Fault]:
        """Return the loss of all that Redis holds."""
        return [partial(flush, self.redis_url)]

    def short_faults(self, chance: random.Random) -> list[Fault]:
        """Return one kill of each, and an empty Redis."""
        return [partial(kill, self.database), partial(kill, self.redis), partial(flush, self.redis_url)]

    def rest(self) -> None:
        """Nothing is spread over several servers."""

    def wait(self) -> None:
        """Wait until both answer."""
        wait(lambda: servers.answers_sql(self.sql_port), within_s=UP_WITHIN_S, what="the database did not come back")
        wait(lambda: servers.answers_redis(self.redis_port), within_s=UP_WITHIN_S, what="Redis did not come back")

    def differences(self, database: str) -> list[str]:
        """Nothing can differ from itself."""
        return []


@dataclass(frozen=True, slots=True)
class ClusterStores:
    """Three nodes behind a proxy, and a Redis with a replica and sentinels."""

    galera: Galera
    watched: WatchedRedis
    server_url: str
    redis_url: str

    def victims(self) -> list[Kept]:
        """Return every process of both."""
        return [*self.galera.programs(), *self.watched.programs()]

    def own_faults(self, chance: random.Random) -> list[Fault]:
        """Return what only a cluster can suffer; what needs to know who leads looks when it happens."""
        return [
            partial(flush, self.redis_url),
            self.kill_writer,
            self.kill_master,
            partial(self.isolate_writer, chance),
            partial(self.isolate_somebody, chance),
            partial(self.stop_two_nodes, chance),
            partial(self.kill_two_nodes, chance),
            self.kill_all_nodes,
        ]

    def short_faults(self, chance: random.Random) -> list[Fault]:
        """Return the loss of whoever leads, of the others' company, and of everybody at once."""
        return [self.kill_writer, self.kill_master, partial(self.isolate_writer, chance), self.kill_all_nodes]

    def kill_writer(self) -> str:
        """Let the node die that everybody writes to."""
        with suppress(pymysql.MySQLError, LookupError):
            self.galera.writer().program.kill()
        return "kill the writer"

    def kill_master(self) -> str:
        """Let the Redis die that everybody uses."""
        with suppress(LookupError):
            self.watched.master().kill()
        return "kill the Redis master"

    def isolate_writer(self, chance: random.Random) -> str:
        """Cut the writer off from the other nodes, not from its clients."""
        with suppress(pymysql.MySQLError, LookupError):
            self._isolate(self.galera.writer(), chance)
        return "isolate the writer"

    def isolate_somebody(self, chance: random.Random) -> str:
        """Cut any node off."""
        node = chance.choice(self.galera.nodes)
        with suppress(pymysql.MySQLError):
            self._isolate(node, chance)
        return "isolate a node"

    def stop_two_nodes(self, chance: random.Random) -> str:
        """Leave one node alone: without a majority nobody writes, until the others are back."""
        stopped = chance.sample([node.program for node in self.galera.nodes], 2)
        for program in stopped:
            program.pause()
        time.sleep(chance.uniform(*ISOLATED_S))
        for program in stopped:
            program.go_on()
        return "stop two nodes"

    def kill_two_nodes(self, chance: random.Random) -> str:
        """Let two nodes die at once."""
        for node in chance.sample(list(self.galera.nodes), 2):
            node.program.kill()
        return "kill two nodes"

    def kill_all_nodes(self) -> str:
        """Let all nodes die at once: they find each other again by themselves, with all that was acknowledged."""
        for node in self.galera.nodes:
            node.program.kill()
        return "kill all nodes"

    def rest(self) -> None:
        """Wait until every node is back."""
        self.galera.wait()

    def wait(self) -> None:
        """Wait until both are whole."""
        self.galera.wait()
        self.watched.wait()

    def differences(self, database: str) -> list[str]:
        """Return the tables that differ between the nodes."""
        return self.galera.differences(database)

    @staticmethod
    def _isolate(node: Node, chance: random.Random) -> None:
        node.isolate(chance.uniform(*ISOLATED_S))


def kill(victim: Kept) -> str:
    """Let a process die; it comes back by itself."""
    victim.kill()
    return f"kill {victim.name}"


def flush(url: str) -> str:
    """Empty Redis, the broker's messages included."""
    client = make_client(url, socket_timeout=2, socket_connect_timeout=2)
    with suppress(redis.RedisError):
        client.flushall()
    client.close()
    return "flush redis"


@contextmanager
def own_stores() -> Iterator[SingleStores]:
    """Run a MariaDB and a Redis of this test's own."""
    with servers.private_folder() as folder:
        sql_port, redis_port = servers.free_port(), servers.free_port()
        database = [*servers.mariadb_command(folder, sql_port), *DURABLE]
        stores = SingleStores(
            database=Kept("database", database, {}, folder / "database.log"),
            redis=Kept("redis", servers.redis_command(folder, redis_port), {}, folder / "redis.log"),
            server_url=f"mysql+pymysql://root@127.0.0.1:{sql_port}",
            redis_url=f"redis://127.0.0.1:{redis_port}/0",
            sql_port=sql_port,
            redis_port=redis_port,
        )
        with keeping(stores.victims()):
            stores.wait()
            yield stores


@contextmanager
def cluster_stores() -> Iterator[ClusterStores]:
    """Run a cluster of this test's own. Raises: ServerUnavailable when Galera cannot be had."""
    with (
        servers.private_folder() as folder,
        watched_redis(made(folder, "redis")) as watched,
        galera(folder) as nodes,
    ):
        yield ClusterStores(galera=nodes, watched=watched, server_url=nodes.url, redis_url=watched.url)


def made(*names: object) -> Path:
    """Make a folder and return it."""
    folder = Path(*map(str, names))
    folder.mkdir()
    return folder
