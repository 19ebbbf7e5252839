"""Calendars exchanged with other sites: which feeds are due, what they said, and where they clash."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.ical import CalendarSpan
from airbnb.domain.ids import new_id
from airbnb.domain.paging import Page, PageRequest
from airbnb.domain.statuses import ListingStatus, NightKind
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed, CalendarFeedEvent, CalendarToken
from airbnb.models.listings import Listing
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """A stored event as the nights are worked out from it."""

    feed_id: int
    event_key: str
    uid: str
    starts_on: date
    ends_on: date


def find_token(session: Session, listing_id: int) -> CalendarToken | None:
    """Return the key to a listing's own feed, or None while it has none."""
    return session.get(CalendarToken, listing_id)


def note_content(session: Session, token: CalendarToken, *, content_hash: str, changed_at: datetime) -> None:
    """Remember what a listing's own feed says from now on; nothing when somebody else has just done so."""
    statement = update(CalendarToken).where(
        CalendarToken.listing_id == token.listing_id,
        CalendarToken.token_hash == token.token_hash,
        CalendarToken.changed_at.is_not_distinct_from(token.changed_at),
    )
    matched_rows(session, statement.values(content_hash=content_hash, changed_at=changed_at))


def replace_token(session: Session, listing_id: int, *, token_hash: str, now: datetime) -> None:
    """Make another key the only one. Needs: the listing's row is locked."""
    session.execute(delete(CalendarToken).where(CalendarToken.listing_id == listing_id))
    session.execute(insert(CalendarToken).values(listing_id=listing_id, token_hash=token_hash, created_at=now))


def list_feeds(session: Session, listing_id: int) -> Sequence[CalendarFeed]:
    """Return a listing's feeds, oldest first; there are few."""
    return session.scalars(
        select(CalendarFeed).where(CalendarFeed.listing_id == listing_id).order_by(CalendarFeed.id)
    ).all()


def get_feed(session: Session, feed_id: int, *, listing_id: int) -> CalendarFeed:
    """Return one feed of a listing. Raises: NotFound."""
    feed = session.scalar(select(CalendarFeed).where(CalendarFeed.id == feed_id, CalendarFeed.listing_id == listing_id))
    if feed is None:
        raise NotFound()
    return feed


def find_feed(session: Session, feed_id: int) -> CalendarFeed | None:
    """Return a feed, or None when it is gone."""
    return session.get(CalendarFeed, feed_id, populate_existing=True)


def list_unsealed_feeds(session: Session, *, limit: int) -> Sequence[CalendarFeed]:
    """Return feeds whose address is stored as it is, with their rows locked."""
    statement = select(CalendarFeed).where(CalendarFeed.url_encrypted.is_(None)).order_by(CalendarFeed.id).limit(limit)
    return session.scalars(statement.with_for_update()).all()


def list_due_feed_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return the feeds whose time has come, longest waiting first; archived listings need none."""
    statement = (
        select(CalendarFeed.id)
        .join(Listing, Listing.id == CalendarFeed.listing_id)
        .where(CalendarFeed.next_sync_at <= now, Listing.status != ListingStatus.ARCHIVED)
        .order_by(CalendarFeed.next_sync_at)
        .limit(limit)
    )
    return session.scalars(statement).all()


def claim_feed(session: Session, feed_id: int, *, due_at: datetime, until: datetime) -> bool:
    """Put a due feed off until ``until``; whether this caller was the one to do it."""
    statement = update(CalendarFeed).where(CalendarFeed.id == feed_id, CalendarFeed.next_sync_at <= due_at)
    return matched_rows(session, statement.values(next_sync_at=until, last_tried_at=due_at)) == 1


def list_events(
    session: Session, listing_id: int, *, first: date, until: date, feed_id: int | None = None
) -> list[FeedEvent]:
    """Return what the feeds of a listing, or one of them, say about ``[first, until)``, in a fixed order."""
    statement = (
        select(
            CalendarFeedEvent.feed_id,
            CalendarFeedEvent.event_key,
            CalendarFeedEvent.uid,
            CalendarFeedEvent.starts_on,
            CalendarFeedEvent.ends_on,
        )
        .join(CalendarFeed, CalendarFeed.id == CalendarFeedEvent.feed_id)
        .where(CalendarFeed.listing_id == listing_id)
        .where(CalendarFeedEvent.ends_on > first, CalendarFeedEvent.starts_on < until)
        .order_by(CalendarFeedEvent.feed_id, CalendarFeedEvent.starts_on, CalendarFeedEvent.event_key)
    )
    if feed_id is not None:
        statement = statement.where(CalendarFeed.id == feed_id)
    return [FeedEvent(**row) for row in session.execute(statement).mappings()]


def replace_events(session: Session, feed_id: int, spans: Collection[CalendarSpan]) -> None:
    """Make the stored events of a feed those given: known ids move, missing ones go."""
    known = {
        row.event_key: row
        for row in session.execute(
            select(CalendarFeedEvent.event_key, CalendarFeedEvent.starts_on, CalendarFeedEvent.ends_on).where(
                CalendarFeedEvent.feed_id == feed_id
            )
        )
    }
    wanted = {span.key: span for span in spans}
    changed = [
        key
        for key, row in known.items()
        if key not in wanted or (row.starts_on, row.ends_on) != (wanted[key].starts_on, wanted[key].ends_on)
    ]
    for start in range(0, len(changed), 500):
        session.execute(
            delete(CalendarFeedEvent).where(
                CalendarFeedEvent.feed_id == feed_id, CalendarFeedEvent.event_key.in_(changed[start : start + 500])
            ),
            execution_options={"synchronize_session": False},
        )
    rows = [
        {
            "id": new_id(),
            "feed_id": feed_id,
            "event_key": key,
            "uid": span.uid,
            "starts_on": span.starts_on,
            "ends_on": span.ends_on,
        }
        for key, span in wanted.items()
        if key not in known or key in changed
    ]
    if rows:
        session.execute(insert(CalendarFeedEvent), rows)


def list_taken(session: Session, listing_id: int, *, first: date, until: date) -> dict[date, BookedNight]:
    """Return the taken nights of a span."""
    statement = select(BookedNight).where(
        BookedNight.listing_id == listing_id, BookedNight.night >= first, BookedNight.night < until
    )
    return {row.night: row for row in session.scalars(statement.execution_options(populate_existing=True))}


def take_for_feeds(session: Session, listing_id: int, nights: Mapping[date, int]) -> None:
    """Take free nights for feeds, in ascending order: night to feed."""
    rows = [
        {"listing_id": listing_id, "night": night, "kind": NightKind.FEED, "feed_id": feed_id}
        for night, feed_id in sorted(nights.items())
    ]
    if rows:
        session.execute(insert(BookedNight), rows)


def hand_over(session: Session, listing_id: int, nights: Mapping[date, int]) -> None:
    """Give nights of other feeds, or of preparation, to feeds: night to feed."""
    for feed_id in sorted(set(nights.values())):
        mine = [night for night, owner in nights.items() if owner == feed_id]
        statement = update(BookedNight).where(
            BookedNight.listing_id == listing_id,
            BookedNight.night.in_(mine),
            BookedNight.kind.in_((NightKind.FEED, NightKind.PREPARATION)),
        )
        matched_rows(session, statement.values(kind=NightKind.FEED, feed_id=feed_id, booking_id=None))


def free_feed_nights(session: Session, listing_id: int, nights: Collection[date]) -> None:
    """Free nights that feeds hold."""
    matched_rows(
        session,
        delete(BookedNight).where(
            BookedNight.listing_id == listing_id, BookedNight.night.in_(nights), BookedNight.kind == NightKind.FEED
        ),
    )


def list_conflict_rows(session: Session, listing_id: int) -> Sequence[CalendarConflict]:
    """Return every conflict that a listing has had."""
    return session.scalars(
        select(CalendarConflict)
        .where(CalendarConflict.listing_id == listing_id)
        .execution_options(populate_existing=True)
    ).all()


def list_conflicts(
    session: Session, listing_id: int, page: PageRequest, *, is_open: bool | None
) -> Page[CalendarConflict]:
    """Return a listing's conflicts, newest first."""
    statement = select(CalendarConflict).where(CalendarConflict.listing_id == listing_id)
    if is_open is not None:
        open_ones = CalendarConflict.resolved_at.is_(None)
        statement = statement.where(open_ones if is_open else ~open_ones)
    return fetch_page(session, statement, [SortKey(CalendarConflict.id, descending=True)], page)


def get_conflict_for_host(session: Session, conflict_id: int, *, host_id: int) -> CalendarConflict:
    """Return a conflict of one of a host's listings, its row locked. Raises: NotFound."""
    statement = (
        select(CalendarConflict)
        .join(Listing, Listing.id == CalendarConflict.listing_id)
        .where(CalendarConflict.id == conflict_id, Listing.host_id == host_id)
    )
    conflict = session.scalar(statement.with_for_update())
    if conflict is None:
        raise NotFound()
    return conflict


def stays_of(session: Session, booking_ids: Collection[int]) -> Mapping[int, tuple[date, date]]:
    """Return check-in and check-out of bookings."""
    if not booking_ids:
        return {}
    rows = session.execute(select(Booking.id, Booking.check_in, Booking.check_out).where(Booking.id.in_(booking_ids)))
    return {row.id: (row.check_in, row.check_out) for row in rows}
