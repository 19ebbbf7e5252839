"""Addresses of other sites' calendars: they hold the other site's key, so they are stored sealed."""

from sqlalchemy.orm import Session

from airbnb.domain.sealing import seal, unseal
from airbnb.extensions import current_settings
from airbnb.models.calendar_feeds import CalendarFeed
from airbnb.queries.calendar_feeds import list_unsealed_feeds

BATCH = 200


def seal_url(url: str) -> str:
    """Return an address as it is stored."""
    return seal({"url": url}, current_settings().encryption_keys)


def open_url(feed: CalendarFeed) -> str:
    """Return a feed's address. Raises: UnreadableSecret when no key of the ring opens it."""
    if feed.url_encrypted is None:
        return feed.url
    return str(unseal(feed.url_encrypted, current_settings().encryption_keys)["url"])


def seal_stored_urls(session: Session) -> int:
    """Seal the next addresses that an earlier release stored as they are; returns how many there were.

    Locks: the feeds. Idempotent.
    """
    feeds = list_unsealed_feeds(session, limit=BATCH)
    for feed in feeds:
        feed.url_encrypted, feed.url = seal_url(feed.url), ""
    session.flush()
    return len(feeds)
