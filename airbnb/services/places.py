"""How a city of the gazetteer is named and boxed."""

from typing import Any

from airbnb.domain.geo.coordinates import Box, from_e6
from airbnb.domain.geo.countries import country_name
from airbnb.models.places import Place


def place_label(place: Place) -> str:
    """Return a city's name for people, such as ``"Porto, Norte, Portugal"``."""
    parts = (place.name, place.admin_name, country_name(place.country_code))
    return ", ".join(dict.fromkeys(part for part in parts if part))


def place_box(place: Place) -> Box:
    """Return the box in which a search for the city looks."""
    return Box(place.south_e6, place.west_e6, place.north_e6, place.east_e6)


def place_bbox(place: Place) -> list[float]:
    """Return the box as the API writes it: west, south, east, north in degrees."""
    return [from_e6(edge) for edge in (place.west_e6, place.south_e6, place.east_e6, place.north_e6)]


def place_dict(place: Place) -> dict[str, Any]:
    """Return a city as ``GET /places`` shows it."""
    return {"place_id": str(place.id), "label": place_label(place), "bbox": place_bbox(place)}
