"""Signatures of webhooks in the form ``t=seconds,v1=digest``: HMAC-SHA256 over the time and the raw body.

Stripe signs so, and the sandbox does the same. Source: https://docs.stripe.com/webhooks/signature
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from airbnb.integrations.payments.protocol import WebhookRejected

TOLERANCE = timedelta(minutes=5)


def sign(body: bytes, secret: str, at: datetime) -> str:
    """Return the header's value for a body sent at an instant."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(body, secret, seconds)}"


def verify(headers: Mapping[str, str], body: bytes, *, header: str, secrets: Sequence[str], now: datetime) -> None:
    """Check a delivery; any of the secrets may have signed it, so that they can be rotated.

    Raises: WebhookRejected for a wrong signature, or one made more than ``TOLERANCE`` before or after ``now``.
    """
    seconds, signatures = _read_header(headers, header)
    expected = [_digest(body, secret, seconds).encode() for secret in secrets]
    # Every pair is compared, without stopping at a match: the time taken tells nothing.
    matches = [hmac.compare_digest(theirs.encode(), ours) for theirs in signatures for ours in expected]
    if not any(matches):
        raise WebhookRejected("signature_mismatch")
    if abs(now.timestamp() - seconds) > TOLERANCE.total_seconds():
        raise WebhookRejected("signature_expired")


def _digest(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()


def _read_header(headers: Mapping[str, str], header: str) -> tuple[int, list[str]]:
    value = next((text for name, text in headers.items() if name.lower() == header.lower()), None)
    if value is None:
        raise WebhookRejected("signature_missing")
    pairs = [part.strip().partition("=") for part in value.split(",")]
    times = [text for name, _, text in pairs if name == "t"]
    signatures = [text for name, _, text in pairs if name == "v1"]
    # isdecimal alone accepts other scripts' digits, and endless ones would overflow a float.
    if len(times) != 1 or not (times[0].isascii() and times[0].isdecimal() and len(times[0]) <= 12) or not signatures:
        raise WebhookRejected("signature_malformed")
    return int(times[0]), signatures
