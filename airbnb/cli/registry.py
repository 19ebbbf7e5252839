"""Every command group of ``flask --app wsgi``."""

import click

GROUPS: tuple[click.Command, ...] = ()
