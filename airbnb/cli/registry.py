"""Every command group of ``flask --app wsgi``."""

import click

from airbnb.cli.prepare import prepare

GROUPS: tuple[click.Command, ...] = (prepare,)
