"""What the stand-ins of payment providers have in common, seen from a test: a process, and the turns at it."""

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

import requests

from tests import servers


class ProviderWorld:
    """What a test sees of a stand-in and turns at it."""

    #: Where an event says what happened.
    event_kind: ClassVar[str]

    def __init__(self, url: str) -> None:
        self.url = url

    def reset(self) -> None:
        self.turn("reset")

    def stop_clock(self, at: datetime) -> None:
        """Let it be an instant there until told otherwise."""
        self.turn("clock", at=at.timestamp())

    def fail(self, path: str, kind: str, *, times: int = 1, **more: Any) -> None:
        """Spoil the next calls of a path: ``rate_limit``, ``error_500_before``, ``error_500_after``, ``lose_answer``,
        ``stall`` (``seconds``) or ``refuse`` (``code``)."""
        self.turn("fault", fault={"path": path, "kind": kind, "times": times, **more})

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return every object of a kind, the newest first."""
        found: list[dict[str, Any]] = self.turn("list", kind=kind)
        return found

    def events(self, *types: str) -> list[dict[str, Any]]:
        """Return what there is to be told, the oldest first."""
        return [event for event in self.turn("events") if not types or event[self.event_kind] in types]

    def calls(self, path: str, method: str = "POST") -> list[dict[str, Any]]:
        return [call for call in self.turn("calls") if call["path"] == path and call["method"] == method]

    def open_dispute(self, payment_ref: str) -> dict[str, Any]:
        dispute: dict[str, Any] = self.turn("dispute", id=payment_ref)
        return dispute

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        self.turn("close_dispute", id=dispute_id, won=won)

    def fail_refund(self, refund_id: str) -> None:
        self.turn("fail_refund", id=refund_id)

    def turn(self, what: str, **wanted: Any) -> Any:
        """Let the stand-in do something, and return what it says."""
        answer = requests.post(f"{self.url}/control", json={"do": what, **wanted}, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post_events(self, **wanted: Any) -> list[int]:
        """Let it post events to a webhook endpoint, and return what that answered."""
        statuses: list[int] = requests.post(f"{self.url}/control/deliver", json=wanted, timeout=60).json()
        return statuses

    @staticmethod
    def answer_page(page: str, answer: str) -> str:
        """Answer on the provider's page as the payer; return where it sends the browser."""
        response = requests.post(page, data={"answer": answer}, allow_redirects=False, timeout=10)
        assert response.status_code == 303, response.text
        return response.headers["Location"]


@contextlib.contextmanager
def running_provider(module: str, *, probe: str) -> Iterator[str]:
    """Run a stand-in on a free port while the block runs; yield its address.

    It is there when it refuses whoever asks for the path ``probe`` without credentials.
    """
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"

    def refuses() -> bool:
        try:
            return requests.get(f"{url}{probe}", timeout=2).status_code == 401
        except requests.RequestException:
            return False

    command = [sys.executable, "-m", module, str(port)]
    with servers.private_folder() as folder, servers.running(command, folder / "provider.log", refuses):
        yield url
