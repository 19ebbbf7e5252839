"""``make cluster``: the whole product on a three-node Galera cluster and a watched Redis, on this machine, till Ctrl-C.

Two web processes behind HAProxy, two workers, two beats, three MariaDB nodes behind HAProxy with a health agent each, a
Redis with a replica and three sentinels, a mailbox and the stand-ins of both payment providers. Whatever dies comes
back, as a supervisor would bring it back: kill something and watch. All listens on loopback and is gone afterwards.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import servers
from tests.concurrency.proxies import haproxy_command
from tests.concurrency.stage import Caller
from tests.faults.kept import Kept, keeping, wait
from tests.faults.site import READY_WITHIN_S, Site, is_up, site
from tests.faults.stores import ClusterStores, cluster_stores
from tests.run import leave_on_sigterm

#: What a shell needs to run any command of the product against the cluster.
SHELL = ("INSTANCE_PATH", "APP_ENV", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "PUBLIC_URL")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Everything that runs, and the door."""

    place: Site
    stores: ClusterStores
    door: Kept
    port: int

    def programs(self) -> list[Kept]:
        """Return every process that is kept alive."""
        place = self.place
        return [self.door, *place.webs, *place.workers, *place.beats, *place.mailboxes, *self.stores.victims()]


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run everything. Raises: ServerUnavailable saying what to install."""
    with (
        cluster_stores() as stores,
        site(stores.server_url, stores.redis_url, webs=({}, {}), workers=2, beats=2) as place,
    ):
        port = servers.free_port()
        addresses = {**doors(place), "LISTEN": f"127.0.0.1:{port}"}
        door = Kept("proxy", haproxy_command(), addresses, place.folder / "proxy.log")
        with keeping([door]):
            wait(lambda: is_up(port), within_s=READY_WITHIN_S, what="the proxy lets nobody through")
            yield Cluster(place, stores, door, port)


def doors(place: Site) -> dict[str, str]:
    """Return where the proxy finds the web processes; they serve streams too."""
    addresses = {}
    for number, port in enumerate(place.ports, 1):
        addresses |= {f"WEB_{number}": f"127.0.0.1:{port}", f"STREAM_{number}": f"127.0.0.1:{port}"}
    return addresses


def describe(running: Cluster) -> str:
    """Return the addresses of everything, and how to talk to it."""
    stores, place = running.stores, running.place
    lines = [
        ("API", f"http://127.0.0.1:{running.port}/api/v1/docs"),
        ("readiness", f"http://127.0.0.1:{running.port}/readyz"),
        *((program.name, f"http://127.0.0.1:{port}") for program, port in zip(place.webs, place.ports, strict=True)),
        ("database", f"{stores.server_url} (through the proxy)"),
        *((node.program.name, f"mysql://root@127.0.0.1:{node.port}") for node in stores.galera.nodes),
        ("Redis", stores.redis_url),
        *((program.name, f"redis://127.0.0.1:{port}") for port, program in stores.watched.servers.items()),
        ("logs, mailbox", str(Path(place.folder))),
    ]
    text = "\n".join(f"  {name:<14} {where}" for name, where in lines)
    known = {**place.environment, "PUBLIC_URL": f"http://127.0.0.1:{running.port}"}
    shell = " ".join(f"{name}='{known[name]}'" for name in SHELL)
    how = f"To run a command against it, such as demo seed, demo journey and verify:\n  {shell} flask --app wsgi …\n"
    return f"{text}\n\n{how}"


def watch(running: Cluster, say: Callable[[str], object]) -> None:
    """Tell of everything that died and came back, until stopped."""
    known = {program.name: program.starts for program in running.programs()}
    while True:
        time.sleep(0.5)
        for program in running.programs():
            if program.starts != known[program.name]:
                known[program.name] = program.starts
                say(f"{program.name} died and was started again\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cluster until Ctrl-C; 0 unless it could not be started."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.cluster", description=__doc__)
    parser.add_argument("--check", action="store_true", help="start everything, ask it once how it is, and stop")
    options = parser.parse_args(arguments)
    leave_on_sigterm()
    say = sys.stdout.write
    say("Starting three database nodes, Redis with sentinels, and the product …\n")
    sys.stdout.flush()
    began = time.monotonic()
    try:
        with cluster() as running:
            say(f"Ready after {time.monotonic() - began:.0f} s. Ctrl-C stops everything.\n\n{describe(running)}\n")
            sys.stdout.flush()
            if options.check:
                answer = Caller(running.port).send("GET", "//readyz")
                say(f"{answer.status} {answer.body.decode()}\n")
                return 0 if answer.status == 200 else 1
            watch(running, lambda line: (say(line), sys.stdout.flush()))
    except KeyboardInterrupt:
        say("\nStopped; nothing is left behind.\n")
    except servers.ServerUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
