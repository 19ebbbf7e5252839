"""How far two places are apart, and the box and the end point of a given distance; metres on a round earth."""

import math

from airbnb.domain.geo.coordinates import MAX_LAT_E6, MAX_LNG_E6, Box, check_coordinates, to_e6, wrap_lng_e6

EARTH_RADIUS_M = 6_371_008.8  # source: IUGG mean radius
METRES_PER_DEGREE = math.pi * EARTH_RADIUS_M / 180
#: Widens a radius box by about a metre, so that rounding never cuts a point off its edge.
_ROUNDING_SLACK_E6 = 10


def haversine_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Return the great-circle distance in metres; exact at every distance."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_lat = math.sin((phi2 - phi1) / 2) ** 2
    half_lng = math.sin(math.radians(lng2 - lng1) / 2) ** 2
    arc = half_lat + math.cos(phi1) * math.cos(phi2) * half_lng
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, arc)))


def planar_distance_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Return the distance on the plane that touches the middle latitude; below 0.2 % off within a city.

    The search sorts by the same formula in SQL, where trigonometry per row would cost more.
    """
    lng_gap = abs(lng2 - lng1)
    if lng_gap > 180:
        lng_gap = 360 - lng_gap
    x = lng_gap * math.cos(math.radians((lat1 + lat2) / 2))
    return METRES_PER_DEGREE * math.hypot(lat2 - lat1, x)


def radius_bbox(lat: float, lng: float, km: float) -> Box:
    """Return the smallest box holding every point within ``km`` kilometres.

    Around a pole, and beyond a quarter of the globe, it takes in every longitude.
    Raises: InvalidCoordinates; ValueError on a negative or endless radius.
    """
    check_coordinates(lat, lng)
    if not (math.isfinite(km) and km >= 0):
        raise ValueError("radius must be a number of kilometres from 0")
    angle = km * 1000 / EARTH_RADIUS_M
    reach = math.degrees(angle)
    south = max(-MAX_LAT_E6, to_e6(max(lat - reach, -90)) - _ROUNDING_SLACK_E6)
    north = min(MAX_LAT_E6, to_e6(min(lat + reach, 90)) + _ROUNDING_SLACK_E6)
    if south == -MAX_LAT_E6 or north == MAX_LAT_E6:
        return Box(south, -MAX_LNG_E6, north, MAX_LNG_E6)
    # The widest point of the circle lies poleward of its centre, hence not simply reach / cos(lat).
    width = to_e6(math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(lat))))) + _ROUNDING_SLACK_E6
    centre = to_e6(lng)
    west, east = centre - width, centre + width
    return Box(south, _wrap_edge(west), north, _wrap_edge(east))


def _wrap_edge(lng_e6: int) -> int:
    return lng_e6 if abs(lng_e6) <= MAX_LNG_E6 else wrap_lng_e6(lng_e6)


def destination(lat: float, lng: float, *, bearing: float, metres: float) -> tuple[float, float]:
    """Return (latitude, longitude) reached by going straight on; right at the poles and over the antimeridian.

    Units: ``bearing`` in radians clockwise from north.
    """
    phi, angle = math.radians(lat), metres / EARTH_RADIUS_M
    sin_phi = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(bearing)
    east = math.sin(bearing) * math.sin(angle) * math.cos(phi)
    north = math.cos(angle) - math.sin(phi) * sin_phi
    new_lng = lng + math.degrees(math.atan2(east, north))
    return math.degrees(math.asin(max(-1.0, min(1.0, sin_phi)))), (new_lng + 180) % 360 - 180
