"""A synthetic world: where listings lie, what they are like and which nights are taken, the same for the same seed.

Three hundred cities out of the gazetteer, their sizes falling as Zipf's law with exponent 0.62: the densest has 4.8 %
of all listings. In a city most listings lie in a few quarters, the rest around them. A listing's number decides all
of it, so the world of 10,000 listings is the beginning of that of a million, and numbers tell nothing about places.
Calendars, sets of amenities and dated prices are drawn from pools of a few thousand, which is what makes it fast.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from airbnb.domain.geo.coordinates import Box
from airbnb.domain.geo.distance import METRES_PER_DEGREE, haversine_m, radius_bbox
from airbnb.domain.geo.time_zones import time_zone_at
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.search_masks import AMENITY_SLUGS

SEED = 7
CITIES = 300
ZIPF = 0.62
#: Cities of the world lie so far apart that no box holds two.
APART_M = 80_000
QUARTERS = 7
#: Of a city's listings so many lie in its quarters.
IN_QUARTERS = 0.8
#: How far a quarter of the densest city lies from its middle, mostly; smaller ones shrink with the root of their size.
SPREAD_KM = 8.0
BLOCK = 10_000
POOL = 4_096
#: Days from the world's own first day that nights and dated prices reach to.
DAYS = 365
OVERRIDDEN = 0.3
PHOTOS = 3
RATED = 0.7

ADJECTIVES = (
    "Sunny", "Quiet", "Bright", "Modern", "Cosy", "Spacious", "Charming", "Central", "Green", "Small", "Grand", "Old",
    "Elegant", "Simple", "Warm", "Light", "Artful", "Rustic", "Private", "Leafy",
)  # fmt: skip
HOMES = ("flat", "studio", "loft", "house", "room", "cottage", "apartment", "attic", "suite", "villa")
NEAR = (
    "the park", "the market", "the river", "the station", "the cathedral", "the harbour", "the museum", "the beach",
    "the old town", "the university",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """One city of the world; ``quarters`` are their middles and how far they reach, in degrees."""

    name: str
    country_code: str
    latitude: float
    longitude: float
    share: float
    spread_km: float
    time_zone: str
    quarters: tuple[tuple[float, float, float], ...]

    def box(self, km: float) -> Box:
        """Return the box around the circle of ``km`` kilometres about the middle."""
        return radius_bbox(self.latitude, self.longitude, km)


class Pools(NamedTuple):
    """What listings draw from: taken days, dated prices as (day, percent of the usual), sets of amenities."""

    calendars: list[list[int]]
    overrides: list[list[tuple[int, int]]]
    amenities: list[list[int]]


class Plan(NamedTuple):
    """One listing before it is written as rows; ``calendar`` and ``amenities`` are places in the pools."""

    number: int
    city: City
    latitude_e6: int
    longitude_e6: int
    title: str
    property_type: PropertyType
    room_type: RoomType
    bedrooms: int
    price_minor: int
    weekend_minor: int | None
    instant_book: bool
    pets_allowed: bool
    min_nights: int
    weekly_discount_percent: int
    reviews: int
    rating_sum: int
    calendar: int
    overrides: list[tuple[int, int]]
    amenities: int


def choose_cities(places: Sequence[tuple[str, str, int, int]]) -> list[City]:
    """Return the world's cities, the largest first.

    Shape: ``places`` are (name, country, latitude, longitude) in millionths of a degree, the most populous first.
    """
    dice = random.Random(SEED)
    shares = [1 / rank**ZIPF for rank in range(1, CITIES + 1)]
    whole = sum(shares)
    cities: list[City] = []
    for name, country_code, lat_e6, lng_e6 in places:
        lat, lng = lat_e6 / 1e6, lng_e6 / 1e6
        if any(haversine_m(lat, lng, one.latitude, one.longitude) < APART_M for one in cities):
            continue
        share = shares[len(cities)]
        spread_km = SPREAD_KM * math.sqrt(share / shares[0])
        cities.append(
            City(
                name=name,
                country_code=country_code,
                latitude=lat,
                longitude=lng,
                share=share / whole,
                spread_km=spread_km,
                time_zone=time_zone_at(lat, lng),
                quarters=_quarters(dice, lat, lng, spread_km),
            )
        )
        if len(cities) == CITIES:
            return cities
    raise ValueError(f"the gazetteer has only {len(cities)} cities far enough apart")


@cache
def make_pools() -> Pools:
    """Return the pools, the same each time."""
    dice = random.Random(SEED)
    # A few amenities are nearly everywhere, most in some places: 19 of 60 on average.
    liking = [min(0.95, 1.7 / (1 + rank * 0.09) - 0.27) for rank in range(len(AMENITY_SLUGS))]
    dice.shuffle(liking)
    bits = range(len(AMENITY_SLUGS))
    return Pools(
        calendars=[list(_taken_days(dice)) for _ in range(POOL)],
        overrides=[_dated_prices(dice) for _ in range(POOL)],
        amenities=[[bit for bit in bits if dice.random() < liking[bit]] for _ in range(POOL)],
    )


def plan_block(cities: Sequence[City], pools: Pools, block: int, count: int) -> Iterator[Plan]:
    """Yield the first ``count`` listings of a block."""
    dice = random.Random(f"{SEED}:{block}")
    bounds = list(accumulate(city.share for city in cities))
    for number in range(block * BLOCK, block * BLOCK + count):
        yield _plan(dice, number, dice.choices(cities, cum_weights=bounds)[0], pools)


def day_of(first: date, offset: int) -> date:
    """Return a day of the world's year."""
    return first + timedelta(days=offset)


def _plan(dice: random.Random, number: int, city: City, pools: Pools) -> Plan:
    lat, lng = _somewhere(dice, city)
    bedrooms = dice.choices((0, 1, 2, 3, 4, 6), (12, 42, 26, 12, 5, 3))[0]
    price_minor = 100 * max(15, round(dice.lognormvariate(4.3, 0.45) * (1 + 0.35 * bedrooms)))
    reviews = int(dice.expovariate(1 / 30)) + 1 if dice.random() < RATED else 0
    return Plan(
        number=number,
        city=city,
        latitude_e6=round(lat * 1e6),
        longitude_e6=round(lng * 1e6),
        title=f"{dice.choice(ADJECTIVES)} {dice.choice(HOMES)} by {dice.choice(NEAR)}",
        property_type=dice.choice(_PROPERTY_TYPES),
        room_type=dice.choices(_ROOM_TYPES, range(len(_ROOM_TYPES), 0, -1))[0],
        bedrooms=bedrooms,
        price_minor=price_minor,
        weekend_minor=price_minor * 12 // 10 if dice.random() < 0.4 else None,
        instant_book=dice.random() < 0.5,
        pets_allowed=dice.random() < 0.25,
        min_nights=dice.choices((1, 2, 3, 5), (55, 28, 12, 5))[0],
        weekly_discount_percent=dice.choice((0, 0, 0, 10)),
        reviews=reviews,
        rating_sum=sum(dice.choices((5, 4, 3, 1), (70, 20, 7, 3), k=min(reviews, 8))) * reviews // min(reviews, 8)
        if reviews
        else 0,
        calendar=dice.randrange(POOL),
        overrides=dice.choice(pools.overrides) if dice.random() < OVERRIDDEN else [],
        amenities=dice.randrange(POOL),
    )


_PROPERTY_TYPES = list(PropertyType)
_ROOM_TYPES = list(RoomType)


def _quarters(dice: random.Random, lat: float, lng: float, spread_km: float) -> tuple[tuple[float, float, float], ...]:
    found = []
    for _ in range(QUARTERS):
        north, east = dice.gauss(0, spread_km * 0.75), dice.gauss(0, spread_km * 0.75)
        reach = spread_km * dice.uniform(0.12, 0.4)
        found.append((*_moved(lat, lng, north, east), reach))
    return tuple(found)


def _somewhere(dice: random.Random, city: City) -> tuple[float, float]:
    if dice.random() < IN_QUARTERS:
        lat, lng, reach = dice.choice(city.quarters)
    else:
        lat, lng, reach = city.latitude, city.longitude, city.spread_km * 1.3
    return _moved(lat, lng, dice.gauss(0, reach), dice.gauss(0, reach))


def _moved(lat: float, lng: float, north_km: float, east_km: float) -> tuple[float, float]:
    degree_km = METRES_PER_DEGREE / 1000
    moved = lat + north_km / degree_km
    return moved, (lng + east_km / (degree_km * math.cos(math.radians(lat))) + 180) % 360 - 180


def _taken_days(dice: random.Random) -> Iterator[int]:
    """Yield the days of stays of two to seven nights: 38 in the year on average."""
    day = int(dice.expovariate(1 / 20))
    while True:
        for _ in range(dice.choice((2, 2, 3, 3, 4, 5, 7))):
            if day >= DAYS:
                return
            yield day
            day += 1
        day += 1 + int(dice.expovariate(1 / 30))


def _dated_prices(dice: random.Random) -> list[tuple[int, int]]:
    """Return some 16 nights with a price of their own, in runs."""
    found: dict[int, int] = {}
    while len(found) < 12:
        start, percent = dice.randrange(DAYS - 14), dice.choice((75, 85, 120, 150, 200))
        found.update(dict.fromkeys(range(start, start + dice.randint(2, 10)), percent))
    return sorted(found.items())
