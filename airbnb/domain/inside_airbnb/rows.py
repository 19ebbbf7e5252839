"""Turns one row of an Inside Airbnb listings file into a listing, or says why it can't be taken."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from airbnb.domain.inside_airbnb import figures
from airbnb.domain.inside_airbnb.amenities import slugs_for
from airbnb.domain.inside_airbnb.kinds import property_type_of, room_type_of
from airbnb.domain.inside_airbnb.texts import one_line, plain_text
from airbnb.domain.kinds import PropertyType
from airbnb.domain.listing_drafts import ListingDraft
from airbnb.domain.listing_rules import MAX_GUESTS, MAX_ROOMS
from airbnb.domain.search_masks import AMENITY_BITS

SOURCE = "inside-airbnb"
#: Without these columns a file is something else.
MUST_HAVE = (
    "id", "name", "description", "host_id", "latitude", "longitude", "property_type", "room_type", "accommodates",
    "bathrooms_text", "bedrooms", "beds", "amenities", "price", "minimum_nights", "maximum_nights",
)  # fmt: skip
LONGEST_STAY = 720  # the longest booking window, docs/rules/calendar.md
DEFAULT_WINDOW = 365
MOST_TEXT = 10_000
MOST_TITLE = 200
MOST_REGION = 120
MOST_AMENITIES = 1_000
_KEY = re.compile(r"[0-9]{1,40}", re.ASCII)


class RowRefused(ValueError):
    """The row can't become a listing; the message says why."""


@dataclass(frozen=True, slots=True)
class Market:
    """What a file doesn't say in each row: the city that it is about, and the currency behind its ``$``."""

    city: str
    country_code: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedListing:
    """One row as a listing.

    Shape: ``notes`` says what was changed to make it fit; ``unmapped`` are amenities outside the catalogue.
    """

    row: int
    key: str
    host_key: str
    draft: ListingDraft
    notes: tuple[str, ...]
    unmapped: tuple[str, ...]


def parse_row(row: Mapping[str, str], number: int, market: Market) -> ImportedListing:
    """Read one row.

    Raises: RowRefused.
    Source: docs/rules/import.md.
    """
    try:
        return _parse(row, number, market)
    except figures.Unreadable as error:
        raise RowRefused(str(error)) from error


def _parse(row: Mapping[str, str], number: int, market: Market) -> ImportedListing:
    notes: list[str] = []
    key, host_key = _key(row, "id"), _key(row, "host_id")
    latitude, longitude = figures.coordinates(row["latitude"], row["longitude"])
    slugs, unmapped = _amenities(row["amenities"])
    room_type = room_type_of(row["room_type"])
    if room_type is None:
        raise RowRefused(f"room_type {row['room_type'][:40]!r} is not known")
    shortest, longest = _nights(row, notes)
    draft = ListingDraft(
        title=_title(row, market, notes),
        description=_description(row),
        property_type=_property_type(row, notes),
        room_type=room_type,
        city=market.city,
        region=one_line(row.get("neighbourhood_cleansed", ""), longest=MOST_REGION) or None,
        country_code=market.country_code,
        latitude=latitude,
        longitude=longitude,
        max_guests=_guests(row, notes),
        bedrooms=_rooms(row, "bedrooms", notes),
        beds=_rooms(row, "beds", notes),
        bathroom_halves=_bathrooms(row, notes),
        amenities=slugs,
        pets_allowed="pets_allowed" in slugs,
        currency=market.currency,
        nightly_price_minor=figures.price_minor(row["price"], market.currency),
        min_nights=shortest,
        max_nights=longest,
        booking_window_days=max(DEFAULT_WINDOW, shortest),
        instant_book=row.get("instant_bookable", "").strip() == "t",
        import_source=SOURCE,
        import_key=key,
    )
    return ImportedListing(
        row=number, key=key, host_key=host_key, draft=draft, notes=tuple(notes), unmapped=tuple(unmapped)
    )


def _key(row: Mapping[str, str], name: str) -> str:
    text = row[name].strip()
    if not _KEY.fullmatch(text):
        raise RowRefused(f"{name} {text[:40]!r} is not a number")
    return text


def _title(row: Mapping[str, str], market: Market, notes: list[str]) -> str:
    title = one_line(row["name"], longest=MOST_TITLE)
    if title:
        return title
    kind = one_line(row["property_type"], longest=MOST_TITLE // 2) or "Place"
    notes.append("name missing: title made from the kind of place")
    return f"{kind} in {market.city}"[:MOST_TITLE]


def _description(row: Mapping[str, str]) -> str:
    about = plain_text(row["description"], longest=MOST_TEXT)
    around = plain_text(row.get("neighborhood_overview", ""), longest=MOST_TEXT)
    return plain_text(f"{about}\n\n{around}", longest=MOST_TEXT) if around else about


def _property_type(row: Mapping[str, str], notes: list[str]) -> PropertyType:
    kind = property_type_of(row["property_type"])
    if kind is None:
        notes.append(f"property_type {row['property_type'][:40]!r} is not known: taken as other")
        return PropertyType.OTHER
    return kind


def _guests(row: Mapping[str, str], notes: list[str]) -> int:
    guests = figures.count(row["accommodates"], "accommodates")
    if not guests:
        raise RowRefused("accommodates nobody")
    return _at_most(guests, MAX_GUESTS, "accommodates", notes)


def _rooms(row: Mapping[str, str], name: str, notes: list[str]) -> int:
    return _at_most(figures.count(row[name], name) or 0, MAX_ROOMS, name, notes)


def _bathrooms(row: Mapping[str, str], notes: list[str]) -> int:
    text = row["bathrooms_text"]
    halves = figures.bathroom_halves(text)
    if halves is None:
        if text.strip():
            notes.append(f"bathrooms_text {text[:40]!r} is not understood: taken as none")
        return 0
    return _at_most(halves, 2 * MAX_ROOMS, "bathrooms", notes)


def _nights(row: Mapping[str, str], notes: list[str]) -> tuple[int, int]:
    shortest = _at_most(
        figures.count(row["minimum_nights"], "minimum_nights") or 1, LONGEST_STAY, "minimum_nights", notes
    )
    longest = _at_most(
        figures.count(row["maximum_nights"], "maximum_nights") or DEFAULT_WINDOW, LONGEST_STAY, "maximum_nights", notes
    )
    if longest < shortest:
        notes.append("maximum_nights below minimum_nights: raised to it")
    return shortest, max(shortest, longest)


def _at_most(value: int, limit: int, name: str, notes: list[str]) -> int:
    if value > limit:
        notes.append(f"{name} above {limit}: lowered to it")
    return min(value, limit)


def _amenities(text: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the slugs in the catalogue's order, and the texts that none stands for."""
    try:
        names = json.loads(text or "[]")
    except ValueError as error:
        raise RowRefused("amenities are not a JSON list") from error
    if not isinstance(names, list) or len(names) > MOST_AMENITIES or not all(isinstance(name, str) for name in names):
        raise RowRefused("amenities are not a JSON list of texts")
    found: set[str] = set()
    unmapped = []
    for name in names:
        slugs = slugs_for(name)
        found.update(slugs)
        if not slugs:
            unmapped.append(one_line(name, longest=80))
    return tuple(sorted(found, key=AMENITY_BITS.__getitem__)), unmapped
