"""A local stand-in for Stripe's HTTP API, in a process of its own, written from Stripe's public documentation.

It keeps state, idempotency keys and events, fails on demand and posts signed webhooks. Beside the API stands
``/control``, which only tests know.
"""

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import requests

from tests import servers
from tests.fakes.stripe.control import signature
from tests.fakes.stripe.server import SECRET_KEY

__all__ = ["SECRET_KEY", "StripeWorld", "running_stripe", "signature"]


class StripeWorld:
    """What a test sees of the stand-in and turns at it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def reset(self) -> None:
        self._turn("reset")

    def stop_clock(self, at: datetime) -> None:
        """Let it be an instant there until told otherwise."""
        self._turn("clock", at=at.timestamp())

    def fail(self, path: str, kind: str, *, times: int = 1, **more: Any) -> None:
        """Spoil the next calls of a path: ``rate_limit``, ``error_500_before``, ``error_500_after``, ``lose_answer``,
        ``stall`` (``seconds``) or ``refuse`` (``code``)."""
        self._turn("fault", fault={"path": path, "kind": kind, "times": times, **more})

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return every object of a kind, the newest first."""
        found: list[dict[str, Any]] = self._turn("list", kind=kind)
        return found

    def events(self, *types: str) -> list[dict[str, Any]]:
        """Return what there is to be told, the oldest first."""
        return [event for event in self._turn("events") if not types or event["type"] in types]

    def calls(self, path: str) -> list[dict[str, Any]]:
        return [call for call in self._turn("calls") if call["path"] == path and call["method"] == "POST"]

    def verify_account(self, account_id: str, *, ok: bool = True) -> None:
        self._turn("verify_account", id=account_id, ok=ok)

    def open_dispute(self, intent_id: str) -> dict[str, Any]:
        dispute: dict[str, Any] = self._turn("dispute", id=intent_id)
        return dispute

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        self._turn("close_dispute", id=dispute_id, won=won)

    def fail_refund(self, refund_id: str) -> None:
        self._turn("fail_refund", id=refund_id)

    def answer_challenge(self, page: str, *, ok: bool) -> str:
        """Answer 3-D Secure as the payer; return where the page sends the browser."""
        answer = requests.post(page, data={"answer": "ok" if ok else "no"}, allow_redirects=False, timeout=10)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def deliver(self, url: str, secret: str, **options: Any) -> list[int]:
        """Post events to a webhook endpoint; see ``control._deliver`` for the options."""
        answer = requests.post(
            f"{self.url}/control/deliver", json={"url": url, "secret": secret, **options}, timeout=60
        )
        statuses: list[int] = answer.json()
        return statuses

    def _turn(self, what: str, **wanted: Any) -> Any:
        answer = requests.post(f"{self.url}/control", json={"do": what, **wanted}, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.contextmanager
def running_stripe() -> Iterator[StripeWorld]:
    """Run the stand-in on a free port while the block runs."""
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.fakes.stripe", str(port)]
    with servers.private_folder() as folder, servers.running(command, folder / "stripe.log", lambda: _answers(url)):
        yield StripeWorld(url)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/v1/refunds", timeout=2).status_code == 401
    except requests.RequestException:
        return False
