"""``flask outbox``: handling by hand what the workers would."""

import click
from flask.cli import AppGroup

from airbnb.cli.bookings import now_option, set_clock
from airbnb.extensions import celery

DRAIN = "outbox.drain"

outbox_group = AppGroup("outbox", help="Events that wait for a worker.")


@outbox_group.command("drain")
@now_option
def drain(instant: str | None) -> None:
    """Handle every event that is due: alerts, mails, pictures."""
    set_clock(instant)
    click.echo(f"{celery.tasks[DRAIN]()} events handled")
