"""``flask search``: makes search's projection anew, and proves it equal to its sources."""

from collections.abc import Iterator
from functools import partial

import click
from flask.cli import AppGroup

from airbnb.domain import clock
from airbnb.queries.search_upkeep import count_listings, list_listing_ids, list_orphans
from airbnb.services.search_projection import refresh_listings
from airbnb.services.search_upkeep import find_search_faults
from airbnb.unit_of_work import in_transaction, reading

BATCH = 200
MOST_SHOWN = 50

search_group = AppGroup("search", help="Look after what search reads.")


@search_group.command("rebuild")
def rebuild() -> None:
    """Derive every document, card and word anew. Idempotent."""
    with reading() as session:
        total, orphans = count_listings(session), list_orphans(session)
    done = 0
    with click.progressbar(length=total, label="Listings") as bar:
        for ids in _batches():
            in_transaction(partial(refresh_listings, listing_ids=ids))
            done += len(ids)
            bar.update(len(ids))
    for start in range(0, len(orphans), BATCH):
        in_transaction(partial(refresh_listings, listing_ids=orphans[start : start + BATCH]))
    click.echo(f"Went through {done} listings.")


@search_group.command("audit")
def audit() -> None:
    """Compare the projection with its sources; every difference is a line, and any is a failure."""
    with reading() as session:
        found = find_search_faults(session, now=clock.now())
    for line in found[:MOST_SHOWN]:
        click.echo(line)
    if found:
        raise click.ClickException(f"{len(found)} differences; `flask search rebuild` puts them right.")
    click.echo("The projection equals its sources.")


def _batches() -> Iterator[list[int]]:
    last = 0
    while True:
        with reading() as session:
            ids = list_listing_ids(session, after=last, limit=BATCH)
        if not ids:
            return
        yield ids
        last = ids[-1]
