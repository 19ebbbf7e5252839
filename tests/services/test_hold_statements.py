"""How many statements it takes to hold a stay, and to book and pay one: constants, whatever its length."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from airbnb.domain.kinds import Provider
from airbnb.domain.orders import Order, PaymentChoice, Wish
from airbnb.domain.pricing import Party
from airbnb.domain.stays import Stay
from airbnb.services.bookings import hold_stay
from airbnb.services.quotes import fees_in_force
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.booking import book_stay

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
CHECK_IN = date(2027, 4, 5)
#: docs/architecture.md names it; savepoints count, the BEGIN does not.
MOST = 18
#: The whole of it: looking, holding, what the provider says to two calls, the book and the receipt.
PAID = 41


@pytest.mark.parametrize("nights", [1, 4, 27, 60])
def test_holding_a_stay_takes_as_many_statements_whatever_its_length(
    settings, guest, host, make_listing, freeze, count_statements, nights
):
    freeze(NOW)
    order = an_order(guest, make_listing(host=host.user, instant_book=True), nights)
    count_statements.clear()

    in_transaction(partial(hold_stay, order=order, fees=fees_in_force(settings), now=NOW))

    sent = without_begin(count_statements)
    assert len(sent) <= MOST, "\n".join(sent)


@pytest.mark.parametrize("nights", [1, 27])
def test_booking_and_paying_a_stay_takes_as_many_statements_whatever_its_length(
    guest, host, make_listing, freeze, count_statements, nights
):
    freeze(NOW)
    # The first receipt of a series makes the series.
    book_stay(an_order(guest, make_listing(host=host.user, instant_book=True), 1))
    order = an_order(guest, make_listing(host=host.user, instant_book=True), nights)
    count_statements.clear()

    book_stay(order)

    sent = without_begin(count_statements)
    assert len(sent) == PAID, "\n".join(sent)


def an_order(guest, listing, nights):
    return Order(
        guest_id=guest.user.id,
        listing_id=listing.id,
        wish=Wish(stay=Stay(CHECK_IN, CHECK_IN + timedelta(days=nights)), party=Party(adults=2)),
        payment=PaymentChoice(provider=Provider.SANDBOX, token="tok_ok"),
    )


def without_begin(statements):
    return [statement for statement in statements if not statement.startswith("BEGIN")]
