"""PayPal's disputes and its list of movements, through our own webhooks, tasks and book."""

from datetime import timedelta
from itertools import permutations

import pytest

from airbnb.models.disputes import Dispute
from airbnb.models.payments import Payment, Refund
from airbnb.queries.ledger import balances
from airbnb.unit_of_work import reading
from airbnb.workflows.audits import run_audit
from airbnb.workflows.reconciliation import reconcile
from tests.factories.ledger import posted, rows
from tests.factories.paypal import NOW, send

NIGHT = NOW + timedelta(hours=12)
EUR = "EUR"


@pytest.fixture
def hear(client, run_outbox):
    """Let PayPal tell of an event, twice, and the worker handle it."""

    def tell(event):
        for _ in range(2):
            assert send(client, event).status_code == 200
        run_outbox()

    return tell


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
    assert [kind for kind in posted() if kind.startswith("dispute")] == sorted(ends)


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

    assert posted().count("processor_fee") >= 1


def test_money_that_only_paypal_knows_of_is_a_difference(paid, world, own_paypal, freeze):
    (payment,) = rows(Payment)
    own_paypal.refund(payment.provider_ref, 2_000, "by hand", currency=EUR, reference="")
    world.stop_clock(NIGHT)
    freeze(NIGHT)

    reconcile(NIGHT)

    (fault,) = run_audit("providers")
    assert "-2000" in fault
