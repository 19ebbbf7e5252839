"""What somebody searches for, already checked: the input of the search query."""

from dataclasses import dataclass
from enum import StrEnum

from airbnb.domain.errors import DomainError
from airbnb.domain.geo.coordinates import Box
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.stays import Stay

MAX_RADIUS_KM = 300
MAX_FLEX_DAYS = 7
#: Of a stay somewhere in a month.
MAX_FLEXIBLE_NIGHTS = 90
#: Hits are counted exactly up to it.
COUNT_CAP = 1_000


#: Listings times stays that one search looks at: a fifth of a second of work.
MOST_LOOKS = 100_000
#: Without dates a look is a comparison or two: so many listings take a fifth of a second as well.
MOST_LISTINGS = 300_000


class SearchTooWide(DomainError):
    """The area holds too many listings to look through, for these dates if there are any."""

    code = "search_too_wide"
    message = "Choose a smaller area, or fewer possible dates."


class PriceBasis(StrEnum):
    """What the bounds of a price are about."""

    NIGHTLY = "nightly"
    TOTAL = "total"


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

    Units: prices are minor units of the settlement currency, of the stay when ``price_of_stay`` says so and else of a
    night; ``amenities`` is a mask; ``rating_min`` in hundredths of a star; ``words`` are folded. ``stays`` are of one
    length, and the cheapest that can be booked counts; of two as cheap the earlier in the tuple.
    """

    sort: Sort = Sort.RECOMMENDED
    boxes: tuple[Box, ...] = ()
    circle: Circle | None = None
    words: tuple[str, ...] = ()
    stays: tuple[Stay, ...] = ()
    guests: int = 1
    pets: int = 0
    price_min: int | None = None
    price_max: int | None = None
    price_of_stay: bool = False
    property_types: tuple[PropertyType, ...] = ()
    room_types: tuple[RoomType, ...] = ()
    bedrooms_min: int = 0
    beds_min: int = 0
    bathroom_halves_min: int = 0
    amenities: int = 0
    instant_book: bool = False
    rating_min: int = 0
    host_id: int | None = None

    @property
    def has_price_bounds(self) -> bool:
        """Whether a price was asked for."""
        return self.price_min is not None or self.price_max is not None
