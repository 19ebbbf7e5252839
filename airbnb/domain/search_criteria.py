"""What somebody searches for, already checked: the input of the search query."""

from dataclasses import dataclass
from enum import StrEnum

from airbnb.domain.geo.coordinates import Box
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.stays import Stay

MAX_RADIUS_KM = 300
#: Hits are counted exactly up to it.
COUNT_CAP = 1_000


class Sort(StrEnum):
    """The orders of search; ties go by id."""

    RECOMMENDED = "recommended"
    PRICE = "price"
    PRICE_DESCENDING = "-price"
    RATING = "rating"
    DISTANCE = "distance"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A point in millionths of a degree, and a distance around it when one was asked for."""

    lat_e6: int
    lng_e6: int
    radius_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Every condition of one search.

    Units: prices are minor units of the settlement currency; ``amenities`` is a mask; ``rating_min`` in hundredths
    of a star; ``words`` are folded.
    """

    sort: Sort = Sort.RECOMMENDED
    boxes: tuple[Box, ...] = ()
    circle: Circle | None = None
    words: tuple[str, ...] = ()
    stay: Stay | None = None
    guests: int = 1
    pets: int = 0
    price_min: int | None = None
    price_max: int | None = None
    property_types: tuple[PropertyType, ...] = ()
    room_types: tuple[RoomType, ...] = ()
    bedrooms_min: int = 0
    beds_min: int = 0
    bathroom_halves_min: int = 0
    amenities: int = 0
    instant_book: bool = False
    rating_min: int = 0
    host_id: int | None = None
