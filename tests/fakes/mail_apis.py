"""A local stand-in for the sending APIs of SendGrid and Mailgun: it takes mails as documented and keeps them.

Sources: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send (reserved headers are refused,
202 without a body) and https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages.
"""

import base64
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.serving import make_server

KEY, DOMAIN = "key-of-ours", "mg.stays.example"
SENDGRID_RESERVED = {
    *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
    *("to", "from", "subject", "reply-to", "cc", "bcc"),
}


@dataclass
class MailAPIs:
    """The running stand-in: what it took, and the status with which every call ends instead."""

    url: str
    sendgrid: list[dict[str, Any]] = field(default_factory=list)
    mailgun: list[tuple[dict[str, str], EmailMessage]] = field(default_factory=list)
    fail: int | None = None


@contextlib.contextmanager
def running_mail_apis() -> Iterator[MailAPIs]:
    """Serve both APIs on one free port."""
    app = Flask("mail-apis")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    kept = MailAPIs(f"http://127.0.0.1:{server.server_port}")

    @app.before_request
    def end_early() -> Any:
        return ({"errors": []}, kept.fail) if kept.fail else None

    @app.post("/v3/mail/send")
    def take_from_sendgrid_caller() -> Any:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return jsonify(errors=[{"message": "authorization required"}]), 401
        body = request.get_json()
        if SENDGRID_RESERVED & {name.lower() for name in body.get("headers", {})}:
            return jsonify(errors=[{"message": "reserved header"}]), 400
        kept.sendgrid.append(body)
        return "", 202

    @app.post(f"/v3/{DOMAIN}/messages.mime")
    def take_from_mailgun_caller() -> Any:
        expected = base64.b64encode(f"api:{KEY}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return "Forbidden", 401
        if "to" not in request.form or "message" not in request.files:
            return jsonify(message="to parameter is missing"), 400
        mime = message_from_bytes(request.files["message"].read(), policy=policy.default)
        kept.mailgun.append((request.form.to_dict(), mime))
        return jsonify(id="<1@mg>", message="Queued. Thank you.")

    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
