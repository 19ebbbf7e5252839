"""The world that the dashboard is measured on: ``flask demo seed --scale``, in a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from airbnb.cli.demo.commands import SCALED_LISTINGS, SEED, furnish
from benchmarks.worlds_server import world


@contextmanager
def dashboard_world(server: str, bookings: int, folder: Path) -> Iterator[Flask]:
    """Yield an app on a world of about so many bookings, inside its context; it is made where it is missing."""
    with world(server, bookings, folder, name="dashboard", make=_make) as app:
        yield app


def _make(app: Flask, bookings: int, folder: Path) -> None:
    furnish(listings=SCALED_LISTINGS, seed=SEED, scale=bookings)
