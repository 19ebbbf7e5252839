"""What a quote is made from, loaded for one listing or many with the same few statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from airbnb.domain.statuses import BookingStatus, NightKind
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight, CalendarOverride, Promotion, Season
from airbnb.models.listings import Listing

#: Bookings that count for the new-listing promotion.
MADE = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)


@dataclass(slots=True)
class CalendarFacts:
    """What the dates of a span say about one listing; ``taken`` maps each night to its kind."""

    taken: dict[date, NightKind] = field(default_factory=dict)
    overrides: list[CalendarOverride] = field(default_factory=list)
    seasons: list[Season] = field(default_factory=list)
    promotions: list[Promotion] = field(default_factory=list)


def find_listing(session: Session, listing_id: int) -> Listing | None:
    """Return a listing in any status, or None."""
    return session.get(Listing, listing_id)


def lock_listing(session: Session, listing_id: int) -> Listing | None:
    """Return a listing as it stands now, its row locked where locks exist, so that checks are kinder to losers."""
    return session.scalar(
        select(Listing).where(Listing.id == listing_id).with_for_update().execution_options(populate_existing=True)
    )


def find_listings(session: Session, listing_ids: Collection[int]) -> Mapping[int, Listing]:
    """Return listings by id, those that exist."""
    rows = session.scalars(select(Listing).where(Listing.id.in_(listing_ids)))
    return {listing.id: listing for listing in rows}


def load_calendars(
    session: Session, listing_ids: Collection[int], first: date, until: date
) -> Mapping[int, CalendarFacts]:
    """Return the calendar of every listing for the nights ``[first, until)``, in four statements for all."""
    facts: dict[int, CalendarFacts] = defaultdict(CalendarFacts)
    nights = select(BookedNight.listing_id, BookedNight.night, BookedNight.kind).where(
        BookedNight.listing_id.in_(listing_ids), BookedNight.night >= first, BookedNight.night < until
    )
    for listing_id, night, kind in session.execute(nights):
        facts[listing_id].taken[night] = kind
    overrides = select(CalendarOverride).where(
        CalendarOverride.listing_id.in_(listing_ids), CalendarOverride.night >= first, CalendarOverride.night < until
    )
    for override in session.scalars(overrides):
        facts[override.listing_id].overrides.append(override)
    seasons = (
        select(Season)
        .where(Season.listing_id.in_(listing_ids), Season.starts_on < until, Season.ends_on > first)
        .order_by(Season.starts_on, Season.id)
    )
    for season in session.scalars(seasons):
        facts[season.listing_id].seasons.append(season)
    promotions = select(Promotion).where(
        Promotion.listing_id.in_(listing_ids), Promotion.starts_on < until, Promotion.ends_on > first
    )
    for promotion in session.scalars(promotions.order_by(Promotion.starts_on, Promotion.id)):
        facts[promotion.listing_id].promotions.append(promotion)
    return facts


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
    return session.scalar(
        select(func.min(BookedNight.night)).where(
            BookedNight.listing_id == listing_id, BookedNight.night.in_(list(nights))
        )
    )
