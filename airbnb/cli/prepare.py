"""``flask prepare``: brings an installation up to date in one process before its others start."""

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Migrate the database; one that is up to date stays as it is."""
    upgrade()
