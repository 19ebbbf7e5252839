"""What lists of listings are refused for."""

from airbnb.domain.errors import DomainError


class TooManyWishlists(DomainError):
    """The user has as many lists as they may."""

    code = "too_many_wishlists"
    message = "You have {limit} lists; remove one first."


class TooManyWishlistItems(DomainError):
    """The list holds as many listings as it may."""

    code = "too_many_wishlist_items"
    message = "This list holds {limit} places; remove one first."
