"""Every command group of ``flask --app wsgi``."""

import click

from airbnb.cli.prepare import prepare
from airbnb.cli.reviews import reviews
from airbnb.cli.users import users_group

GROUPS: tuple[click.Command, ...] = (prepare, reviews, users_group)
