"""Stripe's webhooks: checked on the raw body, and reduced to what the event is about.

An event carries its whole object with client secrets, names and cards in it; none of that is kept, as handling an
event asks Stripe where the object stands now.
Source: https://docs.stripe.com/webhooks, https://docs.stripe.com/api/events/types
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from airbnb.integrations.payments import signatures
from airbnb.integrations.payments.protocol import EventSubject, GatewayEvent, WebhookRejected
from airbnb.integrations.payments.stripe.client import Body
from airbnb.integrations.payments.stripe.reading import reference_of

SIGNATURE_HEADER = "Stripe-Signature"
MAX_ID_LENGTH = 128
MAX_TYPE_LENGTH = 80
#: Stripe's kinds of objects: what an event about one is about, and where in it that is named.
_SUBJECTS: dict[str, tuple[EventSubject, str]] = {
    "payment_intent": (EventSubject.PAYMENT, "id"),
    "charge": (EventSubject.PAYMENT, "payment_intent"),
    "refund": (EventSubject.REFUND, "id"),
    "dispute": (EventSubject.DISPUTE, "id"),
    "transfer": (EventSubject.PAYOUT, "id"),
    "account": (EventSubject.ACCOUNT, "id"),
}
_KEPT = ("object", "id", "status", "amount", "currency", "payment_intent", "reason", "created")


def verify(headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime) -> GatewayEvent:
    """Check a delivery and read its event. Raises: WebhookRejected."""
    signatures.verify(headers, body, header=SIGNATURE_HEADER, secrets=secrets, now=now)
    try:
        content: Any = json.loads(body)
        thing = content["data"]["object"]
        event_id, event_type = content["id"], content["type"]
    except (ValueError, TypeError, KeyError) as error:
        raise WebhookRejected("body_malformed") from error
    if not (_is_name(event_id, MAX_ID_LENGTH) and _is_name(event_type, MAX_TYPE_LENGTH) and isinstance(thing, dict)):
        raise WebhookRejected("body_malformed")
    return _event(event_id, event_type, thing)


def _event(event_id: str, event_type: str, thing: Body) -> GatewayEvent:
    subject, field = _SUBJECTS.get(str(thing.get("object")), (None, "id"))
    provider_ref = thing.get(field)
    if not isinstance(provider_ref, str):
        subject, provider_ref = None, ""
    data = {name: thing[name] for name in _KEPT if isinstance(thing.get(name), str | int)}
    return GatewayEvent(
        event_id=event_id,
        type=event_type,
        subject=subject,
        provider_ref=provider_ref,
        data={**data, "reference": reference_of(thing)},
    )


def _is_name(value: Any, longest: int) -> bool:
    return isinstance(value, str) and value.isascii() and 0 < len(value) <= longest
