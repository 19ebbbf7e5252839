"""``flask search``: makes search's projection anew, and proves it equal to its sources."""

import click
from flask.cli import AppGroup

from airbnb.domain import clock
from airbnb.queries.search_upkeep import count_listings
from airbnb.services.search_upkeep import find_search_faults
from airbnb.unit_of_work import reading
from airbnb.workflows.search_rebuild import rebuild_search

MOST_SHOWN = 50

search_group = AppGroup("search", help="Look after what search reads.")


@search_group.command("rebuild")
def rebuild() -> None:
    """Derive every document, card, word and span anew. Idempotent."""
    click.echo(f"Went through {rebuild_with_progress()} listings.")


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


def rebuild_with_progress() -> int:
    """Rebuild behind a progress bar; returns how many listings there were."""
    with reading() as session:
        total = count_listings(session)
    with click.progressbar(length=total, label="Listings") as bar:
        return rebuild_search(bar.update)
