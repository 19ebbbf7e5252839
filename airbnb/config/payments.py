"""Settings of the payment providers: which are on, their keys, and what is wrong with them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from airbnb.config.reader import Reader

STRIPE_API = "https://api.stripe.com"
#: The variable that each provider can't be without.
KEYS = {"stripe": "STRIPE_SECRET_KEY", "paypal": "PAYPAL_CLIENT_ID"}
PAYPAL_API = "https://api-m.paypal.com"
PAYPAL_SANDBOX_API = "https://api-m.sandbox.paypal.com"
LIVE_PREFIXES = ("sk_live_", "rk_live_")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSettings:
    """What Stripe gave this installation; ``webhook_secrets`` holds one of every endpoint, and two while one rotates.

    ``publishable_key`` is for frontends and no secret.
    """

    secret_key: str = field(repr=False)
    publishable_key: str
    webhook_secrets: tuple[str, ...] = field(repr=False)
    api_base: str = STRIPE_API


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPalSettings:
    """What PayPal gave this installation's REST app; ``webhook_ids`` holds two while the webhook's address changes.

    ``client_id`` is for frontends too and no secret.
    """

    client_id: str
    client_secret: str = field(repr=False)
    webhook_ids: tuple[str, ...]
    api_base: str


def read_paypal(reader: Reader, *, is_production: bool) -> PayPalSettings | None:
    """Return PayPal's settings, or None while no client id is set; what is wrong goes to the reader."""
    client_id = reader.optional("PAYPAL_CLIENT_ID")
    if client_id is None:
        return None
    usual = PAYPAL_API if is_production else PAYPAL_SANDBOX_API
    settings = PayPalSettings(
        client_id=client_id,
        client_secret=reader.text("PAYPAL_CLIENT_SECRET", ""),
        webhook_ids=reader.words("PAYPAL_WEBHOOK_ID", ()),
        api_base=reader.url("PAYPAL_API_BASE", usual, ("http", "https")).rstrip("/"),
    )
    reader.problems += _paypal_problems(settings, is_production=is_production)
    return settings


def read_stripe(reader: Reader, *, is_production: bool) -> StripeSettings | None:
    """Return Stripe's settings, or None while no secret key is set; what is wrong goes to the reader."""
    secret_key = reader.optional("STRIPE_SECRET_KEY")
    if secret_key is None:
        return None
    settings = StripeSettings(
        secret_key=secret_key,
        publishable_key=reader.text("STRIPE_PUBLISHABLE_KEY", ""),
        webhook_secrets=reader.words("STRIPE_WEBHOOK_SECRETS", ()),
        api_base=reader.url("STRIPE_API_BASE", STRIPE_API, ("http", "https")).rstrip("/"),
    )
    reader.problems += _stripe_problems(settings, is_production=is_production)
    return settings


def read_providers(reader: Reader, *, keys: Mapping[str, str], on: Collection[str]) -> tuple[str, ...]:
    """Return the providers that are on: those that are named, else those that can be.

    ``keys`` names the variable that each provider needs; ``on`` are the providers that have it, and the sandbox where
    it may be used.
    """
    names = reader.words("PAYMENT_PROVIDERS", tuple(on))
    for name, variable in keys.items():
        if name in names and name not in on:
            reader.problems.append(f"PAYMENT_PROVIDERS names {name}: {variable} must be set")
    return names


def _paypal_problems(settings: PayPalSettings, *, is_production: bool) -> list[str]:
    problems = []
    if not settings.client_secret:
        problems.append("PAYPAL_CLIENT_SECRET must be set with PAYPAL_CLIENT_ID")
    if not settings.webhook_ids:
        problems.append("PAYPAL_WEBHOOK_ID must be the id of the webhook, from PayPal's dashboard")
    if is_production and settings.api_base != PAYPAL_API:
        problems.append("PAYPAL_API_BASE must not be set")
    if not is_production and settings.api_base == PAYPAL_API:
        problems.append("PAYPAL_API_BASE must not be PayPal's live address outside production")
    return problems


def _stripe_problems(settings: StripeSettings, *, is_production: bool) -> list[str]:
    problems = []
    if not settings.publishable_key.startswith("pk_"):
        problems.append("STRIPE_PUBLISHABLE_KEY must be the key that begins with pk_")
    if not settings.webhook_secrets or not all(secret.startswith("whsec_") for secret in settings.webhook_secrets):
        problems.append("STRIPE_WEBHOOK_SECRETS must list the webhook endpoints' secrets, which begin with whsec_")
    is_live = settings.secret_key.startswith(LIVE_PREFIXES)
    if is_live != is_production:
        wanted = "a live key in production" if is_production else "a test key outside production"
        problems.append(f"STRIPE_SECRET_KEY must be {wanted}")
    if is_production and settings.api_base != STRIPE_API:
        problems.append("STRIPE_API_BASE must not be set")
    if is_live and urlsplit(settings.api_base).scheme != "https":
        problems.append("STRIPE_API_BASE must be an https address for a live key")
    return problems
