"""PayPal's stand-in for tests, and adapters that talk to it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from airbnb.domain import clock
from airbnb.integrations.payments.paypal import PayPalGateway
from airbnb.integrations.payments.transport import Patience
from airbnb.workflows.outside import EXTENSION, Outside
from tests.factories.patience import QUICK
from tests.fakes.paypal import CLIENT_ID, CLIENT_SECRET, PayPalWorld, running_paypal, signed_headers

URL = "/api/v1/webhooks/paypal"
NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
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


def send(
    client: FlaskClient,
    event: Mapping[str, Any] | str,
    *,
    webhook_id: str = WEBHOOK_IDS[0],
    at: datetime = NOW,
    **headers: str,
) -> TestResponse:
    """Post an event, or what is none, to our webhook as PayPal would."""
    raw = (event if isinstance(event, str) else json.dumps(event)).encode()
    return client.post(URL, data=raw, headers={**signed_headers(raw, webhook_id, at), **headers})
