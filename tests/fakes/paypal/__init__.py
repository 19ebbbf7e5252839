"""A local stand-in for PayPal's HTTP API, in a process of its own, written from PayPal's public documentation.

It keeps state, request ids and events, fails on demand and posts signed webhooks. Beside the API stands ``/control``,
which only tests know.
"""

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import requests

from tests import servers
from tests.fakes.paypal.control import signed_headers
from tests.fakes.paypal.server import CLIENT_ID, CLIENT_SECRET

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "PayPalWorld", "running_paypal", "signed_headers"]


class PayPalWorld:
    """What a test sees of the stand-in and turns at it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def reset(self) -> None:
        self._turn("reset")

    def stop_clock(self, at: datetime) -> None:
        """Let it be an instant there until told otherwise."""
        self._turn("clock", at=at.timestamp())

    def let_reports_lag(self, seconds: int) -> None:
        self._turn("lag", seconds=seconds)

    def revoke_tokens(self) -> None:
        self._turn("revoke")

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
        return [event for event in self._turn("events") if not types or event["event_type"] in types]

    def calls(self, path: str, method: str = "POST") -> list[dict[str, Any]]:
        return [call for call in self._turn("calls") if call["path"] == path and call["method"] == method]

    def process_payouts(self) -> None:
        """Let PayPal work through its payouts, which it does in its own time."""
        self._turn("process_payouts")

    def return_payouts(self) -> None:
        """Let what nobody claimed, and what had arrived, come back."""
        self._turn("return_payouts")

    def fail_refund(self, refund_id: str) -> None:
        self._turn("fail_refund", id=refund_id)

    def open_dispute(self, order_id: str) -> dict[str, Any]:
        dispute: dict[str, Any] = self._turn("dispute", id=order_id)
        return dispute

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        self._turn("close_dispute", id=dispute_id, won=won)

    def answer_approval(self, page: str, *, answer: str = "ok") -> str:
        """Answer on PayPal's page as the payer: ``ok``, ``no``, or ``broke``, whose money PayPal will refuse.

        Returns where the page sends the browser.
        """
        response = requests.post(page, data={"answer": answer}, allow_redirects=False, timeout=10)
        assert response.status_code == 303, response.text
        return response.headers["Location"]

    def deliver(self, url: str, webhook_id: str, **options: Any) -> list[int]:
        """Post events to a webhook endpoint; see ``control._deliver`` for the options."""
        answer = requests.post(
            f"{self.url}/control/deliver", json={"url": url, "webhook_id": webhook_id, **options}, timeout=60
        )
        statuses: list[int] = answer.json()
        return statuses

    def _turn(self, what: str, **wanted: Any) -> Any:
        answer = requests.post(f"{self.url}/control", json={"do": what, **wanted}, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.contextmanager
def running_paypal() -> Iterator[PayPalWorld]:
    """Run the stand-in on a free port while the block runs."""
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.fakes.paypal", str(port)]
    with servers.private_folder() as folder, servers.running(command, folder / "paypal.log", lambda: _answers(url)):
        yield PayPalWorld(url)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/v2/checkout/orders/x", timeout=2).status_code == 401
    except requests.RequestException:
        return False
