"""What the search projection is derived from, read for many listings in a few statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import RowMapping, Table, select
from sqlalchemy.orm import Session

from airbnb.domain.statuses import PhotoStatus
from airbnb.models.calendar import BookedNight, CalendarOverride, Season
from airbnb.models.listings import Listing, ListingAmenity, ListingFigures, ListingPhoto
from airbnb.models.search import SearchDocument
from airbnb.queries.exchange_rates import latest_rates

LISTINGS = cast(Table, Listing.__table__)
PHOTOS = cast(Table, ListingPhoto.__table__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Rows by listing id; ``calendar_versions`` are those of what is projected now."""

    listings: Sequence[RowMapping]
    figures: dict[int, tuple[int, int]]
    amenity_bits: dict[int, list[int]]
    taken: dict[int, list[date]]
    overrides: dict[int, list[Any]]
    seasons: dict[int, list[Any]]
    photos: dict[int, list[RowMapping]]
    calendar_versions: dict[int, int]
    rates: dict[str, Fraction]


def load_sources(
    session: Session, listing_ids: Sequence[int], *, window: tuple[date, date], settlement: str, lock: bool = True
) -> Sources:
    """Read everything that the projection of some listings is made of.

    Locks: the listings' rows in ascending order, unless told not to, so that no booking marks nights meanwhile.
    Shape: ``window`` is the half-open span of nights that the masks can hold.
    """
    ids = sorted(listing_ids)
    statement = select(LISTINGS).where(LISTINGS.c.id.in_(ids)).order_by(LISTINGS.c.id)
    rows = session.execute(statement.with_for_update() if lock else statement).mappings().all()
    foreign = any(row["currency"] != settlement for row in rows)
    return Sources(
        listings=rows,
        figures=_figures(session, ids),
        amenity_bits=_amenity_bits(session, ids),
        taken=_taken(session, ids, window),
        overrides=_by_listing(session, CalendarOverride, ids, CalendarOverride.night >= window[0]),
        seasons=_by_listing(session, Season, ids, Season.ends_on > window[0]),
        photos=_photos(session, ids),
        calendar_versions=_calendar_versions(session, ids),
        rates=latest_rates(session) if foreign else {},
    )


def _figures(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    statement = select(ListingFigures.listing_id, ListingFigures.rating_sum, ListingFigures.review_count)
    rows = session.execute(statement.where(ListingFigures.listing_id.in_(ids)))
    return {row.listing_id: (row.rating_sum, row.review_count) for row in rows}


def _amenity_bits(session: Session, ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    statement = select(ListingAmenity.listing_id, ListingAmenity.amenity_id).where(ListingAmenity.listing_id.in_(ids))
    for listing_id, amenity_id in session.execute(statement):
        found[listing_id].append(amenity_id)
    return found


def _taken(session: Session, ids: Sequence[int], window: tuple[date, date]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = defaultdict(list)
    statement = select(BookedNight.listing_id, BookedNight.night).where(
        BookedNight.listing_id.in_(ids), BookedNight.night >= window[0], BookedNight.night < window[1]
    )
    for listing_id, night in session.execute(statement):
        found[listing_id].append(night)
    return found


def _by_listing(
    session: Session, model: type[CalendarOverride] | type[Season], ids: Sequence[int], coming: Any
) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    table = cast(Table, model.__table__)
    for row in session.execute(select(table).where(table.c.listing_id.in_(ids), coming)):
        found[row.listing_id].append(row)
    return found


def _photos(session: Session, ids: Sequence[int]) -> dict[int, list[RowMapping]]:
    found: dict[int, list[RowMapping]] = defaultdict(list)
    statement = (
        select(PHOTOS)
        .where(PHOTOS.c.listing_id.in_(ids), PHOTOS.c.status == PhotoStatus.READY)
        .order_by(PHOTOS.c.listing_id, PHOTOS.c.position, PHOTOS.c.id)
    )
    for row in session.execute(statement).mappings():
        found[row["listing_id"]].append(row)
    return found


def _calendar_versions(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(select(SearchDocument.id, SearchDocument.calendar_version).where(SearchDocument.id.in_(ids)))
    return {row.id: row.calendar_version for row in rows}
