"""``flask prepare``: brings an installation up to date in one process before its others start."""

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade

from airbnb.cli.demo.commands import furnish_once
from airbnb.cli.search import rebuild_with_progress
from airbnb.services.feed_urls import seal_stored_urls
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.search_rebuild import is_search_outdated


@click.command("prepare")
@click.option("--demo", is_flag=True, help="Fill an empty installation with the demo world; never in production.")
@with_appcontext
def prepare(demo: bool) -> None:
    """Migrate the database, seal what an older release stored open and rebuild what search reads in an older form.

    An installation that is up to date stays as it is.
    """
    upgrade()
    while in_transaction(seal_stored_urls):
        pass
    if is_search_outdated():
        rebuild_with_progress()
    if demo:
        furnish_once()
