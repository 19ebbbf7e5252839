"""Reads numbers as the source writes them: prices with a sign, bathrooms in words, coordinates."""

import re

from airbnb.domain.currencies import exponent
from airbnb.domain.geo.coordinates import InvalidCoordinates, check_coordinates
from airbnb.domain.money import MAX_AMOUNT_MINOR

_PRICE = re.compile(r"[^\d\s.,-]{0,3}\s?(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,17})(?:\.(?P<part>\d+))?", re.ASCII)
_DEGREES = re.compile(r"-?\d{1,3}(?:\.\d{1,20})?", re.ASCII)
_BATHROOMS = re.compile(r"(?P<whole>\d{1,3})(?:\.(?P<part>[05]))?\b.*\bbaths?", re.ASCII)
_COUNT = re.compile(r"(\d{1,10})(?:\.0)?", re.ASCII)


class Unreadable(ValueError):
    """A value that can't be taken; the message says why, in a few words."""


def price_minor(text: str, currency: str) -> int | None:
    """Read ``"$1,234.50"`` exactly; the sign is only a sign. Empty is None.

    Units: major units in, minor units of ``currency`` out; nothing is rounded.
    Raises: Unreadable.
    """
    text = text.strip()
    if not text:
        return None
    found = _PRICE.fullmatch(text)
    if found is None:
        raise Unreadable(f"price {text[:30]!r} is not an amount")
    digits = exponent(currency)
    part = (found["part"] or "").rstrip("0")
    if len(part) > digits:
        raise Unreadable(f"price {text[:30]!r} has more digits than {currency} allows")
    amount: int = int(found["whole"].replace(",", "")) * 10**digits + int(part.ljust(digits, "0") or "0")
    if not 0 < amount <= MAX_AMOUNT_MINOR:
        raise Unreadable(f"price {text[:30]!r} is out of range")
    return amount


def bathroom_halves(text: str) -> int | None:
    """Read ``"1.5 shared baths"`` as 3 and ``"Half-bath"`` as 1; None for anything else.

    Units: half bathrooms.
    """
    words = text.strip().lower()
    if "half-bath" in words:
        return 1
    found = _BATHROOMS.match(words)
    if found is None:
        return None
    return int(found["whole"]) * 2 + (found["part"] == "5")


def count(text: str, name: str) -> int | None:
    """Read a whole number; empty is None. Raises: Unreadable."""
    text = text.strip()
    if not text:
        return None
    found = _COUNT.fullmatch(text)
    if found is None:
        raise Unreadable(f"{name} {text[:30]!r} is not a whole number")
    return int(found[1])


def coordinates(latitude: str, longitude: str) -> tuple[float, float]:
    """Read a point on the globe. Raises: Unreadable."""
    for name, text in (("latitude", latitude), ("longitude", longitude)):
        if not _DEGREES.fullmatch(text.strip()):
            raise Unreadable(f"{name} {text.strip()[:30]!r} is not a number of degrees")
    lat, lng = float(latitude), float(longitude)
    try:
        check_coordinates(lat, lng)
    except InvalidCoordinates as error:
        raise Unreadable(f"{error.field} is not on the globe") from error
    if lat == 0 and lng == 0:
        raise Unreadable("coordinates 0, 0 mean that the place is not known")
    return lat, lng
