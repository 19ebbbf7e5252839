"""Being paid by Stripe over HTTP: its webhooks in any order, what is not Stripe's, and a whole journey."""

import itertools
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from airbnb.config.payments import StripeSettings
from airbnb.extensions import current_settings
from airbnb.models.payments import Payment, WebhookEvent
from airbnb.models.platform import OutboxEvent
from airbnb.queries.ledger import find_faults
from airbnb.unit_of_work import reading
from airbnb.workflows import timers
from tests.factories.ledger import only_payment, posted
from tests.factories.stripe import WEBHOOK_SECRETS, stripe_gateway_for
from tests.fakes.stripe import signature

pytestmark = pytest.mark.usefixtures("own_stripe")

URL = "/api/v1/webhooks/stripe"
NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
BACK = "http://frontend.test/booked"


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def book(_now, own_stripe, guest, host, make_listing):
    def ask(token="pm_card_visa", key="book", **overrides):
        body = {
            "listing_id": str(make_listing(host=host.user).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "stripe",
            "payment_token": token,
            "return_url": BACK,
        }
        answer = guest.post("/bookings", json={**body, **overrides}, key=key)
        assert answer.status_code == 201, answer.json
        return answer.json

    return ask


@pytest.fixture
def own_stripe(own_stripe, stripe_world):
    stripe_world.stop_clock(NOW)
    return own_stripe


def send(client, event, *, secret=WEBHOOK_SECRETS[0], at=NOW, **headers):
    raw = event if isinstance(event, str) else json.dumps(event)
    signed = {"Stripe-Signature": signature(raw, secret, int(at.timestamp())), **headers}
    return client.post(URL, data=raw.encode(), headers=signed)


def test_a_card_that_works_confirms_at_once(book, stripe_world):
    body = book()

    assert (body["status"], body["payment"]["status"]) == ("confirmed", "captured")
    assert stripe_world.all("payment_intent")[0]["metadata"] == {"reference": body["payment"]["id"]}


def test_a_declined_card_may_be_tried_again(book, guest):
    body = book("pm_card_visa_chargeDeclined")
    assert (body["status"], body["payment"]["status"]) == ("pending", "failed")

    choice = {"payment_method": "stripe", "payment_token": "pm_card_visa"}
    again = guest.post(f"/bookings/{body['id']}/pay", json=choice, key="pay")

    assert (again.json["status"], again.json["payment"]["status"]) == ("confirmed", "captured")


@pytest.mark.parametrize("field", ["payment_token", "message"])
def test_a_card_number_is_refused_before_anything_is_stored(own_stripe, guest, host, make_listing, count_rows, field):
    body = {
        "listing_id": str(make_listing(host=host.user).id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 1},
        "payment_method": "stripe",
        field: "4242 4242 4242 4242",
    }

    answer = guest.post("/bookings", json=body, key="book")

    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert "4242" not in answer.text
    assert count_rows(Payment) == 0


def test_the_config_tells_frontends_the_publishable_key_and_no_secret(client, app, monkeypatch):
    keys = StripeSettings(secret_key="sk_test_1", publishable_key="pk_test_1", webhook_secrets=("whsec_1",))
    monkeypatch.setitem(app.extensions, "airbnb_settings", replace(current_settings(), stripe=keys))

    answer = client.get("/api/v1/config")

    assert "stripe" in answer.json["payment_methods"]
    assert answer.json["stripe_publishable_key"] == "pk_test_1"
    assert not {"sk_test_1", "whsec_1"} & set(re.findall(r"\w+", answer.text))


@pytest.mark.parametrize("order", list(itertools.permutations(["authorized", "captured", "refunded", "disputed"])))
def test_case_22_events_in_any_order_and_often_end_in_one_state_and_one_ledger(
    book, guest, client, stripe_world, order, run_outbox, count_rows
):
    booked = book()
    # The refund's answer gets lost, so that only events and the sweep can tell of it.
    stripe_world.fail("/v1/refunds", "lose_answer", times=3, method="POST")
    guest.post(f"/bookings/{booked['id']}/cancel", json={}, key="cancel")
    dispute = stripe_world.open_dispute(stripe_world.all("payment_intent")[0]["id"])
    assert only_payment().status.value == "captured"
    events = {
        "authorized": stripe_world.events("payment_intent.amount_capturable_updated")[0],
        "captured": stripe_world.events("payment_intent.succeeded")[0],
        "refunded": stripe_world.events("refund.created")[0],
        "disputed": stripe_world.events("charge.dispute.created")[0],
    }

    for name in order:
        assert [send(client, events[name]).status_code for _ in range(2)] == [200, 200]
        run_outbox()
        assert send(client, events[name]).status_code == 200
    run_outbox()

    payment = only_payment()
    assert guest.get(f"/bookings/{booked['id']}").json["status"] == "canceled"
    assert (payment.status.value, payment.refunded_minor) == ("refunded", payment.captured_minor)
    assert posted() == ["booking_canceled", "booking_confirmed", "dispute_opened", "payment_captured", "refund_sent"]
    assert count_rows(WebhookEvent) == count_rows(WebhookEvent, WebhookEvent.handled_at.is_not(None)) == 4
    assert [one["amount"] for one in stripe_world.all("refund")] == [payment.captured_minor]
    assert dispute["status"] == "needs_response"


@pytest.mark.parametrize("order", list(itertools.permutations(["authorized", "captured", "disputed"])))
def test_case_22_events_alone_confirm_a_booking_whose_payment_was_never_answered(
    book, guest, client, stripe_world, order, run_outbox
):
    stripe_world.fail("/v1/payment_intents", "lose_answer", times=3, method="POST")
    booked = book()
    assert booked["payment"]["status"] == "processing"
    intent = stripe_world.all("payment_intent")[0]
    stripe_gateway_for(stripe_world).capture(intent["id"], intent["amount"], "by hand", currency="EUR")
    stripe_world.open_dispute(intent["id"])
    events = {
        "authorized": stripe_world.events("payment_intent.amount_capturable_updated")[0],
        "captured": stripe_world.events("payment_intent.succeeded")[0],
        "disputed": stripe_world.events("charge.dispute.created")[0],
    }

    for name in order:
        assert send(client, events[name]).status_code == 200
        run_outbox()

    assert guest.get(f"/bookings/{booked['id']}").json["status"] == "confirmed"
    assert posted() == ["booking_confirmed", "dispute_opened", "payment_captured"]


def test_case_21_one_event_on_many_connections_at_once_has_one_effect(app, book, stripe_world, run_outbox, count_rows):
    waiting = book("pm_card_authenticationRequired")
    stripe_world.answer_challenge(waiting["payment"]["approval_url"], ok=True)
    event = stripe_world.events("payment_intent.amount_capturable_updated")[0]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: send(app.test_client(), event).status_code, range(5)))
    run_outbox()

    assert answers == [200] * 5
    assert count_rows(WebhookEvent) == count_rows(OutboxEvent, OutboxEvent.topic == "webhook.received") == 1
    assert posted() == ["booking_confirmed", "payment_captured"]
    assert len(stripe_world.calls(f"/v1/payment_intents/{event['data']['object']['id']}/capture")) == 1


EVENT = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1"}}}


@pytest.mark.parametrize(
    "secret, at, spoil",
    [
        ("another secret", NOW, ""),
        (WEBHOOK_SECRETS[0], NOW, " "),
        (WEBHOOK_SECRETS[0], NOW - timedelta(minutes=6), ""),
        (WEBHOOK_SECRETS[0], NOW + timedelta(minutes=6), ""),
    ],
    ids=["other secret", "changed byte", "old", "ahead"],
)
def test_case_23_what_stripe_did_not_sign_is_refused_and_not_stored(client, secret, at, spoil, count_rows):
    raw = json.dumps(EVENT)
    header = signature(raw, secret, int(at.timestamp()))

    answer = client.post(URL, data=(raw + spoil).encode(), headers={"Stripe-Signature": header})

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_signature")
    assert count_rows(WebhookEvent) == count_rows(OutboxEvent) == 0


@pytest.mark.parametrize("headers", [{}, {"Stripe-Signature": "t=1,v1=00"}, {"Sandbox-Signature": "t=1,v1=00"}])
def test_a_webhook_without_its_signature_is_refused(client, headers):
    assert client.post(URL, json=EVENT, headers=headers).json["code"] == "invalid_signature"


@pytest.mark.parametrize(
    "event",
    [
        "",
        "[]",
        "{}",
        json.dumps({**EVENT, "id": 7}),
        json.dumps({**EVENT, "type": "é"}),
        json.dumps({**EVENT, "data": 1}),
    ],
)
def test_a_signed_body_of_another_shape_is_refused(client, event, count_rows):
    assert send(client, event).status_code == 400
    assert count_rows(WebhookEvent) == 0


@pytest.mark.parametrize("secret", WEBHOOK_SECRETS)
def test_case_23_both_secrets_are_good_while_one_is_rotated(client, secret, count_rows):
    assert send(client, EVENT, secret=secret).status_code == 200
    assert count_rows(WebhookEvent) == 1


@pytest.mark.parametrize(
    "thing", [{"object": "balance"}, {"object": "customer", "id": "cus_1"}, {}, {"object": "charge"}]
)
def test_case_24_an_unknown_kind_is_taken_and_done(client, app, thing, run_outbox, count_rows):
    assert send(client, {**EVENT, "type": "balance.available", "data": {"object": thing}}).status_code == 200
    run_outbox()

    assert count_rows(WebhookEvent, WebhookEvent.handled_at.is_not(None)) == 1


@pytest.mark.parametrize("kind", ["payment_intent", "refund", "transfer", "account"])
def test_case_24_an_event_for_something_unknown_is_kept_and_tried_again(client, app, kind, run_outbox, count_rows):
    thing = {"object": kind, "id": f"{kind}_1", "metadata": {"reference": "77"}}
    assert send(client, {**EVENT, "data": {"object": thing}}).status_code == 200
    run_outbox()

    assert count_rows(WebhookEvent, WebhookEvent.handled_at.is_(None)) == 1
    assert count_rows(OutboxEvent, OutboxEvent.state == "new", OutboxEvent.due_at > NOW, OutboxEvent.attempts > 0) == 1


def test_of_an_event_no_secret_and_no_card_is_kept(client, book, stripe_world):
    book()
    for event in stripe_world.events():
        assert send(client, event).status_code == 200

    with reading() as session:
        kept = json.dumps([row.payload for row in session.query(WebhookEvent)])
    assert "_secret_" not in kept
    assert "last4" not in kept


def test_case_24_a_huge_body_is_refused(client, app, count_rows):
    assert send(client, "x" * 5_000_000).status_code == 413
    assert count_rows(WebhookEvent) == 0


def test_webhook_return_and_sweep_may_race(app, book, guest, client_for, client, stripe_world, freeze, run_outbox):
    waiting = book("pm_card_authenticationRequired")
    stripe_world.answer_challenge(waiting["payment"]["approval_url"], ok=True)
    send(client, stripe_world.events("payment_intent.amount_capturable_updated")[0])

    def in_app(work):
        with app.app_context():
            return work()

    ways = [run_outbox, lambda: timers.resolve_unsettled(NOW + timedelta(hours=1))]
    ways += [lambda: client_for(guest.user).post(f"/payments/{waiting['payment']['id']}/sync", json={})] * 2
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(in_app, ways))
    run_outbox()

    assert guest.get(f"/bookings/{waiting['id']}").json["status"] == "confirmed"
    assert posted() == ["booking_confirmed", "payment_captured"]
    assert [one["amount_received"] for one in stripe_world.all("payment_intent")] == [only_payment().amount_minor]
