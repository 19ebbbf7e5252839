"""What a valid coordinate and a valid box are, and how they are stored: WGS 84 degrees as integers times a million."""

import math
from dataclasses import dataclass

E6 = 1_000_000
MAX_LAT_E6 = 90 * E6
MAX_LNG_E6 = 180 * E6


class InvalidCoordinates(ValueError):
    """A latitude, longitude or box that is not on the globe; ``field`` names the culprit."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def check_coordinates(lat: float, lng: float) -> None:
    """Refuse what is not a point on the globe, NaN and infinity included.

    Raises: InvalidCoordinates.
    """
    if not (math.isfinite(lat) and -90 <= lat <= 90):
        raise InvalidCoordinates("latitude")
    if not (math.isfinite(lng) and -180 <= lng <= 180):
        raise InvalidCoordinates("longitude")


def to_e6(degrees: float) -> int:
    """Turn degrees into stored millionths of a degree (about 11 cm), rounded to the nearest."""
    return round(degrees * E6)


def from_e6(value: int) -> float:
    """Turn stored millionths back into degrees; exact for everything ``to_e6`` produced."""
    return value / E6


def wrap_lng_e6(value: int) -> int:
    """Bring a longitude that ran over the antimeridian back into [-180, 180) degrees."""
    return (value + MAX_LNG_E6) % (2 * MAX_LNG_E6) - MAX_LNG_E6


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the map in millionths of a degree, edges included.

    ``west`` greater than ``east`` means that the box runs over the antimeridian.
    """

    south: int
    west: int
    north: int
    east: int

    def __post_init__(self) -> None:
        for field in ("south", "north"):
            if abs(getattr(self, field)) > MAX_LAT_E6:
                raise InvalidCoordinates(field)
        for field in ("west", "east"):
            if abs(getattr(self, field)) > MAX_LNG_E6:
                raise InvalidCoordinates(field)
        if self.south > self.north:
            raise InvalidCoordinates("south")

    @classmethod
    def from_degrees(cls, south: float, west: float, north: float, east: float) -> "Box":
        """Build the smallest stored box that contains the given one.

        Raises: InvalidCoordinates.
        """
        for field, value in (("south", south), ("west", west), ("north", north), ("east", east)):
            if not math.isfinite(value) or abs(value) > 180:
                raise InvalidCoordinates(field)
        return cls(_floor_e6(south), _floor_e6(west), _ceil_e6(north), _ceil_e6(east))

    @property
    def crosses_antimeridian(self) -> bool:
        """Whether the box continues on the other side of longitude 180."""
        return self.west > self.east

    def parts(self) -> tuple["Box", ...]:
        """Split into boxes that a plain BETWEEN on the longitude can test: one, or two over the antimeridian."""
        if not self.crosses_antimeridian:
            return (self,)
        return (
            Box(self.south, self.west, self.north, MAX_LNG_E6),
            Box(self.south, -MAX_LNG_E6, self.north, self.east),
        )

    def snapped_outward(self) -> "Box":
        """Return the smallest box around this one on a grid; a map that is moved a little has the same.

        The grid's steps are an eighth to a quarter of the longer side. A box over the antimeridian stays as it is.
        """
        if self.crosses_antimeridian:
            return self
        step = 1 << (max(self.north - self.south, self.east - self.west) >> 3).bit_length()
        return Box(
            max(self.south // step * step, -MAX_LAT_E6),
            max(self.west // step * step, -MAX_LNG_E6),
            min(-(-self.north // step) * step, MAX_LAT_E6),
            min(-(-self.east // step) * step, MAX_LNG_E6),
        )

    def contains(self, lat_e6: int, lng_e6: int) -> bool:
        """Whether the stored point lies in the box or on its edge."""
        if not self.south <= lat_e6 <= self.north:
            return False
        if self.crosses_antimeridian:
            return lng_e6 >= self.west or lng_e6 <= self.east
        return self.west <= lng_e6 <= self.east


def _floor_e6(degrees: float) -> int:
    # Rounded at a tenth of the step first: 53.35 * 1e6 is 53350000.00000001 in binary and must not grow the box.
    return math.floor(round(degrees * E6, 1))


def _ceil_e6(degrees: float) -> int:
    return math.ceil(round(degrees * E6, 1))
