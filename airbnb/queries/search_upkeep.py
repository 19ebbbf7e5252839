"""Walking through the projection for its upkeep: rebuild, audit, and the window that moves with the months."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import RowMapping, Table, func, select, update
from sqlalchemy.orm import Session

from airbnb.domain.search_masks import bit_of, slot_column, slot_of
from airbnb.domain.statuses import ListingStatus
from airbnb.models.calendar import BookedNight
from airbnb.models.listings import Listing
from airbnb.models.search import ListingCard, SearchDocument, SearchSpan, SearchWord

DOCUMENTS = cast(Table, SearchDocument.__table__)
CARDS = cast(Table, ListingCard.__table__)
WORDS = cast(Table, SearchWord.__table__)
SPANS = cast(Table, SearchSpan.__table__)


def count_listings(session: Session) -> int:
    """Count every listing, published or not."""
    return session.scalar(select(func.count()).select_from(Listing)) or 0


def list_listing_ids(session: Session, *, after: int, limit: int) -> list[int]:
    """Return the next listing ids in ascending order, published or not."""
    return list(session.scalars(select(Listing.id).where(Listing.id > after).order_by(Listing.id).limit(limit)))


def list_document_ids(session: Session, *, after: int, limit: int) -> list[int]:
    """Return the next listing ids that search shows, in ascending order."""
    column = DOCUMENTS.c.id
    return list(session.scalars(select(column).where(column > after).order_by(column).limit(limit)))


def places_of(session: Session, ids: Sequence[int]) -> list[int]:
    """Return the keys of the places at which search shows some listings."""
    return list(session.scalars(select(DOCUMENTS.c.z).where(DOCUMENTS.c.id.in_(ids))))


def taken_nights(session: Session, ids: Sequence[int], first: date, until: date) -> dict[int, list[date]]:
    """Return the taken nights of some listings within ``[first, until)``."""
    statement = select(BookedNight.listing_id, BookedNight.night).where(
        BookedNight.listing_id.in_(ids), BookedNight.night >= first, BookedNight.night < until
    )
    nights: dict[int, list[date]] = defaultdict(list)
    for listing_id, night in session.execute(statement):
        nights[listing_id].append(night)
    return nights


def list_orphans(session: Session) -> list[int]:
    """Return the ids of projected rows whose listing is not published or not there."""
    published = select(Listing.id).where(Listing.status == ListingStatus.PUBLISHED)
    found: set[int] = set()
    for column in (DOCUMENTS.c.id, CARDS.c.id, WORDS.c.listing_id, SPANS.c.listing_id):
        found.update(session.scalars(select(column).distinct().where(column.not_in(published))))
    return sorted(found)


def projected_documents(session: Session, ids: Sequence[int]) -> dict[int, RowMapping]:
    """Return the stored documents of some listings."""
    rows = session.execute(select(DOCUMENTS).where(DOCUMENTS.c.id.in_(ids))).mappings()
    return {row["id"]: row for row in rows}


def projected_cards(session: Session, ids: Sequence[int]) -> dict[int, RowMapping]:
    """Return the stored cards of some listings."""
    rows = session.execute(select(CARDS).where(CARDS.c.id.in_(ids))).mappings()
    return {row["id"]: row for row in rows}


def projected_words(session: Session, ids: Sequence[int]) -> dict[int, set[str]]:
    """Return the stored words of some listings."""
    found: dict[int, set[str]] = defaultdict(set)
    for word, listing_id in session.execute(
        select(WORDS.c.word, WORDS.c.listing_id).where(WORDS.c.listing_id.in_(ids))
    ):
        found[listing_id].add(word)
    return found


def projected_spans(session: Session, ids: Sequence[int], first_day: int) -> dict[int, list[tuple[Any, ...]]]:
    """Return the stored spans of some listings that reach to ``first_day`` or beyond, as rows in order."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    statement = select(SPANS).where(SPANS.c.listing_id.in_(ids), SPANS.c.until_day > first_day)
    for row in session.execute(statement.order_by(SPANS.c.listing_id, SPANS.c.first_day)):
        found[row.listing_id].append(tuple(row))
    return found


def taken_masks(session: Session, first: date, until: date) -> dict[int, int]:
    """Return the mask of taken nights of one month, by listing, for listings that have any."""
    statement = select(BookedNight.listing_id, BookedNight.night).where(
        BookedNight.night >= first, BookedNight.night < until
    )
    masks: dict[int, int] = defaultdict(int)
    for listing_id, night in session.execute(statement):
        masks[listing_id] |= bit_of(night)
    return masks


def stored_masks(session: Session, month: date) -> dict[int, int]:
    """Return what the month's slot holds, by listing, where it is not empty."""
    column = DOCUMENTS.c[slot_column(slot_of(month))]
    rows = session.execute(select(DOCUMENTS.c.id, column.label("mask")).where(column != 0))
    return {row.id: row.mask for row in rows}


def swap_mask(session: Session, listing_id: int, month: date, *, old: int, new: int) -> None:
    """Replace a month's mask unless somebody changed it meanwhile."""
    column = DOCUMENTS.c[slot_column(slot_of(month))]
    values: dict[str, Any] = {column.name: new}
    session.execute(update(DOCUMENTS).where(DOCUMENTS.c.id == listing_id, column == old).values(values))
