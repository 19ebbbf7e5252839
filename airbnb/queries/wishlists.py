"""People's lists of listings: whose they are, and what of them can still be seen."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.paging import Page, PageRequest
from airbnb.models.search import ListingCard
from airbnb.models.wishlists import Wishlist, WishlistItem
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What is seen of some lists from outside, by their ids: how many listings, and the latest one's card."""

    counts: dict[int, int]
    latest_cards: dict[int, bytes]


def get_wishlist_for(session: Session, wishlist_id: int, *, user_id: int, lock: bool = False) -> Wishlist:
    """Return a list of the user's own. Raises: NotFound."""
    statement = select(Wishlist).where(Wishlist.id == wishlist_id, Wishlist.user_id == user_id)
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound()
    return found


def list_wishlists(session: Session, user_id: int, page: PageRequest) -> Page[Wishlist]:
    """Return a user's lists, the latest made first."""
    return fetch_page(session, select(Wishlist).where(Wishlist.user_id == user_id), [SortKey(Wishlist.id)], page)


def count_wishlists(session: Session, user_id: int) -> int:
    """Return how many lists a user has."""
    return session.scalar(select(func.count()).where(Wishlist.user_id == user_id)) or 0


def count_items(session: Session, wishlist_id: int) -> int:
    """Return how many listings a list holds, those too that are not shown at present."""
    return session.scalar(select(func.count()).where(WishlistItem.wishlist_id == wishlist_id)) or 0


def find_item(session: Session, wishlist_id: int, listing_id: int) -> WishlistItem | None:
    """Return a listing's place on a list, or None."""
    return session.scalar(
        select(WishlistItem).where(WishlistItem.wishlist_id == wishlist_id, WishlistItem.listing_id == listing_id)
    )


def remove_item(session: Session, wishlist_id: int, listing_id: int) -> None:
    """Take a listing off a list, if it is there."""
    matched_rows(
        session,
        delete(WishlistItem).where(WishlistItem.wishlist_id == wishlist_id, WishlistItem.listing_id == listing_id),
    )


def list_items(session: Session, wishlist_id: int, page: PageRequest) -> Page[WishlistItem]:
    """Return what of a list is published, the latest added first."""
    statement = (
        select(WishlistItem)
        .join(ListingCard, ListingCard.id == WishlistItem.listing_id)
        .where(WishlistItem.wishlist_id == wishlist_id)
    )
    return fetch_page(session, statement, [SortKey(WishlistItem.id)], page)


def load_cards(session: Session, listing_ids: Collection[int]) -> dict[int, bytes]:
    """Return the serialised cards of some listings; those that are not published have none."""
    rows = session.execute(select(ListingCard.id, ListingCard.json).where(ListingCard.id.in_(listing_ids)))
    return {row.id: bytes(row.json) for row in rows}


def glance_at(session: Session, wishlist_ids: Collection[int]) -> Glance:
    """Return how many published listings some lists hold, and the card of the latest, in two statements."""
    published = (
        select(WishlistItem.wishlist_id, func.count().label("listings"), func.max(WishlistItem.id).label("latest"))
        .join(ListingCard, ListingCard.id == WishlistItem.listing_id)
        .where(WishlistItem.wishlist_id.in_(wishlist_ids))
        .group_by(WishlistItem.wishlist_id)
    )
    rows = session.execute(published).all()
    cards = (
        select(WishlistItem.wishlist_id, ListingCard.json)
        .join(ListingCard, ListingCard.id == WishlistItem.listing_id)
        .where(WishlistItem.id.in_([row.latest for row in rows]))
    )
    return Glance(
        counts={row.wishlist_id: row.listings for row in rows},
        latest_cards={row.wishlist_id: bytes(row.json) for row in session.execute(cards)},
    )


def is_listed(listing_id: ColumnElement[int], *, user_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a listing stands on a list of the user's, as a condition for other statements."""
    listed = select(WishlistItem.listing_id).join(Wishlist, Wishlist.id == WishlistItem.wishlist_id)
    return listed.where(Wishlist.user_id == user_id, WishlistItem.listing_id == listing_id).exists()
