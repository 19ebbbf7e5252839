"""Looking cities up in the gazetteer, by any of their names or by where they lie.

Source: docs/rules/places.md.
"""

import math
from collections.abc import Sequence

from sqlalchemy import BindParameter, ColumnElement, Select, Subquery, bindparam, select, union
from sqlalchemy.orm import Session

from airbnb.domain.folding import fold
from airbnb.domain.geo.coordinates import Box, from_e6
from airbnb.domain.geo.countries import country_name
from airbnb.domain.geo.distance import planar_distance_m
from airbnb.domain.geo.gazetteer import LEAST_FOR_WORDS
from airbnb.models.places import Place, PlaceName

MOST_PLACES = 10
#: Shorter beginnings in plain letters are completed from cities' own names: with a thousand others they say too little.
SHORTEST_OF_OTHER_NAMES = 3
#: How far from a city's middle a place may be called by its name.
NEARBY_E6 = 500_000
_LAST_LETTER = "\U0010ffff"


def find_place(session: Session, place_id: int) -> Place | None:
    """Return one city, or None."""
    return session.get(Place, place_id)


def find_place_named(session: Session, text: str) -> Place | None:
    """Return the most populous city of exactly this name; ``"Cork, IE"`` and ``"Cork, Ireland"`` name a country.

    Other names count for well-known cities only: people search for words, too.
    """
    name, _, country = (part.strip() for part in fold(text).partition(","))
    if not name:
        return None
    others = PlaceName.folded_name == name, PlaceName.population >= LEAST_FOR_WORDS
    places = session.scalars(_most_populous(_named((Place.folded_name == name,), others), MOST_PLACES)).all()
    return next((place for place in places if not country or _matches(place, country)), None)


def find_city(session: Session, name: str, country_code: str) -> Place | None:
    """Return a country's most populous city of this name; one that calls itself so goes before the others."""
    own = select(Place).where(Place.folded_name == fold(name), Place.country_code == country_code)
    other = (
        select(Place)
        .join(PlaceName, PlaceName.place_id == Place.id)
        .where(PlaceName.folded_name == fold(name), Place.country_code == country_code)
    )
    ranked = (statement.order_by(Place.population.desc(), Place.id).limit(1) for statement in (own, other))
    return next((place for place in map(session.scalar, ranked) if place is not None), None)


def complete_place(session: Session, text: str) -> Sequence[Place]:
    """Return the most populous cities one of whose names begins with the text, at most ``MOST_PLACES``."""
    name = fold(text.partition(",")[0])
    if not name:
        return []
    has_other_names = len(name) >= SHORTEST_OF_OTHER_NAMES or not name.isascii()
    statement = _BY_ANY_NAME if has_other_names else _BY_OWN_NAME
    return session.scalars(statement, {"first": name, "last": name + _LAST_LETTER}).all()


def find_city_around(session: Session, latitude_e6: int, longitude_e6: int) -> Place | None:
    """Return the city to which a point belongs: the most populous whose box holds it, else the nearest, or None.

    Units: millionths of a degree. Reads a strip of the table: for commands, not for requests.
    """
    within = Place.latitude_e6.between(latitude_e6 - NEARBY_E6, latitude_e6 + NEARBY_E6)
    reach = NEARBY_E6 / max(0.1, math.cos(math.radians(from_e6(latitude_e6))))
    near = [
        place
        for place in session.scalars(select(Place).where(within)).all()
        if abs((place.longitude_e6 - longitude_e6 + 180_000_000) % 360_000_000 - 180_000_000) <= reach
    ]
    holding = [place for place in near if _box(place).contains(latitude_e6, longitude_e6)]
    if holding:
        return max(holding, key=lambda place: (place.population, -place.id))
    here = from_e6(latitude_e6), from_e6(longitude_e6)
    return min(
        near,
        key=lambda place: planar_distance_m(*here, from_e6(place.latitude_e6), from_e6(place.longitude_e6)),
        default=None,
    )


def _named(own: Sequence[ColumnElement[bool]], others: Sequence[ColumnElement[bool]] | None) -> Subquery:
    """Return ids and populations of cities by their own names and, if asked for, by the others."""
    by_own = select(Place.id, Place.population).where(*own)
    if others is None:
        return by_own.subquery()
    return union(by_own, select(PlaceName.place_id, PlaceName.population).where(*others)).subquery()


def _most_populous(named: Subquery, limit: int) -> Select[Place]:
    ranked = select(named.c.id).order_by(named.c.population.desc(), named.c.id).limit(limit).subquery()
    return select(Place).join(ranked, ranked.c.id == Place.id).order_by(Place.population.desc(), Place.id)


def _box(place: Place) -> Box:
    return Box(place.south_e6, place.west_e6, place.north_e6, place.east_e6)


def _matches(place: Place, country: str) -> bool:
    region = fold(place.admin_name or "")
    return country in (place.country_code.lower(), fold(country_name(place.country_code)), region)


_FIRST: BindParameter[str] = bindparam("first")
_LAST: BindParameter[str] = bindparam("last")
_OWN_NAME = Place.folded_name >= _FIRST, Place.folded_name < _LAST
_OTHER_NAME = PlaceName.folded_name >= _FIRST, PlaceName.folded_name < _LAST
# Built once: people type fast, and building a statement takes longer than running it.
_BY_OWN_NAME = _most_populous(_named(_OWN_NAME, None), MOST_PLACES)
_BY_ANY_NAME = _most_populous(_named(_OWN_NAME, _OTHER_NAME), MOST_PLACES)
