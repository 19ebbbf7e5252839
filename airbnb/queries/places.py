"""Looking cities up in the gazetteer."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain.folding import fold
from airbnb.domain.geo.countries import country_name
from airbnb.models.places import Place

MOST_PLACES = 10
_LAST_LETTER = "\U0010ffff"


def find_place(session: Session, place_id: int) -> Place | None:
    """Return one city, or None."""
    return session.get(Place, place_id)


def find_place_named(session: Session, text: str) -> Place | None:
    """Return the most populous city of exactly this name; ``"Cork, IE"`` and ``"Cork, Ireland"`` name a country."""
    name, _, country = (part.strip() for part in fold(text).partition(","))
    if not name:
        return None
    statement = select(Place).where(Place.folded_name == name).order_by(Place.population.desc(), Place.id)
    places = session.scalars(statement.limit(MOST_PLACES)).all()
    return next((place for place in places if not country or _matches(place, country)), None)


def complete_place(session: Session, text: str, *, limit: int = MOST_PLACES) -> Sequence[Place]:
    """Return the most populous cities whose name begins with the text."""
    name = fold(text.partition(",")[0])
    if not name:
        return []
    begins_alike = Place.folded_name >= name, Place.folded_name < name + _LAST_LETTER
    statement = select(Place).where(*begins_alike).order_by(Place.population.desc(), Place.id)
    return session.scalars(statement.limit(limit)).all()


def _matches(place: Place, country: str) -> bool:
    region = fold(place.admin_name or "")
    return country in (place.country_code.lower(), fold(country_name(place.country_code)), region)
