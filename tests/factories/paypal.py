"""PayPal's stand-in for tests, and adapters that talk to it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from airbnb.domain import clock
from airbnb.integrations.payments.paypal import PayPalGateway
from airbnb.integrations.payments.transport import Patience
from airbnb.workflows.outside import EXTENSION, Outside
from tests.factories.patience import QUICK
from tests.fakes.paypal import CLIENT_ID, CLIENT_SECRET, PayPalWorld, running_paypal

WEBHOOK_IDS = ("8PT597110X687430L", "0EH40505U7160970P")


@pytest.fixture(scope="session")
def paypal_process() -> Iterator[PayPalWorld]:
    with running_paypal() as world:
        yield world


@pytest.fixture
def paypal_world(paypal_process: PayPalWorld) -> PayPalWorld:
    """The stand-in with nothing in it, on the time of this machine."""
    paypal_process.reset()
    return paypal_process


def paypal_gateway_for(world: PayPalWorld, *, patience: Patience = QUICK, **options: object) -> PayPalGateway:
    """Return an adapter that talks to the stand-in."""
    values = {"webhook_ids": WEBHOOK_IDS, "api_base": world.url, "patience": patience, **options}
    return PayPalGateway(CLIENT_ID, CLIENT_SECRET, **values)  # type: ignore[arg-type]


@pytest.fixture
def own_paypal(app: Flask, paypal_world: PayPalWorld) -> PayPalGateway:
    """Let the app be paid by PayPal's stand-in, beside the other providers, on the product's clock."""
    paypal_world.stop_clock(clock.now())
    gateway = paypal_gateway_for(paypal_world)
    outside: Outside = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = replace(outside, gateways={**outside.gateways, gateway.name: gateway})
    return gateway
