"""Puts cities into the gazetteer, so that guests can search by their names."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from airbnb.domain.folding import fold
from airbnb.domain.geo.coordinates import Box
from airbnb.domain.ids import new_id
from airbnb.models.places import Place
from airbnb.queries.places import find_city


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city and the box in which a search for it looks."""

    name: str
    country_code: str
    box: Box
    region: str | None = None
    population: int = 0


def ensure_city(session: Session, city: City) -> Place:
    """Add a city that the gazetteer doesn't have by any name yet; one that it has stays as it is.

    Idempotent.
    """
    place = find_city(session, city.name, city.country_code)
    if place is None:
        place = _new_place(city)
        session.add(place)
        session.flush()
    return place


def _new_place(city: City) -> Place:
    box = city.box
    return Place(
        id=new_id(),
        name=city.name,
        folded_name=fold(city.name),
        country_code=city.country_code,
        admin_name=city.region,
        latitude_e6=(box.south + box.north) // 2,
        longitude_e6=(box.west + box.east) // 2,
        south_e6=box.south,
        west_e6=box.west,
        north_e6=box.north,
        east_e6=box.east,
        population=city.population,
    )
