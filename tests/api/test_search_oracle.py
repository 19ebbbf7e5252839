"""Search against brute force: random listings around the globe, random searches, every page followed."""

import itertools
import random
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from airbnb.domain import clock
from airbnb.domain.fees import split_fee
from airbnb.domain.geo.coordinates import Box, from_e6, to_e6
from airbnb.domain.geo.distance import haversine_m
from airbnb.domain.geo.time_zones import time_zone_at
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Role
from airbnb.domain.orders import Wish
from airbnb.domain.pricing import Party
from airbnb.domain.search_masks import AMENITY_BITS, AMENITY_SLUGS
from airbnb.domain.statuses import NightKind
from airbnb.domain.stays import Stay
from airbnb.models.calendar import BookedNight, CalendarOverride, Season
from airbnb.models.listings import Listing, ListingFigures
from airbnb.models.users import User
from airbnb.queries.listings import replace_amenities
from airbnb.services.quotes import quote_listings
from airbnb.services.search_projection import refresh_listings
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.listings import listing_values

#: Late in the day at Greenwich: Fiji is a day ahead, Hawaii has most of its day to come.
NOW = datetime(2026, 5, 1, 22, 20, tzinfo=UTC)
TODAY = date(2026, 5, 1)
CENTRES = ((38.71, -9.14), (40.7, -74.0), (-17.0, 179.9), (21.3, -157.85))
LISTINGS = 240


class World:
    """Random listings with everything that a search can ask about."""

    def __init__(self, hosts: list[User], dice: random.Random) -> None:
        self.dice = dice
        self.listings = [self._listing(dice.choice(hosts)) for _ in range(LISTINGS)]
        self.amenities = {one.id: dice.sample(AMENITY_SLUGS[:8], dice.randint(0, 6)) for one in self.listings}
        self.figures = {one.id: self._figures() for one in self.listings if dice.random() < 0.6}
        self.calendar = [row for one in self.listings for row in self._calendar(one)]

    def write(self, session: Any) -> None:
        session.add_all(self.listings)
        session.flush()
        session.add_all(self.calendar)
        session.add_all(
            ListingFigures(listing_id=key, rating_sum=stars, review_count=count)
            for key, (stars, count) in self.figures.items()
        )
        for listing_id, slugs in self.amenities.items():
            replace_amenities(session, listing_id, [AMENITY_BITS[slug] for slug in slugs])
        refresh_listings(session, [one.id for one in self.listings])

    def rating(self, listing: Listing) -> int:
        stars, count = self.figures.get(listing.id, (0, 1))
        return (stars * 200 + count) // (2 * count)

    def _listing(self, host: User) -> Listing:
        dice = self.dice
        lat, lng = dice.choice(CENTRES)
        lat, lng = lat + dice.uniform(-0.3, 0.3), lng + dice.uniform(-0.4, 0.4)
        lng = lng - 360 if lng > 180 else lng
        place = {"latitude_e6": to_e6(lat), "longitude_e6": to_e6(lng)}
        values = {
            **listing_values(),
            **place,
            **{f"public_{name}": value for name, value in place.items()},
            "id": new_id(),
            "host_id": host.id,
            "time_zone": time_zone_at(lat, lng),
            "published_at": NOW - timedelta(days=dice.randint(0, 20)),
            "max_guests": dice.randint(1, 6),
            "nightly_price_minor": dice.randint(30, 60) * 500,
            "weekend_price_minor": dice.choice([None, 20_000]),
            "pets_allowed": dice.random() < 0.5,
            "instant_book": dice.random() < 0.5,
            "min_nights": dice.randint(1, 3),
            "min_nights_by_weekday": dice.choice([{}, {}, {"4": 3}, {"4": 1, "6": 5}]),
            "max_nights": dice.choice([5, 30, 365]),
            "advance_notice_days": dice.choice([0, 0, 0, 1, 2, 7]),
            "cut_off_hour": dice.choice([None, 0, 11, 12, 18, 23]),
            "preparation_days": dice.choice([0, 0, 1, 2, 7]),
            "booking_window_days": dice.choice([5, 6, 7, 30, 365, 720]),
            "check_in_weekdays": dice.choice([None, None, 0b0010000, 0b1100011]),
            "check_out_weekdays": dice.choice([None, None, 0b0000001, 0b1100001]),
        }
        return Listing(**values)

    def _figures(self) -> tuple[int, int]:
        count = self.dice.randint(1, 30)
        return self.dice.randint(count, 5 * count), count

    def _calendar(self, listing: Listing) -> Iterable[Any]:
        dice, key = self.dice, listing.id
        taken = {
            TODAY + timedelta(days=start + day)
            for start in dice.sample(range(60), dice.randint(0, 4))
            for day in range(dice.randint(1, 5))
        }
        yield from (BookedNight(listing_id=key, night=night, kind=NightKind.BLOCK) for night in sorted(taken))
        if dice.random() < 0.3:
            yield CalendarOverride(listing_id=key, night=date(2026, 5, 8), min_nights=dice.randint(1, 6))
        for start in dice.sample(range(0, 40, 10), dice.choice([0, 0, 1, 2])):
            first = TODAY + timedelta(days=start)
            yield Season(
                listing_id=key,
                name="Season",
                starts_on=first,
                ends_on=first + timedelta(days=15),
                nightly_price_minor=10_000,
                min_nights=dice.choice([None, 1, 6]),
            )


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
            offers = quote_listings(session, everyone, wish, fees=split_fee(), now=clock.now())
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
                offers = quote_listings(session, everyone, Wish(stay=stay), fees=split_fee(), now=clock.now())
            assert sorted(ids) == sorted(offers)
