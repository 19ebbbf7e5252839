"""The calendars of many listings of one host, in as many statements as of one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.models.calendar import BookedNight
from airbnb.models.listings import Listing
from airbnb.queries.calendar import CalendarRows, TakenNight
from airbnb.queries.quotes import CalendarFacts, load_calendars


def load_calendar_rows(session: Session, listings: Sequence[Listing], first: date, until: date) -> list[CalendarRows]:
    """Return what the calendars of listings say about the nights ``[first, until)``, in the listings' order."""
    ids = [listing.id for listing in listings]
    facts = load_calendars(session, ids, first, until) if ids else {}
    taken: dict[int, dict[date, TakenNight]] = defaultdict(dict)
    columns = (BookedNight.kind, BookedNight.booking_id, BookedNight.feed_id, BookedNight.note)
    statement = select(BookedNight.listing_id, BookedNight.night, *columns).where(
        BookedNight.listing_id.in_(ids), BookedNight.night >= first, BookedNight.night < until
    )
    for row in session.execute(statement) if ids else ():
        taken[row.listing_id][row.night] = TakenNight(
            kind=row.kind, booking_id=row.booking_id, feed_id=row.feed_id, note=row.note
        )
    return [_rows_of(listing, facts.get(listing.id) or CalendarFacts(), taken[listing.id]) for listing in listings]


def _rows_of(listing: Listing, facts: CalendarFacts, taken: dict[date, TakenNight]) -> CalendarRows:
    notes = {one.night: one.note for one in facts.overrides if one.note is not None}
    return CalendarRows(listing=listing, facts=facts, taken=taken, notes=notes)
