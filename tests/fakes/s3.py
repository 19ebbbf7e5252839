"""A local stand-in for Amazon S3: moto's server in a process of its own."""

import contextlib
import sys
from collections.abc import Iterator

import requests

from tests import servers


@contextlib.contextmanager
def running_s3() -> Iterator[str]:
    """Serve buckets on a free port and give the address; it takes any keys and does not check signatures."""
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with servers.private_folder() as folder, servers.running(command, folder / "moto.log", lambda: _answers(url)):
        yield url


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/moto-api/", timeout=2).ok
    except requests.RequestException:
        return False
