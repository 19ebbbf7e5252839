"""The numbers of receipts: without a gap whatever is rolled back or happens at once, and never changed after."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from airbnb.domain.documents import SERIES
from airbnb.domain.payment_reports import PaymentReport
from airbnb.domain.statuses import PaymentStatus
from airbnb.models.documents import Document
from airbnb.models.payments import Payment
from airbnb.queries.documents import find_faults, next_number
from airbnb.services import payments
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.documents import issue_missing
from tests.concurrency.racing import in_app, race

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
RACERS = 6


class Mishap(Exception):
    """Something goes wrong before the commit."""


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def waiting(make_user, host, make_listing, make_booking):
    """Return a maker of bookings whose payment waits for the payer."""

    def make(days=0):
        booking = make_booking(
            listing=make_listing(host=host.user),
            guest=make_user(),
            check_in=date(2027, 4, 5) + timedelta(days=days),
            token="tok_requires_action",
        )
        with reading() as session:
            return session.scalars(select(Payment).where(Payment.booking_id == booking.id)).one()

    return make


def capture(session, payment):
    report = PaymentReport(
        status=PaymentStatus.CAPTURED, provider_ref=payment.provider_ref, captured_minor=payment.amount_minor
    )
    payments.apply_report(session, payment.id, report, now=NOW)


def numbers():
    with reading() as session:
        return list(session.scalars(select(Document.number).order_by(Document.number)))


def faults():
    with reading() as session:
        return [fault.what for fault in find_faults(session)]


def test_what_is_rolled_back_gives_its_number_back(waiting):
    first, second = waiting(), waiting()

    def fail(session):
        capture(session, first)
        assert session.scalar(select(Document.number)) == 1
        raise Mishap

    with pytest.raises(Mishap):
        in_transaction(fail)
    in_transaction(partial(capture, payment=second))
    in_transaction(partial(capture, payment=first))

    assert numbers() == [1, 2]
    assert faults() == []


def test_numbers_that_are_not_given_back_leave_a_gap_which_the_audit_finds(waiting):
    """The counter-proof: taken as an AUTO_INCREMENT column takes them, outside the transaction that needs them."""
    first, second = waiting(), waiting()
    in_transaction(partial(capture, payment=first))
    in_transaction(partial(next_number, series=SERIES))
    in_transaction(partial(capture, payment=second))

    assert numbers() == [1, 3]
    assert faults() == ["no document before this number"]


def test_captures_at_once_get_numbers_in_a_row(app, waiting):
    all_of_them = [waiting() for _ in range(RACERS)]

    race([partial(in_app, app, partial(capture, payment=payment)) for payment in all_of_them])

    assert numbers() == list(range(1, RACERS + 1))
    assert faults() == []


def test_the_same_capture_twice_is_one_receipt(waiting):
    payment = waiting()

    for _ in range(2):
        in_transaction(partial(capture, payment=payment))

    assert numbers() == [1]


@pytest.mark.parametrize(
    "change", [update(Document).values(amount_minor=1), delete(Document)], ids=["changed", "deleted"]
)
def test_what_is_issued_is_never(waiting, change):
    in_transaction(partial(capture, payment=waiting()))

    with pytest.raises(DatabaseError, match="append-only"):
        in_transaction(lambda session: session.execute(change.execution_options(synchronize_session=False)))


def forget_documents():
    """Take the database back to before there were receipts, past the guard."""

    def work(session):
        session.execute(text("DROP TRIGGER documents_no_delete"))
        session.execute(delete(Document).execution_options(synchronize_session=False))
        session.execute(text("UPDATE document_series SET last_number = 0"))

    in_transaction(work)


@pytest.fixture
def _guard_again(app):
    yield
    with reading() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
    action = (
        "BEGIN SELECT RAISE(ABORT, 'documents is append-only'); END"
        if is_sqlite
        else "FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'documents is append-only'"
    )
    in_transaction(
        lambda session: session.execute(text(f"CREATE TRIGGER documents_no_delete BEFORE DELETE ON documents {action}"))
    )


@pytest.mark.usefixtures("_guard_again")
def test_money_from_before_there_were_receipts_is_found_and_made_up_for(guest, waiting):
    paid, returned = waiting(), waiting()
    in_transaction(partial(capture, payment=paid))
    guest.post(f"/bookings/{returned.booking_id}/cancel", json={}, key="cancel")
    forget_documents()
    assert "payment without a receipt" in faults()

    assert issue_missing(NOW) == 1
    assert issue_missing(NOW) == 0

    assert numbers() == [1]
    assert faults() == []
