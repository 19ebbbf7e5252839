"""The double-entry book: posted once, balanced or refused, and each event as docs/rules/ledger.md shows it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from airbnb.domain import clock
from airbnb.domain.ledger_accounts import CHART, Account, clearing_account, is_account
from airbnb.domain.money import Money
from airbnb.domain.payment_reports import RefundReport
from airbnb.domain.postings import (
    Division,
    Entry,
    UnbalancedPosting,
    money_divided,
    payment_returned,
    penalty_waived,
    reversal,
)
from airbnb.domain.statuses import RefundStatus
from airbnb.models.bookings import Booking
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.models.payments import Payment
from airbnb.queries.ledger import balances, find_faults
from airbnb.services import ledger, refund_reports
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import payouts, timers
from tests.factories.ledger import PAGE, documented, in_euros

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
EUR = "EUR"


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def stay(guest, host, make_listing):
    """Book the stay of the page's examples, and more of the kind on request."""
    listing = make_listing(host=host.user, cleaning_fee_minor=4_000)

    def book(check_in="2027-04-05", check_out="2027-04-09", token="tok_ok"):
        body = {
            "listing_id": str(listing.id),
            "check_in": check_in,
            "check_out": check_out,
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": token,
        }
        answer = guest.post("/bookings", json=body, key=check_in)
        assert answer.status_code == 201, answer.json
        return answer.json

    return book


def test_every_account_of_the_chart_is_on_the_page():
    on_page = {
        name.partition(":")[0] for name in re.findall(r"^\| `([a-z_:<>]+)` \| (?:asset|liab|reve|exp)", PAGE, re.M)
    }

    assert on_page == {account.value for account in Account} == set(CHART)


def test_a_completed_stay_is_posted_as_the_page_shows(stay, host, freeze):
    stay()
    assert in_euros("payment_captured", 0) == documented("payment_captured")
    assert in_euros("booking_confirmed", 0) == documented("booking_confirmed")

    timers.complete_finished(CHECK_OUT_AT)

    assert in_euros("booking_completed", 0) == documented("booking_completed")


def test_a_changed_stay_is_posted_as_the_page_shows(stay, guest, host, count_rows):
    booking = stay()
    shorter, longer = (
        {"check_in": "2027-04-05", "check_out": check_out, "guests": {"adults": 1}}
        for check_out in ("2027-04-08", "2027-04-09")
    )
    card = {"payment_method": "sandbox", "payment_token": "tok_ok"}

    for key, body in (("shorter", shorter), ("longer", {**longer, **card})):
        change = guest.post(f"/bookings/{booking['id']}/changes", json=body, key=key).json
        host.post(f"/bookings/{booking['id']}/changes/{change['id']}/accept", key=key)

    assert in_euros("booking_changed", 0) == documented("booking_changed")
    assert in_euros("booking_changed", 1) == {"guest_funds": 1_400, "deferred_fees": -1_400}
    assert count_rows(LedgerTransaction, LedgerTransaction.kind == "payment_captured") == 2
    with reading() as session:
        assert find_faults(session) == []


def test_a_canceled_stay_is_posted_as_the_page_shows(stay, guest, freeze):
    booking = stay()
    freeze(CHECK_IN_AT - timedelta(days=2))

    guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")

    assert in_euros("booking_canceled", 0) == documented("booking_canceled")
    assert in_euros("refund_sent", 0) == documented("refund_sent")


def test_a_refund_that_a_bank_sends_back_is_posted_as_the_page_shows_and_owed_again(stay, guest, freeze, count_rows):
    booking = stay()
    freeze(CHECK_IN_AT - timedelta(days=2))
    guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")
    (refund,) = guest.get(f"/payments/{booking['payment']['id']}").json["refunds"]
    came_back = RefundReport(status=RefundStatus.FAILED, failure_code="card_closed")

    for _ in range(2):
        in_transaction(
            lambda session: refund_reports.apply_refund_report(session, int(refund["id"]), came_back, now=clock.now())
        )

    assert in_euros("refund_came_back", 0) == documented("refund_came_back")
    assert count_rows(LedgerTransaction, LedgerTransaction.kind == "refund_came_back") == 1
    assert guest.get(f"/payments/{booking['payment']['id']}").json["refunds"][0]["status"] == "failed"
    with reading() as session:
        assert find_faults(session) == []


def test_penalty_and_payouts_are_posted_as_the_page_shows(stay, host, freeze):
    account = {"method": "sandbox", "currency": EUR, "details": {"behaviour": "fail_permanent"}}
    canceled = stay("2027-04-10", "2027-04-14")
    stay()
    host.put("/users/me/payout-account", json=account)
    freeze(CHECK_IN_AT - timedelta(days=5))
    host.post(f"/bookings/{canceled['id']}/cancel", json={}, key="cancel")
    assert in_euros("host_penalty", 0) == documented("host_penalty")
    timers.complete_finished(CHECK_OUT_AT)

    freeze(CHECK_OUT_AT + timedelta(hours=24))
    payouts.run_payouts(CHECK_OUT_AT + timedelta(hours=24))
    assert in_euros("payout_started", 0) == documented("payout_started")
    assert in_euros("payout_failed", 0) == documented("payout_failed")

    freeze(CHECK_OUT_AT + timedelta(hours=25))
    host.put("/users/me/payout-account", json={**account, "details": {}})
    for day in (3, 5):
        freeze(CHECK_OUT_AT + timedelta(days=day))
        payouts.run_payouts(CHECK_OUT_AT + timedelta(days=day))
    assert in_euros("payout_paid", 0) == documented("payout_paid")
    with reading() as session:
        assert find_faults(session) == []
        assert (Account.HOST_PAYABLE, EUR) not in balances(session)


def test_money_that_nobody_wants_any_more_is_posted_as_the_page_shows():
    entries = payment_returned(booking_id=1, amount_minor=50_160, currency=EUR)

    assert {str(entry.account): entry.amount_minor for entry in entries} == documented("payment_returned")


class TestPosting:
    def entries(self, amount_minor=100):
        held = Entry(account=Account.GUEST_FUNDS, amount_minor=-amount_minor, currency=EUR)
        return [Entry(account=clearing_account("sandbox"), amount_minor=amount_minor, currency=EUR), held]

    def post(self, entries, source="payment:1"):
        return in_transaction(lambda session: ledger.post(session, "payment_captured", source, entries, now=NOW))

    def test_twice_changes_nothing(self, app, count_rows):
        assert self.post(self.entries()) is True
        assert self.post(self.entries(200)) is False

        assert count_rows(LedgerTransaction) == 1
        assert count_rows(LedgerEntry) == 2

    def test_nothing_is_not_posted(self, app, count_rows):
        assert self.post(self.entries(0)) is False
        assert count_rows(LedgerTransaction) == 0

    @pytest.mark.parametrize(
        "wrong",
        [
            [Entry(account=Account.GUEST_FUNDS, amount_minor=1, currency=EUR)],
            [
                Entry(account=Account.GUEST_FUNDS, amount_minor=1, currency=EUR),
                Entry(account=Account.DEFERRED_FEES, amount_minor=-1, currency="USD"),
            ],
            [
                Entry(account="pocket", amount_minor=1, currency=EUR),
                Entry(account=Account.GUEST_FUNDS, amount_minor=-1, currency=EUR),
            ],
        ],
        ids=["one-sided", "two currencies", "no such account"],
    )
    def test_what_does_not_balance_is_refused(self, app, wrong, count_rows):
        with pytest.raises(UnbalancedPosting):
            self.post(wrong)
        assert count_rows(LedgerTransaction) == 0

    def test_a_reversal_is_the_exact_opposite(self):
        assert sum(entry.amount_minor for entry in [*self.entries(7), *reversal(self.entries(7))]) == 0

    @pytest.mark.parametrize(
        "name, known",
        [
            ("guest_funds", True),
            ("gateway_clearing:stripe", True),
            ("gateway_clearing", False),
            ("guest_funds:1", False),
        ],
    )
    def test_account_names(self, name, known):
        assert is_account(name) is known


def test_a_division_with_taxes_and_a_platform_coupon_balances():
    division = Division(
        booking_id=1,
        host_id=2,
        currency="JPY",
        host_currency="JPY",
        charged_minor=11_400 - 1_000 + 700,
        guest_fee_minor=1_400,
        fee_kept_minor=1_400,
        host_fee_minor=300,
        host_payout_minor=9_700,
        taxes_minor=700,
        coupon_minor=1_000,
    )

    assert sum(entry.amount_minor for entry in money_divided(division)) == 0
    assert Money(700, "JPY").amount_minor == 700


class TestAudit:
    """Each fault is made on purpose and must be found."""

    def faults(self):
        with reading() as session:
            return {fault.what for fault in find_faults(session)}

    def test_a_payment_that_is_not_in_the_book_is_found(self, stay):
        booking = stay()
        change = update(Payment).where(Payment.booking_id == int(booking["id"])).values(captured_minor=50_159)
        in_transaction(lambda session: session.execute(change))

        assert self.faults() == {"booking's held money", "money of gateway_clearing:sandbox"}

    def test_an_unbalanced_transaction_is_found(self, stay):
        stay()
        with reading() as session:
            transaction = session.query(LedgerTransaction).first()
        row = {
            "transaction_id": transaction.id,
            "position": 9,
            "account": "service_fee_revenue",
            "currency": EUR,
            "amount_minor": 5,
        }
        in_transaction(lambda session: session.execute(insert(LedgerEntry).values(row)))

        assert self.faults() == {"transaction does not balance"}

    def test_a_completed_stay_without_its_division_is_found(self, stay):
        booking = stay()
        change = update(Booking).where(Booking.id == int(booking["id"])).values(status="completed")
        in_transaction(lambda session: session.execute(change))

        assert self.faults() == {"booking's held money"}

    @pytest.mark.parametrize(
        "account, what",
        [(Account.HOST_PAYABLE, "what a host is owed"), (Account.HOST_RECEIVABLE, "what a host owes")],
    )
    @pytest.mark.parametrize("amount_minor", [1, -1])
    def test_one_unit_too_much_or_too_little_for_a_host_is_found(self, stay, host, account, what, amount_minor):
        """What the stay before earned is not paid yet: it hides nothing."""
        stay()
        timers.complete_finished(CHECK_OUT_AT)
        assert self.faults() == set()
        line = Entry(account=account, amount_minor=amount_minor, currency=EUR, user_id=host.user.id)
        other = Entry(account=Account.PENALTY_INCOME, amount_minor=-amount_minor, currency=EUR)
        in_transaction(lambda session: ledger.post(session, "slip", "slip:1", [line, other], now=NOW))

        assert self.faults() == {what}

    def test_a_refund_that_is_not_owed_in_the_book_is_found(self, stay, guest, freeze):
        booking = stay()
        freeze(CHECK_IN_AT - timedelta(days=2))
        guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")
        entries = payment_returned(booking_id=int(booking["id"]), amount_minor=10, currency=EUR)
        in_transaction(lambda session: ledger.post(session, "payment_returned", "payment:x", entries, now=NOW))

        assert self.faults() == {"booking's held money", "booking's refunds owed"}


def test_a_penalty_that_is_waived_is_posted_as_the_page_shows():
    entries = penalty_waived(booking_id=1, host_id=2, amount_minor=11_000, currency=EUR)

    assert {str(entry.account): entry.amount_minor for entry in entries} == documented("penalty_waived")
