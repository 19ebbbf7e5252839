"""A listing's own feed for other sites: every taken night, and nothing about who took it.

Source: docs/rules/calendar-feeds.md, "Our own feed".
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.ical import NOT_AVAILABLE, RESERVED, CalendarSpan
from airbnb.domain.ids import new_token, token_hash
from airbnb.domain.statuses import NightKind
from airbnb.domain.stays import local_date
from airbnb.models.calendar import BookedNight
from airbnb.models.calendar_feeds import CalendarToken
from airbnb.models.listings import Listing
from airbnb.queries import calendar_feeds as queries
from airbnb.queries.quotes import find_listing
from airbnb.services.feed_nights import DAYS_AHEAD

#: Stays that began before today stay in the feed with their first night.
DAYS_BACK = 31
#: HTTP dates have whole seconds: two different contents never share one.
TICK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFeed:
    """What a listing's own feed says now, and the key by which it was read."""

    spans: Sequence[CalendarSpan]
    content_hash: str
    key: CalendarToken

    @property
    def is_news(self) -> bool:
        """Whether nobody has been told exactly this before."""
        return self.key.changed_at is None or self.key.content_hash != self.content_hash


def rotate_token(session: Session, listing: Listing, *, now: datetime) -> str:
    """Return a new key to the listing's feed; the old one opens nothing any more. Needs: the row is locked."""
    token = new_token()
    queries.replace_token(session, listing.id, token_hash=token_hash(token), now=now)
    return token


def read_own_feed(session: Session, listing_id: int, *, token: str, domain: str, now: datetime) -> OwnFeed:
    """Return what the holder of a listing's key may see.

    Raises: NotFound for a wrong key.
    """
    key = queries.find_token(session, listing_id)
    if key is None or not hmac.compare_digest(key.token_hash, token_hash(token)):
        raise NotFound()
    spans = _taken_spans(session, listing_id, domain=domain, now=now)
    content = "\n".join(sorted(f"{span.uid} {span.starts_on} {span.ends_on} {span.summary}" for span in spans))
    return OwnFeed(spans=spans, content_hash=hashlib.sha256(content.encode()).hexdigest(), key=key)


def note_change(session: Session, feed: OwnFeed, *, now: datetime) -> datetime:
    """Remember what a feed says from now on; returns the instant of the change, in whole seconds."""
    changed_at = now.replace(microsecond=0)
    if feed.key.changed_at is not None:
        changed_at = max(changed_at, feed.key.changed_at + TICK)
    queries.note_content(session, feed.key, content_hash=feed.content_hash, changed_at=changed_at)
    return changed_at


def _taken_spans(session: Session, listing_id: int, *, domain: str, now: datetime) -> list[CalendarSpan]:
    """Return who holds which nights.

    Events that came from other sites keep their ids, so that a site knows its own when they come back.
    """
    listing = find_listing(session, listing_id)
    assert listing is not None, "a key belongs to a listing"
    today = local_date(now, listing.time_zone)
    first, until = today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)
    present = queries.list_taken(session, listing_id, first=first, until=until)
    spans = _own_spans(present, listing_id, domain)
    for event in queries.list_events(session, listing_id, first=today, until=until):
        spans.append(CalendarSpan(event.uid, event.starts_on, event.ends_on, NOT_AVAILABLE))
    return [span for span in spans if span.ends_on > today]


def _own_spans(present: Mapping[date, BookedNight], listing_id: int, domain: str) -> list[CalendarSpan]:
    """Join nights in a row that one booking, one block or one preparation holds."""
    spans: list[CalendarSpan] = []
    owner: tuple[NightKind, int | None] | None = None
    for night, row in sorted(present.items()):
        if row.kind is NightKind.FEED:
            continue
        following = bool(spans) and spans[-1].ends_on == night and owner == (row.kind, row.booking_id)
        owner = (row.kind, row.booking_id)
        begin = spans.pop().starts_on if following else night
        name = f"{row.kind.value}-{row.booking_id or listing_id}"
        uid = f"{name}@{domain}" if row.kind is NightKind.BOOKING else f"{name}-{begin:%Y%m%d}@{domain}"
        summary = RESERVED if row.kind is NightKind.BOOKING else NOT_AVAILABLE
        spans.append(CalendarSpan(uid, begin, night + timedelta(days=1), summary))
    return spans
