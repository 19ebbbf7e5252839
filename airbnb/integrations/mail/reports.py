"""What providers report about mails: signatures checked on the raw body, many events a request.

Sources: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
and https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from airbnb.domain.kinds import MailReportKind
from airbnb.domain.mail_events import MailEvent

SENDGRID_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
SENDGRID_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


class ReportRejected(Exception):
    """A report whose signature or shape is wrong; ``reason`` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReportReader(Protocol):
    """Reads the reports of one provider."""

    def read(self, headers: Mapping[str, str], raw_body: bytes) -> list[MailEvent]:
        """Check the signature and return the events. Raises: ReportRejected."""
        ...


class SendGridReports:
    """Events that SendGrid signs with a key of its own (ECDSA over timestamp and body)."""

    def __init__(self, public_key: ec.EllipticCurvePublicKey) -> None:
        self._key = public_key

    def read(self, headers: Mapping[str, str], raw_body: bytes) -> list[MailEvent]:
        """Check the signature and return the events. Raises: ReportRejected."""
        signed = headers.get(SENDGRID_TIMESTAMP, "").encode() + raw_body
        try:
            signature = base64.b64decode(headers.get(SENDGRID_SIGNATURE, ""), validate=True)
            self._key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise ReportRejected("signature") from error
        return [_sendgrid_report(event) for event in _parsed(raw_body, list)]


class MailgunReports:
    """Events that Mailgun signs with a shared key (HMAC over timestamp and token)."""

    def __init__(self, signing_key: str) -> None:
        self._key = signing_key.encode()

    def read(self, headers: Mapping[str, str], raw_body: bytes) -> list[MailEvent]:
        """Check the signature and return the one event. Raises: ReportRejected."""
        body = _parsed(raw_body, dict)
        proof = body.get("signature")
        if not isinstance(proof, dict):
            raise ReportRejected("signature")
        signed = f"{proof.get('timestamp', '')}{proof.get('token', '')}".encode()
        expected = hmac.new(self._key, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), str(proof.get("signature", "")).encode()):
            raise ReportRejected("signature")
        return [_mailgun_report(body.get("event-data"))]


def _parsed(raw_body: bytes, shape: type) -> Any:
    try:
        body = orjson.loads(raw_body)
    except orjson.JSONDecodeError as error:
        raise ReportRejected("body") from error
    if not isinstance(body, shape):
        raise ReportRejected("body")
    return body


def _sendgrid_report(event: Any) -> MailEvent:
    try:
        return MailEvent(
            event_id=str(event["sg_event_id"]),
            kind=_sendgrid_kind(str(event["event"]), event),
            address=str(event["email"]),
            happened_at=datetime.fromtimestamp(float(event["timestamp"]), UTC),
            message_id=event.get("message_id"),
            detail=str(event.get("reason") or event.get("status") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise ReportRejected("event") from error


def _sendgrid_kind(name: str, event: Mapping[str, Any]) -> MailReportKind:
    if name == "bounce":
        # A "blocked" mail was turned away this once; the mailbox is there.
        return MailReportKind.DELAYED if event.get("type") == "blocked" else MailReportKind.BOUNCED
    return {
        "delivered": MailReportKind.DELIVERED,
        "deferred": MailReportKind.DELAYED,
        "spamreport": MailReportKind.COMPLAINED,
    }.get(name, MailReportKind.OTHER)


def _mailgun_report(event: Any) -> MailEvent:
    try:
        message_id = event.get("message", {}).get("headers", {}).get("message-id")
        status = event.get("delivery-status") or {}
        return MailEvent(
            event_id=str(event["id"]),
            kind=_mailgun_kind(str(event["event"]), event),
            address=str(event["recipient"]),
            happened_at=datetime.fromtimestamp(float(event["timestamp"]), UTC),
            # Mailgun tells the id without its angle brackets.
            message_id=f"<{str(message_id).strip('<>')}>" if message_id else None,
            detail=str(status.get("message") or event.get("reason") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise ReportRejected("event") from error


def _mailgun_kind(name: str, event: Mapping[str, Any]) -> MailReportKind:
    if name == "failed":
        return MailReportKind.BOUNCED if event.get("severity") == "permanent" else MailReportKind.DELAYED
    return {"delivered": MailReportKind.DELIVERED, "complained": MailReportKind.COMPLAINED}.get(
        name, MailReportKind.OTHER
    )
