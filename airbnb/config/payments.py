"""Settings of the payment providers: which are on, their keys, and what is wrong with them."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from airbnb.config.reader import Reader

STRIPE_API = "https://api.stripe.com"
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


def read_providers(reader: Reader, *, has_stripe: bool, is_production: bool) -> tuple[str, ...]:
    """Return the providers that are on: those that are named, else the sandbox outside production and what has keys."""
    default = (*(() if is_production else ("sandbox",)), *(("stripe",) if has_stripe else ()))
    names = reader.words("PAYMENT_PROVIDERS", default)
    if "stripe" in names and not has_stripe:
        reader.problems.append("PAYMENT_PROVIDERS names stripe: STRIPE_SECRET_KEY must be set")
    return names


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
