"""Runs the benchmarks that are named on the command line, or all; exits with 1 when a target is missed."""

import argparse
import sys
from collections.abc import Callable

from benchmarks import (
    booking_growth,
    bookings,
    calendar,
    cluster,
    dashboard,
    identity,
    ledger,
    market,
    places,
    reaction,
    search,
    search_bounds,
    streams,
)

#: Each prints its table and returns the targets that it missed.
BENCHMARKS: dict[str, Callable[[], list[str]]] = {
    "identity": identity.run,
    "places": places.run,
    "calendar": calendar.run,
    "bookings": bookings.run,
    "booking-growth": booking_growth.run,
    "search": search.run,
    "bounds": search_bounds.run,
    "ledger": ledger.run,
    "streams": streams.run,
    "reaction": reaction.run,
    "market": market.run,
    "dashboard": dashboard.run,
    "cluster": cluster.run,
}


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the documents state.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all unless given")
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark named {', '.join(unknown)}")
    missed = [f"{name}: {text}" for name in names for text in BENCHMARKS[name]()]
    for text in missed:
        print(f"MISSED  {text}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
