"""PayPal: Orders v2 that authorise, captures, refunds, Payouts v1 to hosts, disputes and webhooks."""

from airbnb.integrations.payments.paypal.gateway import PayPalGateway

__all__ = ["PayPalGateway"]
