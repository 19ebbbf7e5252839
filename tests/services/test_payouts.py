"""Payouts without HTTP: orders and reports that come again."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.payment_reports import PayoutReport
from airbnb.domain.statuses import PayoutStatus
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import PaymentIntent
from airbnb.models.payouts import Payout
from airbnb.models.platform import OutboxEvent
from airbnb.queries.ledger import find_faults
from airbnb.services import payouts
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.payouts import run_payouts
from tests.factories.bookings import clock_at

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def due(guest, host, make_listing, make_booking):
    """When the earnings of a completed stay of ``host`` are due; the account was set up long before."""
    account = {"method": "sandbox", "currency": "EUR", "details": {"iban": "DE89370400440532013000"}}
    assert host.put("/users/me/payout-account", json=account).status_code == 200
    stay = make_booking(listing=make_listing(host=host.user), guest=guest.user, completed=True)
    return stay.check_out_at + timedelta(hours=24)


def only(model):
    with reading() as session:
        return session.query(model).one()


def sent():
    with reading() as session:
        return session.query(PaymentIntent).filter_by(operation="payout").one()


def report(status, at, **rest):
    told = PayoutReport(status=status, **rest)
    in_transaction(lambda session: payouts.apply_report(session, sent().id, told, now=at))


def test_a_paid_payout_is_not_tried_again(due):
    with clock_at(due):
        assert run_payouts(due) == 1

    assert in_transaction(lambda session: payouts.retry(session, only(Payout).id, now=due)) is None

    assert (only(Payout).status, only(Payout).attempts) == (PayoutStatus.PAID, 1)


def test_a_report_that_tells_nothing_new_changes_nothing(due, count_rows):
    with clock_at(due):
        run_payouts(due)
    paid = only(Payout)

    for status in (PayoutStatus.PAID, PayoutStatus.PROCESSING, PayoutStatus.SCHEDULED):
        report(status, due + timedelta(days=1), provider_ref="another name")

    assert (only(Payout).provider_ref, only(Payout).paid_at) == (paid.provider_ref, paid.paid_at)
    assert count_rows(LedgerTransaction, LedgerTransaction.kind == "payout_paid") == 1
    assert count_rows(OutboxEvent, OutboxEvent.topic == "payout.paid") == 1
