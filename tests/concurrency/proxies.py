"""HAProxy and nginx as ``deploy/`` has them, started before processes of a test."""

import contextlib
import os
import socket
import string
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests import servers
from tests.concurrency.stage import ROOT, wait_until


@contextlib.contextmanager
def haproxy(addresses: Mapping[str, str], folder: Path) -> Iterator[int]:
    """Start HAProxy with the deployment's file and yield its port."""
    with _running(haproxy_command(), addresses, folder) as port:
        yield port


def haproxy_command() -> list[str]:
    """Return what runs HAProxy with the deployment's file, in the foreground."""
    return [_program("haproxy"), "-f", str(ROOT / "deploy" / "haproxy.cfg"), "-db"]


@contextlib.contextmanager
def nginx(addresses: Mapping[str, str], folder: Path) -> Iterator[int]:
    """Start nginx with the deployment's file, filled in as ``envsubst`` would, and yield its port."""
    port = servers.free_port()
    names = {**addresses, "LISTEN": f"127.0.0.1:{port}", "FOLDER": str(folder)}
    template = string.Template((ROOT / "deploy" / "nginx.conf.template").read_text())
    (folder / "nginx.conf").write_text(template.safe_substitute(names))
    command = [
        _program("nginx"),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "error.log"),
        "-g",
        "daemon off;",
    ]
    with _running(command, {}, folder, port=port):
        yield port


def _program(name: str) -> str:
    return servers.find_program(name) or servers.install(name, name)


@contextlib.contextmanager
def _running(
    command: list[str], addresses: Mapping[str, str], folder: Path, *, port: int | None = None
) -> Iterator[int]:
    port = port or servers.free_port()
    environment = {**os.environ, **addresses, "LISTEN": f"127.0.0.1:{port}"}
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, preexec_fn=servers.die_with_parent()
        )
    try:
        wait_until(lambda: _listens(port, process, folder), within_s=20, what=f"{command[0]} does not listen")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int, process: subprocess.Popen[bytes], folder: Path) -> bool:
    if process.poll() is not None:
        raise servers.ServerUnavailable((folder / "proxy.log").read_text(errors="replace"))
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
