"""Many checkouts want the last uses of a coupon at the same moment. Case 6.

``COUPON_CHECKOUTS=500`` runs the long form.
"""

import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from airbnb.domain.kinds import Provider
from airbnb.domain.orders import Order, PaymentChoice, Wish
from airbnb.domain.price_errors import CouponUsedUp
from airbnb.domain.pricing import Party
from airbnb.domain.stays import Stay
from airbnb.models.bookings import Booking
from airbnb.models.pricing import Coupon, CouponRedemption
from airbnb.queries.ledger import find_faults
from airbnb.services.bookings import ALL_GUARDS, BookingGuards
from airbnb.unit_of_work import reading
from airbnb.workflows.booking import book_stay
from tests.concurrency.racing import race
from tests.settings import TEST_DATABASE_URL

NOW = datetime(2027, 3, 15, 12, tzinfo=UTC)
FIRST = date(2027, 4, 5)
CHECKOUTS = int(os.environ.get("COUPON_CHECKOUTS", "48"))
USES = 10
AT_ONCE = 12
NO_COUNT = BookingGuards(count_coupons=False)

needs_server = pytest.mark.skipif(not TEST_DATABASE_URL, reason="SQLite has one writer: there is no race to show")


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def orders(make_listing, make_user, host):
    """One order of a guest of its own for each checkout, for nights that nobody else wants.

    Those at the same moment are for different listings, or the listing's lock would let them in one by one.
    """
    listings = [make_listing(host=host.user) for _ in range(AT_ONCE)]
    return [order_of(make_user(), listings[number % AT_ONCE], number // AT_ONCE) for number in range(CHECKOUTS)]


def order_of(guest, listing, day):
    check_in = FIRST + timedelta(days=day)
    return Order(
        guest_id=guest.id,
        listing_id=listing.id,
        wish=Wish(stay=Stay(check_in, check_in + timedelta(days=1)), party=Party(adults=1), coupon="LAST"),
        payment=PaymentChoice(provider=Provider.SANDBOX, token="tok_ok"),
    )


def check_out_all(app, orders, guards):
    """Check every order out, AT_ONCE at the same moment; return how often what came of it."""

    def some(mine):
        outcomes = []
        with app.app_context():
            for order in mine:
                try:
                    book_stay(order, guards=guards)
                    outcomes.append("booked")
                except CouponUsedUp:
                    outcomes.append("used up")
        return outcomes

    return Counter(one for batch in race([partial(some, orders[n::AT_ONCE]) for n in range(AT_ONCE)]) for one in batch)


def counted():
    with reading() as session:
        return session.query(Coupon).one().uses, find_faults(session)


def test_case_6_a_coupon_with_ten_uses_is_used_ten_times(app, orders, make_coupon, count_rows):
    make_coupon("LAST", percent_bps=1_000, max_uses=USES)

    outcomes = check_out_all(app, orders, ALL_GUARDS)

    assert outcomes == {"booked": USES, "used up": CHECKOUTS - USES}
    assert count_rows(Booking) == count_rows(CouponRedemption) == USES
    assert counted() == (USES, [])


@needs_server
def test_case_6_without_the_counting_update_more_get_through(app, orders, make_coupon, count_rows):
    make_coupon("LAST", percent_bps=1_000, max_uses=1)

    outcomes = check_out_all(app, orders, NO_COUNT)

    assert outcomes["booked"] > 1
    assert count_rows(CouponRedemption) == outcomes["booked"]


def test_case_6_one_guest_cannot_use_it_twice_at_the_same_moment(app, orders, make_coupon, make_user, count_rows):
    make_coupon("LAST", percent_bps=1_000, max_uses_per_guest=1)
    guest = make_user()
    mine = [
        Order(guest_id=guest.id, listing_id=order.listing_id, wish=order.wish, payment=order.payment)
        for order in orders[:AT_ONCE]
    ]

    outcomes = check_out_all(app, mine, ALL_GUARDS)

    assert outcomes == {"booked": 1, "used up": AT_ONCE - 1}
    assert count_rows(CouponRedemption) == 1
