"""Puts cities into the gazetteer, so that guests can search by their names."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain.folding import fold
from airbnb.domain.geo.coordinates import Box
from airbnb.domain.ids import new_id
from airbnb.models.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city and the box around what is offered there."""

    name: str
    country_code: str
    box: Box
    region: str | None = None
    population: int = 0


def save_city(session: Session, city: City) -> Place:
    """Add a city, or widen the box of the one of this name until it holds the new box, too.

    Needs: the box does not run over the antimeridian.
    Idempotent.
    """
    statement = select(Place).where(Place.folded_name == fold(city.name), Place.country_code == city.country_code)
    place = session.scalar(statement.order_by(Place.population.desc(), Place.id).limit(1).with_for_update())
    if place is None:
        place = _new_place(city)
        session.add(place)
    else:
        place.south_e6, place.west_e6 = min(place.south_e6, city.box.south), min(place.west_e6, city.box.west)
        place.north_e6, place.east_e6 = max(place.north_e6, city.box.north), max(place.east_e6, city.box.east)
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
