"""A Redis, its replica and three sentinels, as ``deploy/`` has them: when the master dies, the other takes over."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from airbnb.redis_clients import make_client
from tests import servers
from tests.concurrency.stage import ROOT
from tests.faults.kept import Kept, keeping, wait

SERVICE = "stays"
SENTINELS = 3
READY_WITHIN_S = 30.0
#: A server that died stays away for longer than the sentinels wait, else it would come back as the master, and empty.
REST_S = 6.0
IMPATIENCE = (
    f"sentinel down-after-milliseconds {SERVICE} 1500\n"
    f"sentinel failover-timeout {SERVICE} 10000\n"
    f"sentinel parallel-syncs {SERVICE} 1\n"
)


@dataclass(frozen=True, slots=True)
class WatchedRedis:
    """Both servers by their ports, and who watches them."""

    servers: dict[int, Kept]
    sentinels: Sequence[Kept]
    sentinel_ports: Sequence[int]

    @property
    def url(self) -> str:
        """Return the address for REDIS_URL and CELERY_BROKER_URL."""
        places = ",".join(f"127.0.0.1:{port}" for port in self.sentinel_ports)
        return f"redis+sentinel://{places}/{SERVICE}"

    def programs(self) -> list[Kept]:
        """Return everything that runs."""
        return [*self.servers.values(), *self.sentinels]

    def master(self) -> Kept:
        """Return the server that the sentinels call the master. Raises: LookupError when none of them answers."""
        for port in self.sentinel_ports:
            sentinel = redis.Redis(port=port, socket_timeout=1, socket_connect_timeout=1, retry=None)
            try:
                found = sentinel.sentinel_get_master_addr_by_name(SERVICE)
            except redis.RedisError:
                continue
            finally:
                sentinel.close()
            if found is not None:
                return self.servers[int(found[1])]
        raise LookupError("no sentinel answers")

    def is_whole(self) -> bool:
        """Say whether there is a master that takes writes, and a replica that follows it."""
        client = make_client(self.url, socket_timeout=1, socket_connect_timeout=1, retry=None)
        try:
            client.set("whole", "yes", ex=10)
            state = client.info("replication")
            followers = [state.get(f"slave{number}", {}) for number in range(len(self.servers) - 1)]
            return all(follower.get("state") == "online" for follower in followers)
        except redis.RedisError:
            return False
        finally:
            client.close()

    def wait(self) -> None:
        """Wait until it is whole. Raises: TimeoutError."""
        wait(self.is_whole, within_s=READY_WITHIN_S, what="Redis did not become whole")


@contextmanager
def watched_redis(folder: Path) -> Iterator[WatchedRedis]:
    """Run everything with its data in ``folder``."""
    program = servers.find_program("redis-server", "valkey-server") or servers.install("redis-server", "redis-server")
    ports = [servers.free_port() for _ in range(2)]
    watched = WatchedRedis(
        servers={port: _server(program, folder, number, ports) for number, port in enumerate(ports)},
        sentinels=[],
        sentinel_ports=[servers.free_port() for _ in range(SENTINELS)],
    )
    sentinels = [_sentinel(program, folder, port, master=ports[0]) for port in watched.sentinel_ports]
    watched = WatchedRedis(watched.servers, sentinels, watched.sentinel_ports)
    with keeping(list(watched.servers.values())):
        for port in ports:
            wait(lambda port=port: servers.answers_redis(port), within_s=READY_WITHIN_S, what="Redis did not start")
        with keeping(sentinels):
            watched.wait()
            yield watched


def _server(program: str, folder: Path, number: int, ports: Sequence[int]) -> Kept:
    own = folder / f"redis{number}"
    own.mkdir()
    # Sentinels write into the file who the master is, so that a server that comes back follows whoever leads by then.
    settings = own / "redis.conf"
    settings.write_text((ROOT / "deploy" / "redis" / "redis.conf").read_text() + f"\nport {ports[number]}\ndir {own}\n")
    if number:
        with settings.open("a") as file:
            file.write(f"replicaof 127.0.0.1 {ports[0]}\n")
    return Kept(f"redis {number}", [program, str(settings)], {}, folder / f"redis{number}.log", rest_s=REST_S)


def _sentinel(program: str, folder: Path, port: int, *, master: int) -> Kept:
    settings = folder / f"sentinel{port}.conf"
    text = (ROOT / "deploy" / "redis" / "sentinel.conf").read_text()
    text += f"port {port}\ndir {folder}\nsentinel monitor {SERVICE} 127.0.0.1 {master} 2\n{IMPATIENCE}"
    settings.write_text(text)
    command = [program, str(settings), "--sentinel"]
    return Kept(f"sentinel {port}", command, {}, folder / f"sentinel{port}.log")
