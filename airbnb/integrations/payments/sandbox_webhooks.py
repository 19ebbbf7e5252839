"""Signing and checking of the sandbox's webhooks: HMAC-SHA256 over the time and the raw body."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from airbnb.integrations.payments.protocol import GatewayEvent, WebhookRejected

SIGNATURE_HEADER = "Sandbox-Signature"
TOLERANCE = timedelta(minutes=5)


def sign(body: bytes, secret: str, at: datetime) -> str:
    """Return the ``Sandbox-Signature`` header for a body sent at an instant."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(body, secret, seconds)}"


def verify(headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime) -> GatewayEvent:
    """Check a delivery and read its event; any of the secrets may have signed, so that they can be rotated.

    Raises: WebhookRejected.
    """
    seconds, signatures = _read_header(headers)
    expected = [_digest(body, secret, seconds).encode() for secret in secrets]
    # Every pair is compared, without stopping at a match: the time taken tells nothing.
    matches = [hmac.compare_digest(theirs.encode(), ours) for theirs in signatures for ours in expected]
    if not any(matches):
        raise WebhookRejected("signature_mismatch")
    if abs(now.timestamp() - seconds) > TOLERANCE.total_seconds():
        raise WebhookRejected("signature_expired")
    return _read_event(body)


def _digest(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()


def _read_header(headers: Mapping[str, str]) -> tuple[int, list[str]]:
    value = next((text for name, text in headers.items() if name.lower() == SIGNATURE_HEADER.lower()), None)
    if value is None:
        raise WebhookRejected("signature_missing")
    pairs = [part.strip().partition("=") for part in value.split(",")]
    times = [text for name, _, text in pairs if name == "t"]
    signatures = [text for name, _, text in pairs if name == "v1"]
    # isdecimal alone accepts other scripts' digits, and endless ones would overflow a float.
    if len(times) != 1 or not (times[0].isascii() and times[0].isdecimal() and len(times[0]) <= 12) or not signatures:
        raise WebhookRejected("signature_malformed")
    return int(times[0]), signatures


def _read_event(body: bytes) -> GatewayEvent:
    try:
        content: Any = json.loads(body)
        data = content["data"]
        fields = [content["id"], content["type"], data["provider_ref"]]
    except (ValueError, TypeError, KeyError) as error:
        raise WebhookRejected("body_malformed") from error
    if not isinstance(data, dict) or not all(isinstance(field, str) and field for field in fields):
        raise WebhookRejected("body_malformed")
    return GatewayEvent(event_id=fields[0], type=fields[1], provider_ref=fields[2], data=data)
