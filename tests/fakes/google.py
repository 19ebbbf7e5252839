"""A local OpenID provider in Google's role: ``oidc-provider-mock`` in a process of its own."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import requests

from tests import servers


class Google:
    """The running provider; ``people`` are set before they sign in."""

    def __init__(self, url: str) -> None:
        self.url = url

    def know(self, sub: str, **claims: Any) -> None:
        """Let somebody have an account."""
        requests.put(f"{self.url}/users/{sub}", json=claims, timeout=10).raise_for_status()


@contextlib.contextmanager
def running_google() -> Iterator[Google]:
    """Serve the provider on a free port; it speaks plain HTTP."""
    port = servers.free_port()
    google = Google(f"http://127.0.0.1:{port}")
    command = ["env", "AUTHLIB_INSECURE_TRANSPORT=1", sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    with servers.private_folder() as folder:
        log = folder / "google.log"
        with servers.running(command, log, ready=lambda: _answers(google.url)):
            yield google


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/jwks", timeout=2).ok
    except requests.RequestException:
        return False
