"""Every blueprint of the product, in the order in which the documentation shows them."""

from airbnb.blueprints import (
    auth,
    booking_changes,
    bookings,
    calendar,
    calendar_feeds,
    catalogues,
    email_changes,
    exports,
    files,
    frontend_config,
    health,
    identities,
    listing_exports,
    listings,
    mail_reports,
    mailbox,
    messages,
    metrics,
    multi_calendar,
    notifications,
    oauth,
    payments,
    payouts,
    photos,
    quotes,
    receipts,
    reports,
    reviews,
    sandbox,
    search,
    seasons,
    second_factors,
    sessions,
    statements,
    unsubscribing,
    users,
    webhooks,
    wishlists,
)
from airbnb.blueprints.http import docs
from airbnb.blueprints.http.api import Blueprint

#: Routes of the API, documented in OpenAPI.
API_BLUEPRINTS: tuple[Blueprint, ...] = (
    frontend_config.bp,
    auth.bp,
    email_changes.bp,
    second_factors.bp,
    oauth.bp,
    sessions.bp,
    users.bp,
    exports.bp,
    identities.bp,
    search.bp,
    listings.bp,
    listings.mine,
    photos.bp,
    calendar.bp,
    calendar_feeds.bp,
    seasons.bp,
    multi_calendar.bp,
    listing_exports.bp,
    catalogues.bp,
    quotes.bp,
    bookings.bp,
    booking_changes.bp,
    receipts.bp,
    payments.bp,
    payouts.bp,
    payouts.mine,
    statements.bp,
    reviews.bp,
    reports.bp,
    messages.bp,
    notifications.bp,
    wishlists.bp,
    webhooks.bp,
    mail_reports.bp,
)

#: Rehearsal with the built-in provider; production does not have it.
REHEARSAL_BLUEPRINTS: tuple[Blueprint, ...] = (sandbox.bp,)

#: Pages and probes outside the API.
PLAIN_BLUEPRINTS = (health.bp, metrics.bp, docs.bp, files.bp, exports.downloads, unsubscribing.bp)
REHEARSAL_PAGES = (sandbox.page, mailbox.bp)
