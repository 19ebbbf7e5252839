"""A Galera cluster of three nodes behind HAProxy, as ``deploy/`` has it; nodes die, stand still and lose the others."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from tests import servers
from tests.concurrency.stage import ROOT
from tests.faults.kept import Kept, keeping, python, wait

NODES = 3
SYNCED_WITHIN_S = 120.0
#: On loopback a node may be given up after two seconds; on a real network the provider's defaults are right.
IMPATIENCE = "evs.keepalive_period=PT0.5S; evs.inactive_check_period=PT0.3S; evs.suspect_timeout=PT2S; "
IMPATIENCE += "evs.inactive_timeout=PT6S"
SMALL = ["--innodb-buffer-pool-size=128M", "--innodb-log-file-size=96M", "--performance-schema=OFF"]
PACKAGES = "mariadb-server galera-4 rsync"
PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")


@dataclass(frozen=True, slots=True)
class Node:
    """One server of the cluster."""

    program: Kept
    port: int
    health_port: int

    def ask(self, statement: str, timeout_s: float = 5) -> list[tuple[Any, ...]]:
        """Run one statement on this very node. Raises: pymysql.MySQLError."""
        waits = {"connect_timeout": timeout_s, "read_timeout": timeout_s}
        with closing(pymysql.connect(host="127.0.0.1", port=self.port, user="root", **waits)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())

    def is_synced(self, *, members: int) -> bool:
        """Say whether it takes part in a cluster of so many nodes and has all that they have."""
        try:
            status = dict(self.ask("SHOW GLOBAL STATUS LIKE 'wsrep_%'"))
        except pymysql.MySQLError:
            return False
        state = (status.get("wsrep_local_state_comment"), status.get("wsrep_ready"), status.get("wsrep_cluster_size"))
        return state == ("Synced", "ON", str(members))

    def isolate(self, seconds: float) -> None:
        """Cut it off from the others, though not from its clients."""
        self.ask("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
        time.sleep(seconds)
        self.ask("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'", timeout_s=30)


@dataclass(frozen=True, slots=True)
class Galera:
    """The nodes, the agents that tell how they are, and the proxy before them."""

    nodes: Sequence[Node]
    agents: Sequence[Kept]
    proxy: Kept
    url: str
    port: int

    def programs(self) -> list[Kept]:
        """Return everything that runs."""
        return [*(node.program for node in self.nodes), *self.agents, self.proxy]

    def writer(self) -> Node:
        """Return the node that the proxy sends everybody to. Raises: pymysql.MySQLError, LookupError."""
        waits = {"connect_timeout": 5, "read_timeout": 5}
        with closing(pymysql.connect(host="127.0.0.1", port=self.port, user="root", **waits)) as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT @@port")
                row = cursor.fetchone()
        return next(node for node in self.nodes if row is not None and node.port == row[0])

    def is_whole(self) -> bool:
        """Say whether all nodes are members, have everything, and the proxy lets clients through."""
        if not all(node.is_synced(members=len(self.nodes)) for node in self.nodes):
            return False
        return servers.answers_sql(self.port)

    def wait(self) -> None:
        """Wait until the cluster is whole. Raises: TimeoutError."""
        wait(self.is_whole, within_s=SYNCED_WITHIN_S, what="the cluster did not become whole")

    def differences(self, database: str) -> list[str]:
        """Return the tables that are not the same on every node (invariant I9)."""
        sums = [checksums(node, database) for node in self.nodes]
        return [
            f"{table} differs between the nodes: {[of_node.get(table) for of_node in sums]}"
            for table in sorted({table for of_node in sums for table in of_node})
            if len({of_node.get(table) for of_node in sums}) > 1
        ]


def checksums(node: Node, database: str) -> dict[str, int]:
    """Return the checksum of every table, with all that the cluster has committed."""
    with closing(pymysql.connect(host="127.0.0.1", port=node.port, user="root", database=database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION wsrep_sync_wait = 15")
            cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
            names = [row[0] for row in cursor.fetchall()]
            cursor.execute("CHECKSUM TABLE " + ", ".join(f"`{name}`" for name in names) + " EXTENDED")
            return {str(row[0]).partition(".")[2]: row[1] for row in cursor.fetchall()}


@contextmanager
def galera(folder: Path) -> Iterator[Galera]:
    """Run a cluster with its data in ``folder``.

    Raises: ServerUnavailable when the programs are missing and cannot be installed.
    """
    mariadbd = _programs()
    user = "mysql" if os.geteuid() == 0 else None
    folder.chmod(0o755)
    nodes = _make_nodes(folder, mariadbd, user)
    agents = [_agent(number, node, folder) for number, node in enumerate(nodes)]
    port = servers.free_port()
    cluster = Galera(
        nodes=nodes,
        agents=agents,
        proxy=_proxy(nodes, port, folder),
        url=f"mysql+pymysql://root@127.0.0.1:{port}",
        port=port,
    )
    first, *others = nodes
    joining = first.program.command
    with ExitStack() as running:
        # Only the very first start makes a cluster; a first node that comes back joins the others.
        first.program.command = [*joining, "--wsrep-new-cluster"]
        running.enter_context(keeping([first.program]))
        _wait_for(first, members=1)
        first.program.command = joining
        for members, node in enumerate(others, 2):
            running.enter_context(keeping([node.program]))
            _wait_for(node, members=members)
        running.enter_context(keeping([*agents, cluster.proxy]))
        cluster.wait()
        yield cluster


def _wait_for(node: Node, *, members: int) -> None:
    try:
        wait(lambda: node.is_synced(members=members), within_s=SYNCED_WITHIN_S, what="a node did not join")
    except TimeoutError as error:
        raise servers.ServerUnavailable(f"{node.program.name} did not join:\n{node.program.said()}") from error


def _programs() -> str:
    """Return the server's path; whatever else a node needs is there then too."""
    for program in ("wsrep_sst_rsync", "rsync"):
        if servers.find_program(program) is None:
            servers.install(program, PACKAGES)
    if not PROVIDER.is_file():
        servers.install("wsrep_sst_rsync", PACKAGES)
    if not PROVIDER.is_file():
        raise servers.ServerUnavailable(f"{PROVIDER} was not found: install galera-4")
    found = servers.find_program("mariadbd")
    assert found is not None
    return found


def _make_nodes(folder: Path, mariadbd: str, user: str | None) -> list[Node]:
    settings = folder / "node.cnf"
    settings.write_bytes((ROOT / "deploy" / "galera" / "node.cnf").read_bytes())
    start = folder / "start_node.sh"
    start.write_bytes((ROOT / "deploy" / "galera" / "start_node.sh").read_bytes())
    talks = [servers.free_port() for _ in range(NODES)]
    address = "gcomm://" + ",".join(f"127.0.0.1:{port}" for port in talks)
    nodes = []
    for number, talk in enumerate(talks):
        own = folder / f"node{number}"
        own.mkdir()
        data = own / "data"
        # The settings of a cluster are of no use to a server that only fills its folder.
        servers.make_data_folder(mariadbd, ["--no-defaults", f"--datadir={data}", *servers.run_as_root_option()], data)
        port = servers.free_port()
        options = [f"--defaults-file={settings}", f"--datadir={data}", f"--port={port}", f"--socket={own / 'sock'}"]
        options += [f"--pid-file={own / 'pid'}", *SMALL, *_cluster_options(talk, address, number)]
        if user is not None:
            _give(own, user)
        program = Kept(
            f"node {number}",
            ["sh", str(start), *options],
            {"MARIADBD": mariadbd, "TMPDIR": str(own)},
            folder / f"node{number}.log",
            user=user,
        )
        nodes.append(Node(program, port, servers.free_port()))
    return nodes


def _cluster_options(talk: int, address: str, number: int) -> list[str]:
    transfer, missed = servers.free_port(), servers.free_port()
    provider = f"gmcast.listen_addr=tcp://127.0.0.1:{talk}; ist.recv_addr=127.0.0.1:{missed}; gcache.size=64M"
    return [
        f"--wsrep-cluster-address={address}",
        f"--wsrep-node-name=node{number}",
        f"--wsrep-node-address=127.0.0.1:{talk}",
        f"--wsrep-sst-receive-address=127.0.0.1:{transfer}",
        f"--wsrep-provider-options={provider}; {IMPATIENCE}",
    ]


def _give(folder: Path, user: str) -> None:
    for path in [folder, *folder.rglob("*")]:
        shutil.chown(path, user, user)


def _agent(number: int, node: Node, folder: Path) -> Kept:
    program = python("deploy.galera.health_agent", "--listen", f"127.0.0.1:{node.health_port}")
    program += ["--node", f"127.0.0.1:{node.port}"]
    return Kept(f"agent {number}", program, {}, folder / f"agent{number}.log")


def _proxy(nodes: Sequence[Node], port: int, folder: Path) -> Kept:
    haproxy = servers.find_program("haproxy") or servers.install("haproxy", "haproxy")
    addresses = {"LISTEN": f"127.0.0.1:{port}"}
    for number, node in enumerate(nodes, 1):
        addresses |= {f"NODE_{number}": f"127.0.0.1:{node.port}", f"HEALTH_{number}": str(node.health_port)}
    command = [haproxy, "-f", str(ROOT / "deploy" / "haproxy_database.cfg"), "-db"]
    return Kept("database proxy", command, addresses, folder / "proxy.log")
