"""``flask figures``: the figures behind the dashboard's charts, made anew or compared with a recount."""

from datetime import date, datetime

import click
from flask.cli import AppGroup

from airbnb.domain import clock
from airbnb.workflows import figures

figures_group = AppGroup("figures", help="The figures behind the dashboard's charts.")

FROM = click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="Default: the first account's day.")


@figures_group.command("rebuild")
@FROM
def rebuild(since: datetime | None) -> None:
    """Count every day again."""
    first = _first(since)
    changed = figures.rebuild(first, clock.now().date())
    click.echo(f"{changed} figures changed since {first}.")


@figures_group.command("audit")
@FROM
def audit(since: datetime | None) -> None:
    """Compare every figure with a recount; exits with 1 when one differs."""
    found = figures.differences(_first(since), clock.now().date())
    for (day, figure, currency), kept, counted in found:
        click.echo(f"{day} {figure} {currency}: {kept} is kept, {counted} counted")
    click.echo(f"{len(found)} figures differ.")
    if found:
        raise SystemExit(1)


def _first(since: datetime | None) -> date:
    return since.date() if since else figures.beginning()
