"""Tables, one file per aggregate; importing the package completes the metadata."""

from airbnb.models import (
    bookings,
    calendar,
    history,
    identities,
    ledger,
    listings,
    messages,
    notifications,
    payments,
    payouts,
    places,
    platform,
    reviews,
    search,
    users,
)

__all__ = [
    "bookings",
    "calendar",
    "history",
    "identities",
    "ledger",
    "listings",
    "messages",
    "notifications",
    "payments",
    "payouts",
    "places",
    "platform",
    "reviews",
    "search",
    "users",
]
