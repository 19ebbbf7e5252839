"""The rows of a host's CSV files: one a listing, and one a night of a listing.

Source: docs/rules/csv-files.md.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from airbnb.domain.csv_cells import Cell
from airbnb.domain.geo.coordinates import from_e6
from airbnb.domain.listing_rules import clock_face, weekdays_in
from airbnb.domain.money import format_amount
from airbnb.models.listings import Listing
from airbnb.queries.calendar import CalendarRows
from airbnb.queries.listing_exports import ListingRow, feed_names, stays_behind
from airbnb.services.calendar import show_nights
from airbnb.services.display_prices import AS_IT_IS
from airbnb.services.listing_views import average

#: Between several values of one cell.
SEPARATOR = " "

_Column = Callable[[ListingRow], Cell]


def _same(name: str) -> _Column:
    return lambda row: getattr(row.listing, name)


def _word(name: str) -> _Column:
    return lambda row: getattr(row.listing, name).value


def _price(name: str) -> _Column:
    return lambda row: _amount(getattr(row.listing, f"{name}_minor"), row.listing.currency)


def _degrees(name: str) -> _Column:
    return lambda row: from_e6(getattr(row.listing, f"{name}_e6"))


def _weekdays(name: str) -> _Column:
    def column(row: ListingRow) -> Cell:
        days = weekdays_in(getattr(row.listing, name))
        return None if days is None else SEPARATOR.join(str(day) for day in sorted(days))

    return column


def _time(name: str) -> _Column:
    return lambda row: clock_face(getattr(row.listing, f"{name}_minutes"))


LISTING_COLUMNS: Mapping[str, _Column] = {
    "id": lambda row: str(row.listing.id),
    "status": _word("status"),
    **{name: _same(name) for name in ("title", "description")},
    "property_type": _word("property_type"),
    "room_type": _word("room_type"),
    **{name: _same(name) for name in ("address_line1", "address_line2", "postal_code", "city", "region")},
    "country_code": _same("country_code"),
    "latitude": _degrees("latitude"),
    "longitude": _degrees("longitude"),
    **{name: _same(name) for name in ("time_zone", "max_guests", "bedrooms", "beds")},
    "bathrooms": lambda row: row.listing.bathroom_halves / 2,
    "amenities": lambda row: SEPARATOR.join(row.amenities),
    "currency": _same("currency"),
    **{name: _price(name) for name in ("nightly_price", "weekend_price", "cleaning_fee", "extra_guest_fee")},
    "extra_guest_after": _same("extra_guest_after"),
    "pets_allowed": _same("pets_allowed"),
    "pet_fee": _price("pet_fee"),
    **{name: _same(name) for name in ("weekly_discount_percent", "monthly_discount_percent")},
    **{name: _same(name) for name in ("early_bird_days", "early_bird_percent")},
    **{name: _same(name) for name in ("last_minute_days", "last_minute_percent")},
    **{name: _same(name) for name in ("new_listing_discount_percent", "non_refundable_discount_percent")},
    **{name: _same(name) for name in ("min_nights", "max_nights", "advance_notice_days", "cut_off_hour")},
    **{name: _same(name) for name in ("preparation_days", "booking_window_days")},
    "check_in_weekdays": _weekdays("check_in_weekdays"),
    "check_out_weekdays": _weekdays("check_out_weekdays"),
    "check_in_time": _time("check_in"),
    "check_in_until": _time("check_in_until"),
    "check_out_time": _time("check_out"),
    "instant_book": _same("instant_book"),
    "cancellation_policy": _word("cancellation_policy"),
    **{name: _same(name) for name in ("house_rules", "arrival_guide", "registration_number")},
    "photos": lambda row: row.photos,
    "rating": lambda row: average(row.rating_sum, row.review_count),
    "review_count": lambda row: row.review_count,
    **{name: _same(name) for name in ("created_at", "published_at")},
}

NIGHT_COLUMNS = (
    "night", "available", "price", "currency", "min_nights", "max_nights", "check_in_allowed", "check_out_allowed",
    "taken_by", "booking_code", "guest_name", "guests", "calendar_name", "note",
)  # fmt: skip


def listing_cells(row: ListingRow) -> list[Cell]:
    """Return one listing in the order of ``LISTING_COLUMNS``."""
    return [column(row) for column in LISTING_COLUMNS.values()]


def night_cells(
    session: Session, rows: CalendarRows, first: date, until: date, *, now: datetime
) -> Iterator[list[Cell]]:
    """Return the nights of ``[first, until)`` in the order of ``NIGHT_COLUMNS``, with what their host may know."""
    listing: Listing = rows.listing
    stays = stays_behind(session, {one.booking_id for one in rows.taken.values() if one.booking_id is not None})
    feeds = feed_names(session, listing.id)
    for night in show_nights(rows, first, until, now=now, display=AS_IT_IS, for_owner=True):
        reason, stay, price = night["reason"], stays.get(night["booking_id"]), night["price"]
        yield [
            night["night"],
            night["available"],
            None if price is None else Decimal(format_amount(price.amount_minor, price.currency)),
            listing.currency,
            *(night[name] for name in ("min_nights", "max_nights", "check_in_allowed", "check_out_allowed")),
            None if reason is None else reason.value,
            *((stay.code, stay.guest_name, stay.guests) if stay else (None, None, None)),
            feeds.get(night["feed_id"]),
            night["note"],
        ]


def _amount(amount_minor: int | None, currency: str) -> Cell:
    return None if amount_minor is None else Decimal(format_amount(amount_minor, currency))
