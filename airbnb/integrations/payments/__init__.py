"""Payment providers behind one interface: ``protocol`` names it, ``sandbox`` is the built-in stand-in."""

from airbnb.integrations.payments.protocol import (
    EventSubject,
    GatewayError,
    GatewayEvent,
    GatewayPayment,
    GatewayPaymentStatus,
    GatewayPayout,
    GatewayPayoutStatus,
    GatewayRefund,
    GatewayRefundStatus,
    GatewayRefused,
    GatewayTimeout,
    GatewayUnavailable,
    PaymentGateway,
    PaymentRequest,
    PayoutRequest,
    WebhookRejected,
)
from airbnb.integrations.payments.sandbox import SandboxGateway

__all__ = [
    "EventSubject",
    "GatewayError",
    "GatewayEvent",
    "GatewayPayment",
    "GatewayPaymentStatus",
    "GatewayPayout",
    "GatewayPayoutStatus",
    "GatewayRefund",
    "GatewayRefundStatus",
    "GatewayRefused",
    "GatewayTimeout",
    "GatewayUnavailable",
    "PaymentGateway",
    "PaymentRequest",
    "PayoutRequest",
    "SandboxGateway",
    "WebhookRejected",
]
