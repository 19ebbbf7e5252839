"""Which nights imported calendars hold, worked out from what they last said; clashes become items for the host.

Source: docs/rules/calendar-feeds.md, "Nights".
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from airbnb.domain.ids import new_id
from airbnb.domain.statuses import ConflictResolution, NightKind
from airbnb.domain.stays import local_date, nights_between
from airbnb.domain.topics import Topic
from airbnb.models.calendar import BookedNight
from airbnb.models.calendar_feeds import CalendarConflict
from airbnb.models.listings import Listing
from airbnb.queries import calendar as nights_queries
from airbnb.queries import calendar_feeds as queries
from airbnb.queries.calendar_feeds import FeedEvent
from airbnb.services import outbox
from airbnb.services.search_projection import mark_nights

#: As far ahead as hosts may set nights.
DAYS_AHEAD = 728
#: A preparation that began this long before today may still reach it.
LONGEST_PREPARATION = 7


@dataclass(slots=True)
class _Changes:
    taken: dict[date, int] = field(default_factory=dict)
    handed_over: dict[date, int] = field(default_factory=dict)
    prepared: dict[date, int] = field(default_factory=dict)
    freed: list[date] = field(default_factory=list)


def span_of_feeds(listing: Listing, now: datetime) -> tuple[date, date]:
    """Return the nights ``[first, until)`` that feeds may take: from today at the listing."""
    today = local_date(now, listing.time_zone)
    return today, today + timedelta(days=DAYS_AHEAD)


def settle(session: Session, listing: Listing, *, now: datetime) -> None:
    """Bring a listing's nights and conflicts in line with the events of its feeds.

    Needs: the listing's row is locked.
    Writes: nights of kind feed, preparation again where a feed lets go of it, conflicts, and search.
    Idempotent.
    """
    first, until = span_of_feeds(listing, now)
    events = queries.list_events(session, listing.id, first=first, until=until)
    present = queries.list_taken(session, listing.id, first=first, until=until)
    wanted = _wanted(events, first, until)
    changes = _compare(wanted, present)
    _prepare_again(session, listing, changes)
    queries.free_feed_nights(session, listing.id, [*changes.freed, *changes.prepared])
    queries.hand_over(session, listing.id, changes.handed_over)
    queries.take_for_feeds(session, listing.id, changes.taken)
    nights_queries.add_preparation(session, listing.id, changes.prepared.items())
    mark_nights(session, listing.id, list(changes.taken), True)
    mark_nights(session, listing.id, changes.freed, False)
    _settle_conflicts(session, listing, _clashes(events, present), now=now)


def reclaim(session: Session, listing_id: int, freed: Collection[date]) -> set[date]:
    """Let feeds take nights that were freed in this very transaction, if one still says they are taken; return which.

    Needs: the rows of these nights were deleted by this transaction, so that nobody else can take them meanwhile.
    """
    if not freed:
        return set()
    first, until = min(freed), max(freed) + timedelta(days=1)
    wanted = _wanted(queries.list_events(session, listing_id, first=first, until=until), first, until)
    taken = {night: feed_id for night, feed_id in wanted.items() if night in freed}
    queries.take_for_feeds(session, listing_id, taken)
    return set(taken)


def _wanted(events: Iterable[FeedEvent], first: date, until: date) -> dict[date, int]:
    """Return night to feed; where several feeds want a night the oldest has it."""
    wanted: dict[date, int] = {}
    for event in events:
        for night in nights_between(max(event.starts_on, first), min(event.ends_on, until)):
            wanted.setdefault(night, event.feed_id)
    return wanted


def _compare(wanted: Mapping[date, int], present: Mapping[date, BookedNight]) -> _Changes:
    changes = _Changes()
    for night, feed_id in wanted.items():
        row = present.get(night)
        if row is None:
            changes.taken[night] = feed_id
        elif row.kind is NightKind.PREPARATION or (row.kind is NightKind.FEED and row.feed_id != feed_id):
            changes.handed_over[night] = feed_id
    changes.freed = [
        night for night, row in sorted(present.items()) if row.kind is NightKind.FEED and night not in wanted
    ]
    return changes


def _prepare_again(session: Session, listing: Listing, changes: _Changes) -> None:
    """Keep nights free that a feed had taken over from the preparation after a stay."""
    days = listing.preparation_days
    if not days or not changes.freed:
        return
    first, until = min(changes.freed) - timedelta(days=days - 1), max(changes.freed) + timedelta(days=1)
    freed = set(changes.freed)
    for check_out, booking_id in sorted(nights_queries.live_check_outs(session, listing.id, first, until).items()):
        for night in nights_between(check_out, check_out + timedelta(days=days)):
            if night in freed:
                changes.prepared.setdefault(night, booking_id)
    changes.freed = [night for night in changes.freed if night not in changes.prepared]


def _clashes(events: Iterable[FeedEvent], present: Mapping[date, BookedNight]) -> dict[tuple[int, str, int], FeedEvent]:
    booked = {night: row.booking_id for night, row in present.items() if row.kind is NightKind.BOOKING}
    return {
        (event.feed_id, event.event_key, booking_id): event
        for event in events
        for night, booking_id in booked.items()
        if booking_id is not None and event.starts_on <= night < event.ends_on
    }


def _settle_conflicts(
    session: Session, listing: Listing, clashes: Mapping[tuple[int, str, int], FeedEvent], *, now: datetime
) -> None:
    """Add new conflicts and let their host be told, open those again whose event moved, and end those that are gone."""
    rows = {
        (row.feed_id, row.event_key, row.booking_id): row for row in queries.list_conflict_rows(session, listing.id)
    }
    for key, event in clashes.items():
        row = rows.get(key)
        if row is None:
            conflict_id = new_id()
            outbox.record(session, Topic.FEED_CONFLICT, subject_id=conflict_id)
            session.add(
                CalendarConflict(
                    id=conflict_id,
                    listing_id=listing.id,
                    feed_id=event.feed_id,
                    event_key=event.event_key,
                    booking_id=key[2],
                    starts_on=event.starts_on,
                    ends_on=event.ends_on,
                )
            )
        elif row.resolution is ConflictResolution.GONE or (row.starts_on, row.ends_on) != (
            event.starts_on,
            event.ends_on,
        ):
            row.starts_on, row.ends_on = event.starts_on, event.ends_on
            row.resolved_at = row.resolution = None
    for key, row in rows.items():
        if key not in clashes and row.resolved_at is None:
            row.resolved_at, row.resolution = now, ConflictResolution.GONE
    session.flush()
