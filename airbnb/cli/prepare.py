"""``flask prepare``: brings an installation up to date in one process before its others start."""

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade

from airbnb.cli.demo.commands import furnish_once


@click.command("prepare")
@click.option("--demo", is_flag=True, help="Fill an empty installation with the demo world; never in production.")
@with_appcontext
def prepare(demo: bool) -> None:
    """Migrate the database; one that is up to date stays as it is."""
    upgrade()
    if demo:
        furnish_once()
