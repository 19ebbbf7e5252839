"""Where the public sees a listing: a fixed distance off its door that only the secret's holder can undo."""

import hashlib
import hmac
import math

from airbnb.domain.geo.coordinates import check_coordinates, from_e6, to_e6
from airbnb.domain.geo.distance import destination

MIN_OFFSET_M = 150
MAX_OFFSET_M = 500
#: Rounding to a millionth of a degree moves a point by up to 8 cm; it must not leave the promised span.
_MARGIN_M = 0.5
_HALF_WORD = 1 << 64


def public_location(lat: float, lng: float, *, listing_id: int, secret: bytes) -> tuple[float, float]:
    """Return the listing's public (latitude, longitude), 150 to 500 m from the true one.

    Direction and distance depend on the listing and the secret alone: asking again, or moving the pin,
    tells nothing more about the door.
    Raises: InvalidCoordinates; ValueError on an empty secret.
    """
    check_coordinates(lat, lng)
    if not secret:
        raise ValueError("the location secret is empty")
    digest = hmac.new(secret, b"public-location:%d" % listing_id, hashlib.sha256).digest()
    turn = int.from_bytes(digest[:8], "big") / _HALF_WORD
    share = int.from_bytes(digest[8:16], "big") / _HALF_WORD
    nearest, farthest = MIN_OFFSET_M + _MARGIN_M, MAX_OFFSET_M - _MARGIN_M
    # Evenly over the ring's area, not over its radius: no distance is likelier than its share of the ground.
    metres = math.sqrt(nearest**2 + share * (farthest**2 - nearest**2))
    new_lat, new_lng = destination(lat, lng, bearing=turn * math.tau, metres=metres)
    return from_e6(to_e6(new_lat)), from_e6(to_e6(new_lng))
