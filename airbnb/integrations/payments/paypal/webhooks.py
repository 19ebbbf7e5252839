"""PayPal's webhooks: PayPal itself says whether it sent one, and it is reduced to what the event is about.

The raw body goes into that question byte for byte, because a rewritten one would no longer fit its signature. Asking
replaces fetching and checking a certificate whose address the sender names.
Source: https://developer.paypal.com/docs/api/webhooks/v1/#verify-webhook-signature_post,
https://developer.paypal.com/api/rest/webhooks/rest/
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from airbnb.integrations.payments.paypal import payout_reading, reading
from airbnb.integrations.payments.paypal.client import Body, PayPalAPI
from airbnb.integrations.payments.protocol import EventSubject, GatewayEvent, GatewayRefused, WebhookRejected

VERIFY_PATH = "/v1/notifications/verify-webhook-signature"
#: PayPal delivers an event for three days; what was signed earlier, or well ahead of now, is refused.
OLDEST = timedelta(days=3, hours=1)
AHEAD = timedelta(minutes=5)
MAX_ID_LENGTH = 128
MAX_TYPE_LENGTH = 80
MAX_HEADER_LENGTH = 2_048
_HEADERS = {
    "auth_algo": "paypal-auth-algo",
    "cert_url": "paypal-cert-url",
    "transmission_id": "paypal-transmission-id",
    "transmission_sig": "paypal-transmission-sig",
    "transmission_time": "paypal-transmission-time",
}
_KEPT = ("id", "status", "transaction_status", "create_time", "payout_batch_id", "payout_item_id", "dispute_id")


def verify(
    api: PayPalAPI, headers: Mapping[str, str], body: bytes, *, webhook_ids: Sequence[str], now: datetime
) -> GatewayEvent:
    """Check a delivery and read its event; what can't be PayPal's is refused without asking.

    Raises: WebhookRejected; GatewayTimeout, GatewayUnavailable.
    """
    fields = _signature_fields(headers, now)
    event = _read(body)
    if not any(_is_genuine(api, fields, body, webhook_id) for webhook_id in webhook_ids):
        raise WebhookRejected("signature_mismatch")
    return event


def _signature_fields(headers: Mapping[str, str], now: datetime) -> dict[str, str]:
    given = {name.lower(): value for name, value in headers.items()}
    fields = {field: given.get(header, "") for field, header in _HEADERS.items()}
    if not all(fields.values()):
        raise WebhookRejected("signature_missing")
    try:
        at = datetime.fromisoformat(fields["transmission_time"])
        age = now - at
    except (ValueError, TypeError) as error:
        raise WebhookRejected("signature_malformed") from error
    if any(len(value) > MAX_HEADER_LENGTH or not value.isascii() for value in fields.values()):
        raise WebhookRejected("signature_malformed")
    if not -AHEAD <= age <= OLDEST:
        raise WebhookRejected("signature_expired")
    return fields


def _is_genuine(api: PayPalAPI, fields: Mapping[str, str], body: bytes, webhook_id: str) -> bool:
    asked = json.dumps({**fields, "webhook_id": webhook_id}).encode()
    try:
        answer = api.ask(VERIFY_PATH, asked[:-1] + b', "webhook_event": ' + body + b"}")
    except GatewayRefused:
        # Nonsense in the headers, which the sender made up.
        return False
    return answer.get("verification_status") == "SUCCESS"


def _read(body: bytes) -> GatewayEvent:
    try:
        content: Any = json.loads(body)
        event_id, event_type, thing = content["id"], content["event_type"], content["resource"]
    except (ValueError, TypeError, KeyError) as error:
        raise WebhookRejected("body_malformed") from error
    if not (_is_name(event_id, MAX_ID_LENGTH) and _is_name(event_type, MAX_TYPE_LENGTH) and isinstance(thing, dict)):
        raise WebhookRejected("body_malformed")
    return _event(event_id, event_type, thing)


def _event(event_id: str, event_type: str, thing: Body) -> GatewayEvent:
    try:
        subject, provider_ref, reference = _subject(event_type, thing)
    except (AttributeError, TypeError, LookupError):
        # Signed by PayPal, of a shape that we do not know: stored, and nothing is done.
        subject, provider_ref, reference = None, "", ""
    data = {name: thing[name] for name in _KEPT if isinstance(thing.get(name), str | int)}
    is_known = _is_name(provider_ref, MAX_ID_LENGTH) or bool(reference)
    return GatewayEvent(
        event_id=event_id,
        type=event_type,
        subject=subject if is_known else None,
        provider_ref=str(provider_ref),
        data={**data, "reference": str(reference)},
    )


def _subject(event_type: str, thing: Body) -> tuple[EventSubject | None, str, str]:
    """Return what an event is about, PayPal's name for it and ours."""
    ours = reading.reference_of(thing).removeprefix(reading.GIVEN_UP)
    if event_type.startswith("CHECKOUT.ORDER."):
        unit = reading.unit_of(thing)
        return EventSubject.PAYMENT, thing["id"], reading.reference_of(unit).removeprefix(reading.GIVEN_UP)
    if event_type.startswith("CHECKOUT.PAYMENT-APPROVAL."):
        return EventSubject.PAYMENT, thing["order_id"], ""
    if event_type == "PAYMENT.CAPTURE.REFUNDED" or event_type.startswith("PAYMENT.REFUND."):
        return EventSubject.REFUND, thing["id"], ours
    if event_type.startswith(("PAYMENT.AUTHORIZATION.", "PAYMENT.CAPTURE.")):
        return EventSubject.PAYMENT, reading.order_id_of(thing), ours
    if event_type.startswith("PAYMENT.PAYOUTS-ITEM."):
        return EventSubject.PAYOUT, thing["payout_batch_id"], thing["payout_item"].get("sender_item_id", "")
    if event_type.startswith("PAYMENT.PAYOUTSBATCH."):
        header = thing["batch_header"]
        return EventSubject.PAYOUT, header["payout_batch_id"], payout_reading.batch_reference(header)
    if event_type.startswith("CUSTOMER.DISPUTE."):
        return EventSubject.DISPUTE, thing["dispute_id"], ""
    return None, "", ""


def _is_name(value: Any, longest: int) -> bool:
    return isinstance(value, str) and value.isascii() and 0 < len(value) <= longest
