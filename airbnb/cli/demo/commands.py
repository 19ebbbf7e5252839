"""``flask demo``: seeding the demo world and walking through a booking's life."""

import time
from pathlib import Path
from typing import Any, cast

import click
import requests
from flask import current_app
from flask.cli import AppGroup

from airbnb.cli.demo.clearing import clear_world, is_unfinished, one_at_a_time
from airbnb.cli.demo.journey import HTTPWorld, JourneyFailed, Walk, walk_through
from airbnb.cli.demo.logins import LOGINS, PASSWORD
from airbnb.cli.demo.seed import has_people, seed_world
from airbnb.domain.kinds import Provider
from airbnb.extensions import current_settings
from airbnb.workflows.outside import gateway_names

LISTINGS = 240
SEED = 7
#: Bookings of ``--scale`` alone, and the most; places of the small world that it copies.
SCALE, MOST_SCALE, SCALED_LISTINGS = 1_000_000, 20_000_000, 60

demo_group = AppGroup("demo", help="A small believable world, and a walk through it. Never in production.")


@demo_group.command("seed")
@click.option("--listings", type=click.IntRange(12, 5_000), help=f"How many places. Default: {LISTINGS}.")
@click.option("--seed", default=SEED, show_default=True, help="The same seed makes the same world.")
@click.option("--once", is_flag=True, help="Do nothing where somebody has an account already.")
@click.option(
    "--scale",
    type=click.IntRange(30, MOST_SCALE),
    is_flag=False,
    flag_value=SCALE,
    metavar="[BOOKINGS]",
    help=f"Copy a world of --listings (or {SCALED_LISTINGS}) until it has about so many bookings; alone: {SCALE:,}.",
)
def seed(listings: int | None, seed: int, once: bool, scale: int | None) -> None:
    """Fill an empty installation with people, places, stays, money, reviews and messages."""
    listings = listings or (LISTINGS if scale is None else SCALED_LISTINGS)
    refusal = reason_against_a_demo()
    if refusal:
        raise click.ClickException(refusal)
    if not _furnish_where_empty(listings=listings, seed=seed, scale=scale) and not once:
        raise click.ClickException("There are accounts already: the demo world needs an empty database.")


def furnish_once() -> None:
    """Make the demo world, unless this is no place for one or somebody has an account already."""
    if reason_against_a_demo() is None:
        _furnish_where_empty(listings=LISTINGS, seed=SEED)


def _furnish_where_empty(*, listings: int, seed: int, scale: int | None = None) -> bool:
    """Make the demo world unless somebody has an account; what an interrupted making left goes first."""
    with one_at_a_time(current_settings().instance_path):
        if is_unfinished():
            click.echo("The demo world was left unfinished: it is made anew.")
            clear_world()
        if has_people():
            return False
        furnish(listings=listings, seed=seed, scale=scale)
        return True


def reason_against_a_demo() -> str | None:
    """Return why this installation gets no demo world, if so."""
    if current_settings().is_production:
        return "The demo world is not for production."
    if Provider.SANDBOX.value not in gateway_names():
        return "The demo world's guests pay by sandbox: add it to PAYMENT_PROVIDERS."
    return None


def furnish(*, listings: int, seed: int, scale: int | None = None) -> None:
    """Make the demo world and tell about it. Needs: an empty database outside production."""
    began = time.monotonic()
    told = seed_world(listings=listings, seed=seed, scale=scale)
    stays = sum(told.bookings.values())
    click.echo(f"{told.listings:,} places and {stays:,} bookings in {time.monotonic() - began:.0f} s:")
    click.echo("  " + ", ".join(f"{count} {fate}" for fate, count in sorted(told.bookings.items())))
    click.echo(f"Sign in with the password {PASSWORD} as {', '.join(LOGINS)}.")


@demo_group.command("journey")
@click.option("--url", help="Where the server answers. Default: PUBLIC_URL, which make run prints.")
@click.option("--mailbox", type=click.Path(file_okay=False, path_type=Path), help="Default: INSTANCE_PATH/mailbox.")
def journey(url: str | None, mailbox: Path | None) -> None:
    """Walk the whole life of a booking over HTTP against a running server, one line a request."""
    settings = current_settings()
    if settings.is_production:
        raise click.ClickException("The journey books and pays: it is not for production.")
    world = HTTPWorld(
        url or settings.public_url,
        app=cast(Any, current_app)._get_current_object(),
        mailbox=mailbox or settings.instance_path / "mailbox",
    )
    walk, began = Walk(world, click.echo), time.monotonic()
    try:
        walk_through(walk)
    except JourneyFailed as error:
        raise click.ClickException(str(error)) from error
    except requests.RequestException as error:
        raise click.ClickException(f"{world.url} does not answer; is make run running? ({error})") from error
    click.echo(f"The journey is complete: {walk.requests} requests in {time.monotonic() - began:.0f} s.")
