"""Stripe: PaymentIntents with manual capture, Connect transfers to hosts, refunds, disputes and webhooks."""

from airbnb.integrations.payments.stripe.gateway import StripeGateway

__all__ = ["StripeGateway"]
