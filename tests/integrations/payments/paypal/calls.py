"""Payments that wait for their payer, and paid ones."""

from datetime import UTC, datetime

from tests.integrations.payments.contract import new_payment

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RETURN_URL = "https://shop.test/back"
CANCEL_URL = "https://shop.test/cancel"
ORDERS = "/v2/checkout/orders"


def waiting(gateway, **overrides):
    return gateway.create_payment(new_payment(**{"token": None, "return_url": RETURN_URL, **overrides}))


def paid(gateway, world, *, answer="ok", **overrides):
    """A payment whose payer approved it on PayPal's page."""
    payment = waiting(gateway, **overrides)
    world.answer_approval(payment.approval_url, answer=answer)
    return gateway.get_payment(payment.provider_ref)
