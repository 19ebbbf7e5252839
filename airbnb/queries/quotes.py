"""What a quote is made from, loaded for one listing or many with the same few statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CompoundSelect,
    Date,
    Integer,
    Select,
    String,
    bindparam,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, defer
from sqlalchemy.types import TypeEngine

from airbnb.domain.statuses import BookingStatus, NightKind
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight, CalendarOverride, Promotion, Season
from airbnb.models.listings import Listing

#: Bookings that count for the new-listing promotion.
MADE = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)


#: What the rows of a calendar are read as, whatever kind they are of.
_COLUMNS: dict[str, TypeEngine[Any]] = {
    "first": Date(),
    "until": Date(),
    "id": BigInteger(),
    "price": BigInteger(),
    "weekend": BigInteger(),
    "min_nights": Integer(),
    "percent": Integer(),
    "kind": String(),
    "name": String(),
    "note": String(),
}
_Dated = BookedNight | CalendarOverride | Season | Promotion


@dataclass(slots=True)
class CalendarFacts:
    """What the dates of a span say about one listing; ``taken`` maps each night to its kind.

    The rows are copies that no session knows.
    """

    taken: dict[date, NightKind] = field(default_factory=dict)
    overrides: list[CalendarOverride] = field(default_factory=list)
    seasons: list[Season] = field(default_factory=list)
    promotions: list[Promotion] = field(default_factory=list)


#: What a listing tells its guests, and what neither its rules nor its prices ask for; read only where it is used.
_TOLD = (
    Listing.title, Listing.description, Listing.house_rules, Listing.arrival_guide, Listing.registration_number,
    Listing.property_type, Listing.room_type, Listing.bedrooms, Listing.beds, Listing.bathroom_halves,
    Listing.address_line1, Listing.address_line2, Listing.postal_code, Listing.latitude_e6, Listing.longitude_e6,
    Listing.public_latitude_e6, Listing.public_longitude_e6, Listing.check_in_until_minutes, Listing.published_at,
    Listing.import_source, Listing.import_key, Listing.created_at, Listing.updated_at,
)  # fmt: skip
_TO_BOOK = select(Listing).where(Listing.id == bindparam("listing")).options(*map(defer, _TOLD))
_MANY_TO_BOOK = select(Listing).where(Listing.id.in_(bindparam("listings", expanding=True))).options(*map(defer, _TOLD))
_LOCK_TO_BOOK = _TO_BOOK.with_for_update().execution_options(populate_existing=True)
_LOCK_LISTING = (
    select(Listing)
    .where(Listing.id == bindparam("listing"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_FIRST_TAKEN = select(func.min(BookedNight.night)).where(
    BookedNight.listing_id == bindparam("listing"), BookedNight.night.in_(bindparam("nights", expanding=True))
)


def find_listing(session: Session, listing_id: int) -> Listing | None:
    """Return a listing in any status, or None."""
    return session.get(Listing, listing_id)


def lock_listing(session: Session, listing_id: int) -> Listing | None:
    """Return a listing as it stands now, its row locked where locks exist, so that checks are kinder to losers."""
    return session.scalar(_LOCK_LISTING, {"listing": listing_id})


def find_to_book(session: Session, listing_id: int, *, lock: bool = False) -> Listing | None:
    """Return a listing in any status with what its rules and prices need, or None; ``lock`` as ``lock_listing``."""
    return session.scalar(_LOCK_TO_BOOK if lock else _TO_BOOK, {"listing": listing_id})


def find_listings(session: Session, listing_ids: Collection[int]) -> Mapping[int, Listing]:
    """Return listings by id with what their rules and prices need, those that exist."""
    return {listing.id: listing for listing in session.scalars(_MANY_TO_BOOK, {"listings": list(listing_ids)})}


def load_calendars(
    session: Session, listing_ids: Collection[int], first: date, until: date
) -> Mapping[int, CalendarFacts]:
    """Return the calendar of every listing for the nights ``[first, until)``, in one statement for all."""
    facts: dict[int, CalendarFacts] = defaultdict(CalendarFacts)
    for row in session.execute(_CALENDAR_ROWS, {"listings": list(listing_ids), "first": first, "until": until}):
        _add_fact(facts[row.listing_id], row)
    for found in facts.values():
        found.seasons.sort(key=lambda one: (one.starts_on, one.id))
        found.promotions.sort(key=lambda one: (one.starts_on, one.id))
    return facts


def _calendar_rows() -> CompoundSelect[Any]:
    """One list of all that is dated of ``listings`` in ``[first, until)``; each row fills the columns of its kind."""
    override, season, promotion = CalendarOverride, Season, Promotion
    wanted: BindParameter[Any] = bindparam("listings", expanding=True)
    first, until = bindparam("first", type_=Date()), bindparam("until", type_=Date())

    def rows(about: str, model: type[_Dated], span: tuple[Any, Any], **values: Any) -> Select[Any]:
        columns = {"first": span[0], "until": span[1], **values}
        shown = [type_coerce(columns.get(name, null()), kind).label(name) for name, kind in _COLUMNS.items()]
        return select(literal(about).label("about"), model.listing_id, *shown).where(model.listing_id.in_(wanted))

    night = BookedNight.night
    changed = override.night
    seasons, promotions = (season.starts_on, season.ends_on), (promotion.starts_on, promotion.ends_on)
    return union_all(
        rows("night", BookedNight, (night, night), kind=BookedNight.kind).where(night >= first, night < until),
        rows(
            "override", override, (changed, changed), price=override.price_minor, min_nights=override.min_nights,
            note=override.note,
        ).where(changed >= first, changed < until),
        rows(
            "season", season, seasons, id=season.id, price=season.nightly_price_minor,
            weekend=season.weekend_price_minor, min_nights=season.min_nights, name=season.name,
        ).where(season.starts_on < until, season.ends_on > first),
        rows(
            "promotion", promotion, promotions, id=promotion.id, percent=promotion.percent, name=promotion.name
        ).where(promotion.starts_on < until, promotion.ends_on > first),
    )  # fmt: skip


#: Built once, for every quote and every booking reads it.
_CALENDAR_ROWS = _calendar_rows()


def _add_fact(facts: CalendarFacts, row: Any) -> None:
    if row.about == "night":
        facts.taken[row.first] = NightKind(row.kind)
    elif row.about == "override":
        facts.overrides.append(
            CalendarOverride(
                listing_id=row.listing_id,
                night=row.first,
                price_minor=row.price,
                min_nights=row.min_nights,
                note=row.note,
            )
        )
    elif row.about == "season":
        facts.seasons.append(
            Season(
                id=row.id,
                listing_id=row.listing_id,
                name=row.name,
                starts_on=row.first,
                ends_on=row.until,
                nightly_price_minor=row.price,
                weekend_price_minor=row.weekend,
                min_nights=row.min_nights,
            )
        )
    else:
        facts.promotions.append(
            Promotion(
                id=row.id,
                listing_id=row.listing_id,
                name=row.name,
                starts_on=row.first,
                ends_on=row.until,
                percent=row.percent,
            )
        )


def count_bookings_made(session: Session, listing_ids: Collection[int]) -> Mapping[int, int]:
    """Return how many bookings each listing has had, for those with any."""
    if not listing_ids:
        return {}
    rows = session.execute(
        select(Booking.listing_id, func.count().label("made"))
        .where(Booking.listing_id.in_(listing_ids), Booking.status.in_(MADE))
        .group_by(Booking.listing_id)
    )
    return {row.listing_id: row.made for row in rows}


def first_taken_of(session: Session, listing_id: int, nights: Iterable[date]) -> date | None:
    """Return the earliest of the nights that is taken by now."""
    return session.scalar(_FIRST_TAKEN, {"listing": listing_id, "nights": list(nights)})
