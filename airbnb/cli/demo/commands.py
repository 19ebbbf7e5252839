"""``flask demo``: seeding the demo world and walking through a booking's life."""

import time

import click
from flask.cli import AppGroup

from airbnb.cli.demo.logins import LOGINS, PASSWORD
from airbnb.cli.demo.seed import has_people, seed_world
from airbnb.extensions import current_settings

LISTINGS = 240
SEED = 7

demo_group = AppGroup("demo", help="A small believable world, and a walk through it. Never in production.")


@demo_group.command("seed")
@click.option("--listings", default=LISTINGS, show_default=True, type=click.IntRange(12, 5_000))
@click.option("--seed", default=SEED, show_default=True, help="The same seed makes the same world.")
@click.option("--once", is_flag=True, help="Do nothing where somebody has an account already.")
def seed(listings: int, seed: int, once: bool) -> None:
    """Fill an empty installation with people, places, stays, money, reviews and messages."""
    if current_settings().is_production:
        raise click.ClickException("The demo world is not for production.")
    if not has_people():
        furnish(listings=listings, seed=seed)
    elif not once:
        raise click.ClickException("There are accounts already: the demo world needs an empty database.")


def furnish_once() -> None:
    """Make the demo world unless somebody has an account already, or this is production."""
    if not current_settings().is_production and not has_people():
        furnish(listings=LISTINGS, seed=SEED)


def furnish(*, listings: int, seed: int) -> None:
    """Make the demo world and tell about it. Needs: an empty database outside production."""
    began = time.monotonic()
    told = seed_world(listings=listings, seed=seed)
    stays = sum(told.bookings.values())
    click.echo(f"{told.listings} places and {stays} bookings in {time.monotonic() - began:.0f} s:")
    click.echo("  " + ", ".join(f"{count} {fate}" for fate, count in sorted(told.bookings.items())))
    click.echo(f"Sign in with the password {PASSWORD} as {', '.join(LOGINS)}.")
