"""PayPal's disputes and its list of movements, through our own webhooks, tasks and book."""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from airbnb.models.disputes import Dispute
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import Payment, Refund
from airbnb.queries.ledger import balances, find_faults
from airbnb.unit_of_work import reading
from airbnb.workflows.audits import run_audit
from airbnb.workflows.reconciliation import reconcile
from tests.factories.paypal import WEBHOOK_IDS
from tests.fakes.paypal import signed_headers

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
NIGHT = NOW + timedelta(hours=12)
EUR = "EUR"


@pytest.fixture(autouse=True)
def world(freeze, own_sandbox, own_paypal, paypal_world):
    freeze(NOW)
    paypal_world.stop_clock(NOW)
    return paypal_world


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def paid(world, guest, host, make_listing):
    """A confirmed stay, paid at PayPal."""
    body = {
        "listing_id": str(make_listing(host=host.user).id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 1},
        "payment_method": "paypal",
        "return_url": "http://frontend.test/booked",
        "cancel_url": "http://frontend.test/booked",
    }
    booked = guest.post("/bookings", json=body, key="book").json
    world.answer_approval(booked["payment"]["approval_url"])
    assert guest.post(f"/payments/{booked['payment']['id']}/sync", json={}).json["status"] == "captured"
    return booked


@pytest.fixture
def hear(client, run_outbox):
    """Let PayPal tell of an event, twice, and the worker handle it."""

    def tell(event):
        raw = json.dumps(event).encode()
        for _ in range(2):
            headers = signed_headers(raw, WEBHOOK_IDS[0], NOW)
            assert client.post("/api/v1/webhooks/paypal", data=raw, headers=headers).status_code == 200
        run_outbox()

    return tell


def rows(model):
    with reading() as session:
        return session.scalars(select(model).order_by(model.id)).all()


def kinds():
    return sorted(row.kind for row in rows(LedgerTransaction))


@pytest.mark.parametrize("is_won", [True, False], ids=["won", "lost"])
@pytest.mark.parametrize("order", list(permutations(["CREATED", "RESOLVED"])), ids="-".join)
def test_events_in_any_order_end_in_one_case_and_one_ledger(paid, world, hear, order, is_won):
    dispute = world.open_dispute(world.all("order")[0]["id"])
    world.close_dispute(dispute["dispute_id"], won=is_won)

    for word in order:
        hear(world.events(f"CUSTOMER.DISPUTE.{word}")[0])

    (case,) = rows(Dispute)
    assert (case.status.value, case.provider.value) == ("won" if is_won else "lost", "paypal")
    (payment,) = rows(Payment)
    assert case.amount_minor == payment.captured_minor
    assert payment.disputed_minor == (0 if is_won else payment.captured_minor)
    ends = ["dispute_opened", "dispute_won" if is_won else "dispute_lost"]
    assert [kind for kind in kinds() if kind.startswith("dispute")] == sorted(ends)


def test_case_32_after_a_dispute_a_cancellation_pays_nothing_twice(paid, world, hear, host):
    world.open_dispute(world.all("order")[0]["id"])
    hear(world.events("CUSTOMER.DISPUTE.CREATED")[0])

    assert host.post(f"/bookings/{paid['id']}/cancel", json={}, key="cancel").status_code == 200

    assert rows(Refund) == []
    with reading() as session:
        assert ("refunds_payable", EUR) not in balances(session)


def test_paypals_list_agrees_with_the_book_and_its_fees_are_posted(paid, world, freeze, host):
    host.post(f"/bookings/{paid['id']}/cancel", json={}, key="cancel")
    assert [one.status.value for one in rows(Refund)] == ["succeeded"]
    world.stop_clock(NIGHT)
    freeze(NIGHT)

    for _ in range(2):
        reconcile(NIGHT)
        assert run_audit("providers") == []

    assert kinds().count("processor_fee") >= 1


def test_money_that_only_paypal_knows_of_is_a_difference(paid, world, own_paypal, freeze):
    (payment,) = rows(Payment)
    own_paypal.refund(payment.provider_ref, 2_000, "by hand", currency=EUR, reference="")
    world.stop_clock(NIGHT)
    freeze(NIGHT)

    reconcile(NIGHT)

    (fault,) = run_audit("providers")
    assert "-2000" in fault
