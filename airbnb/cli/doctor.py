"""``flask doctor``: what is wrong with this installation, and what to do about it."""

import click
from flask.cli import with_appcontext

from airbnb.workflows.doctor import Verdict, examine


@click.command("doctor", help="Look at every setting and dependency; say what to do where something is wrong.")
@with_appcontext
def doctor() -> None:
    """Print one line per finding; fail if anything keeps the product from working."""
    failed = False
    for finding in examine():
        failed = failed or finding.verdict is Verdict.FAIL
        click.echo(f"{finding.verdict:<4} {finding.subject:<10} {finding.what}")
        if finding.remedy and finding.verdict is not Verdict.OK:
            click.echo(f"{'':<15} -> {finding.remedy}")
    if failed:
        raise SystemExit(1)
