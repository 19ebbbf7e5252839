"""A provider that moves money in steps takes every refund and payout, and what rounding adds is posted."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from airbnb.domain import clock
from airbnb.domain.statuses import PayoutStatus, RefundStatus
from airbnb.models.payments import Refund
from airbnb.models.payouts import Payout, PayoutAccount, PayoutItem
from airbnb.queries.ledger import balances
from airbnb.unit_of_work import reading
from airbnb.workflows import payouts, timers
from airbnb.workflows.onboarding import refresh_account
from tests.factories.ledger import booked, rows

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
EXAMPLE = {"cleaning": 4_000, "guest_service_fee": 560}


@pytest.fixture
def dinars(own_stripe, stripe_world, guest, host, make_listing):
    stripe_world.stop_clock(NOW)
    listing = make_listing(host=host.user, currency="KWD", nightly_price_minor=10_000, cleaning_fee_minor=4_000)
    body = {
        "listing_id": str(listing.id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-08",
        "guests": {"adults": 1},
        "payment_method": "stripe",
        "payment_token": "pm_card_visa",
    }
    answer = guest.post("/bookings", json=body, key="dinars")
    assert (answer.status_code, answer.json["total"]["amount"]) == (201, "38.760"), answer.json
    return answer.json["id"]


def test_a_part_of_dinars_goes_back_through_stripe(dinars, guest, freeze):
    freeze(CHECK_IN_AT - timedelta(days=2))

    answer = guest.post(f"/bookings/{dinars}/cancel", json={}, key="cancel")

    assert answer.status_code == 200, answer.json
    (refund,) = rows(Refund)
    assert (refund.amount_minor, refund.status) == (11_340, RefundStatus.SUCCEEDED)
    assert booked("refund_rounded") == {("fx_rounding", "KWD"): 7, ("refunds_payable", "KWD"): -7}


def test_what_rounding_added_is_taken_off_a_later_full_refund(dinars, give, agree, host):
    agree(give(int(dinars), {"cleaning": 1_005}))  # nobody knows what a dinar is worth today

    host.post(f"/bookings/{dinars}/cancel", json={}, key="cancel")

    assert [one.amount_minor for one in rows(Refund)] == [1_010, 37_750]
    assert {one.status for one in rows(Refund)} == {RefundStatus.SUCCEEDED}
    with reading() as session:
        assert ("fx_rounding", "KWD") not in balances(session)


def test_a_payout_in_dinars_leaves_through_stripe(dinars, give, agree, host, freeze, stripe_world):
    agree(give(int(dinars), {"cleaning": 1_005}))
    host.put("/users/me/payout-account", json={"method": "stripe", "currency": "KWD", "details": {}})
    host.post("/users/me/payout-account/onboarding-link", json={})
    stripe_world.verify_account(stripe_world.all("account")[0]["id"])
    with reading() as session:
        account_id = session.scalars(select(PayoutAccount.id)).one()
    refresh_account(account_id)
    timers.complete_finished(CHECK_OUT_AT)

    freeze(CHECK_OUT_AT + timedelta(days=5))
    payouts.run_payouts(clock.now())

    (payout,) = rows(Payout)
    assert (payout.status, payout.amount_minor) == (PayoutStatus.PAID, 32_010)
    assert sum(item.amount_minor for item in rows(PayoutItem)) == 32_005
    assert booked("payout_started")["fx_rounding", "KWD"] == 5
