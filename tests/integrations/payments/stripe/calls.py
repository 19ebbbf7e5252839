"""Payments with a card that is good."""

from datetime import UTC, datetime

from tests.integrations.payments.contract import new_payment

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OK = "pm_card_visa"
RETURN_URL = "https://shop.test/back"


def authorized(gateway, **overrides):
    return gateway.create_payment(new_payment(token=OK, **overrides))
