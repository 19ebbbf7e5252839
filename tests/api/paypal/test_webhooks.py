"""PayPal's events: what is not signed, or of another shape, and what nobody knows."""

import json
from datetime import timedelta

import pytest

from airbnb.models.payments import WebhookEvent
from airbnb.models.platform import OutboxEvent
from airbnb.unit_of_work import reading
from tests.factories.paypal import NOW, URL, WEBHOOK_IDS, send
from tests.fakes.paypal import signed_headers

VERIFY = "/v1/notifications/verify-webhook-signature"
EVENT = {"id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": {"id": "5O190127TN364715T"}}


@pytest.mark.parametrize(
    "webhook_id, at, spoil",
    [
        ("another webhook", NOW, b""),
        (WEBHOOK_IDS[0], NOW, b" "),
        (WEBHOOK_IDS[0], NOW - timedelta(days=3, hours=2), b""),
        (WEBHOOK_IDS[0], NOW + timedelta(minutes=6), b""),
    ],
    ids=["other webhook", "changed byte", "old", "ahead"],
)
def test_case_23_what_paypal_did_not_sign_is_refused_and_not_stored(client, webhook_id, at, spoil, count_rows):
    raw = json.dumps(EVENT).encode()

    answer = client.post(URL, data=raw + spoil, headers=signed_headers(raw, webhook_id, at))

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_signature")
    assert count_rows(WebhookEvent) == count_rows(OutboxEvent) == 0


@pytest.mark.parametrize(
    "lacking", ["Auth-Algo", "Cert-Url", "Transmission-Id", "Transmission-Sig", "Transmission-Time"]
)
def test_a_webhook_without_its_signature_is_refused_without_asking_paypal(client, world, lacking):
    raw = json.dumps(EVENT).encode()
    headers = signed_headers(raw, WEBHOOK_IDS[0], NOW)
    del headers[f"Paypal-{lacking}"]

    assert client.post(URL, data=raw, headers=headers).json["code"] == "invalid_signature"
    assert world.calls(VERIFY) == []


@pytest.mark.parametrize("time", ["yesterday", "2027-03-20T12:00:00", "2027-03-20", "é"])
def test_a_webhook_whose_time_is_none_is_refused(client, time):
    assert send(client, EVENT, **{"Paypal-Transmission-Time": time}).json["code"] == "invalid_signature"


@pytest.mark.parametrize(
    "event",
    ["", "[]", "{}", json.dumps({**EVENT, "id": 7}), json.dumps({**EVENT, "resource": 1}), '{}, "webhook_id": "x"'],
)
def test_a_body_of_another_shape_is_refused_without_asking_paypal(client, world, event, count_rows):
    assert send(client, event).status_code == 400
    assert count_rows(WebhookEvent) == 0
    assert world.calls(VERIFY) == []


@pytest.mark.parametrize("webhook_id", WEBHOOK_IDS)
def test_case_23_both_webhooks_are_good_while_the_address_changes(client, webhook_id, count_rows):
    assert send(client, EVENT, webhook_id=webhook_id).status_code == 200
    assert count_rows(WebhookEvent) == 1


@pytest.mark.parametrize("kind", ["lose_answer", "error_500_before", "rate_limit"])
def test_while_paypal_can_not_vouch_for_an_event_it_is_asked_to_send_it_again(client, world, kind, count_rows):
    world.fail(VERIFY, kind, times=3)

    answer = send(client, EVENT)

    assert (answer.status_code, answer.json["code"]) == (503, "provider_unavailable")
    assert count_rows(WebhookEvent) == 0
    assert send(client, EVENT).status_code == 200


@pytest.mark.parametrize(
    "event_type, resource",
    [
        ("BILLING.PLAN.CREATED", {"id": "P-1"}),
        ("CHECKOUT.ORDER.APPROVED", {}),
        ("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", {"payout_item": 7}),
        ("PAYMENT.CAPTURE.COMPLETED", {"supplementary_data": "x"}),
    ],
)
def test_case_24_an_unknown_kind_or_shape_is_taken_and_done(client, event_type, resource, run_outbox, count_rows):
    assert send(client, {**EVENT, "event_type": event_type, "resource": resource}).status_code == 200
    run_outbox()

    assert count_rows(WebhookEvent, WebhookEvent.handled_at.is_not(None)) == 1


def test_case_24_an_event_for_something_unknown_is_kept_and_tried_again(client, run_outbox, count_rows):
    unit = {"custom_id": "77"}
    assert send(client, {**EVENT, "resource": {"id": "ORDER", "purchase_units": [unit]}}).status_code == 200
    run_outbox()

    assert count_rows(WebhookEvent, WebhookEvent.handled_at.is_(None)) == 1
    assert count_rows(OutboxEvent, OutboxEvent.state == "new", OutboxEvent.due_at > NOW, OutboxEvent.attempts > 0) == 1


def test_of_an_event_nobodys_name_or_address_is_kept(client, approved, sync, world):
    sync(approved)
    for event in world.events():
        assert send(client, event).status_code == 200

    with reading() as session:
        kept = json.dumps([row.payload for row in session.query(WebhookEvent)])
    assert approved["payment"]["id"] in kept
    assert "payer" not in kept
    assert "example.test" not in kept
