"""Catalogues: amenities, kinds of places, currencies, and city names completed from the gazetteer."""

from typing import Any

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import public
from airbnb.domain import clock
from airbnb.domain.amenities import CATALOGUE
from airbnb.domain.currencies import EXPONENTS
from airbnb.domain.exchange_rates import BASE, is_stale
from airbnb.domain.kinds import PropertyType, Provider, RoomType
from airbnb.domain.provider_currencies import takes_currency
from airbnb.queries.exchange_rates import latest_dated_rates
from airbnb.queries.places import complete_place
from airbnb.schemas.catalogues import (
    AmenitiesSchema,
    CurrenciesSchema,
    PlaceQuery,
    PlacesSchema,
    PropertyTypesSchema,
    kinds,
)
from airbnb.services.places import place_dict
from airbnb.unit_of_work import reading
from airbnb.workflows.outside import gateway_names

bp = Blueprint("catalogues", __name__, description="Catalogues")

#: What seldom changes may be kept by every cache for a while.
KEPT = {"Cache-Control": "public, max-age=3600"}

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.route("/amenities", methods=["GET"])
@public
@bp.response(200, AmenitiesSchema)
def list_amenities() -> Answer:
    """List every amenity, group by group."""
    return {"data": list(CATALOGUE.values())}, 200, KEPT


@bp.route("/property-types", methods=["GET"])
@public
@bp.response(200, PropertyTypesSchema)
def list_property_types() -> Answer:
    """List every property type and room type."""
    return {"data": kinds(PropertyType), "room_types": kinds(RoomType)}, 200, KEPT


@bp.route("/currencies", methods=["GET"])
@public
@bp.response(200, CurrenciesSchema)
def list_currencies() -> Answer:
    """List every currency with the providers that take it, and whether a guest may pay in it instead of another."""
    now = clock.now()
    with reading() as session:
        rates = latest_dated_rates(session)
    current = {code for code, dated in rates.items() if not is_stale(dated.on, now)}
    providers = [Provider(name) for name in sorted(gateway_names())]
    currencies = [
        {
            "code": code,
            "exponent": digits,
            "chargeable_by": [name for name in providers if takes_currency(name, code)],
            "payable_by": [name for name in providers if takes_currency(name, code)],
            "convertible": code in current or (code == BASE and bool(current)),
        }
        for code, digits in sorted(EXPONENTS.items())
    ]
    return {"data": currencies}, 200, KEPT


@bp.route("/places", methods=["GET"])
@public
@bp.arguments(PlaceQuery, location="query")
@bp.response(200, PlacesSchema)
def list_places(args: dict[str, Any]) -> Answer:
    """Complete the name of a city."""
    with reading() as session:
        places = complete_place(session, args["q"])
    return {"data": [place_dict(place) for place in places]}, 200, KEPT
