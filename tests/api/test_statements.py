"""Statements: a host's lines by page and as a file, and a booking's for staff."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.kinds import Role
from airbnb.workflows import payouts
from tests.factories.bookings import clock_at

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def stay(guest, host, make_listing, make_booking):
    """A completed stay whose earnings are due an hour ago, and paid out."""
    account = {"method": "sandbox", "currency": "EUR", "details": {"iban": "DE89370400440532013000"}}
    assert host.put("/users/me/payout-account", json=account).status_code == 200
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user, completed=True)
    due = booking.check_out_at + timedelta(hours=24)
    with clock_at(due):
        assert payouts.run_payouts(due) == 1
    return booking


def test_a_host_reads_what_was_earned_and_paid(stay, host):
    lines = host.get("/users/me/statements").json["data"]

    assert [(line["event"], line["account"]) for line in lines] == [
        ("payout_started", "host_payable"),
        ("booking_completed", "host_payable"),
    ]
    paid, earned = (line["amount"]["amount"] for line in lines)
    assert paid == f"-{earned}"
    assert lines[1]["booking_code"] == stay.code


def test_lines_come_by_page_and_by_day(stay, host):
    first = host.get("/users/me/statements?limit=1").json
    second = host.get(f"/users/me/statements?limit=1&cursor={first['page']['next_cursor']}").json

    assert [page["data"][0]["event"] for page in (first, second)] == ["payout_started", "booking_completed"]
    assert second["page"]["next_cursor"] is None
    assert host.get("/users/me/statements?to=2000-01-01").json["data"] == []
    assert len(host.get("/users/me/statements?from=2000-01-01").json["data"]) == 2
    assert host.get("/users/me/statements?from=2027-01-02&to=2027-01-01").status_code == 422


def test_the_file_has_the_same_lines(stay, host):
    lines = host.get("/users/me/statements").json["data"]

    rows = list(csv.DictReader(io.StringIO(host.get("/users/me/statements.csv").text.lstrip("\ufeff"))))

    assert [(row["id"], row["amount"], row["booking"]) for row in rows] == [
        (line["id"], line["amount"]["amount"], line["booking_code"] or "") for line in lines
    ]


def test_a_statement_is_its_hosts_alone(stay, guest, make_client):
    other = make_client(Role.HOST)

    assert other.get("/users/me/statements").json["data"] == []


def test_staff_read_every_line_of_a_booking_and_hosts_do_not(stay, host, make_client):
    finance = make_client(Role.FINANCE)

    lines = finance.get(f"/bookings/{stay.code}/statement").json["data"]

    assert {line["event"] for line in lines} >= {"booking_completed"}
    totals = {}
    for line in lines:
        totals[line["id"].partition("-")[0]] = totals.get(line["id"].partition("-")[0], 0) + round(
            100 * float(line["amount"]["amount"])
        )
    assert set(totals.values()) == {0}
    assert host.get(f"/bookings/{stay.code}/statement").status_code == 403
    assert finance.get("/bookings/NOPE/statement").status_code == 404


def test_a_page_takes_the_same_statements_however_long(stay, host, count_statements):
    def ask(limit):
        count_statements.clear()
        assert host.get(f"/users/me/statements?limit={limit}").status_code == 200
        return len([line for line in count_statements if line.startswith("SELECT")])

    assert ask(1) == ask(2) <= 5
