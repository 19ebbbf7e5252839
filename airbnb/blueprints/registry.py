"""Every blueprint of the product, in the order in which the documentation shows them."""

from airbnb.blueprints import (
    auth,
    bookings,
    frontend_config,
    health,
    listings,
    notifications,
    quotes,
    reviews,
    search,
    sessions,
    users,
)
from airbnb.blueprints.http import docs
from airbnb.blueprints.http.api import Blueprint

#: Routes of the API, documented in OpenAPI.
API_BLUEPRINTS: tuple[Blueprint, ...] = (
    frontend_config.bp,
    auth.bp,
    sessions.bp,
    users.bp,
    search.bp,
    listings.bp,
    listings.mine,
    quotes.bp,
    bookings.bp,
    reviews.bp,
    notifications.bp,
)

#: Pages and probes outside the API.
PLAIN_BLUEPRINTS = (health.bp, docs.bp)
