"""Changed stays that a coupon was used for: what is left of it, who pays it, and when its use comes back.

Source: docs/rules/booking-changes.md, "The price"; docs/rules/prices.md, "Coupons".
"""

import pytest

from airbnb.domain.pricing import CouponFunding
from airbnb.models.pricing import Coupon
from airbnb.unit_of_work import reading
from tests.api.changing import MOVED, SHORTER, answer, ask, shown, the_same

TWO_NIGHTS = {"check_in": "2027-04-05", "check_out": "2027-04-07", "guests": {"adults": 2}}


@pytest.fixture
def coupon_stay(place, stay):
    """Book 4 nights of 100.00 with a coupon."""

    def book(code, **overrides):
        return stay(place(cleaning_fee_minor=0), coupon_code=code, **overrides)

    return book


def amounts(booking, *names):
    return tuple(booking[name]["amount"] for name in names)


def test_a_hosts_coupon_and_an_included_tax_share_what_the_host_gets(guest, host, coupon_stay, make_coupon, make_tax):
    make_tax("PT", inclusive=True)
    make_coupon("SPRING", amount_minor=30_000, currency="EUR", funded_by=CouponFunding.HOST, host_id=host.user.id)
    booking = coupon_stay("SPRING")

    accepted = answer(host, ask(guest, booking, TWO_NIGHTS).json, "accept")

    assert (accepted.status_code, accepted.json["status"]) == (200, "accepted"), accepted.json
    assert amounts(shown(host, booking), "host_payout") == ("25.82",)


def test_a_shorter_stay_keeps_its_share_of_the_coupon(guest, host, coupon_stay, make_coupon):
    make_coupon("SPRING", amount_minor=30_000, currency="EUR")
    booking = coupon_stay("SPRING")
    assert booking["total"]["amount"] == "156.00"

    answer(host, ask(guest, booking, TWO_NIGHTS).json, "accept")

    # 200.00 and 14 % on it, less half of the coupon.
    assert amounts(shown(guest, booking), "total", "refunded") == ("78.00", "78.00")
    assert amounts(shown(host, booking), "host_payout") == ("194.00",)


@pytest.mark.parametrize("asks", ["guest", "host"])
def test_a_stay_does_not_get_cheaper_than_its_coupon_asks_for(guest, host, coupon_stay, make_coupon, asks):
    make_coupon("SPRING", amount_minor=30_000, min_subtotal_minor=40_000, currency="EUR")
    booking = coupon_stay("SPRING")
    client = guest if asks == "guest" else host

    refused = [
        ask(client, booking, TWO_NIGHTS),
        client.post(f"/bookings/{booking['id']}/changes/preview", json=TWO_NIGHTS),
    ]

    told = [(one.status_code, one.json["code"], one.json["reason"]) for one in refused]
    assert told == [(422, "coupon_not_applicable", "min_subtotal")] * 2
    assert the_same(booking, shown(guest, booking))
    assert ask(client, booking, MOVED).status_code == 201


def test_a_use_of_which_a_change_left_nothing_comes_back_with_a_full_refund(guest, host, coupon_stay, make_coupon):
    coupon = make_coupon("CENT", amount_minor=1, currency="EUR", max_uses=1)
    booking = coupon_stay("CENT")
    change = ask(guest, booking, {**TWO_NIGHTS, "check_out": "2027-04-06"}).json
    answer(host, change, "accept")
    assert "coupon" not in [line["kind"] for line in shown(guest, booking)["lines"]]

    canceled = guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel").json

    assert canceled["refunded"]["amount"] == "455.99"
    with reading() as session:
        assert session.get(Coupon, coupon.id).uses == 0


def test_the_least_subtotal_is_one_of_the_listings_currency(guest, host, coupon_stay, make_coupon, set_rates):
    set_rates("2027-03-20", USD="2")
    make_coupon("SPRING", amount_minor=30_000, min_subtotal_minor=30_000, currency="EUR")
    booking = coupon_stay("SPRING", currency="USD")
    assert booking["total"] == {"amount": "312.00", "currency": "USD"}

    refused, accepted = ask(guest, booking, TWO_NIGHTS), ask(guest, booking, SHORTER)

    assert (refused.status_code, refused.json["code"]) == (422, "coupon_not_applicable")
    assert (accepted.status_code, accepted.json["difference"]["amount"]) == (201, "-78.00")
