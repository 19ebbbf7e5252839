"""Payments through PayPal: approved on its pages, reported by return, events and sweep in any order."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from airbnb.config.payments import PayPalSettings
from airbnb.extensions import current_settings
from airbnb.models.payments import WebhookEvent
from airbnb.models.platform import OutboxEvent
from airbnb.workflows import timers
from tests.factories.ledger import only_payment, posted
from tests.factories.paypal import NOW, send

BACK = "http://frontend.test/booked"


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
