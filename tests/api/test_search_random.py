"""Random searches with everything at once, against brute force over the same listings.

``SEARCH_ORACLE_QUERIES`` sets how many; the suite runs few.
"""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from airbnb.domain import clock
from airbnb.domain.calendar_rules import is_bookable
from airbnb.domain.geo.coordinates import Box, from_e6
from airbnb.domain.geo.distance import haversine_m
from airbnb.domain.kinds import Role
from airbnb.domain.money import apply_bps
from airbnb.domain.pricing.nights import undiscounted_nights
from airbnb.domain.search_masks import AMENITY_SLUGS
from airbnb.domain.stays import Stay, earliest_date_on_earth, local_now
from airbnb.models.listings import Listing
from airbnb.queries.quotes import CalendarFacts, load_calendars
from airbnb.services.listing_rules import price_rules, stay_rules
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.search_world import CENTRES, NOW, TODAY, World
from tests.settings import SEARCH_ORACLE_QUERIES

FARTHEST = timedelta(days=722)


@pytest.fixture
def world(app: Any, host: Any, make_client: Any, freeze: Any) -> World:
    freeze(NOW)
    made = World([host.user, make_client(Role.HOST).user], random.Random(11))
    in_transaction(made.write)
    return made


class BruteForce:
    """The rules themselves, applied to every listing in turn."""

    def __init__(self, world: World) -> None:
        self.world = world
        with reading() as session:
            ids = [one.id for one in world.listings]
            self.calendars = load_calendars(session, ids, TODAY - timedelta(days=9), TODAY + timedelta(days=800))

    def find(self, query: dict[str, Any]) -> dict[int, tuple[int, Stay | None]]:
        """Return (price, stay) by listing: the price of the stay, or of a night without dates."""
        stays = stays_asked_for(query)
        found: dict[int, tuple[int, Stay | None]] = {}
        for one in self.world.listings:
            if not self.suits(one, query):
                continue
            if not stays:
                offers: list[tuple[int, int, Stay | None]] = [(one.nightly_price_minor or 0, 0, None)]
            else:
                offers = [
                    (self.price(one, stay), place, stay)
                    for place, stay in enumerate(stays)
                    if self.can_be_booked(one, stay, query)
                ]
            nights = stays[0].length if stays and query.get("price_basis") != "total" else 1
            low, high = query.get("price_min", 0) * 100 * nights, query.get("price_max", 10**6) * 100 * nights
            offers = [offer for offer in offers if low <= offer[0] <= high]
            if offers:
                price, _, stay = min(offers, key=lambda offer: offer[:2])
                found[one.id] = price, stay
        return found

    def suits(self, one: Listing, query: dict[str, Any]) -> bool:
        here = from_e6(one.public_latitude_e6), from_e6(one.public_longitude_e6)
        slugs = set(query["amenities"].split(",")) if "amenities" in query else set()
        near = "radius_km" not in query or haversine_m(query["lat"], query["lng"], *here) <= query["radius_km"] * 1000
        return (
            near
            and ("bbox" not in query or box_of(query).contains(one.public_latitude_e6, one.public_longitude_e6))
            and one.max_guests >= query.get("guests", 1)
            and (one.pets_allowed or not query.get("pets"))
            and (one.instant_book or "instant_book" not in query)
            and self.world.rating(one) >= query.get("rating_min", 0) * 100
            and slugs <= set(self.world.amenities[one.id])
        )

    def can_be_booked(self, one: Listing, stay: Stay, query: dict[str, Any]) -> bool:
        calendar = self.calendars.get(one.id) or CalendarFacts()
        there = local_now(clock.now(), one.time_zone)
        return is_bookable(stay, stay_rules(one, calendar), calendar.taken, now_local=there, guests=1)

    def price(self, one: Listing, stay: Stay) -> int:
        """Nights with overrides and seasons, less the discount for their number, plus cleaning."""
        rules = price_rules(one, self.calendars.get(one.id) or CalendarFacts())
        nights = sum(undiscounted_nights(stay, rules))
        percent = one.weekly_discount_percent if stay.length >= 7 else 0
        if stay.length >= 28 and one.monthly_discount_percent:
            percent = one.monthly_discount_percent
        return nights - apply_bps(nights, percent * 100) + one.cleaning_fee_minor


def stays_asked_for(query: dict[str, Any]) -> list[Stay]:
    """Return the stays that would do, in the order that decides between two as cheap."""
    if "month" in query:
        first = date.fromisoformat(query["month"] + "-01")
        begins = [first + timedelta(days=day) for day in range(31)]
        stays = [Stay(day, day + timedelta(days=query["nights"])) for day in begins if day.month == first.month]
    elif "check_in" in query:
        flex = query.get("flex_days", 0)
        days = sorted(range(-flex, flex + 1), key=lambda day: (abs(day), day))
        asked = Stay(query["check_in"], query["check_out"])
        shift = [timedelta(days=day) for day in days]
        stays = [Stay(asked.check_in + by, asked.check_out + by) for by in shift]
    else:
        return []
    return [stay for stay in stays if stay.check_in >= earliest_date_on_earth(clock.now())]


def box_of(query: dict[str, Any]) -> Box:
    west, south, east, north = (float(edge) for edge in query["bbox"].split(","))
    return Box.from_degrees(south, west, north, east)


def random_query(dice: random.Random) -> dict[str, Any]:
    """Draw a search: most have a place, dates and a filter or two."""
    lat, lng = dice.choice(CENTRES)
    query: dict[str, Any] = {}
    if dice.random() < 0.5:
        west, south = lng + dice.uniform(-0.4, 0.1), lat + dice.uniform(-0.3, 0.1)
        east, north = west + dice.uniform(0.05, 0.6), south + dice.uniform(0.05, 0.5)
        west, east = (edge - 360 if edge > 180 else edge for edge in (west, east))
        query["bbox"] = f"{west},{south},{east},{north}"
    elif dice.random() < 0.5:
        query |= {"lat": lat, "lng": lng, "radius_km": dice.randint(3, 60)}
    kind = dice.random()
    length = dice.choice([1, 2, 3, 4, 5, 7, 8, 14, 28, 30])
    if kind < 0.35:
        check_in = TODAY + timedelta(days=dice.randint(0, 50))
        query |= {"check_in": check_in, "check_out": check_in + timedelta(days=length)}
        if dice.random() < 0.5:
            query["flex_days"] = dice.randint(0, 7)
    elif kind < 0.55:
        query |= {"month": dice.choice(["2026-05", "2026-06", "2026-07", "2027-02"]), "nights": length}
    dated = kind < 0.55
    maybe: dict[str, Any] = {
        "guests": dice.randint(1, 5),
        "pets": 1,
        "instant_book": "true",
        "rating_min": dice.choice([3, 3.5, 4.25]),
        "amenities": ",".join(dice.sample(AMENITY_SLUGS[:8], dice.randint(1, 2))),
        "price_max": dice.randint(100, 300) * (length if dated and dice.random() < 0.5 else 1),
        "price_min": dice.randint(50, 100),
    }
    for name in dice.sample(sorted(maybe), dice.choice([0, 1, 1, 2])):
        query[name] = maybe[name]
    if dated and dice.random() < 0.5:
        query["price_basis"] = "total"
    query["sort"] = dice.choice(["recommended", "price", "price", "-price", "newest", "rating"])
    return query


@pytest.fixture
def found(client: Any) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    """Return every hit in order, all pages followed."""

    def follow(query: dict[str, Any]) -> list[dict[str, Any]]:
        hits: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            answer = client.get(f"/api/v1/listings?{urlencode({**query, 'limit': 40, **cursor})}")
            assert answer.status_code == 200, (query, answer.json)
            hits += answer.json["data"]
            page = answer.json["page"]
            if page["next_cursor"] is None:
                assert page["total"] == len(hits), query
                return hits
            cursor = {"cursor": page["next_cursor"]}

    return follow


@pytest.mark.timeout(3_600)
def test_random_searches_find_what_brute_force_finds(world, found):
    dice, brute_force = random.Random(5), BruteForce(world)
    compared = flexible = 0
    for _ in range(SEARCH_ORACLE_QUERIES):
        query = random_query(dice)
        if query.get("price_min", 0) > query.get("price_max", 10**6):
            continue

        hits = found(query)

        expected = brute_force.find(query)
        ids = [int(hit["id"]) for hit in hits]
        edge = near_the_edge(world, query)
        assert set(ids) - edge == expected.keys() - edge, query
        assert len(ids) == len(set(ids)), query
        if query["sort"] in ("price", "-price"):
            prices = [expected[one][0] for one in ids if one in expected]
            assert prices == sorted(prices, reverse=query["sort"] == "-price"), query
        for hit in hits:
            stay = expected[int(hit["id"])][1] if int(hit["id"]) in expected else None
            if stay is not None:
                assert (hit["check_in"], hit["check_out"]) == (str(stay.check_in), str(stay.check_out)), query
                flexible += "month" in query or "flex_days" in query
        compared += len(hits)
    assert compared > 10 * SEARCH_ORACLE_QUERIES
    assert flexible > SEARCH_ORACLE_QUERIES


def near_the_edge(world: World, query: dict[str, Any]) -> set[int]:
    """Return what lies within a thousandth of the circle's edge: the search measures on a plane."""
    if "radius_km" not in query:
        return set()
    edge = set()
    for one in world.listings:
        here = from_e6(one.public_latitude_e6), from_e6(one.public_longitude_e6)
        share = haversine_m(query["lat"], query["lng"], *here) / (query["radius_km"] * 1000)
        if 0.999 < share < 1.001:
            edge.add(one.id)
    return edge
