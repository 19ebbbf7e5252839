"""The public card of a listing: a plain dict, written once as JSON when the listing changes."""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import RowMapping

from airbnb.domain.geo.coordinates import from_e6
from airbnb.domain.money import format_amount
from airbnb.services.photo_urls import photo_urls

CARD_PHOTOS = 5


def card_of(listing: RowMapping, *, photos: Iterable[RowMapping], rating: float | None, reviews: int) -> dict[str, Any]:
    """Return a listing's card; ``ListingCardSchema`` documents it.

    Shape: ``listing`` and ``photos`` are rows of their tables, the photos ready and in order.
    """
    shown = [photo_dict(photo) for photo in photos][:CARD_PHOTOS]
    return {
        "id": str(listing["id"]),
        "title": listing["title"],
        "property_type": listing["property_type"],
        "room_type": listing["room_type"],
        "city": listing["city"],
        "country_code": listing["country_code"],
        "latitude": from_e6(listing["public_latitude_e6"]),
        "longitude": from_e6(listing["public_longitude_e6"]),
        "max_guests": listing["max_guests"],
        "bedrooms": listing["bedrooms"],
        "beds": listing["beds"],
        "bathrooms": listing["bathroom_halves"] / 2,
        "nightly_price": money_dict(listing["nightly_price_minor"], listing["currency"]),
        "rating": rating,
        "review_count": reviews,
        "instant_book": listing["instant_book"],
        "cover_photo": shown[0] if shown else None,
        "photos": shown,
    }


def card_bytes(card: Mapping[str, Any]) -> bytes:
    """Serialise a card as it is stored and sent."""
    return orjson.dumps(card)


def card_version(card: bytes) -> int:
    """Return a number that changes with the card, so that what is cached under it is right for ever."""
    return zlib.crc32(card) >> 1


def photo_dict(photo: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    """Return a photo as the API shows it; ``photo`` is a row of ``listing_photos``."""
    return {
        "id": str(photo["id"]),
        "status": photo["status"],
        "urls": photo_urls(photo["base_key"]),
        "width": photo["width"],
        "height": photo["height"],
        "caption": photo["caption"],
        "alt_text": photo["alt_text"],
        "position": photo["position"],
    }


def money_dict(amount_minor: int, currency: str) -> dict[str, str]:
    """Return money as the API writes it."""
    return {"amount": format_amount(amount_minor, currency), "currency": currency}
