"""A local stand-in for Stripe's HTTP API, in a process of its own, written from Stripe's public documentation.

It keeps state, idempotency keys and events, fails on demand and posts signed webhooks. Beside the API stands
``/control``, which only tests know.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.fakes.stripe.control import signature
from tests.fakes.stripe.server import SECRET_KEY
from tests.fakes.world import ProviderWorld, running_provider

__all__ = ["SECRET_KEY", "StripeWorld", "running_stripe", "signature"]


class StripeWorld(ProviderWorld):
    """What only Stripe has."""

    event_kind = "type"

    def verify_account(self, account_id: str, *, ok: bool = True) -> None:
        self.turn("verify_account", id=account_id, ok=ok)

    def answer_challenge(self, page: str, *, ok: bool) -> str:
        """Answer 3-D Secure as the payer; return where the page sends the browser."""
        return self.answer_page(page, "ok" if ok else "no")

    def deliver(self, url: str, secret: str, **options: Any) -> list[int]:
        """Post events to a webhook endpoint; see ``control._deliver`` for the options."""
        return self.post_events(url=url, secret=secret, **options)


@contextlib.contextmanager
def running_stripe() -> Iterator[StripeWorld]:
    """Run the stand-in on a free port while the block runs."""
    with running_provider("tests.fakes.stripe", probe="/v1/refunds") as url:
        yield StripeWorld(url)
