"""Search against brute force: random listings around the globe, random searches, every page followed."""

import itertools
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from airbnb.domain import clock
from airbnb.domain.fees import split_fee
from airbnb.domain.geo.coordinates import Box, from_e6
from airbnb.domain.geo.distance import haversine_m
from airbnb.domain.kinds import Role
from airbnb.domain.orders import Wish
from airbnb.domain.pricing import Party
from airbnb.domain.search_masks import AMENITY_SLUGS
from airbnb.domain.stays import Stay
from airbnb.models.listings import Listing
from airbnb.services.quotes import quote_listings
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.search_world import CENTRES, NOW, TODAY, World


@pytest.fixture
def world(app: Any, host: Any, make_client: Any, freeze: Any) -> World:
    """A world of its own for each test, the same every time."""
    freeze(NOW)
    made = World([host.user, make_client(Role.HOST).user], random.Random(7))
    in_transaction(made.write)
    return made


@pytest.fixture
def found(client: Any) -> Callable[..., list[int]]:
    """Return the ids of every hit in order, all pages followed."""

    def follow(**query: Any) -> list[int]:
        ids: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            answer = client.get(f"/api/v1/listings?{urlencode({**query, **cursor})}")
            assert answer.status_code == 200, answer.json
            ids += [int(hit["id"]) for hit in answer.json["data"]]
            page = answer.json["page"]
            if page["next_cursor"] is None:
                assert page["total"] == len(ids)
                return ids
            cursor = {"cursor": page["next_cursor"]}

    return follow


def location(listing: Listing) -> tuple[float, float]:
    return from_e6(listing.public_latitude_e6), from_e6(listing.public_longitude_e6)


def test_boxes_hold_exactly_what_lies_in_them_over_the_antimeridian_too(world, found):
    dice = random.Random(1)
    for turn in range(24):
        lat, lng = CENTRES[turn % len(CENTRES)]
        south, west = lat + dice.uniform(-0.3, 0.1), lng + dice.uniform(-0.4, 0.2)
        north, east = south + dice.uniform(0.01, 0.4), west + dice.uniform(0.01, 0.5)
        west, east = (edge - 360 if edge > 180 else edge for edge in (west, east))
        box = Box.from_degrees(south, west, north, east)

        ids = found(bbox=f"{west},{south},{east},{north}", limit=7)

        expected = [one.id for one in world.listings if box.contains(one.public_latitude_e6, one.public_longitude_e6)]
        assert sorted(ids) == sorted(expected)
    everything = found(bbox="-180,-90,180,90", limit=100)
    assert sorted(everything) == sorted(one.id for one in world.listings)


def test_circles_hold_what_is_near_enough_nearest_first(world, found):
    dice = random.Random(2)
    for turn in range(16):
        lat, lng = CENTRES[turn % len(CENTRES)]
        lat, lng, km = lat + dice.uniform(-0.1, 0.1), lng + dice.uniform(-0.05, 0.05), dice.uniform(2, 40)

        ids = found(lat=lat, lng=lng, radius_km=km, sort="distance", limit=9)

        far = {one.id: haversine_m(lat, lng, *location(one)) / 1000 for one in world.listings}
        # The search measures on a plane: what lies within a thousandth of the edge may fall on either side.
        surely = {key for key, distance in far.items() if distance < km * 0.999}
        perhaps = {key for key, distance in far.items() if distance < km * 1.001}
        assert surely <= set(ids) <= perhaps
        assert len(ids) == len(set(ids))
        distances = [far[key] for key in ids]
        assert all(near <= next_one * 1.001 for near, next_one in itertools.pairwise(distances))


def test_filters_hold_together(world, found):
    dice = random.Random(3)
    for _ in range(30):
        guests, price = dice.randint(1, 6), dice.randint(150, 300)
        slugs = dice.sample(AMENITY_SLUGS[:8], dice.randint(0, 3))
        pets, instant, stars = dice.randint(0, 1), dice.random() < 0.3, dice.choice([0, 3, 3.5, 4.25])
        query = {"guests": guests, "price_min": 160, "price_max": price if price > 160 else 160, "pets": pets}
        query |= {"amenities": ",".join(slugs)} if slugs else {}
        query |= {"instant_book": "true"} if instant else {}
        query |= {"rating_min": stars} if stars else {}

        ids = found(**query, limit=11)

        expected = [
            one.id
            for one in world.listings
            if one.max_guests >= guests
            and 16_000 <= one.nightly_price_minor <= query["price_max"] * 100
            and set(slugs) <= set(world.amenities[one.id])
            and (one.pets_allowed or not pets)
            and (one.instant_book or not instant)
            and world.rating(one) >= stars * 100
        ]
        assert sorted(ids) == sorted(expected)


@pytest.mark.parametrize("sort", ["price", "-price", "rating", "newest"])
def test_every_order_goes_through_all_pages_without_loss(world, found, sort):
    keys: dict[str, Callable[[Listing], tuple[int, int]]] = {
        "price": lambda one: (one.nightly_price_minor or 0, one.id),
        "-price": lambda one: (-(one.nightly_price_minor or 0), -one.id),
        "rating": lambda one: (-world.rating(one), -one.id),
        "newest": lambda one: (-int(one.published_at.timestamp()), -one.id) if one.published_at else (0, 0),
    }

    assert found(sort=sort, limit=7) == [one.id for one in sorted(world.listings, key=keys[sort])]


def test_a_listing_is_a_hit_exactly_when_its_quote_is_bookable(world, found):
    dice = random.Random(4)
    hits = 0
    starts = [0, 0, 0, 1, 1, 2, 3, 5, 6, 7, 8, 14, 21, 30, 45, 357, 360, 362, 364]
    for start in [*starts, *dice.sample(range(60), 16)]:
        check_in = TODAY + timedelta(days=start)
        stay = Stay(check_in, check_in + timedelta(days=dice.choice([1, 2, 3, 4, 5, 6, 7])))
        party = Party(adults=dice.randint(1, 3), pets=dice.choice([0, 0, 1]))

        ids = found(check_in=stay.check_in, check_out=stay.check_out, adults=party.adults, pets=party.pets, limit=100)

        with reading() as session:
            everyone = [one.id for one in world.listings]
            wish = Wish(stay=stay, party=party)
            offers = quote_listings(session, dict.fromkeys(everyone, wish), fees=split_fee(), now=clock.now())
        assert sorted(ids) == sorted(offers), stay
        hits += len(ids)
    assert hits > 300


def test_the_clock_of_each_place_decides_at_every_hour(world, found, freeze):
    for hours in range(0, 26, 3):
        freeze(NOW + timedelta(hours=hours, minutes=hours * 13 % 60))
        for check_in in (date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3)):
            stay = Stay(check_in, check_in + timedelta(days=4))
            if check_in < (clock.now() - timedelta(hours=12)).date():
                continue

            ids = found(check_in=stay.check_in, check_out=stay.check_out, limit=100)

            with reading() as session:
                everyone = [one.id for one in world.listings]
                offers = quote_listings(
                    session, dict.fromkeys(everyone, Wish(stay=stay)), fees=split_fee(), now=clock.now()
                )
            assert sorted(ids) == sorted(offers)
