"""Coupons in quotes and bookings: what they take off, who they are for, when a use comes back.

Source: docs/rules/prices.md, "Coupons"; docs/rules/ledger.md.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import selectinload

from airbnb.domain import clock
from airbnb.domain.booking_deadlines import HOLD
from airbnb.domain.causes import by_system
from airbnb.domain.money import parse_money
from airbnb.domain.payment_reports import PaymentReport
from airbnb.domain.pricing import CouponFunding
from airbnb.domain.statuses import PaymentStatus
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.pricing import Coupon, CouponRedemption
from airbnb.queries.ledger import find_faults
from airbnb.services.coupon_staff import retire_coupon
from airbnb.services.payments import apply_report
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import timers
from tests.architecture.guards import ROOT

PAGE = (ROOT / "docs" / "rules" / "ledger.md").read_text()
NOW = datetime(2027, 3, 15, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
DATES = {"check_in": "2027-04-05", "check_out": "2027-04-09"}
FIFTY = {"amount_minor": 5_000, "currency": "EUR"}


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


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


def uses(coupon):
    with reading() as session:
        return session.get(Coupon, coupon.id).uses


def documented(heading):
    section = PAGE.partition(f"### {heading}\n")[2].partition("\n##")[0]
    rows = re.findall(r"^\| `([a-z_:]+)` \| (-?)([0-9.]+) \|$", section, re.MULTILINE)
    return {account: parse_money(text, "EUR").amount_minor * (-1 if sign else 1) for account, sign, text in rows}


def posted(kind):
    with reading() as session:
        found = session.query(LedgerTransaction).filter_by(kind=kind)
        (transaction,) = found.options(selectinload(LedgerTransaction.entries)).all()
    return {entry.account: entry.amount_minor for entry in transaction.entries}


def faults():
    with reading() as session:
        return find_faults(session)


@pytest.mark.parametrize(
    "columns, off, total",
    [
        ({"percent_bps": 1_000}, "-44.00", "457.60"),
        ({"percent_bps": 1_000, "max_minor": 2_000, "currency": "EUR"}, "-20.00", "481.60"),
        (FIFTY, "-50.00", "451.60"),
        ({"amount_minor": 999_900, "currency": "EUR"}, "-501.60", "0.00"),
        ({"percent_bps": 10_000}, "-440.00", "61.60"),
    ],
)
def test_a_coupon_is_one_negative_line(guest, listing, make_coupon, columns, off, total):
    make_coupon("SPRING", **columns)

    answer = quoted(guest, listing, coupon="spring")

    assert answer.status_code == 200, answer.json
    (line,) = [line for line in answer.json["lines"] if line["kind"] == "coupon"]
    assert (line["amount"]["amount"], answer.json["total"]["amount"]) == (off, total)


@pytest.mark.parametrize(
    "columns, code, reason",
    [
        ({"valid_until": NOW}, "coupon_expired", None),
        ({"valid_from": NOW + timedelta(seconds=1)}, "coupon_expired", None),
        ({"amount_minor": 5_000, "currency": "USD"}, "coupon_not_applicable", "currency"),
        ({"min_subtotal_minor": 44_001, "currency": "EUR"}, "coupon_not_applicable", "min_subtotal"),
    ],
)
def test_a_coupon_that_is_not_for_the_stay_is_refused_by_its_code(guest, listing, make_coupon, columns, code, reason):
    share = {} if "amount_minor" in columns else {"percent_bps": 1_000}
    make_coupon("SPRING", **share, **columns)

    answers = [quoted(guest, listing, coupon="SPRING"), booked(guest, listing, coupon_code="SPRING")]

    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(422, code)] * 2
    assert answers[0].json.get("reason") == reason


def test_the_least_subtotal_itself_is_enough_and_time_ends_sharply(guest, listing, make_coupon):
    make_coupon("AAA", percent_bps=1_000, min_subtotal_minor=44_000, currency="EUR", valid_from=NOW)

    assert quoted(guest, listing, coupon="AAA").status_code == 200


def test_a_coupon_of_one_listing_or_host_is_for_no_other(guest, listing, host, make_listing, make_client, make_coupon):
    other = make_listing(host=make_client().user)
    make_coupon("HERE", percent_bps=1_000, listing_id=listing.id)
    make_coupon("THEIRS", percent_bps=1_000, host_id=host.user.id)

    for code in ("HERE", "THEIRS"):
        assert quoted(guest, listing, coupon=code).status_code == 200
        refused = quoted(guest, other, coupon=code)
        assert (refused.status_code, refused.json["code"], refused.json["reason"]) == (
            422,
            "coupon_not_applicable",
            "listing",
        )


def test_the_last_use_is_the_last(guest, make_client, listing, make_coupon):
    coupon = make_coupon("ONCE", max_uses=1, **FIFTY)
    other = make_client()

    first = booked(guest, listing, coupon_code="once")
    late_quote = quoted(other, listing, check_in="2027-05-05", check_out="2027-05-09", coupon="ONCE")
    late = booked(other, listing, check_in="2027-05-05", check_out="2027-05-09", coupon_code="ONCE")

    assert first.json["total"]["amount"] == "451.60"
    assert (late_quote.status_code, late_quote.json["code"]) == (422, "coupon_used_up")
    assert (late.status_code, late.json["code"]) == (422, "coupon_used_up")
    assert uses(coupon) == 1


def test_a_promised_quote_does_not_make_a_use(guest, make_client, listing, make_coupon, count_rows):
    make_coupon("ONCE", max_uses=1, **FIFTY)
    other = make_client()
    promised = quoted(other, listing, check_in="2027-05-05", check_out="2027-05-09", coupon="ONCE").json
    booked(guest, listing, coupon_code="ONCE")

    late = booked(other, listing, check_in="2027-05-05", check_out="2027-05-09", quote_token=promised["quote_token"])

    assert (late.status_code, late.json["code"]) == (422, "coupon_used_up")
    assert count_rows(CouponRedemption) == 1


def test_a_live_quote_keeps_a_coupon_that_was_taken_back(guest, listing, make_coupon):
    coupon = make_coupon("SPRING", **FIFTY)
    promised = quoted(guest, listing, coupon="SPRING").json
    in_transaction(lambda session: retire_coupon(session, coupon.id, cause=by_system(now=clock.now())))

    assert quoted(guest, listing, coupon="SPRING").json["code"] == "coupon_unknown"
    answer = booked(guest, listing, quote_token=promised["quote_token"])
    assert (answer.status_code, answer.json["total"]["amount"]) == (201, "451.60")
    assert uses(coupon) == 1


def test_a_token_is_not_for_another_coupon(guest, listing, make_coupon):
    make_coupon("SPRING", **FIFTY)
    make_coupon("SUMMER", **FIFTY)
    promised = quoted(guest, listing, coupon="SPRING").json

    answer = booked(guest, listing, quote_token=promised["quote_token"], coupon_code="SUMMER")

    assert list(answer.json["errors"]) == ["quote_token"]


def test_one_guest_uses_it_as_often_as_one_may(guest, make_client, listing, make_coupon):
    make_coupon("TWICE", max_uses_per_guest=1, **FIFTY)
    booked(guest, listing, coupon_code="TWICE")
    later = {"check_in": "2027-05-05", "check_out": "2027-05-09"}

    again = booked(guest, listing, key="again", coupon_code="TWICE", **later)
    other = booked(make_client(), listing, coupon_code="TWICE", **later)

    assert (again.status_code, again.json["code"]) == (422, "coupon_used_up")
    assert other.status_code == 201


def test_a_stay_that_costs_nothing_is_confirmed_without_a_payment(guest, listing, make_coupon, freeze):
    make_coupon("FREE", amount_minor=999_900, currency="EUR")

    answer = booked(guest, listing, coupon_code="FREE")

    assert (answer.status_code, answer.json["status"], answer.json["payment"]) == (201, "confirmed", None)
    timers.complete_finished(CHECK_OUT_AT)
    assert posted("booking_completed") == {
        "coupon_expense": 50_160,
        "host_payable": -42_680,
        "service_fee_revenue": -7_480,
    }
    assert faults() == []


@pytest.mark.parametrize(
    "funding, heading",
    [
        (CouponFunding.PLATFORM, "booking_completed with a coupon"),
        (CouponFunding.HOST, "booking_completed with a coupon of the host"),
    ],
)
def test_a_stay_with_a_coupon_is_posted_as_the_page_shows(guest, host, listing, make_coupon, funding, heading):
    make_coupon("SPRING", funded_by=funding, host_id=host.user.id, **FIFTY)
    booked(guest, listing, coupon_code="SPRING")

    timers.complete_finished(CHECK_OUT_AT)

    assert posted("booking_completed") == documented(heading)
    assert faults() == []


@pytest.mark.parametrize("funding", list(CouponFunding))
@pytest.mark.parametrize("days_before, kept", [(10, 0), (2, 1)])
def test_a_use_comes_back_only_with_a_full_refund(
    guest, host, listing, make_coupon, freeze, funding, days_before, kept
):
    coupon = make_coupon("SPRING", funded_by=funding, host_id=host.user.id, **FIFTY)
    booking = booked(guest, listing, coupon_code="SPRING").json
    freeze(datetime(2027, 4, 5, 14, tzinfo=UTC) - timedelta(days=days_before))

    assert guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="c").status_code == 200

    assert uses(coupon) == kept
    assert faults() == []


@pytest.mark.parametrize("taken_meanwhile", [False, True])
def test_a_hold_that_ends_gives_the_use_back_and_a_late_payment_takes_it_again_if_it_can(
    guest, make_client, listing, make_coupon, freeze, taken_meanwhile
):
    coupon = make_coupon("ONCE", max_uses=1, max_uses_per_guest=1, **FIFTY)
    booking = booked(guest, listing, coupon_code="ONCE", payment_token="tok_declined").json
    assert uses(coupon) == 1
    later = NOW + HOLD + timedelta(seconds=1)
    freeze(later)
    timers.expire_lapsed(later)
    assert uses(coupon) == 0
    if taken_meanwhile:
        other = {"check_in": "2027-05-05", "check_out": "2027-05-09"}
        assert booked(make_client(), listing, coupon_code="ONCE", **other).status_code == 201
    paid = PaymentReport(status=PaymentStatus.CAPTURED, captured_minor=45_160, provider_ref="late")

    in_transaction(lambda session: apply_report(session, int(booking["payment"]["id"]), paid, now=later))

    answer = guest.get(f"/bookings/{booking['id']}").json
    assert answer["status"] == ("expired" if taken_meanwhile else "confirmed")
    assert answer["refunded"]["amount"] == ("451.60" if taken_meanwhile else "0.00")
    assert uses(coupon) == 1
    assert [fault.what for fault in faults()] == []


def test_a_coupon_that_takes_nothing_off_is_refused_and_not_spent(guest, host, make_listing, make_coupon):
    cheap = make_listing(host=host.user, cleaning_fee_minor=0, nightly_price_minor=100)
    coupon = make_coupon("TINY", percent_bps=1, max_uses=1)

    answers = [quoted(guest, cheap, coupon="TINY"), booked(guest, cheap, coupon_code="TINY")]

    told = [(answer.status_code, answer.json["code"], answer.json["reason"]) for answer in answers]
    assert told == [(422, "coupon_not_applicable", "nothing_off")] * 2
    assert uses(coupon) == 0


def test_leaving_and_declining_give_the_use_back(guest, host, make_listing, make_coupon):
    asking = make_listing(host=host.user, instant_book=False)
    coupon = make_coupon("SPRING", **FIFTY)
    request = booked(guest, asking, coupon_code="SPRING").json
    assert (request["pending_on"], uses(coupon)) == ("host", 1)

    host.post(f"/bookings/{request['id']}/decline", json={}, key="no")
    assert uses(coupon) == 0

    waiting = booked(guest, asking, key="k2", coupon_code="SPRING", payment_token="tok_declined").json
    assert uses(coupon) == 1
    guest.post(f"/bookings/{waiting['id']}/cancel", json={}, key="leave")
    assert uses(coupon) == 0


def test_a_coupon_in_another_currency_of_the_guest_is_converted(guest, listing, make_coupon, set_rates):
    set_rates("2027-03-15", USD="1.0833")
    make_coupon("SPRING", **FIFTY)

    answer = quoted(guest, listing, coupon="SPRING", currency="USD")

    lines = {line["kind"]: line["amount"]["amount"] for line in answer.json["lines"]}
    assert lines["coupon"] == "-54.17"
    assert answer.json["total"] == {"amount": "489.21", "currency": "USD"}


def test_a_coupon_needs_two_statements(guest, listing, make_coupon, count_statements):
    make_coupon("SPRING", **FIFTY)
    quoted(guest, listing)
    count_statements.clear()
    quoted(guest, listing)
    plain = len(count_statements)
    count_statements.clear()
    quoted(guest, listing, coupon="SPRING")

    assert len(count_statements) == plain + 2
