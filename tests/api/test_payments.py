"""Webhooks of providers: signed, stored once, handled by asking where things stand."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.integrations.payments.sandbox_webhooks import SIGNATURE_HEADER
from airbnb.integrations.payments.signatures import sign
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import WebhookEvent
from airbnb.models.platform import OutboxEvent
from airbnb.workflows.outside import gateway

pytestmark = pytest.mark.usefixtures("own_sandbox")

URL = "/api/v1/webhooks/sandbox"
NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def booking(guest, host, make_listing):
    """A booking that waits for its payer."""
    body = {
        "listing_id": str(make_listing(host=host.user).id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_requires_action",
    }
    return guest.post("/bookings", json=body, key="book").json


@pytest.fixture
def provider_ref(booking):
    return booking["payment"]["approval_url"].rpartition("/")[2]


def event(provider_ref, event_type="payment.authorized", number=1, **data):
    content = {"id": f"evt_{number}", "type": event_type, "data": {"provider_ref": provider_ref, **data}}
    return json.dumps(content).encode()


def send(client, body, *, secret=None, at=NOW):
    header = sign(body, secret or current_settings().sandbox_webhook_secret, at)
    return client.post(URL, data=body, headers={SIGNATURE_HEADER: header, "Content-Type": "application/json"})


def test_an_event_brings_its_payment_up_to_date(client, guest, booking, provider_ref, run_outbox):
    gateway("sandbox").complete_action(provider_ref, ok=True)

    assert send(client, event(provider_ref)).status_code == 200
    assert guest.get(f"/bookings/{booking['id']}").json["status"] == "pending"
    run_outbox()

    assert guest.get(f"/bookings/{booking['id']}").json["status"] == "confirmed"


def test_a_repeated_event_is_stored_and_handled_once(client, booking, provider_ref, run_outbox, count_rows):
    gateway("sandbox").complete_action(provider_ref, ok=True)

    assert [send(client, event(provider_ref)).status_code for _ in range(5)] == [200] * 5
    run_outbox()

    assert count_rows(WebhookEvent) == 1
    assert count_rows(OutboxEvent, OutboxEvent.topic == "webhook.received") == 1
    assert count_rows(LedgerTransaction, LedgerTransaction.kind == "payment_captured") == 1


def test_late_and_reordered_events_change_nothing(client, guest, booking, provider_ref, run_outbox, count_rows):
    gateway("sandbox").complete_action(provider_ref, ok=True)
    types = ("payment.captured", "payment.failed", "payment.requires_action", "payment.authorized", "dispute.opened")
    for number, event_type in enumerate(types):
        assert send(client, event(provider_ref, event_type, number)).status_code == 200
        run_outbox()

    body = guest.get(f"/bookings/{booking['id']}").json
    assert (body["status"], body["payment"]["status"]) == ("confirmed", "captured")
    assert count_rows(LedgerTransaction) == 2


def test_an_event_may_come_before_our_own_call_was_answered(client, guest, make_listing, host, run_outbox):
    body = {
        "listing_id": str(make_listing(host=host.user).id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_timeout",
    }
    booking = guest.post("/bookings", json=body, key="book").json
    payment = gateway("sandbox").find_payment(booking["payment"]["id"], since=NOW)

    send(client, event(payment.provider_ref, reference=booking["payment"]["id"]))
    run_outbox()

    assert guest.get(f"/bookings/{booking['id']}").json["status"] == "confirmed"


def test_an_event_for_something_unknown_is_kept_for_later(client, app, run_outbox, count_rows):
    assert send(client, event("sbx_pay_unknown")).status_code == 200
    run_outbox()

    assert count_rows(WebhookEvent, WebhookEvent.handled_at.is_(None)) == 1
    assert count_rows(OutboxEvent, OutboxEvent.state == "new", OutboxEvent.due_at > clock.now()) == 1


def test_an_unknown_kind_is_taken_and_done(client, app, run_outbox, count_rows):
    assert send(client, event("sbx_cus_1", "customer.updated")).status_code == 200
    run_outbox()

    assert count_rows(WebhookEvent, WebhookEvent.handled_at.is_not(None)) == 1


@pytest.mark.parametrize(
    "header",
    [
        lambda body: None,
        lambda body: "t=1,v1=00",
        lambda body: sign(body, "another secret", NOW),
        lambda body: sign(body + b" ", current_settings().sandbox_webhook_secret, NOW),
        lambda body: sign(body, current_settings().sandbox_webhook_secret, NOW - timedelta(minutes=6)),
        lambda body: sign(body, current_settings().sandbox_webhook_secret, NOW + timedelta(minutes=6)),
    ],
    ids=["none", "made up", "other secret", "other body", "old", "ahead"],
)
def test_what_the_provider_did_not_sign_is_refused(client, app, header, count_rows):
    body = event("sbx_pay_1")
    value = header(body)

    answer = client.post(URL, data=body, headers={SIGNATURE_HEADER: value} if value else {})

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_signature")
    assert count_rows(WebhookEvent) == count_rows(OutboxEvent) == 0


def test_a_huge_body_is_refused(client, app, count_rows):
    assert send(client, b"x" * 5_000_000).status_code == 413
    assert count_rows(WebhookEvent) == 0
