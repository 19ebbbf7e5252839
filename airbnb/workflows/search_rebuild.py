"""Deriving search's projection anew, a batch of listings a transaction, while search goes on."""

from collections.abc import Callable, Iterator
from functools import partial

from airbnb.domain import clock
from airbnb.queries.search_forms import note_form, written_form
from airbnb.queries.search_upkeep import list_listing_ids, list_orphans
from airbnb.services.search_projection import FORM, refresh_listings
from airbnb.unit_of_work import in_transaction, reading

BATCH = 200


def is_search_outdated() -> bool:
    """Whether the projection was last written as a whole by a release that writes it in another form."""
    with reading() as session:
        return written_form(session) != FORM


def rebuild_search(on_batch: Callable[[int], object]) -> int:
    """Derive every document, card, word and span anew, and note the form at the end; returns how many listings.

    ``on_batch`` is told how many listings each batch had. Idempotent: one that is killed is begun anew.
    """
    with reading() as session:
        orphans = list_orphans(session)
    done = 0
    for ids in _batches():
        in_transaction(partial(refresh_listings, listing_ids=ids))
        done += len(ids)
        on_batch(len(ids))
    for start in range(0, len(orphans), BATCH):
        in_transaction(partial(refresh_listings, listing_ids=orphans[start : start + BATCH]))
    in_transaction(partial(note_form, form=FORM, now=clock.now()))
    return done


def _batches() -> Iterator[list[int]]:
    last = 0
    while True:
        with reading() as session:
            ids = list_listing_ids(session, after=last, limit=BATCH)
        if not ids:
            return
        yield ids
        last = ids[-1]
