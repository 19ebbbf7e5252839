"""What the gazetteer keeps of a city: its names as search compares them, and the box in which a search for it looks.

Source: docs/rules/places.md; migrations/data/README.md.
"""

import math
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from airbnb.domain.folding import fold
from airbnb.domain.geo.coordinates import Box
from airbnb.domain.geo.distance import radius_bbox

#: Cities of fewer people are left out.
LEAST_POPULATION = 30_000
#: Names in other scripts than ours are kept of cities of at least as many people.
LEAST_FOR_OTHER_SCRIPTS = 300_000
#: Words of a search are taken for another name of cities of at least as many people only.
LEAST_FOR_WORDS = 100_000
LONGEST_NAME = 60
#: Not names: lists, remarks and numbers.
_NOISE = re.compile(r"[\d(),/\t\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCity:
    """A city as GeoNames has it. Units: ``latitude`` and ``longitude`` in degrees, WGS 84."""

    id: int
    name: str
    other_names: Collection[str]
    country_code: str
    state: str | None
    latitude: float
    longitude: float
    population: int

    @property
    def box(self) -> Box:
        """The box that holds the circle of ``3 + 0.012 × √population`` km: GeoNames has points only."""
        return radius_bbox(self.latitude, self.longitude, 3 + 0.012 * math.sqrt(self.population))


def alternate_names(city: SourceCity) -> list[str]:
    """Return the other names by which people may look for a city, folded, without its own."""
    found = {fold(name) for name in city.other_names if _is_name(name, population=city.population)}
    return sorted(name for name in found - {fold(city.name)} if len(name) > 1)


def _is_name(text: str, *, population: int) -> bool:
    if not text or len(text) > LONGEST_NAME or _NOISE.search(text):
        return False
    if text.isascii() and (text[0].islower() or (text.isupper() and len(text) <= 4)):
        return False  # a transliteration letter by letter, or the code of an airport
    return population >= LEAST_FOR_OTHER_SCRIPTS or all(
        unicodedata.name(letter, "").startswith("LATIN") for letter in text if letter.isalpha()
    )
