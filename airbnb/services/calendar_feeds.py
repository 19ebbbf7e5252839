"""A listing's imported calendars: added, removed, and how each fetch left them.

Source: docs/rules/calendar-feeds.md, "Health".
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.fetch_targets import UnsafeUrl, parse_target
from airbnb.domain.ical import CalendarSpan, TooManyFeeds
from airbnb.domain.statuses import ConflictResolution, ListingStatus
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed
from airbnb.models.listings import Listing
from airbnb.queries import calendar_feeds as queries
from airbnb.queries.listings import lock_listing
from airbnb.services.feed_nights import settle, span_of_feeds
from airbnb.services.feed_urls import open_url, seal_url

MAX_FEEDS = 20
EVERY = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=8)
#: Feeds spread out over this part of their period, so that not all are asked at the full hour.
JITTER = 0.2
#: Even a feed that says "unchanged" is read whole this often: series reach further every day.
READ_WHOLE_EVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedJob:
    """What has to be known to fetch one feed."""

    feed_id: int
    listing_id: int
    url: str
    etag: str | None
    last_modified: str | None
    first: date  # the nights that matter
    until: date
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOutcome:
    """What a fetch brought: ``spans`` is None where the server says "unchanged"; ``error`` when it failed."""

    spans: Sequence[CalendarSpan] | None = None
    etag: str | None = None
    last_modified: str | None = None
    error: str | None = None


def add_feed(session: Session, listing: Listing, *, name: str, url: str, now: datetime) -> CalendarFeed:
    """Import another calendar from now on; the same URL again is the same feed.

    Needs: the listing's row is locked.
    Raises: ValidationFailed for a URL that can't be fetched, TooManyFeeds, InvalidTransition for an archived listing.
    """
    if listing.status is ListingStatus.ARCHIVED:
        raise InvalidTransition(**{"from": listing.status.value, "to": listing.status.value})
    try:
        parse_target(url)
    except UnsafeUrl as refusal:
        raise ValidationFailed({"url": [refusal.detail]}) from refusal
    url_hash = hashlib.sha256(url.encode()).hexdigest()
    present = queries.list_feeds(session, listing.id)
    for feed in present:
        if feed.url_hash == url_hash:
            feed.name = name
            return feed
    if len(present) >= MAX_FEEDS:
        raise TooManyFeeds(limit=MAX_FEEDS)
    feed = CalendarFeed(
        listing_id=listing.id, name=name, url_encrypted=seal_url(url), url_hash=url_hash, next_sync_at=now
    )
    session.add(feed)
    session.flush()
    return feed


def remove_feed(session: Session, listing: Listing, feed_id: int, *, now: datetime) -> None:
    """Stop importing a calendar and free the nights that it alone held. Needs: the listing's row is locked."""
    feed = queries.get_feed(session, feed_id, listing_id=listing.id)
    queries.replace_events(session, feed.id, [])
    settle(session, listing, now=now)
    session.delete(feed)
    session.flush()


def claim(session: Session, feed_id: int, *, now: datetime, is_forced: bool) -> FeedJob | None:
    """Claim a feed for one fetch; None when it isn't due, or gone.

    Writes: the time of the next try, so that a fetch that dies is simply made again.
    """
    feed = queries.find_feed(session, feed_id)
    if feed is None:
        return None
    due_at = max(now, feed.next_sync_at) if is_forced else now
    if not queries.claim_feed(session, feed_id, due_at=due_at, until=now + EVERY):
        return None
    listing = session.get_one(Listing, feed.listing_id)
    first, until = span_of_feeds(listing, now)
    read_lately = feed.last_read_at is not None and now - feed.last_read_at < READ_WHOLE_EVERY
    return FeedJob(
        feed_id=feed.id,
        listing_id=listing.id,
        url=open_url(feed),
        etag=feed.etag if read_lately and feed.error is None else None,
        last_modified=feed.last_modified if read_lately and feed.error is None else None,
        first=first,
        until=until,
        zone=listing.time_zone,
    )


def record(session: Session, job: FeedJob, outcome: FetchOutcome, *, now: datetime) -> CalendarFeed | None:
    """Store what a fetch brought and bring the nights in line; a failed fetch changes no night.

    Locks: the listing's row.
    """
    listing = lock_listing(session, job.listing_id)
    feed = queries.find_feed(session, job.feed_id)
    if feed is None:
        return None
    feed.last_tried_at = now
    if outcome.error is not None:
        feed.failures, feed.error = min(feed.failures + 1, 1_000), outcome.error[:200]
        feed.next_sync_at = now + wait_after(feed.failures)
        session.flush()
        return feed
    feed.failures, feed.error, feed.last_success_at = 0, None, now
    feed.next_sync_at = now + wait_after(0)
    if outcome.spans is not None:
        feed.etag, feed.last_modified = _short(outcome.etag, 200), _short(outcome.last_modified, 80)
        feed.last_read_at, feed.event_count = now, len(outcome.spans)
        queries.replace_events(session, feed.id, outcome.spans)
    session.flush()
    settle(session, listing, now=now)
    return feed


def wait_after(failures: int) -> timedelta:
    """Return how long to leave a feed alone: a quarter of an hour, doubled with each failure in a row."""
    wait = min(EVERY * (1 << min(failures, 10)), LONGEST_WAIT)
    return wait * random.uniform(1 - JITTER, 1)  # noqa: S311 - spreads load, guards nothing


def resolve(session: Session, conflict: CalendarConflict, *, now: datetime) -> None:
    """Note that the host has dealt with a conflict. Idempotent."""
    if conflict.resolved_at is None:
        conflict.resolved_at, conflict.resolution = now, ConflictResolution.BY_HOST
        session.flush()


def health_of(feed: CalendarFeed) -> str:
    """Return how fetching a feed goes: ``failing``, ``waiting`` for its first success, or ``ok``."""
    if feed.error:
        return "failing"
    return "waiting" if feed.last_success_at is None else "ok"


def feed_dict(feed: CalendarFeed, *, now: datetime) -> dict[str, Any]:
    """Return a feed with its health, in the shape of ``FeedSchema``."""
    success = feed.last_success_at
    return {
        "id": feed.id,
        "name": feed.name,
        "url": open_url(feed),
        "created_at": feed.created_at,
        "health": health_of(feed),
        "error": feed.error,
        "failures": feed.failures,
        "event_count": feed.event_count,
        "last_tried_at": feed.last_tried_at,
        "last_success_at": success,
        "age_seconds": None if success is None else max(0, int((now - success).total_seconds())),
        "next_sync_at": feed.next_sync_at,
    }


def _short(value: str | None, length: int) -> str | None:
    """Return a validator, or None for one that is too long to be kept whole."""
    return value if value is not None and len(value) <= length else None
