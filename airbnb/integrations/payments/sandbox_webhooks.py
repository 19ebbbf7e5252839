"""Reading of the sandbox's webhooks, which are signed as real ones are."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from airbnb.integrations.payments import signatures
from airbnb.integrations.payments.protocol import EventSubject, GatewayEvent, WebhookRejected

SIGNATURE_HEADER = "Sandbox-Signature"


def verify(headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime) -> GatewayEvent:
    """Check a delivery and read its event. Raises: WebhookRejected."""
    signatures.verify(headers, body, header=SIGNATURE_HEADER, secrets=secrets, now=now)
    try:
        content: Any = json.loads(body)
        data = content["data"]
        fields = [content["id"], content["type"], data["provider_ref"]]
    except (ValueError, TypeError, KeyError) as error:
        raise WebhookRejected("body_malformed") from error
    if not isinstance(data, dict) or not all(isinstance(field, str) and field for field in fields):
        raise WebhookRejected("body_malformed")
    kind = fields[1].partition(".")[0]
    return GatewayEvent(
        event_id=fields[0],
        type=fields[1],
        subject=EventSubject(kind) if kind in list(EventSubject) else None,
        provider_ref=fields[2],
        data=data,
    )
