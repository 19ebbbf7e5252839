"""Tables, one file per aggregate; importing the package completes the metadata."""

from airbnb.models import (
    bookings,
    calendar,
    history,
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
