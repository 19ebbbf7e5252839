"""The searches that are measured: four sizes of viewport in a synthetic world, drawn the same way each time.

dense: the whole of the densest city, a box of 31 km. city: the whole of a city drawn by its size. hood: a box of two
to six kilometres in such a city. metro: a box of one degree around the densest.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import Any
from urllib.parse import urlencode

from airbnb.domain.geo.coordinates import Box, from_e6
from airbnb.domain.geo.distance import radius_bbox
from airbnb.domain.search_masks import AMENITY_SLUGS
from benchmarks.worlds_plan import City, Pools

KINDS = ("hood", "city", "dense", "metro")
DENSE_KM = 15.5
#: A city's box reaches so many times as far as its listings spread.
CITY_REACH = 2.0
PATH = "/api/v1/listings"


@dataclass(frozen=True, slots=True)
class Search:
    """One search: its viewport, its filters and, where it has them, its dates."""

    kind: str
    box: Box
    filters: Mapping[str, Any]
    dates: Mapping[str, str] = field(default_factory=dict)

    def url(self, *, path: str = PATH, dates: bool = True, **more: Any) -> str:
        """Return the address that asks for it."""
        box = ",".join(str(from_e6(edge)) for edge in (self.box.west, self.box.south, self.box.east, self.box.north))
        asked = {"bbox": box, **self.filters, **(self.dates if dates else {}), **more}
        return f"{path}?{urlencode({name: value for name, value in asked.items() if value is not None})}"


def draw_searches(cities: Sequence[City], pools: Pools, kind: str, count: int, first: date) -> list[Search]:
    """Return searches of one kind, the same for the same day."""
    dice = random.Random(f"searches:{kind}")
    bounds = list(accumulate(city.share for city in cities))
    common = _common_amenities(pools)
    found = []
    for _ in range(count):
        city = dice.choices(cities, cum_weights=bounds)[0]
        low = dice.randint(30, 90)
        filters = {
            "guests": dice.choice((1, 2, 2, 4)),
            "price_min": low,
            "price_max": low + dice.randint(60, 300),
            "amenities": ",".join(dice.sample(common, 3)),
        }
        check_in = first + timedelta(days=dice.randint(20, 320))
        check_out = check_in + timedelta(days=dice.randint(3, 7))
        dates = {"check_in": check_in.isoformat(), "check_out": check_out.isoformat()}
        found.append(Search(kind, _box(dice, kind, city, cities[0]), filters, dates))
    return found


def _box(dice: random.Random, kind: str, city: City, densest: City) -> Box:
    if kind == "dense":
        return densest.box(DENSE_KM)
    if kind == "metro":
        return Box.from_degrees(
            densest.latitude - 0.5, densest.longitude - 0.5, densest.latitude + 0.5, densest.longitude + 0.5
        )
    if kind == "city":
        return city.box(CITY_REACH * city.spread_km)
    lat, lng, reach = dice.choice(city.quarters)
    shift = dice.gauss(0, reach / 111)
    return radius_bbox(lat + shift, lng + shift, dice.uniform(1, 3))


def _common_amenities(pools: Pools) -> list[str]:
    counts = [0] * len(AMENITY_SLUGS)
    for chosen in pools.amenities:
        for bit in chosen:
            counts[bit] += 1
    return [AMENITY_SLUGS[bit] for bit in sorted(range(len(counts)), key=counts.__getitem__)[-12:]]
