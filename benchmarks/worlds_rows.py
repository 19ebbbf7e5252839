"""A planned world as rows of the product's tables; search's projection is made by the product's own function.

Taken nights and amenities are most of the rows and come out of pools: the database itself makes them, see
``worlds_pools``.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple, cast

from sqlalchemy import Table

from airbnb.domain.statuses import ListingStatus, PhotoStatus
from airbnb.models.calendar import CalendarOverride
from airbnb.models.listings import Listing, ListingFigures, ListingPhoto
from airbnb.models.search import ListingCard, SearchDocument, SearchSpan, SearchWord
from airbnb.models.users import User
from airbnb.queries.search_sources import Sources
from airbnb.services.search_projection import project
from benchmarks.worlds_plan import DAYS, PHOTOS, Plan, day_of, make_pools
from benchmarks.worlds_pools import WORLD_LISTINGS, nights_of

FIRST_ID = 1_000_000_000_000_000
#: A host has so many listings.
LISTINGS_PER_HOST = 4
MODELS = (
    User, Listing, ListingFigures, ListingPhoto, CalendarOverride, SearchDocument, SearchSpan, SearchWord, ListingCard,
)  # fmt: skip
#: Every table of a world whose rows are made here, in an order in which rows refer to rows before them.
TABLES: tuple[Table, ...] = (*(cast(Table, model.__table__) for model in MODELS), WORLD_LISTINGS)
#: Tables whose key does not follow the listings' numbers, and how ``sort`` puts their rows in order.
SORTED: dict[str, tuple[str, ...]] = {"search_words": (), "search_documents": ("-n",)}

Stored = int | float | str | bytes | None
Row = tuple[Stored, ...]
AS_THEY_ARE = frozenset({int, str, float, bytes, type(None)})


class Override(NamedTuple):
    """What the projection reads of a dated price."""

    night: date
    price_minor: int
    min_nights: None = None


class Home(NamedTuple):
    """One listing with everything that hangs on it."""

    plan: Plan
    listing: dict[str, Any]
    photos: list[dict[str, Any]]
    nights: list[date]
    overrides: list[Override]


class Writer:
    """Turns values by name into stored rows, with the models' own defaults where nothing is said."""

    def __init__(self, table: Table, now: datetime) -> None:
        self._columns = [(column.name, _default(column, now)) for column in table.columns]

    def row(self, values: Mapping[str, Any]) -> Row:
        """Return one row in the order of the columns."""
        # Millions of values, nearly all of them stored as they are.
        found = [values.get(name, default) for name, default in self._columns]
        return tuple([value if type(value) in AS_THEY_ARE else stored(value) for value in found])


def writers(now: datetime) -> dict[str, Writer]:
    """Return a writer for every table."""
    return {table.name: Writer(table, now) for table in TABLES}


def rows_of(plans: Iterable[Plan], write: Mapping[str, Writer], *, now: datetime) -> dict[str, list[Row]]:
    """Return the rows of some listings by table."""
    days = [day_of(now.date(), offset) for offset in range(DAYS)]
    found: dict[str, list[Row]] = defaultdict(list)
    for plan in plans:
        home = _home(plan, days, now)
        _write_sources(found, write, home)
        one = project(cast(Any, home.listing), _sources(home), now=now)
        found["search_documents"].append(write["search_documents"].row(one.document))
        found["listing_cards"].append(write["listing_cards"].row(one.card))
        found["search_words"] += [write["search_words"].row(word) for word in one.words]
        found["search_spans"] += [write["search_spans"].row(span) for span in one.spans]
    return found


def stored(value: Any) -> Stored:
    """Return a value as both databases take it."""
    if type(value) in AS_THEY_ARE:
        return cast(Stored, value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value)


def _home(plan: Plan, days: Sequence[date], now: datetime) -> Home:
    listing = _listing(plan, now)
    return Home(
        plan=plan,
        listing=listing,
        photos=[_photo(listing["id"], position) for position in range(PHOTOS)],
        nights=nights_of(plan.calendar, days[0]),
        overrides=[Override(days[day], plan.price_minor * percent // 100) for day, percent in plan.overrides],
    )


def _write_sources(found: dict[str, list[Row]], write: Mapping[str, Writer], home: Home) -> None:
    plan, listing_id = home.plan, home.listing["id"]
    if plan.number % LISTINGS_PER_HOST == 0:
        host = {"id": home.listing["host_id"], "email": f"host{plan.number}@world.example", "first_name": "Host"}
        found["users"].append(write["users"].row(host))
    found["listings"].append(write["listings"].row(home.listing))
    found["listing_photos"] += [write["listing_photos"].row(photo) for photo in home.photos]
    if plan.reviews:
        figures = {"listing_id": listing_id, "rating_sum": plan.rating_sum, "review_count": plan.reviews}
        found["listing_figures"].append(write["listing_figures"].row(figures))
    found["world_listings"].append((listing_id, plan.calendar, plan.amenities))
    found["calendar_overrides"] += [
        write["calendar_overrides"].row({"listing_id": listing_id, "night": one.night, "price_minor": one.price_minor})
        for one in home.overrides
    ]


def _sources(home: Home) -> Sources:
    plan, one = home.plan, home.listing["id"]
    return Sources(
        listings=[],
        figures={one: (plan.rating_sum, plan.reviews)} if plan.reviews else {},
        amenity_bits={one: make_pools().amenities[plan.amenities]},
        taken={one: home.nights},
        overrides={one: home.overrides},
        seasons={},
        photos={one: cast(Any, home.photos)},
        calendar_versions={},
        rates={},
    )


def _listing(plan: Plan, now: datetime) -> dict[str, Any]:
    number, bedrooms = plan.number, plan.bedrooms
    return {
        **_USUAL,
        "id": FIRST_ID + number,
        "host_id": FIRST_ID + number // LISTINGS_PER_HOST,
        "published_at": now - timedelta(days=40 + number % 900),
        "title": plan.title,
        "property_type": plan.property_type,
        "room_type": plan.room_type,
        "city": plan.city.name,
        "country_code": plan.city.country_code,
        "latitude_e6": plan.latitude_e6,
        "longitude_e6": plan.longitude_e6,
        "public_latitude_e6": plan.latitude_e6,
        "public_longitude_e6": plan.longitude_e6,
        "time_zone": plan.city.time_zone,
        "max_guests": 2 * bedrooms or 2,
        "bedrooms": bedrooms,
        "beds": max(1, bedrooms),
        "bathroom_halves": 2 + bedrooms // 2,
        "nightly_price_minor": plan.price_minor,
        "weekend_price_minor": plan.weekend_minor,
        "cleaning_fee_minor": 2_500,
        "pets_allowed": plan.pets_allowed,
        "weekly_discount_percent": plan.weekly_discount_percent,
        "min_nights": plan.min_nights,
        "instant_book": plan.instant_book,
    }


#: What all have in common, beside the model's defaults; the projection reads these, too.
_USUAL: dict[str, Any] = {
    "status": ListingStatus.PUBLISHED,
    "currency": "EUR",
    "address_line1": "1 World Street",
    "description": "A place of a synthetic world, as long as descriptions are. " * 12,
    "monthly_discount_percent": 0,
    "min_nights_by_weekday": {},
    "max_nights": 365,
    "advance_notice_days": 0,
    "booking_window_days": 365,
    "preparation_days": 0,
    "check_in_weekdays": None,
    "check_out_weekdays": None,
}


def _photo(listing_id: int, position: int) -> dict[str, Any]:
    photo_id = (listing_id - FIRST_ID) * PHOTOS + position + FIRST_ID
    return {
        "id": photo_id,
        "listing_id": listing_id,
        "position": position,
        "status": PhotoStatus.READY,
        "base_key": f"photos/{listing_id}/{photo_id:x}",
        "width": 1600,
        "height": 1067,
        "caption": None,
        "alt_text": "The living room",
        "content_hash": f"{photo_id:064x}",
    }


def _default(column: Any, now: datetime) -> Stored:
    default = column.default
    if default is None:
        return None
    if default.is_scalar:
        return stored(default.arg)
    if column.name in ("created_at", "updated_at"):
        return stored(now)
    made: Callable[[None], Any] = default.arg
    return stored(made(None))
