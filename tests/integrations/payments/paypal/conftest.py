"""PayPal's stand-in at noon, and an adapter that calls it."""

import pytest

from tests.factories.paypal import paypal_gateway_for
from tests.integrations.payments.paypal.calls import NOON


@pytest.fixture
def world(paypal_world):
    paypal_world.stop_clock(NOON)
    return paypal_world


@pytest.fixture
def gateway(world):
    return paypal_gateway_for(world, now=lambda: NOON)
