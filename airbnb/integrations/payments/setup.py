"""Making the adapters of the payment providers that are on."""

from airbnb.config import Settings
from airbnb.integrations.payments.paypal import PayPalGateway
from airbnb.integrations.payments.protocol import PaymentGateway
from airbnb.integrations.payments.sandbox import SandboxGateway
from airbnb.integrations.payments.stripe import StripeGateway


def make_gateways(settings: Settings) -> dict[str, PaymentGateway]:
    """Return the adapters by the names that the API knows them by."""
    gateways: dict[str, PaymentGateway] = {}
    if "sandbox" in settings.payment_providers:
        gateways["sandbox"] = SandboxGateway(
            settings.instance_path / "sandbox-gateway.sqlite3",
            webhook_secrets=(settings.sandbox_webhook_secret,),
            approval_base_url=f"{settings.public_url}/sandbox/approve",
        )
    if "stripe" in settings.payment_providers and settings.stripe is not None:
        gateways["stripe"] = StripeGateway(
            settings.stripe.secret_key,
            webhook_secrets=settings.stripe.webhook_secrets,
            api_base=settings.stripe.api_base,
        )
    if "paypal" in settings.payment_providers and settings.paypal is not None:
        gateways["paypal"] = PayPalGateway(
            settings.paypal.client_id,
            settings.paypal.client_secret,
            webhook_ids=settings.paypal.webhook_ids,
            api_base=settings.paypal.api_base,
        )
    return gateways
