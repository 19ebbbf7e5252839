"""Changed stays that a coupon was used for: what is left of it, who pays it, and when its use comes back.

Source: docs/rules/booking-changes.md, "The price"; docs/rules/prices.md, "Coupons".
"""

from datetime import UTC, datetime

import pytest

from airbnb.domain.pricing import CouponFunding
from airbnb.queries.ledger import find_faults
from airbnb.unit_of_work import reading
from tests.api.changing import CARD, answer, ask, shown

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
TWO_NIGHTS = {"check_in": "2027-04-05", "check_out": "2027-04-07", "guests": {"adults": 2}}


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def stay(guest, host, make_listing):
    """Book 4 nights of 100.00 with a coupon."""

    def book(code, **columns):
        listing = make_listing(host=host.user, cleaning_fee_minor=0, **columns)
        body = {
            "listing_id": str(listing.id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 2},
            "coupon_code": code,
            **CARD,
        }
        answer = guest.post("/bookings", json=body, key="book")
        assert answer.status_code == 201, answer.json
        return answer.json

    return book


def amounts(booking, *names):
    return tuple(booking[name]["amount"] for name in names)


def test_a_hosts_coupon_and_an_included_tax_leave_the_host_no_less_than_nothing(
    guest, host, stay, make_coupon, make_tax
):
    make_tax("PT", inclusive=True)
    make_coupon("SPRING", amount_minor=30_000, currency="EUR", funded_by=CouponFunding.HOST, host_id=host.user.id)
    booking = stay("SPRING")

    accepted = answer(host, ask(guest, booking, TWO_NIGHTS).json, "accept")

    assert (accepted.status_code, accepted.json["status"]) == (200, "accepted"), accepted.json
    assert amounts(shown(host, booking), "host_payout") == ("0.00",)
