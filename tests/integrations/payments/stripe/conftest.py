"""Stripe's stand-in at noon, and adapters that call it."""

from dataclasses import replace

import pytest

from tests.factories.patience import QUICK
from tests.factories.stripe import stripe_gateway_for
from tests.integrations.payments.stripe.calls import NOON


@pytest.fixture
def world(stripe_world):
    stripe_world.stop_clock(NOON)
    return stripe_world


@pytest.fixture
def gateway(world):
    return stripe_gateway_for(world, now=lambda: NOON)


@pytest.fixture
def hasty(world):
    """An adapter that tries once."""
    return stripe_gateway_for(world, now=lambda: NOON, patience=replace(QUICK, tries=1))
