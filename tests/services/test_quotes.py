"""Quotes without HTTP: the marketplace's choice of fees, and listings that are not there any more."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from airbnb.domain.fees import FeeModelKind
from airbnb.domain.orders import Wish
from airbnb.domain.pricing import Party
from airbnb.domain.statuses import ListingStatus
from airbnb.domain.stays import Stay
from airbnb.services.quotes import fees_in_force, quote_listing, quote_listings
from airbnb.unit_of_work import reading

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
WISH = Wish(stay=Stay(date(2027, 4, 5), date(2027, 4, 9)), party=Party(adults=2))


@pytest.mark.parametrize(
    "model, guest_fee, total, payout",
    [(FeeModelKind.SPLIT, 5_600, 45_600, 38_800), (FeeModelKind.HOST_ONLY, 0, 40_000, 33_800)],
)
def test_the_fee_model_says_who_pays_the_marketplace(
    settings, host, make_listing, freeze, model, guest_fee, total, payout
):
    freeze(NOW)
    listing = make_listing(host=host.user)
    fees = fees_in_force(replace(settings, fee_model=model))

    with reading() as session:
        quote = quote_listing(session, listing.id, WISH, fees=fees, now=NOW).quote

    assert (quote.guest_service_fee_minor, quote.total_minor, quote.host_payout_minor) == (guest_fee, total, payout)


def test_what_closed_since_the_search_has_no_price(settings, host, make_listing, freeze):
    freeze(NOW)
    paused = make_listing(host=host.user, status=ListingStatus.PAUSED)
    fees = fees_in_force(settings)

    with reading() as session:
        assert quote_listings(session, {1: WISH}, fees=fees, now=NOW) == {}
        assert quote_listings(session, {paused.id: WISH, 1: WISH}, fees=fees, now=NOW) == {}
