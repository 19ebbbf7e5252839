"""Being paid by PayPal over HTTP: its webhooks in any order, what is not PayPal's, and a whole journey."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from airbnb.config.payments import PayPalSettings
from airbnb.extensions import current_settings
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import Payment, WebhookEvent
from airbnb.models.platform import OutboxEvent
from airbnb.queries.ledger import find_faults
from airbnb.tasks import bookings, payments
from airbnb.unit_of_work import reading
from airbnb.workflows import payouts, timers
from tests.factories.paypal import WEBHOOK_IDS
from tests.fakes.paypal import signed_headers

URL = "/api/v1/webhooks/paypal"
NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
BACK = "http://frontend.test/booked"
VERIFY = "/v1/notifications/verify-webhook-signature"


@pytest.fixture(autouse=True)
def world(freeze, own_paypal, paypal_world):
    freeze(NOW)
    paypal_world.stop_clock(NOW)
    return paypal_world


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def book(world, guest, host, make_listing):
    def ask(**overrides):
        body = {
            "listing_id": str(make_listing(host=host.user).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "paypal",
            "return_url": BACK,
            "cancel_url": f"{BACK}?canceled=1",
        }
        answer = guest.post("/bookings", json={**body, **overrides}, key="book")
        assert answer.status_code == 201, answer.json
        return answer.json

    return ask


@pytest.fixture
def approved(book, world):
    """A booking whose guest has approved on PayPal's page and not come back yet."""
    booked = book()
    world.answer_approval(booked["payment"]["approval_url"])
    return booked


@pytest.fixture
def sync(guest):
    return lambda booked: guest.post(f"/payments/{booked['payment']['id']}/sync", json={})


def send(client, event, *, webhook_id=WEBHOOK_IDS[0], at=NOW, **headers):
    raw = (event if isinstance(event, str) else json.dumps(event)).encode()
    return client.post(URL, data=raw, headers={**signed_headers(raw, webhook_id, at), **headers})


def posted():
    with reading() as session:
        return sorted(session.scalars(select(LedgerTransaction.kind)))


def only_payment():
    with reading() as session:
        return session.query(Payment).one()


def test_the_payers_return_confirms(approved, guest, sync, world):
    assert (approved["status"], approved["payment"]["status"]) == ("pending", "requires_action")

    sync(approved)

    booked = guest.get(f"/bookings/{approved['id']}").json
    assert (booked["status"], booked["payment"]["status"]) == ("confirmed", "captured")
    order = world.all("order")[0]
    assert order["purchase_units"][0]["custom_id"] == approved["payment"]["id"]


def test_a_return_without_approval_changes_nothing(book, guest, sync, world):
    booked = book()
    world.answer_approval(booked["payment"]["approval_url"], answer="no")

    assert sync(booked).json["status"] == "requires_action"
    assert guest.get(f"/bookings/{booked['id']}").json["status"] == "pending"


def test_refused_money_may_be_followed_by_another_try(book, guest, sync, world):
    booked = book()
    world.answer_approval(booked["payment"]["approval_url"], answer="broke")
    assert sync(booked).json["status"] == "failed"

    choice = {"payment_method": "paypal", "return_url": BACK}
    again = guest.post(f"/bookings/{booked['id']}/pay", json=choice, key="pay").json
    world.answer_approval(again["payment"]["approval_url"])

    assert sync(again).json["status"] == "captured"


def test_what_is_approved_after_the_hold_was_given_up_takes_no_money(book, guest, sync, world, run_outbox):
    booked = book()
    guest.post(f"/bookings/{booked['id']}/cancel", json={}, key="cancel")
    world.answer_approval(booked["payment"]["approval_url"])

    assert sync(booked).json["status"] == "canceled"
    assert world.all("authorization") == world.all("capture") == []


def test_a_currency_without_decimals_and_one_that_paypal_does_not_take(guest, host, make_listing, world):
    def ask(currency, price):
        listing = make_listing(host=host.user, currency=currency, nightly_price_minor=price, cleaning_fee_minor=0)
        body = {
            "listing_id": str(listing.id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "paypal",
            "return_url": BACK,
        }
        return guest.post("/bookings", json=body, key=currency)

    yen, krona = ask("JPY", 12_000), ask("ISK", 15_000)

    assert yen.status_code == 201, yen.json
    assert world.all("order")[0]["purchase_units"][0]["amount"] == {
        "currency_code": "JPY",
        "value": str(only_payment().amount_minor),
    }
    assert (krona.status_code, krona.json["code"]) == (422, "currency_not_supported")


def test_the_config_tells_frontends_the_client_id_and_no_secret(client, app, monkeypatch):
    keys = PayPalSettings(client_id="app-1", client_secret="hush-hush", webhook_ids=("W1",), api_base="https://x.test")
    monkeypatch.setitem(app.extensions, "airbnb_settings", replace(current_settings(), paypal=keys))

    answer = client.get("/api/v1/config")

    assert "paypal" in answer.json["payment_methods"]
    assert answer.json["paypal_client_id"] == "app-1"
    assert "hush-hush" not in answer.text


@pytest.mark.parametrize("order", list(itertools.permutations(["approved", "authorized", "captured", "refunded"])))
def test_case_22_events_in_any_order_and_often_end_in_one_state_and_one_ledger(
    approved, guest, client, sync, world, order, run_outbox, count_rows
):
    sync(approved)
    # The refund's answer gets lost, so that only events and the sweep can tell of it.
    world.fail(r"/v2/payments/captures/[^/]+/refund", "lose_answer", times=3)
    guest.post(f"/bookings/{approved['id']}/cancel", json={}, key="cancel")
    assert only_payment().status.value == "captured"
    events = {
        "approved": world.events("CHECKOUT.ORDER.APPROVED")[0],
        "authorized": world.events("PAYMENT.AUTHORIZATION.CREATED")[0],
        "captured": world.events("PAYMENT.CAPTURE.COMPLETED")[0],
        "refunded": world.events("PAYMENT.CAPTURE.REFUNDED")[0],
    }

    for name in order:
        assert [send(client, events[name]).status_code for _ in range(2)] == [200, 200]
        run_outbox()
        assert send(client, events[name]).status_code == 200
    run_outbox()

    payment = only_payment()
    assert guest.get(f"/bookings/{approved['id']}").json["status"] == "canceled"
    assert (payment.status.value, payment.refunded_minor) == ("refunded", payment.captured_minor)
    assert posted() == ["booking_canceled", "booking_confirmed", "payment_captured", "refund_sent"]
    assert count_rows(WebhookEvent) == count_rows(WebhookEvent, WebhookEvent.handled_at.is_not(None)) == 4
    assert [len(world.all(kind)) for kind in ("authorization", "capture", "refund")] == [1, 1, 1]


def test_case_21_one_event_on_many_connections_at_once_has_one_effect(app, approved, world, run_outbox, count_rows):
    event = world.events("CHECKOUT.ORDER.APPROVED")[0]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: send(app.test_client(), event).status_code, range(5)))
    run_outbox()

    assert answers == [200] * 5
    assert count_rows(WebhookEvent) == count_rows(OutboxEvent, OutboxEvent.topic == "webhook.received") == 1
    assert posted() == ["booking_confirmed", "payment_captured"]


def test_webhook_return_and_sweep_may_race(app, approved, guest, client_for, client, world, run_outbox):
    send(client, world.events("CHECKOUT.ORDER.APPROVED")[0])

    def in_app(work):
        with app.app_context():
            return work()

    ways = [run_outbox, lambda: timers.resolve_unsettled(NOW + timedelta(hours=1))]
    ways += [lambda: client_for(guest.user).post(f"/payments/{approved['payment']['id']}/sync", json={})] * 2
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(in_app, ways))
    run_outbox()

    assert guest.get(f"/bookings/{approved['id']}").json["status"] == "confirmed"
    assert posted() == ["booking_confirmed", "payment_captured"]
    assert [len(world.all(kind)) for kind in ("authorization", "capture")] == [1, 1]


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


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"details": {}}, "details"),
        ({"details": {"email": "nobody"}}, "details.email"),
        ({"details": {"email": "h@example.test", "iban": "DE1"}}, "details"),
        ({"currency": "ISK"}, "currency"),
    ],
)
def test_an_account_that_can_not_be_paid_is_refused_at_set_up(host, changes, field):
    body = {"method": "paypal", "currency": "EUR", "details": {"email": "host@example.test"}, **changes}

    answer = host.put("/users/me/payout-account", json=body)

    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


@pytest.fixture
def earned(approved, sync, host, world, freeze):
    """A stay that is over, whose host's money is due, and who is paid at an address of a behaviour."""

    def until_due(receiver="host"):
        details = {"email": f"{receiver}@example.test"}
        body = {"method": "paypal", "currency": "EUR", "details": details}
        account = host.put("/users/me/payout-account", json=body).json
        assert account["verified"], account
        assert account["details"]["account"] == "•••• test"
        sync(approved)
        freeze(CHECK_OUT_AT)
        assert bookings.complete_stays() == 1
        due = CHECK_OUT_AT + timedelta(hours=24)
        freeze(due)
        world.stop_clock(due)
        return due

    return until_due


def test_without_webhooks_the_sweep_learns_that_a_payout_arrived(earned, host, world, freeze):
    due = earned()
    payments.run_payouts()
    world.process_payouts()

    assert timers.resolve_unsettled(due + timedelta(minutes=30)) == 0
    freeze(due + timedelta(hours=1))
    assert timers.resolve_unsettled(due + timedelta(hours=1)) == 1

    assert host.get("/payouts").json["data"][0]["status"] == "paid"


def test_what_nobody_claimed_comes_back_and_is_owed_again(earned, host, client, world, run_outbox):
    due = earned("stranger")
    payments.run_payouts()
    world.process_payouts()
    send(client, world.events("PAYMENT.PAYOUTS-ITEM.UNCLAIMED")[0], at=due)
    run_outbox()
    assert host.get("/payouts").json["data"][0]["status"] == "processing"

    world.return_payouts()
    for _ in range(2):
        assert send(client, world.events("PAYMENT.PAYOUTS-ITEM.RETURNED")[0], at=due).status_code == 200
        run_outbox()

    payout = host.get("/payouts").json["data"][0]
    assert (payout["status"], payout["failure"]["code"]) == ("failed", "returned")
    assert [kind for kind in posted() if kind.startswith("payout")] == ["payout_failed", "payout_started"]


def test_a_failure_that_passes_is_tried_again_under_the_next_name(earned, host, client, world, freeze, run_outbox):
    due = earned("busy")
    payments.run_payouts()
    world.process_payouts()
    send(client, world.events("PAYMENT.PAYOUTS-ITEM.FAILED")[0], at=due)
    run_outbox()
    payout = host.get("/payouts").json["data"][0]
    assert (payout["status"], payout["failure"]["code"]) == ("failed", "internal_error")
    assert len(world.all("batch")) == 1

    for later in (timedelta(minutes=14), timedelta(minutes=16)):
        freeze(due + later)
        world.stop_clock(due + later)
        payouts.run_payouts(due + later)

    assert [one["batch_header"]["batch_status"] for one in world.all("batch")] == ["PENDING", "SUCCESS"]
    assert host.get("/payouts").json["data"][0]["status"] == "processing"
