"""Paying in another currency: quoted, booked, paid, canceled and paid out at one stored rate.

Source: docs/rules/prices.md, "Paying in another currency"; docs/rules/ledger.md.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import selectinload

from airbnb.domain.money import parse_money
from airbnb.models.bookings import Booking
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import Refund
from airbnb.models.payouts import PayoutItem
from airbnb.queries.ledger import find_faults
from airbnb.unit_of_work import reading
from airbnb.workflows import timers
from airbnb.workflows.outside import EXTENSION
from tests.architecture.guards import ROOT

PAGE = (ROOT / "docs" / "rules" / "ledger.md").read_text()
SETTINGS = "airbnb_settings"
NOW = datetime(2027, 3, 15, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
DATES = {"check_in": "2027-04-05", "check_out": "2027-04-09"}


@pytest.fixture(autouse=True)
def _now(freeze, set_rates):
    freeze(NOW)
    set_rates("2027-03-15", USD="1.0833", JPY="163.4561", KWD="0.33221")


@pytest.fixture
def listing(make_listing, host):
    return make_listing(host=host.user, cleaning_fee_minor=4_000)


def quoted(client, listing, **query):
    return client.get(f"/listings/{listing.id}/quote", query_string={**DATES, **query})


def booked(client, listing, key="k", **overrides):
    body = {
        "listing_id": str(listing.id),
        **DATES,
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
        **overrides,
    }
    return client.post("/bookings", json=body, key=key)


def documented(heading):
    section = PAGE.partition(f"### {heading}\n")[2].partition("\n##")[0]
    rows = re.findall(r"^\| `([a-z_:]+)` \| ([A-Z]{3}) \| (-?)([0-9.]+) \|$", section, re.MULTILINE)
    assert rows, heading
    return sorted(
        (account, code, parse_money(text, code).amount_minor * (-1 if sign else 1))
        for account, code, sign, text in rows
    )


def posted(kind):
    with reading() as session:
        found = session.query(LedgerTransaction).filter_by(kind=kind)
        (transaction,) = found.options(selectinload(LedgerTransaction.entries)).all()
    return sorted((entry.account, entry.currency, entry.amount_minor) for entry in transaction.entries)


def faults():
    with reading() as session:
        return find_faults(session)


def test_every_line_is_converted_and_the_rate_is_shown(guest, listing):
    answer = quoted(guest, listing, currency="USD")

    assert answer.status_code == 200, answer.json
    amounts = {line["kind"]: line["amount"]["amount"] for line in answer.json["lines"]}
    assert amounts == {"nights": "433.32", "cleaning": "43.33", "guest_service_fee": "66.73"}
    assert answer.json["total"] == {"amount": "543.38", "currency": "USD"}
    assert answer.json["currency"] == "USD"
    assert answer.json["exchange_rate"] == {"from": "EUR", "to": "USD", "rate": "1.0833", "on": "2027-03-15"}
    assert sum(Decimal(night["price"]["amount"]) for night in answer.json["nights"]) == Decimal("433.32")
    assert answer.json["cancellation"]["schedule"][0]["refund"] == answer.json["total"]


def test_the_owner_sees_the_payout_in_the_listings_currency(host, listing):
    assert quoted(host, listing, currency="USD").json["host_payout"] == {"amount": "426.80", "currency": "EUR"}


def test_the_listings_own_currency_needs_no_rate(guest, listing):
    answer = quoted(guest, listing, currency="EUR")

    assert answer.json["total"] == {"amount": "501.60", "currency": "EUR"}
    assert "exchange_rate" not in answer.json


def test_the_margin_is_added_to_the_guests_rate(app, guest, listing):
    before = app.extensions[SETTINGS]
    app.extensions[SETTINGS] = replace(before, fx_margin_bps=150)
    try:
        assert quoted(guest, listing, currency="USD").json["exchange_rate"]["rate"] == "1.0995495"
    finally:
        app.extensions[SETTINGS] = before


def test_staffs_rate_wins_on_its_day(guest, listing, set_rates):
    set_rates("2027-03-15", source="staff", USD="1.25")

    assert quoted(guest, listing, currency="USD").json["exchange_rate"]["rate"] == "1.25"
    assert quoted(guest, listing, currency="JPY").json["exchange_rate"]["rate"] == "163.4561"


def test_case_33_a_stale_rate_is_refused_until_a_new_one_comes(guest, listing, freeze, set_rates):
    freeze(datetime(2027, 3, 17, 12, tzinfo=UTC))
    assert quoted(guest, listing, currency="USD").status_code == 200
    freeze(datetime(2027, 3, 18, 12, tzinfo=UTC))

    refused = quoted(guest, listing, currency="USD")
    not_booked = booked(guest, listing, currency="USD")
    own = quoted(guest, listing)
    set_rates("2027-03-17", USD="1.1")

    assert (refused.status_code, refused.json["code"]) == (422, "exchange_rate_unavailable")
    assert (refused.json["from"], refused.json["to"]) == ("EUR", "USD")
    assert (not_booked.status_code, not_booked.json["code"]) == (422, "exchange_rate_unavailable")
    assert own.status_code == 200
    assert quoted(guest, listing, currency="USD").json["exchange_rate"]["on"] == "2027-03-17"


def test_the_token_freezes_the_rate(guest, listing, set_rates, freeze):
    quote = quoted(guest, listing, currency="USD").json
    set_rates("2027-03-15", source="staff", USD="1.5")
    freeze(NOW + timedelta(minutes=10))

    answer = booked(guest, listing, quote_token=quote["quote_token"])

    assert answer.status_code == 201, answer.json
    assert answer.json["total"] == {"amount": "543.38", "currency": "USD"}
    with reading() as session:
        row = session.get(Booking, int(answer.json["id"]))
    assert (row.exchange_rate, row.exchange_rate_on) == ("1.0833", date(2027, 3, 15))
    assert (row.currency, row.listing_currency) == ("USD", "EUR")
    assert (row.total_minor, row.host_payout_minor, row.host_subtotal_minor) == (54_338, 42_680, 44_000)


def test_a_token_is_not_for_another_currency(guest, listing):
    quote = quoted(guest, listing, currency="USD").json

    answer = booked(guest, listing, quote_token=quote["quote_token"], currency="JPY")

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["quote_token"])


def test_a_rate_that_moved_changes_the_price(guest, listing, set_rates):
    set_rates("2027-03-15", source="staff", USD="1.1")

    answer = booked(guest, listing, currency="USD", expected_total={"amount": "543.38", "currency": "USD"})

    assert (answer.status_code, answer.json["code"]) == (409, "price_changed")
    assert answer.json["quote"]["total"] == {"amount": "551.76", "currency": "USD"}
    assert answer.json["quote"]["exchange_rate"]["rate"] == "1.1"


@pytest.mark.parametrize(
    "currency, heading",
    [("USD", "booking_completed in another currency"), ("JPY", "booking_completed in a currency of large units")],
)
def test_a_stay_is_posted_as_the_page_shows(guest, listing, freeze, currency, heading):
    answer = booked(guest, listing, currency=currency)
    assert answer.json["paid"]["currency"] == currency
    freeze(CHECK_OUT_AT)

    timers.complete_finished(CHECK_OUT_AT)

    assert posted("booking_completed") == documented(heading)
    assert faults() == []
    with reading() as session:
        item = session.query(PayoutItem).one()
    assert (item.amount_minor, item.currency) == (42_680, "EUR")


def test_a_cancellation_refunds_at_the_stored_rate(guest, listing, freeze, set_rates):
    booking = booked(guest, listing, currency="USD").json
    freeze(CHECK_IN_AT - timedelta(days=2))
    set_rates((CHECK_IN_AT - timedelta(days=2)).date().isoformat(), USD="2.5")

    preview = guest.get(f"/bookings/{booking['id']}/cancellation").json
    answer = guest.post(f"/bookings/{booking['id']}/cancel", json={"expected_refund": preview["refund"]}, key="c")

    assert answer.status_code == 200, answer.json
    assert preview["refund"] == {"amount": "178.74", "currency": "USD"}
    assert posted("booking_canceled") == documented("booking_canceled in another currency")
    with reading() as session:
        refund, item = session.query(Refund).one(), session.query(PayoutItem).one()
    assert (refund.amount_minor, refund.currency) == (17_874, "USD")
    assert (item.amount_minor, item.currency) == (26_675, "EUR")
    assert faults() == []


def test_a_stay_that_is_kept_whole_pays_the_host_what_was_promised(guest, host, make_listing, freeze):
    listing = make_listing(host=host.user, nightly_price_minor=9_999, cancellation_policy="strict")
    booking = booked(guest, listing, currency="JPY").json
    freeze(CHECK_IN_AT - timedelta(days=2))

    guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="c")

    with reading() as session:
        row, item = session.get(Booking, int(booking["id"])), session.query(PayoutItem).one()
    assert item.amount_minor == row.host_payout_minor
    assert faults() == []


def test_a_hosts_penalty_is_counted_in_the_listings_currency(guest, host, listing, freeze):
    booking = booked(guest, listing, currency="JPY").json
    freeze(CHECK_IN_AT - timedelta(days=10))

    answer = host.post(f"/bookings/{booking['id']}/cancel", json={}, key="c")

    assert answer.json["refunded"] == booking["total"]
    with reading() as session:
        item = session.query(PayoutItem).one()
    assert (item.amount_minor, item.currency) == (-11_000, "EUR")
    assert faults() == []


def test_what_no_provider_takes_is_refused_at_the_quote(app, guest, host, make_listing):
    outside = app.extensions[EXTENSION]
    sandbox = outside.gateways["sandbox"]
    app.extensions[EXTENSION] = replace(outside, gateways={"stripe": sandbox, "paypal": sandbox})
    listing = make_listing(host=host.user, currency="KWD", nightly_price_minor=10_001)

    answer = quoted(guest, listing)

    assert (answer.status_code, answer.json["code"]) == (422, "currency_not_supported")
    assert answer.json["currency"] == "KWD"


def test_a_quote_in_another_currency_needs_one_statement_more(guest, listing, count_statements):
    quoted(guest, listing)
    count_statements.clear()
    quoted(guest, listing)
    own = len(count_statements)
    count_statements.clear()
    quoted(guest, listing, currency="USD")

    assert len(count_statements) == own + 1
