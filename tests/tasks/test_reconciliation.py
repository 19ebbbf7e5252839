"""Every night the provider's list is compared with our book: what nobody told us of is found within one run."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from airbnb.domain.kinds import Role
from airbnb.domain.postings import payment_captured
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import Payment
from airbnb.models.provider_movements import ProviderDifference, ProviderMovement
from airbnb.queries.ledger import balances, find_faults
from airbnb.services import ledger
from airbnb.services.passwords import hash_password
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.audits import run_audit
from airbnb.workflows.reconciliation import reconcile
from tests.factories.dashboard import PASSWORD, Browser
from tests.factories.stripe import stripe_gateway_for

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
NIGHT = NOW + timedelta(hours=12)


@pytest.fixture(autouse=True)
def _now(freeze, own_sandbox, own_stripe):
    freeze(NOW)


@pytest.fixture
def book(guest, host, make_listing, stripe_world):
    stripe_world.stop_clock(NOW)

    def ask():
        body = {
            "listing_id": str(make_listing(host=host.user).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "stripe",
            "payment_token": "pm_card_visa",
        }
        return guest.post("/bookings", json=body, key="book").json

    return ask


@pytest.fixture
def staff_pages(app, make_user):
    def get(role, path):
        browser = Browser(app)
        assert browser.sign_in(make_user(roles=(role,), password_hash=hash_password(PASSWORD))).status_code == 302
        return browser.get(path)

    return get


def run(freeze):
    freeze(NIGHT)
    reconcile(NIGHT)
    return run_audit("providers")


def kinds():
    with reading() as session:
        return sorted(session.scalars(select(LedgerTransaction.kind)))


def differences():
    with reading() as session:
        return session.scalars(select(ProviderDifference)).all()


def test_fees_are_posted_once_and_all_agrees(book, freeze, count_rows):
    book()

    assert run(freeze) == run(freeze) == []

    assert kinds() == ["booking_confirmed", "payment_captured", "processor_fee"]
    assert count_rows(ProviderMovement) == 1
    with reading() as session:
        payment = session.query(Payment).one()
        fee = payment.captured_minor * 15 // 1000 + 25
        assert balances(session)["processor_fees", "EUR"] == fee
        assert balances(session)["gateway_clearing:stripe", "EUR"] == payment.captured_minor - fee
        assert find_faults(session) == []


def test_case_20_a_charge_that_timed_out_and_was_never_reported_is_found_in_one_run(book, freeze, guest, stripe_world):
    stripe_world.fail("/v1/payment_intents", "lose_answer", times=3, method="POST")
    booked = book()
    assert booked["payment"]["status"] == "processing"
    intent = stripe_world.all("payment_intent")[0]
    stripe_world_capture(stripe_world, intent)

    assert run(freeze) == []

    assert "payment_captured" in kinds()
    with reading() as session:
        assert session.query(Payment).one().status.value in ("captured", "partially_refunded", "refunded")
        assert find_faults(session) == []


def test_a_refund_by_hand_is_a_difference_that_finance_staff_see(book, freeze, stripe_world, own_stripe, staff_pages):
    book()
    payment = only_payment()
    own_stripe.refund(payment.provider_ref, 2_000, "by hand", currency="EUR", reference="")

    (fault,) = run(freeze)

    assert "-2000 at the provider" in fault
    (row,) = differences()
    assert (row.provider_minor, row.booked_minor, row.resolved_at) == (-2_000, 0, None)
    assert row.subject in staff_pages(Role.FINANCE, "/differences/?flt0_state_equals=open").text
    assert staff_pages(Role.SUPPORT, "/differences/").status_code == 403


def test_a_capture_that_only_our_book_has_is_a_difference_until_it_is_undone(book, freeze):
    book()
    payment = only_payment()
    planted = payment_captured(booking_id=payment.booking_id, provider="stripe", amount_minor=700, currency="EUR")

    def post(session, kind, source, sign):
        entries = [type(one)(**{**fields(one), "amount_minor": sign * one.amount_minor}) for one in planted]
        return ledger.post(session, kind, source, entries, now=NOW)

    in_transaction(lambda session: post(session, "payment_captured", "payment:1", 1))
    assert len(run(freeze)) == 1
    assert [(row.provider_minor, row.booked_minor) for row in differences()] == [(0, 700)]

    in_transaction(lambda session: post(session, "refund_sent", "payment:1", -1))

    assert run(freeze) == []
    assert [row.resolved_at for row in differences()] == [NIGHT]


def test_a_silent_provider_is_compared_the_next_night(book, freeze, stripe_world, count_rows):
    book()
    stripe_world.fail("/v1/balance_transactions", "lose_answer", times=3, method="GET")

    assert run(freeze) == []
    assert count_rows(ProviderMovement) == 0
    assert run(freeze) == []
    assert count_rows(ProviderMovement) == 1


def only_payment():
    with reading() as session:
        return session.query(Payment).one()


def fields(entry):
    return {name: getattr(entry, name) for name in ("account", "amount_minor", "currency", "booking_id", "user_id")}


def stripe_world_capture(world, intent):
    stripe_gateway_for(world).capture(intent["id"], intent["amount"], "by hand", currency="EUR")
