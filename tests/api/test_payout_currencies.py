"""Hosts paid in the currency of their account: presented, charged, earned and paid out in up to three currencies.

Source: docs/rules/payouts.md, "In another currency"; docs/rules/ledger.md; RELIABILITY case 33.
"""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import selectinload

from airbnb.domain.ledger_accounts import Account
from airbnb.domain.money import parse_money
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import PaymentIntent
from airbnb.models.payouts import Payout, PayoutAccount
from airbnb.queries.ledger import balances, find_faults
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import payouts, timers
from tests.architecture.guards import ROOT
from tests.factories.bookings import clock_at

PAGE = (ROOT / "docs" / "rules" / "ledger.md").read_text()
NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
DUE = CHECK_OUT_AT + timedelta(hours=24)
RATE = {"from": "EUR", "to": "USD", "rate": "1.0832", "on": "2027-04-09"}


@pytest.fixture(autouse=True)
def _now(freeze, set_rates):
    freeze(NOW)
    set_rates("2027-03-19", USD="1.0833", JPY="163.4561")
    set_rates("2027-04-09", USD="1.0832", JPY="163.4561", KWD="0.3327")


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def stay(guest, host, make_listing):
    """Book the stay of the ledger page's examples, in a currency of the guest's choice."""
    listing = make_listing(host=host.user, cleaning_fee_minor=4_000)

    def book(check_in="2027-04-05", check_out="2027-04-09", **more):
        body = {
            "listing_id": str(listing.id),
            "check_in": check_in,
            "check_out": check_out,
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": "tok_ok",
            **more,
        }
        answer = guest.post("/bookings", json=body, key=check_in)
        assert answer.status_code == 201, answer.json
        return answer.json

    return book


@pytest.fixture
def run_at(freeze):
    def run(at):
        freeze(at)
        return payouts.run_payouts(at)

    return run


def set_account(host, currency="USD", method="sandbox", **details):
    body = {"method": method, "currency": currency, "details": details}
    answer = host.put("/users/me/payout-account", json=body)
    assert answer.status_code == 200, answer.json


def only_payout(host):
    (payout,) = host.get("/payouts").json["data"]
    return payout


def documented(heading):
    """Return the entries of an example of the page, as (account, currency) -> minor units."""
    section = PAGE.partition(f"### {heading}\n")[2].partition("\n##")[0]
    rows = re.findall(r"^\| `([a-z_]+)` \| ([A-Z]{3}) \| (-?)([0-9.]+) \|$", section, re.MULTILINE)
    assert rows, f"the page has no example of {heading}"
    return {
        (account, currency): parse_money(text, currency).amount_minor * (-1 if sign else 1)
        for account, currency, sign, text in rows
    }


def posted(kind):
    with reading() as session:
        found = (
            session.query(LedgerTransaction)
            .filter_by(kind=kind)
            .options(selectinload(LedgerTransaction.entries))
            .order_by(LedgerTransaction.id)
            .all()
        )
    return [{(one.account, one.currency): one.amount_minor for one in row.entries} for row in found]


def penalised(stay, host, freeze):
    """A completed stay of 426.80 EUR, and a penalty of 110.00 EUR for another one."""
    canceled = stay("2027-04-10", "2027-04-14")
    stay()
    freeze(CHECK_IN_AT - timedelta(days=5))
    host.post(f"/bookings/{canceled['id']}/cancel", json={}, key="cancel")
    timers.complete_finished(CHECK_OUT_AT)


def test_a_stay_shown_in_yen_earned_in_euros_and_paid_out_in_dollars(stay, host, run_at):
    set_account(host)
    booking = stay(currency="JPY")
    assert booking["total"] == {"amount": "81989", "currency": "JPY"}
    timers.complete_finished(CHECK_OUT_AT)

    assert run_at(DUE) == 1

    payout = only_payout(host)
    assert payout["status"] == "paid"
    assert payout["earned"] == {"amount": "426.80", "currency": "EUR"}
    assert payout["amount"] == {"amount": "462.31", "currency": "USD"}  # 462.30976
    assert payout["exchange_rate"] == RATE
    assert [item["amount"] for item in payout["items"]] == [{"amount": "426.80", "currency": "EUR"}]
    with reading() as session:
        row, call = session.query(Payout).one(), session.query(PaymentIntent).filter_by(operation="payout").one()
        left = balances(session)
    assert (row.exchange_rate, row.exchange_rate_on) == ("1.0832", date(2027, 4, 9))
    assert (call.amount_minor, call.currency) == (46_231, "USD")
    assert left["gateway_clearing:sandbox", "USD"] == -46_231
    assert left["gateway_clearing:sandbox", "JPY"] == 81_989
    assert {account for account, _ in left} & {Account.HOST_PAYABLE, Account.PAYOUTS_IN_TRANSIT} == set()


def test_what_is_posted_is_what_the_page_shows(stay, host, run_at, freeze):
    set_account(host)
    penalised(stay, host, freeze)

    assert run_at(DUE) == 1

    assert posted("payout_started") == [documented("payout_started in another currency")]
    assert posted("payout_paid") == [
        {("payouts_in_transit", "USD"): 34_316, ("gateway_clearing:sandbox", "USD"): -34_316}
    ]


def test_what_a_providers_step_leaves_over_is_posted_as_the_page_shows(
    stay, host, run_at, freeze, own_stripe, stripe_world
):
    set_account(host, "KWD", method="stripe")
    verify(host, stripe_world)
    penalised(stay, host, freeze)
    stripe_world.stop_clock(DUE)

    assert run_at(DUE) == 1

    assert posted("payout_started") == [documented("payout_started with a leftover")]
    (transfer,) = stripe_world.all("transfer")
    assert (transfer["amount"], transfer["currency"]) == (105_400, "kwd")
    assert (only_payout(host)["status"], only_payout(host)["amount"]["amount"]) == ("paid", "105.400")


def verify(host, stripe_world):
    """Let Stripe verify the host's account."""
    host.post("/users/me/payout-account/onboarding-link", json={})
    account = stripe_world.all("account")[0]["id"]
    stripe_world.verify_account(account)
    in_transaction(lambda session: session.execute(update(PayoutAccount).values(verified_at=NOW)))


def test_paypal_pays_in_the_currency_of_the_account(stay, host, run_at, own_paypal, paypal_world):
    set_account(host, "JPY", method="paypal", email="host@example.test")
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    paypal_world.stop_clock(DUE)

    assert run_at(DUE) == 1
    paypal_world.process_payouts()
    later = DUE + timedelta(hours=2)
    with clock_at(later):
        assert timers.resolve_unsettled(later) == 1

    (batch,) = paypal_world.all("batch")
    assert batch["items"][0]["payout_item"]["amount"] == {"currency": "JPY", "value": "69763"}  # 69763.06348
    assert (only_payout(host)["status"], only_payout(host)["amount"]["amount"]) == ("paid", "69763")


@pytest.mark.parametrize("rates", [{}, {"JPY": "163.4561"}])
def test_case_33_a_payout_waits_for_a_current_rate(stay, host, run_at, set_rates, run_outbox, rates):
    set_account(host)
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    late = DUE + timedelta(days=7)
    set_rates("2027-04-16", **rates)

    assert run_at(late) == 0
    assert run_at(late + timedelta(hours=1)) == 0

    held = only_payout(host)
    assert (held["status"], held["held_reasons"]) == ("scheduled", ["exchange_rate"])
    assert held["amount"] == held["earned"] == {"amount": "426.80", "currency": "EUR"}
    assert "exchange_rate" not in held
    run_outbox()
    assert [one["kind"] for one in host.get("/notifications").json["data"]].count("payout_held") == 1
    assert posted("payout_started") == []

    set_rates("2027-04-16", USD="1.1")
    assert run_at(late + timedelta(hours=2)) == 1
    paid = only_payout(host)
    assert (paid["status"], paid["held_reasons"]) == ("paid", [])
    assert paid["amount"] == {"amount": "469.48", "currency": "USD"}


def test_without_an_account_nobody_knows_the_currency_yet(stay, host, run_at, set_rates):
    stay()
    timers.complete_finished(CHECK_OUT_AT)

    assert run_at(DUE) == 0
    assert only_payout(host)["held_reasons"] == ["account_missing"]
    assert only_payout(host)["amount"] == {"amount": "426.80", "currency": "EUR"}

    set_account(host)
    set_rates("2027-04-13", USD="1.1")
    assert run_at(DUE + timedelta(hours=73)) == 1
    assert only_payout(host)["amount"] == {"amount": "469.48", "currency": "USD"}


def test_a_failure_that_passes_is_tried_again_at_the_same_rate(stay, host, run_at, set_rates):
    set_account(host, behaviour="fail_temporary")
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    run_at(DUE)
    set_rates("2027-04-10", USD="2")

    assert run_at(DUE + timedelta(minutes=15)) == 1

    assert only_payout(host)["status"] == "paid"
    assert only_payout(host)["exchange_rate"] == RATE
    assert len(posted("payout_started")) == 1


def test_after_a_failure_for_good_another_account_gets_its_own_currency_and_rate(stay, host, run_at, set_rates):
    set_account(host, behaviour="fail_permanent")
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    run_at(DUE)
    assert only_payout(host)["failure"]["permanent"] is True
    (started,) = posted("payout_started")
    assert posted("payout_failed") == [{key: -amount for key, amount in started.items()}]

    set_account(host, "JPY")
    set_rates("2027-04-13", JPY="160")
    assert run_at(DUE + timedelta(hours=73)) == 1

    payout = only_payout(host)
    assert payout["amount"] == {"amount": "68288", "currency": "JPY"}
    assert payout["exchange_rate"] == {"from": "EUR", "to": "JPY", "rate": "160", "on": "2027-04-13"}
    with reading() as session:
        assert balances(session)["gateway_clearing:sandbox", "JPY"] == -68_288

    set_account(host, "EUR")
    assert only_payout(host) == payout


def test_an_account_in_the_listings_currency_again_needs_no_rate(stay, host, run_at, set_rates):
    set_account(host)
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    late = DUE + timedelta(days=4)
    assert run_at(late) == 0
    set_account(host, "EUR")

    assert run_at(late + timedelta(hours=73)) == 1

    assert only_payout(host)["amount"] == {"amount": "426.80", "currency": "EUR"}
    assert "exchange_rate" not in only_payout(host)


def test_earnings_tell_what_arrived_in_which_currency(stay, host, run_at):
    set_account(host)
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    before = host.get("/users/me/earnings").json
    run_at(DUE)

    after = host.get("/users/me/earnings?from=2027-04-01&to=2027-05-01").json

    assert before["received"] == []
    assert after["earnings"][0]["paid"] == {"amount": "426.80", "currency": "EUR"}
    assert after["received"] == [
        {
            "month": "2027-04",
            "earned": {"amount": "426.80", "currency": "EUR"},
            "amount": {"amount": "462.31", "currency": "USD"},
        }
    ]
    assert host.get("/users/me/earnings?to=2027-04-01").json["received"] == []


def test_the_statement_shows_both_amounts(stay, host, run_at):
    set_account(host)
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    run_at(DUE)

    lines = host.get("/users/me/statements").json["data"]
    rows = list(csv.DictReader(io.StringIO(host.get("/users/me/statements.csv").text.lstrip("\ufeff"))))

    assert [(line["event"], line["amount"], line["sent"]) for line in lines] == [
        ("payout_started", {"amount": "-426.80", "currency": "EUR"}, {"amount": "462.31", "currency": "USD"}),
        ("booking_completed", {"amount": "426.80", "currency": "EUR"}, None),
    ]
    assert [(row["sent"], row["sent_currency"]) for row in rows] == [("462.31", "USD"), ("", "")]


def test_the_mail_tells_both_amounts_and_the_rate(stay, host, run_at, run_outbox, mailer):
    set_account(host)
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    run_at(DUE)
    run_outbox()

    (mail,) = [one for one in mailer.sent if "on their way" in one.subject]
    assert "$462.31" in mail.subject
    for text in (mail.text, mail.html):
        assert "You earned €426.80. Exchange rate of Fri, 9 Apr 2027: 1 EUR = 1.0832 USD" in text


def test_too_little_to_be_anything_in_the_accounts_currency_waits(stay, host, run_at, set_rates, count_rows):
    set_account(host, "JPY")
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    set_rates("2027-04-10", JPY="0.001")

    assert run_at(DUE) == 0
    assert count_rows(Payout) == 0

    set_rates("2027-04-10", JPY="163.4561")
    assert run_at(DUE + timedelta(hours=1)) == 1
    assert only_payout(host)["status"] == "paid"
