"""The map and the facets of a search over HTTP."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from airbnb.domain.geo.coordinates import from_e6, to_e6
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import PropertyType
from airbnb.domain.price_steps import price_steps
from airbnb.models.calendar import CalendarOverride
from airbnb.models.listings import Listing
from airbnb.models.platform import ExchangeRate
from airbnb.schemas.search_overviews import FacetsSchema, SearchMapSchema
from airbnb.services.search_projection import refresh_listings
from airbnb.unit_of_work import in_transaction
from tests.factories.listings import listing_values

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def ask(client: Any, freeze: Any) -> Callable[..., Any]:
    freeze(NOW)
    return lambda what, **query: client.get(f"/api/v1/listings/{what}?{urlencode(query)}")


def scatter(host_id: int, number: int, *, south: float, west: float, side: float = 1.0) -> list[Listing]:
    """Write many listings spread evenly over a square, which may lie over the antimeridian."""
    dice = random.Random(number)
    made = []
    for _ in range(number):
        lat, lng = south + dice.random() * side, west + dice.random() * side
        place = {"latitude_e6": to_e6(lat), "longitude_e6": to_e6(lng - 360 if lng > 180 else lng)}
        public = {f"public_{name}": value for name, value in place.items()}
        values = {**listing_values(), **place, **public, "nightly_price_minor": dice.randint(50, 250) * 100}
        made.append(Listing(id=new_id(), host_id=host_id, **values))

    def work(session: Any) -> None:
        session.add_all(made)
        session.flush()
        refresh_listings(session, [one.id for one in made])

    in_transaction(work)
    return made


def test_few_listings_are_pins_with_their_price(host, make_listing, ask):
    listing = make_listing(host=host.user, cleaning_fee_minor=3_000)
    in_transaction(
        lambda session: session.add(CalendarOverride(listing_id=listing.id, night=date(2026, 6, 2), price_minor=25_000))
    )
    in_transaction(lambda session: refresh_listings(session, [listing.id]))

    answer = ask("map", bbox="-10,38,-9,39")
    dated = ask("map", check_in="2026-06-01", check_out="2026-06-03")

    assert SearchMapSchema().validate(answer.json) == {}
    assert answer.json == {
        "kind": "pins",
        "pins": [
            {
                "id": str(listing.id),
                "latitude": from_e6(listing.public_latitude_e6),
                "longitude": from_e6(listing.public_longitude_e6),
                "price": {"amount": "100.00", "currency": "EUR"},
            }
        ],
    }
    assert dated.json["pins"][0]["price"] == {"amount": "380.00", "currency": "EUR"}


@pytest.mark.parametrize("south, west", [(38.0, -9.0), (-17.0, 179.5), (89.0, 10.0), (-90.0, 10.0)])
def test_many_listings_are_clusters_wherever_they_are(host, ask, south, west):
    made = scatter(host.user.id, 320, south=south, west=west)
    east = west + 1 - 360 if west + 1 > 180 else west + 1

    answer = ask("map", bbox=f"{west},{south},{east},{south + 1}").json

    clusters = answer["clusters"]
    assert SearchMapSchema().validate(answer) == {}
    assert answer["kind"] == "clusters"
    assert sum(one["count"] for one in clusters) == 320
    assert 100 < len(clusters) <= 256
    assert min(float(one["min_price"]["amount"]) for one in clusters) * 100 == min(
        one.nightly_price_minor or 0 for one in made
    )
    for one in clusters:
        box_west, box_south, box_east, box_north = one["bbox"]
        around = (one["longitude"] - box_west) % 360
        assert around <= (box_east - box_west) % 360 <= 1 / 16 + 1e-5
        assert box_south <= one["latitude"] <= box_north <= box_south + 1 / 16 + 1e-5


def test_the_whole_world_is_clustered_and_a_point_is_a_box(host, ask):
    made = scatter(host.user.id, 310, south=38.0, west=-9.0)
    lat, lng = from_e6(made[0].public_latitude_e6), from_e6(made[0].public_longitude_e6)

    assert sum(one["count"] for one in ask("map").json["clusters"]) == 310
    assert sum(one["count"] for one in ask("map", bbox="-180,-90,180,90").json["clusters"]) == 310
    assert [pin["id"] for pin in ask("map", bbox=f"{lng},{lat},{lng},{lat}").json["pins"]] == [str(made[0].id)]


def test_facets_count_what_the_filters_leave(host, make_listing, ask):
    make_listing(host=host.user, amenities=("wifi", "pool"), nightly_price_minor=8_000)
    make_listing(host=host.user, amenities=("wifi",), nightly_price_minor=12_000, property_type=PropertyType.VILLA)
    make_listing(host=host.user, amenities=("pool",), nightly_price_minor=40_000, max_guests=1)

    answer = ask("facets", guests=2).json
    cheap = ask("facets", guests=2, price_max=100).json

    assert FacetsSchema().validate(answer) == {}
    counts = {facet["slug"]: facet["count"] for facet in answer["amenities"]}
    assert (answer["total"], counts["wifi"], counts["pool"], counts["sauna"]) == (2, 2, 1, 0)
    assert {"slug": "villa", "count": 1} in answer["property_types"]
    assert {"slug": "entire_place", "count": 2} in answer["room_types"]
    histogram = answer["price_histogram"]
    assert (histogram["currency"], histogram["edges"][0], histogram["edges"][-1]) == ("EUR", "80.00", "125.00")
    assert (sum(histogram["counts"]), histogram["counts"][0], histogram["counts"][-1]) == (2, 1, 1)
    assert (cheap["total"], cheap["price_histogram"]) == (1, histogram)


def test_facets_of_nothing_are_empty_and_of_stays_in_the_asked_currency(host, make_listing, ask):
    assert ask("facets").json["price_histogram"] == {"currency": "EUR", "edges": [], "counts": []}
    rate = ExchangeRate(base="EUR", quote="USD", on=date(2026, 5, 1), source="ecb", rate="1.25")
    in_transaction(lambda session: session.add(rate))
    make_listing(host=host.user, nightly_price_minor=10_000)
    stay = {"check_in": "2026-06-01", "check_out": "2026-06-05", "currency": "USD"}

    nightly = ask("facets", **stay).json["price_histogram"]
    total = ask("facets", **stay, price_basis="total").json["price_histogram"]

    assert (nightly["currency"], nightly["edges"][0], nightly["counts"]) == ("USD", "125.00", [1])
    assert (total["edges"][0], total["counts"]) == ("500.00", [1])
    assert ask("map", **stay).json["pins"][0]["price"] == {"amount": "500.00", "currency": "USD"}


@pytest.mark.parametrize("what", ["map", "facets"])
def test_impossible_filters_and_what_only_lists_have_are_refused(ask, what):
    for query in ({"bbox": "1,2,3"}, {"month": "2026-13", "nights": 2}, {"limit": 5}, {"sort": "price"}):
        answer = ask(what, **query)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [next(iter(query))])


def test_overviews_take_few_statements(host, make_listing, ask, count_statements):
    make_listing(host=host.user)
    count_statements.clear()

    ask("map", bbox="-10,38,-9,39")
    assert len(count_statements) == 1
    count_statements.clear()
    ask("facets", bbox="-10,38,-9,39")
    assert len(count_statements) == 3


@pytest.mark.parametrize(
    "low, high, edges",
    [
        (80, 119, [80, 82, 84]),
        (0, 0, [0, 1]),
        (7, 7, [7, 8]),
        (95, 1_994, [0, 100, 200]),
    ],
)
def test_steps_are_round(low, high, edges):
    steps = price_steps(low, high)

    assert steps[: len(edges)] == edges
    assert steps[0] <= low
    assert steps[-1] > high
    assert len(steps) <= 21
