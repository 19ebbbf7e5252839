"""A local stand-in for PayPal's HTTP API, in a process of its own, written from PayPal's public documentation.

It keeps state, request ids and events, fails on demand and posts signed webhooks. Beside the API stands ``/control``,
which only tests know.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.fakes.paypal.control import signed_headers
from tests.fakes.paypal.server import CLIENT_ID, CLIENT_SECRET
from tests.fakes.world import ProviderWorld, running_provider

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "PayPalWorld", "running_paypal", "signed_headers"]


class PayPalWorld(ProviderWorld):
    """What only PayPal has."""

    event_kind = "event_type"

    def let_reports_lag(self, seconds: int) -> None:
        self.turn("lag", seconds=seconds)

    def revoke_tokens(self) -> None:
        self.turn("revoke")

    def process_payouts(self) -> None:
        """Let PayPal work through its payouts, which it does in its own time."""
        self.turn("process_payouts")

    def return_payouts(self) -> None:
        """Let what nobody claimed, and what had arrived, come back."""
        self.turn("return_payouts")

    def answer_approval(self, page: str, *, answer: str = "ok") -> str:
        """Answer on PayPal's page as the payer: ``ok``, ``no``, or ``broke``, whose money PayPal will refuse.

        Returns where the page sends the browser.
        """
        return self.answer_page(page, answer)

    def deliver(self, url: str, webhook_id: str, **options: Any) -> list[int]:
        """Post events to a webhook endpoint; see ``control._deliver`` for the options."""
        return self.post_events(url=url, webhook_id=webhook_id, **options)


@contextlib.contextmanager
def running_paypal() -> Iterator[PayPalWorld]:
    """Run the stand-in on a free port while the block runs."""
    with running_provider("tests.fakes.paypal", probe="/v2/checkout/orders/x") as url:
        yield PayPalWorld(url)
