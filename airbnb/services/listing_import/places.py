"""Puts the city of an import into the gazetteer."""

from sqlalchemy.orm import Session

from airbnb.domain.geo.coordinates import Box
from airbnb.domain.inside_airbnb import SOURCE, Market
from airbnb.queries.listing_import import box_of_city
from airbnb.services.gazetteer import City, ensure_city


def save_imported_city(session: Session, market: Market) -> None:
    """Let guests search the city by name; a new one gets the box around its imported listings.

    Idempotent. Does nothing while no listing of the city is published.
    """
    edges = box_of_city(session, source=SOURCE, city=market.city, country_code=market.country_code)
    if edges is not None:
        ensure_city(session, City(name=market.city, country_code=market.country_code, box=Box(*edges)))
