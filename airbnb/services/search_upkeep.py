"""Keeping search's projection right: proving it equal to its sources, and moving its window month by month."""

import operator
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.listing_rules import RANK_NEW_PER_DAY
from airbnb.domain.search_spans import day_number
from airbnb.domain.statuses import ListingStatus
from airbnb.queries import search_upkeep as queries
from airbnb.services.search_projection import last_month_of_window, night_window, project, read_sources

BATCH = 200
#: It counts changes and says nothing about the listing.
VERSIONS = {"calendar_version"}
#: The bonus of new listings shrinks day by day, and the daily job may not have run yet.
RANK_MAY_LAG = 2 * RANK_NEW_PER_DAY
#: They only rule rows out early: as dates pass, what is stored may span more than it must, never less.
SPANS: dict[str, Callable[[int, int], bool]] = {
    "price_low": operator.le,
    "price_high": operator.ge,
    "override_months": lambda stored, right: stored & right == right,
    "rank": lambda stored, right: 0 <= stored - right <= RANK_MAY_LAG,
}


def list_aged(session: Session, listing_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Return those of some listings whose projection is not what it would be if it were written now."""
    sources = read_sources(session, listing_ids, now=now, lock=False)
    documents = queries.projected_documents(session, listing_ids)
    spans = queries.projected_spans(session, listing_ids, 0)
    aged: list[int] = []
    for row in sources.listings:
        stored = documents.get(row["id"])
        if stored is None or row["status"] is not ListingStatus.PUBLISHED:
            continue
        right = project(row, sources, now=now)
        same = all(stored[name] == value for name, value in right.document.items() if name not in VERSIONS)
        if not same or [tuple(span.values()) for span in right.spans] != spans.get(row["id"], []):
            aged.append(row["id"])
    return aged


def find_search_faults(session: Session, *, now: datetime) -> list[str]:
    """Return a sentence for every difference between the projection and its sources.

    What others write meanwhile can look like one, so only what a second look shows again is returned.
    """
    found = set(_look(session, now))
    return sorted(found & set(_look(session, now))) if found else []


def _look(session: Session, now: datetime) -> Iterator[str]:
    yield from (f"{listing_id}: projected but not published" for listing_id in queries.list_orphans(session))
    last = 0
    while ids := queries.list_listing_ids(session, after=last, limit=BATCH):
        yield from audit_listings(session, ids, now=now)
        last = ids[-1]


def audit_listings(session: Session, listing_ids: Sequence[int], *, now: datetime) -> list[str]:
    """Return what differs between the projection of some listings and their rows, a line each."""
    sources = read_sources(session, listing_ids, now=now, lock=False)
    documents = queries.projected_documents(session, listing_ids)
    cards = queries.projected_cards(session, listing_ids)
    words = queries.projected_words(session, listing_ids)
    spans = queries.projected_spans(session, listing_ids, day_number(night_window(now)[0]))
    found: list[str] = []
    for row in sources.listings:
        if row["status"] is not ListingStatus.PUBLISHED:
            continue
        listing_id: int = row["id"]
        right = project(row, sources, now=now)
        stored, stored_card = documents.get(listing_id), cards.get(listing_id)
        if stored is None or stored_card is None:
            found.append(f"{listing_id}: not projected")
            continue
        found += [f"{listing_id}: {difference}" for difference in _differences(right.document, stored)]
        if bytes(stored_card["json"]) != right.card["json"]:
            found.append(f"{listing_id}: the card is stale")
        if {entry["word"] for entry in right.words} != words.get(listing_id, set()):
            found.append(f"{listing_id}: the words are stale")
        if [tuple(span.values()) for span in right.spans] != spans.get(listing_id, []):
            found.append(f"{listing_id}: the dated prices are stale")
    return found


def _differences(document: dict[str, Any], stored: Any) -> Iterator[str]:
    for name, value in document.items():
        spans = SPANS.get(name)
        right = stored[name] == value if spans is None else spans(stored[name], value)
        if name not in VERSIONS and not right:
            yield f"{name} is {stored[name]}, should be {value}"


def list_window_changes(session: Session, *, now: datetime) -> list[tuple[int, int, int]]:
    """Return what must change in the slot of the window's last month, which held a past month before.

    Shape: (listing id, present mask, right mask).
    """
    month, until = last_month_of_window(now)
    right, present = queries.taken_masks(session, month, until), queries.stored_masks(session, month)
    every = sorted(right.keys() | present.keys())
    changes = [(one, present.get(one, 0), right.get(one, 0)) for one in every]
    return [change for change in changes if change[1] != change[2]]


def apply_window_changes(session: Session, changes: Sequence[tuple[int, int, int]], *, now: datetime) -> None:
    """Write the changes; a mask that a booking touched meanwhile is left for the next run. Idempotent."""
    month, _ = last_month_of_window(now)
    for listing_id, old, new in changes:
        queries.swap_mask(session, listing_id, month, old=old, new=new)
