"""``flask rates``: exchange rates by hand."""

from datetime import datetime
from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup

from airbnb.domain import clock
from airbnb.domain.causes import by_system
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.exchange_rates import BASE, is_stale
from airbnb.integrations.rates import RatesUnreadable, read_rates
from airbnb.queries.exchange_rates import latest_dated_rates
from airbnb.services.rates import set_staff_rate
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.rates import RatesUnavailable, fetch_rates, keep_rates

rates_group = AppGroup("rates", help="Exchange rates.")


@rates_group.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_rates(path: Path) -> None:
    """Read a file of the European Central Bank: its XML, or its CSV of many days."""
    try:
        days = read_rates(path.read_bytes())
    except RatesUnreadable as error:
        raise click.ClickException(f"{path} is no file of rates: {error}") from error
    click.echo(f"{keep_rates(days)} new rates of {len(days)} days")


@rates_group.command("fetch")
def fetch() -> None:
    """Fetch the day's reference rates now."""
    try:
        click.echo(f"{fetch_rates()} new rates")
    except RatesUnavailable as error:
        raise click.ClickException(f"The rates could not be fetched: {error}. The last good ones stay.") from error


@rates_group.command("set")
@click.argument("code")
@click.argument("rate")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day that it is of; today unless given.")
def set_rate(code: str, rate: str, on: datetime | None) -> None:
    """Set what one euro is worth, such as ``flask rates set USD 1.0832``."""
    now = clock.now()
    day = now.date() if on is None else on.date()
    cause = by_system(now=now, reason="flask rates set")
    try:
        in_transaction(partial(set_staff_rate, code=code.upper(), text=rate, on=day, cause=cause))
    except ValidationFailed as error:
        raise click.ClickException(str(error.errors)) from error
    click.echo(f"1 {BASE} = {rate} {code.upper()} on {day}")


@rates_group.command("show")
def show() -> None:
    """Show the rates in force; stale ones are good for showing prices only."""
    with reading() as session:
        rates = latest_dated_rates(session)
    for code, dated in sorted(rates.items()):
        mark = " (stale)" if is_stale(dated.on, clock.now()) else ""
        click.echo(f"{code} {float(dated.rate):.6g} of {dated.on}{mark}")
