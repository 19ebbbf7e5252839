"""``flask mail``: the mail server for development."""

import click
from flask.cli import AppGroup

from airbnb.extensions import current_settings
from airbnb.workflows import mailbox

mail_group = AppGroup("mail", help="Keep mails on this machine instead of sending them.")


@mail_group.command("sink")
def sink() -> None:
    """Keep every mail as a file in the instance folder, shown under /mailbox; runs until it is stopped."""
    if current_settings().is_production:
        raise click.ClickException("The mailbox is for development; set MAIL_URL to a real mail server.")
    mailbox.serve(ready=lambda port: click.echo(f"The mailbox listens on {mailbox.HOST}:{port}."))
