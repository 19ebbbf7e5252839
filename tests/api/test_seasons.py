"""Seasons and promotions over HTTP, and what they do to quotes, calendar and search."""

from datetime import UTC, datetime
from typing import Any

import pytest

from airbnb.models.calendar import Promotion, Season
from airbnb.models.search import SearchDocument
from airbnb.unit_of_work import reading

SUMMER = {
    "name": "Summer",
    "from": "2026-07-01",
    "to": "2026-09-01",
    "nightly_price": {"amount": "150.00", "currency": "EUR"},
    "weekend_price": {"amount": "180.00", "currency": "EUR"},
    "min_nights": 3,
}
AUGUST_SALE = {"name": "August sale", "from": "2026-08-01", "to": "2026-08-05", "percent": 20}


@pytest.fixture(autouse=True)
def in_may(freeze: Any) -> None:
    freeze(datetime(2026, 5, 1, 12, 0, tzinfo=UTC))


@pytest.fixture
def listing(host, make_listing):
    return make_listing(host=host.user, cleaning_fee_minor=0)


def quote(client: Any, listing: Any, check_in: str, check_out: str) -> Any:
    span = f"check_in={check_in}&check_out={check_out}&adults=1"
    return client.get(f"/api/v1/listings/{listing.id}/quote?{span}")


def test_seasons_are_set_as_a_whole_and_price_nights(host, client, listing, count_rows):
    answer = host.put(f"/listings/{listing.id}/seasons", json=[SUMMER])

    assert (answer.status_code, answer.json) == (200, {"data": [SUMMER]})
    assert host.get(f"/listings/{listing.id}/seasons").json == {"data": [SUMMER]}
    nights = client.get(f"/api/v1/listings/{listing.id}/calendar?from=2026-06-30&to=2026-07-04").json["data"]
    assert [night["price"]["amount"] for night in nights] == ["100.00", "150.00", "150.00", "180.00"]
    assert [night["min_nights"] for night in nights] == [1, 3, 3, 3]
    assert quote(client, listing, "2026-07-01", "2026-07-03").json["code"] == "min_nights"
    with reading() as session:
        document = session.query(SearchDocument).filter(SearchDocument.id == listing.id).one()
        assert (document.price_low, document.price_high) == (10_000, 18_000)

    assert host.put(f"/listings/{listing.id}/seasons", json=[]).json == {"data": []}
    assert count_rows(Season) == 0


def test_a_promotion_takes_its_percent_off_its_nights(host, client, listing, count_rows):
    before = quote(client, listing, "2026-07-30", "2026-08-03").json
    answer = host.put(f"/listings/{listing.id}/promotions", json=[AUGUST_SALE])

    assert (answer.status_code, answer.json) == (200, {"data": [AUGUST_SALE]})
    assert host.get(f"/listings/{listing.id}/promotions").json == {"data": [AUGUST_SALE]}
    after = quote(client, listing, "2026-07-30", "2026-08-03").json
    nights = 2 * 20.00
    assert float(before["total"]["amount"]) - float(after["total"]["amount"]) == pytest.approx(nights * 1.14)
    span = "check_in=2026-07-30&check_out=2026-08-03&adults=1"
    (hit,) = client.get(f"/api/v1/listings?{span}").json["data"]
    assert hit["total_price"] == after["total"]

    host.put(f"/listings/{listing.id}/promotions", json=[])
    assert count_rows(Promotion) == 0


@pytest.mark.parametrize(
    "seasons, field",
    [
        ([{**SUMMER, "to": "2026-07-01"}], "0.to"),
        ([SUMMER, {**SUMMER, "name": "Late", "from": "2026-08-31", "to": "2026-10-01"}], "1.from"),
        ([{**SUMMER, "nightly_price": {"amount": "150.00", "currency": "USD"}}], "0.nightly_price.currency"),
        ([{**SUMMER, "min_nights": 0}], "0.min_nights"),
        ([{**SUMMER, "surprise": 1}], "0.surprise"),
    ],
)
def test_impossible_seasons_are_refused_and_change_nothing(host, listing, seasons, field):
    host.put(f"/listings/{listing.id}/seasons", json=[SUMMER])

    answer = host.put(f"/listings/{listing.id}/seasons", json=seasons)

    assert answer.status_code == 422, answer.json
    assert list(answer.json["errors"]) == [field]
    assert host.get(f"/listings/{listing.id}/seasons").json == {"data": [SUMMER]}


def test_more_than_a_hundred_spans_are_refused(host, listing):
    answer = host.put(f"/listings/{listing.id}/promotions", json=[AUGUST_SALE] * 101)
    assert answer.status_code == 422
