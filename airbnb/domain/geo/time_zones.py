"""Which time zone a place keeps."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzfpy

from airbnb.domain.geo.coordinates import check_coordinates

_DEGREES_PER_HOUR = 15


def time_zone_at(lat: float, lng: float) -> str:
    """Return the IANA name of the place's time zone; at sea a fixed ``Etc/GMT±n`` one.

    The name always loads with ``zoneinfo``.
    Raises: InvalidCoordinates.
    """
    check_coordinates(lat, lng)
    name: str = tzfpy.get_tz(lng, lat)
    return name if _is_known(name) else nautical_zone(lng)


def nautical_zone(lng: float) -> str:
    """Return the fixed zone of a longitude. The sign is POSIX's: west of Greenwich is plus."""
    hours = round(lng / _DEGREES_PER_HOUR)
    return "Etc/GMT" if hours == 0 else f"Etc/GMT{-hours:+d}"


@cache
def _is_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
