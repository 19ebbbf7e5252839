"""Stripe's stand-in for tests, and adapters that talk to it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from airbnb.domain import clock
from airbnb.integrations.payments.abilities import AccountRequest
from airbnb.integrations.payments.stripe import StripeGateway
from airbnb.integrations.payments.transport import Patience
from airbnb.workflows.outside import EXTENSION, Outside
from tests.factories.patience import QUICK
from tests.fakes.stripe import SECRET_KEY, StripeWorld, running_stripe

WEBHOOK_SECRETS = ("whsec_new", "whsec_old")


@pytest.fixture(scope="session")
def stripe_process() -> Iterator[StripeWorld]:
    with running_stripe() as world:
        yield world


@pytest.fixture
def stripe_world(stripe_process: StripeWorld) -> StripeWorld:
    """The stand-in with nothing in it, on the time of this machine."""
    stripe_process.reset()
    return stripe_process


def stripe_gateway_for(world: StripeWorld, *, patience: Patience = QUICK, **options: object) -> StripeGateway:
    """Return an adapter that talks to the stand-in."""
    values = {"webhook_secrets": WEBHOOK_SECRETS, "api_base": world.url, "patience": patience, **options}
    return StripeGateway(SECRET_KEY, **values)  # type: ignore[arg-type]


@pytest.fixture
def own_stripe(app: Flask, stripe_world: StripeWorld) -> StripeGateway:
    """Let the app be paid by Stripe's stand-in, beside the other providers, on the product's clock."""
    stripe_world.stop_clock(clock.now())
    gateway = stripe_gateway_for(stripe_world)
    outside: Outside = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = replace(outside, gateways={**outside.gateways, gateway.name: gateway})
    return gateway


def verified_account(gateway: StripeGateway, world: StripeWorld, reference: str = "1") -> str:
    """Open a host's account that Stripe has verified, and return its name."""
    request = AccountRequest(reference=reference, email="host@example.test", idempotency_key=f"account-{reference}")
    account = gateway.create_account(request)
    world.verify_account(account.provider_ref)
    return account.provider_ref
