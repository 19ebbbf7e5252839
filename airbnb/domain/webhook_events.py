"""What integrators can be told by webhook, how a message is signed, and when a failed one is tried again.

Source: docs/webhooks.md; https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from airbnb.domain.errors import DomainError
from airbnb.domain.topics import Topic

SECRET_PREFIX = "whsec_"  # noqa: S105 - how every secret begins
SECRET_BYTES = 24
#: After the first try; together three days.
RETRY_AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=20),
)
MOST_TRIES = len(RETRY_AFTER) + 1
#: How long a secret that was replaced still signs, so that receivers can change it without a gap.
OLD_SECRET_LASTS = timedelta(hours=24)
MOST_ENDPOINTS = 10
#: Larger messages are not made; ours have some hundred bytes.
MOST_BYTES = 16_384


class WebhookType(StrEnum):
    """The events, as endpoints choose them and messages name them."""

    BOOKING_REQUESTED = "booking.requested"
    BOOKING_CONFIRMED = "booking.confirmed"
    BOOKING_DECLINED = "booking.declined"
    BOOKING_EXPIRED = "booking.expired"
    BOOKING_CANCELED = "booking.canceled"
    BOOKING_CHANGED = "booking.changed"
    BOOKING_COMPLETED = "booking.completed"
    BOOKING_NO_SHOW = "booking.no_show"
    PAYMENT_RECEIVED = "payment.received"
    PAYMENT_REFUNDED = "payment.refunded"
    PAYOUT_PAID = "payout.paid"
    PAYOUT_FAILED = "payout.failed"
    REVIEW_PUBLISHED = "review.published"
    MESSAGE_RECEIVED = "message.received"


#: Topic of the outbox -> the event, and what its subject is.
EVENTS: dict[Topic, tuple[WebhookType, str]] = {
    Topic.BOOKING_REQUESTED: (WebhookType.BOOKING_REQUESTED, "booking"),
    Topic.BOOKING_CONFIRMED: (WebhookType.BOOKING_CONFIRMED, "booking"),
    Topic.BOOKING_DECLINED: (WebhookType.BOOKING_DECLINED, "booking"),
    Topic.BOOKING_EXPIRED: (WebhookType.BOOKING_EXPIRED, "booking"),
    Topic.BOOKING_CANCELED: (WebhookType.BOOKING_CANCELED, "booking"),
    Topic.BOOKING_CHANGED: (WebhookType.BOOKING_CHANGED, "change"),
    Topic.BOOKING_COMPLETED: (WebhookType.BOOKING_COMPLETED, "booking"),
    Topic.BOOKING_NO_SHOW: (WebhookType.BOOKING_NO_SHOW, "booking"),
    Topic.PAYMENT_RECEIVED: (WebhookType.PAYMENT_RECEIVED, "payment"),
    Topic.PAYMENT_REFUNDED: (WebhookType.PAYMENT_REFUNDED, "refund"),
    Topic.PAYOUT_PAID: (WebhookType.PAYOUT_PAID, "payout"),
    Topic.PAYOUT_FAILED: (WebhookType.PAYOUT_FAILED, "payout"),
    Topic.REVIEW_PUBLISHED: (WebhookType.REVIEW_PUBLISHED, "review"),
    Topic.MESSAGE_RECEIVED: (WebhookType.MESSAGE_RECEIVED, "message"),
}


class DeliveryState(StrEnum):
    """A message on its way: ``held`` while one worker sends it."""

    PENDING = "pending"
    HELD = "held"
    DELIVERED = "delivered"
    FAILED = "failed"


class DisabledReason(StrEnum):
    """Why an endpoint gets nothing."""

    OWNER = "owner"  # switched off
    FAILING = "failing"  # a message failed for three days
    GONE = "gone"  # it answered 410


class TooManyEndpoints(DomainError):
    """An owner has as many webhook endpoints as they may."""

    code = "too_many_webhook_endpoints"
    message = "You have {limit} webhook endpoints, which is as many as one may have."


def new_secret() -> str:
    """Return a signing secret in the form that receivers' libraries read."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def message_id_of(event_id: int) -> str:
    """Return the id of an event's message; every try and every resend has the same."""
    return f"evt_{event_id}"


def signatures(body: bytes, *, message_id: str, seconds: int, secrets_in_use: Sequence[str]) -> str:
    """Return the ``webhook-signature`` header: one signature for each secret, so that either verifies."""
    signed = f"{message_id}.{seconds}.".encode() + body
    return " ".join(f"v1,{_digest(signed, secret)}" for secret in secrets_in_use)


def _digest(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
