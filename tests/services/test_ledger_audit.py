"""The audit of a long book, read in parts; what moves while it reads is no fault."""

import pytest
from sqlalchemy import event, func, insert, select, update

from airbnb.extensions import db
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout, PayoutItem
from airbnb.queries import ledger
from airbnb.unit_of_work import in_transaction, reading
from benchmarks.ledger import fill

LINES = 3_000


@pytest.fixture
def long_book(app, monkeypatch, make_listing, make_booking, host, guest, count_rows):
    """The book of some hundred random stays in five currencies, of which no part holds more than a few."""
    make_booking(listing=make_listing(host=host.user), guest=guest.user, booked_days_before=0)
    assert fill(host.user.id, entries=LINES, seed=7) >= LINES
    monkeypatch.setattr(ledger, "PART", 40)
    assert count_rows(LedgerTransaction) > 5 * ledger.PART


def audit():
    with reading() as session:
        return ledger.find_faults(session)


def change(statement):
    in_transaction(lambda session: session.execute(statement))


def test_case_35_a_long_book_is_explained_whole(long_book):
    assert audit() == []
    with reading() as session:
        kinds = set(session.scalars(select(LedgerTransaction.kind).distinct()))
        currencies = session.scalar(select(func.count(LedgerEntry.currency.distinct())))
    assert kinds >= {"payment_captured", "booking_completed", "booking_canceled", "refund_sent", "payout_came_back"}
    assert currencies == 5


@pytest.mark.parametrize("where", [func.min, func.max], ids=["first", "last"])
def test_case_35_one_line_too_much_is_found_in_any_part(long_book, where):
    with reading() as session:
        transaction_id = session.scalar(select(where(LedgerEntry.transaction_id)))
        like = dict(session.execute(select(LedgerEntry.__table__).limit(1)).mappings().one())
    line = {**like, "transaction_id": transaction_id, "position": 99, "account": "taxes_payable", "amount_minor": 7}
    change(insert(LedgerEntry).values(**line))

    found = audit()

    assert [(fault.what, fault.subject.split()[0], fault.booked_minor) for fault in found] == [
        ("transaction does not balance", str(transaction_id), 7)
    ]


@pytest.mark.parametrize("where", [func.min, func.max], ids=["first", "last"])
def test_one_unit_off_in_a_payment_or_refund_is_found_in_any_part(long_book, where):
    with reading() as session:
        payment_id = session.scalar(select(where(Payment.id)).where(Payment.refunded_minor == 0))
        refund_id = session.scalar(select(where(Refund.id)))
    change(update(Payment).where(Payment.id == payment_id).values(captured_minor=Payment.captured_minor - 1))
    assert "money of gateway_clearing" in " ".join(fault.what for fault in audit())

    change(update(Payment).where(Payment.id == payment_id).values(captured_minor=Payment.captured_minor + 1))
    change(update(Refund).where(Refund.id == refund_id).values(amount_minor=Refund.amount_minor + 1))
    assert audit() != []


@pytest.mark.parametrize("where", [func.min, func.max], ids=["first", "last"])
def test_one_unit_off_in_what_a_host_earned_is_found_whatever_else_is_unpaid(long_book, where):
    with reading() as session:
        item_id = session.scalar(select(where(PayoutItem.id)).where(PayoutItem.payout_id.is_(None)))

    change(update(PayoutItem).where(PayoutItem.id == item_id).values(amount_minor=PayoutItem.amount_minor + 1))

    assert {fault.what for fault in audit()} == {"what a host is owed"}


@pytest.mark.parametrize("failure_permanent, whats", [(False, set()), (True, {"what a host is owed"})])
def test_a_payout_is_owed_again_when_it_failed_for_good(long_book, failure_permanent, whats):
    """The book still says that it left."""
    with reading() as session:
        payout_id = session.scalar(select(func.min(Payout.id)).where(Payout.status == "paid"))

    change(update(Payout).where(Payout.id == payout_id).values(status="failed", failure_permanent=failure_permanent))

    assert {fault.what for fault in audit()} - {
        "money of gateway_clearing:stripe",
        "money of gateway_clearing:paypal",
    } == whats


def test_what_moves_while_the_audit_reads_is_no_fault(long_book):
    """The first look sees a payment before its lines, as in the middle of a capture; the second sees both."""
    change(update(Payment).values(captured_minor=Payment.captured_minor - 1))
    looks = []

    def settle(connection, cursor, statement, *rest):
        if "FROM provider_movements" in statement:
            looks.append(statement)
            if len(looks) == 1:
                change(update(Payment).values(captured_minor=Payment.captured_minor + 1))

    event.listen(db.engines["read"], "after_cursor_execute", settle)
    try:
        assert audit() == []
    finally:
        event.remove(db.engines["read"], "after_cursor_execute", settle)
    assert len(looks) == 2
