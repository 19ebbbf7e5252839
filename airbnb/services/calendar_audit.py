"""Proving that every taken night has its reason, that every reason has its nights, and that search knows them.

Source: docs/rules/calendar.md, "Audit".
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from airbnb.domain.search_masks import MONTH_SLOTS, masks_for_stay, slot_column, slot_of
from airbnb.domain.stays import earliest_date_on_earth
from airbnb.queries import night_audit, search_upkeep
from airbnb.services.search_projection import last_month_of_window, night_window

BATCH = 500
#: The sweep runs every minute; what is later than this has been forgotten.
OVERDUE_AFTER = timedelta(minutes=15)
#: Dates of places ahead of UTC: from here on a night is coming everywhere.
FARTHEST_AHEAD = timedelta(hours=14)
#: Feeds are read further ahead than this, but each at a time of its own.
FEED_DAYS = 365
#: The window of search moves once a day, so the month that came into reach may still hold the one that passed.
WINDOW_SETTLES_DAYS = 2


def find_calendar_faults(session: Session, *, now: datetime) -> list[str]:
    """Return a sentence for every fault: nights = live bookings + blocks + feeds + preparation, and search the same.

    What others write meanwhile can look like a fault, so only what a second look shows again is returned.
    """
    faults = _look(session, now)
    if not faults:
        return []
    again = set(_look(session, now))
    return [fault for fault in faults if fault in again]


def _look(session: Session, now: datetime) -> list[str]:
    coming = (now.astimezone(UTC) + FARTHEST_AHEAD).date() + timedelta(days=1)
    return [
        *night_audit.find_night_faults(session),
        *night_audit.find_overdue(session, due_before=now - OVERDUE_AFTER),
        *night_audit.find_stray_feed_nights(session, first=coming),
        *night_audit.find_unheeded_feed_events(session, first=coming, until=coming + timedelta(days=FEED_DAYS)),
        *_search_faults(session, now),
    ]


def _search_faults(session: Session, now: datetime) -> Iterator[str]:
    last = 0
    while ids := search_upkeep.list_document_ids(session, after=last, limit=BATCH):
        yield from _stale_masks(session, ids, now)
        last = ids[-1]


def _stale_masks(session: Session, listing_ids: Sequence[int], now: datetime) -> Iterator[str]:
    first, until = night_window(now)
    columns = {slot_column(slot) for slot in range(MONTH_SLOTS)}
    if earliest_date_on_earth(now).day <= WINDOW_SETTLES_DAYS:
        until, _ = last_month_of_window(now)
        columns.remove(slot_column(slot_of(until)))
    taken = search_upkeep.taken_nights(session, listing_ids, first, until)
    for listing_id, stored in search_upkeep.projected_documents(session, listing_ids).items():
        right = {slot_column(slot): mask for slot, mask in masks_for_stay(taken.get(listing_id, ())).items()}
        if any(stored[name] != right.get(name, 0) for name in columns):
            yield f"search shows other nights of listing {listing_id} than are taken"
