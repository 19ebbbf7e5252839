"""What mail providers report over HTTP: signed or refused, stored once, and addresses spared."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from airbnb.config.mail import MailSettings
from airbnb.domain.kinds import MailReportKind, SuppressionReason
from airbnb.domain.topics import Topic
from airbnb.integrations.mail import make_report_readers
from airbnb.models.mail_reports import MailReport, MailSuppression
from airbnb.models.notifications import MailMessage
from airbnb.services import outbox
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import EXTENSION
from tests.fakes.mailer import RecordingMailer

SENDGRID, MAILGUN = "/api/v1/webhooks/sendgrid", "/api/v1/webhooks/mailgun"
PRIVATE_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY = base64.b64encode(
    PRIVATE_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
SIGNING_KEY = "key-of-mailgun"
ADDRESS = "ana@example.test"


@pytest.fixture(autouse=True)
def keys(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set both providers' keys."""
    settings = MailSettings(
        url="smtp://127.0.0.1:1",
        sender="a@stays.example",
        sink_port=1,
        sendgrid_public_key=PUBLIC_KEY,
        mailgun_signing_key=SIGNING_KEY,
    )
    readers = make_report_readers(settings)
    monkeypatch.setitem(app.extensions, EXTENSION, replace(app.extensions[EXTENSION], mail_reports=readers))


def from_sendgrid(
    client: FlaskClient, *events: dict[str, Any], key: Any = PRIVATE_KEY, body: bytes | None = None
) -> Any:
    written = json.dumps(list(events)).encode()
    signature = key.sign(b"1790000000" + written, ec.ECDSA(hashes.SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": "1790000000",
    }
    return client.post(SENDGRID, data=body or written, headers=headers, content_type="application/json")


def from_mailgun(client: FlaskClient, event: dict[str, Any], *, key: str = SIGNING_KEY) -> Any:
    proof = hmac.new(key.encode(), b"1790000000token", hashlib.sha256).hexdigest()
    signature = {"timestamp": "1790000000", "token": "token", "signature": proof}
    return client.post(MAILGUN, json={"signature": signature, "event-data": event})


def sendgrid_event(**overrides: Any) -> dict[str, Any]:
    event = {"sg_event_id": "e1", "event": "bounce", "type": "bounce", "email": ADDRESS, "timestamp": 1_790_000_000}
    return {**event, "message_id": "<outbox-1@stays.example>", "reason": "550 unknown user", **overrides}


def mailgun_event(**overrides: Any) -> dict[str, Any]:
    event = {"id": "e1", "event": "failed", "severity": "permanent", "recipient": ADDRESS, "timestamp": 1_790_000_000.5}
    return {**event, "message": {"headers": {"message-id": "outbox-1@stays.example"}}, **overrides}


def suppressed() -> dict[str, SuppressionReason]:
    with reading() as session:
        return {row.address: row.reason for row in session.scalars(select(MailSuppression))}


@pytest.mark.parametrize(
    "event, kind, reason",
    [
        (sendgrid_event(), "bounced", "bounced"),
        (sendgrid_event(event="spamreport"), "complained", "complained"),
        (sendgrid_event(type="blocked"), "delayed", None),
        (sendgrid_event(event="deferred"), "delayed", None),
        (sendgrid_event(event="delivered"), "delivered", None),
        (sendgrid_event(event="a_new_one"), "other", None),
    ],
)
def test_sendgrids_events_are_kept_and_act_as_documented(client, event, kind, reason):
    assert from_sendgrid(client, event).status_code == 200

    with reading() as session:
        report = session.scalars(select(MailReport)).one()
    assert (report.kind, report.address) == (MailReportKind(kind), ADDRESS)
    assert report.message_id == "<outbox-1@stays.example>"
    assert suppressed() == ({ADDRESS: reason} if reason else {})


@pytest.mark.parametrize(
    "event, kind, reason",
    [
        (mailgun_event(), "bounced", "bounced"),
        (mailgun_event(event="complained"), "complained", "complained"),
        (mailgun_event(severity="temporary"), "delayed", None),
        (mailgun_event(event="delivered"), "delivered", None),
        (mailgun_event(event="a_new_one"), "other", None),
    ],
)
def test_mailguns_events_are_kept_and_act_as_documented(client, event, kind, reason):
    assert from_mailgun(client, event).status_code == 200

    with reading() as session:
        report = session.scalars(select(MailReport)).one()
    assert (report.kind, report.message_id) == (MailReportKind(kind), "<outbox-1@stays.example>")
    assert suppressed() == ({ADDRESS: reason} if reason else {})


def test_an_event_counts_once_however_often_it_comes(client, count_rows):
    other = sendgrid_event(sg_event_id="e2", email="ben@example.test")
    for _ in range(2):
        assert from_sendgrid(client, sendgrid_event(), sendgrid_event(), other).status_code == 200
    assert (count_rows(MailReport), set(suppressed())) == (2, {ADDRESS, "ben@example.test"})

    in_transaction(lambda session: session.execute(delete(MailSuppression).where(MailSuppression.address == ADDRESS)))
    from_sendgrid(client, sendgrid_event())
    assert set(suppressed()) == {"ben@example.test"}


def test_what_is_not_signed_by_the_provider_is_refused_and_leaves_nothing(client, count_rows):
    answers = [
        from_sendgrid(client, sendgrid_event(), key=ec.generate_private_key(ec.SECP256R1())),
        from_sendgrid(client, sendgrid_event(), body=json.dumps([sendgrid_event(email="b@example.test")]).encode()),
        client.post(SENDGRID, json=[sendgrid_event()]),
        from_mailgun(client, mailgun_event(), key="guessed"),
        client.post(MAILGUN, json={"event-data": mailgun_event()}),
        client.post(MAILGUN, data=b"\xff not json"),
        from_mailgun(client, {"event": "failed"}),
        from_sendgrid(client, {"event": "bounce"}),
    ]
    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(400, "invalid_signature")}
    assert (count_rows(MailReport), suppressed()) == (0, {})


def test_without_a_key_there_is_no_route(app, client, monkeypatch):
    monkeypatch.setitem(app.extensions, EXTENSION, replace(app.extensions[EXTENSION], mail_reports={}))
    assert from_sendgrid(client, sendgrid_event()).status_code == 404


def test_a_suppressed_address_gets_no_mail_and_the_list_says_why(
    client: FlaskClient, make_user: Callable[..., Any], mailer: RecordingMailer, run_outbox: Callable[[], Any]
):
    spared, other = make_user(email=ADDRESS), make_user(email="ben@example.test")
    from_mailgun(client, mailgun_event(recipient=ADDRESS.title()))

    def order(session: Any) -> None:
        for user in (spared, other):
            outbox.record(session, Topic.PASSWORD_CHANGED, subject_id=user.id, payload={"user_id": user.id})

    in_transaction(order)
    run_outbox()

    assert [mail.to for mail in mailer.sent] == ["ben@example.test"]
    with reading() as session:
        kept = {row.to_address: (row.withheld, row.sent_at is None) for row in session.scalars(select(MailMessage))}
    assert kept == {ADDRESS: ("bounced", True), "ben@example.test": (None, False)}
