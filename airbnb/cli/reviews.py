"""``flask reviews``: checking the figures that come from reviews."""

import click
from flask.cli import AppGroup

from airbnb.services.reviews import audit_figures
from airbnb.unit_of_work import in_transaction

reviews = AppGroup("reviews", help="Check the figures that come from reviews.")


@reviews.command("audit")
@click.option("--repair", is_flag=True, help="Write the figures as counted.")
def audit(repair: bool) -> None:
    """Count all published reviews anew and compare; exits with 1 when a figure is wrong and not repaired."""
    differences = in_transaction(lambda session: audit_figures(session, repair=repair))
    for difference in differences:
        click.echo(str(difference))
    click.echo(f"{len(differences)} figures are wrong" + (", and were repaired." if repair else "."))
    if differences and not repair:
        raise SystemExit(1)
