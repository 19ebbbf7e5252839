"""A listing's own feed for other sites: every taken night, and nothing about who took it.

Source: docs/rules/calendar-feeds.md, "Our own feed".
"""

import hmac
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.ical import NOT_AVAILABLE, RESERVED, CalendarSpan
from airbnb.domain.ids import new_token, token_hash
from airbnb.domain.statuses import NightKind
from airbnb.domain.stays import local_date
from airbnb.models.calendar import BookedNight
from airbnb.models.listings import Listing
from airbnb.queries import calendar_feeds as queries
from airbnb.queries.quotes import find_listing
from airbnb.services.feed_nights import DAYS_AHEAD

#: Stays that began before today stay in the feed with their first night.
DAYS_BACK = 31


def rotate_token(session: Session, listing: Listing, *, now: datetime) -> str:
    """Return a new key to the listing's feed; the old one opens nothing any more. Needs: the row is locked."""
    token = new_token()
    queries.replace_token(session, listing.id, token_hash=token_hash(token), now=now)
    return token


def taken_spans(session: Session, listing_id: int, *, token: str, domain: str, now: datetime) -> list[CalendarSpan]:
    """Return what the holder of a listing's key may see.

    Events that came from other sites keep their ids, so that a site knows its own when they come back.
    Raises: NotFound for a wrong key.
    """
    expected = queries.find_token_hash(session, listing_id)
    if expected is None or not hmac.compare_digest(expected, token_hash(token)):
        raise NotFound()
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
