"""Keeping listings for later."""

from sqlalchemy.orm import Session

from airbnb.domain.wishlist_errors import TooManyWishlistItems, TooManyWishlists
from airbnb.models.wishlists import Wishlist, WishlistItem
from airbnb.queries import wishlists as queries
from airbnb.queries.users import lock_user

MAX_WISHLISTS = 100  # a user's
MAX_ITEMS = 500  # on a list


def make_wishlist(session: Session, user_id: int, *, name: str) -> Wishlist:
    """Start an empty list.

    Raises: TooManyWishlists.
    Locks: the user's row.
    """
    lock_user(session, user_id)
    if queries.count_wishlists(session, user_id) >= MAX_WISHLISTS:
        raise TooManyWishlists(limit=MAX_WISHLISTS)
    wishlist = Wishlist(user_id=user_id, name=name)
    session.add(wishlist)
    session.flush()
    return wishlist


def add_listing(session: Session, wishlist: Wishlist, listing_id: int) -> None:
    """Put a listing on a list; one that is there stays where it is.

    Needs: the list's row is locked, and its owner may see the listing.
    Raises: TooManyWishlistItems.
    """
    if queries.find_item(session, wishlist.id, listing_id) is not None:
        return
    if queries.count_items(session, wishlist.id) >= MAX_ITEMS:
        raise TooManyWishlistItems(limit=MAX_ITEMS)
    session.add(WishlistItem(wishlist_id=wishlist.id, listing_id=listing_id))
