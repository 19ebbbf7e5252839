"""Races and crashes over HTTP between two real web processes on one database.

``python -m tests.concurrency.race`` plays every scene in its full form; ``--short`` plays what the test suite plays;
names after it play only these. Without ``--server`` both processes share one SQLite file; ``--mariadb`` uses the server
in TEST_DATABASE_URL or starts one. Prints a line of JSON per scene, and exits non-zero when one ended wrong.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from tests import servers
from tests.concurrency import keys, money, nights, swaps, timers
from tests.concurrency.stage import Stage, stage

Scene = Callable[[Stage], dict[str, Any]]

SHORT: dict[str, Scene] = {
    "one-night-each": partial(nights.one_night_each, attempts=64, nights=4),
    "overlapping-stays": partial(nights.overlapping_stays, requests=48),
    "hot-listing": partial(nights.hot_listing, rounds=1),
    "host-changes": partial(nights.host_changes_at_once, rounds=3),
    "late-payment": partial(money.payment_meets_expiry, rounds=3),
    "cancel-twice": partial(money.cancel_twice, rounds=1),
    "cancel-and-payout": partial(money.cancel_meets_payout, rounds=2),
    "refund-and-dispute": partial(money.refund_meets_dispute, rounds=2),
    "last-coupon": partial(money.last_coupon, checkouts=24, uses=5),
    "swap-storm": partial(swaps.swap_storm, clients=10, seconds=4),
    "two-editors": partial(money.two_editors, rounds=1),
    "one-key": partial(keys.one_key, repeats=20),
    "sweep-survives": partial(timers.sweep_survives, holds=4),
    "crash-after-commit": keys.crash_after_commit,
}
FULL: dict[str, Scene] = {
    "one-night-each": partial(nights.one_night_each, attempts=10_000, nights=100),
    "overlapping-stays": partial(nights.overlapping_stays, requests=500),
    "hot-listing": partial(nights.hot_listing, rounds=20, within_s=1.0),
    "host-changes": partial(nights.host_changes_at_once, rounds=40),
    "late-payment": partial(money.payment_meets_expiry, rounds=100),
    "cancel-twice": partial(money.cancel_twice, rounds=20),
    "cancel-and-payout": partial(money.cancel_meets_payout, rounds=30),
    "refund-and-dispute": partial(money.refund_meets_dispute, rounds=40),
    "last-coupon": partial(money.last_coupon, checkouts=500, uses=10),
    "swap-storm": partial(swaps.swap_storm, clients=50, seconds=60),
    "two-editors": partial(money.two_editors, rounds=20),
    "one-key": partial(keys.one_key, repeats=50),
    "sweep-survives": partial(timers.sweep_survives, holds=40),
    "crash-after-commit": keys.crash_after_commit,
    "crash-before-commit": keys.crash_before_commit,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what was asked for; 0 when every scene ended as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.concurrency.race", description=__doc__)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"of {', '.join(FULL)}; all unless given")
    parser.add_argument("--short", action="store_true", help="in the size of the test suite")
    parser.add_argument("--mariadb", action="store_true", help="on a MariaDB server instead of SQLite")
    options = parser.parse_args(arguments)
    unknown = set(options.scenes) - FULL.keys()
    if unknown:
        parser.error(f"there is no scene named {', '.join(sorted(unknown))}")
    scenes = SHORT if options.short else FULL
    wanted = {name: play for name, play in scenes.items() if not options.scenes or name in options.scenes}
    crashes = {name: {"CRASH_AT": moment} for name, moment in keys.CRASHES.items() if name in wanted}
    with servers.mariadb() if options.mariadb else nullcontext() as server:
        with stage(server, webs=({}, {}, *crashes.values())) as place:
            stages = _stages(place, list(crashes))
            results = [play_scene(stages.get(name, stages[""]), name, play) for name, play in wanted.items()]
    return 0 if all(results) else 1


def _stages(place: Stage, crashes: Sequence[str]) -> dict[str, Stage]:
    """Return the stage of two healthy processes as "", and for each crash that of a doomed one beside a healthy one."""
    healthy, doomed = place.ports[:2], place.ports[2:]
    crashing = {name: replace(place, ports=(port, healthy[0])) for name, port in zip(crashes, doomed, strict=True)}
    return {"": replace(place, ports=healthy), **crashing}


def play_scene(place: Stage, name: str, play: Scene) -> bool:
    """Play one scene, print what came of it, and say whether it ended right."""
    began = time.monotonic()
    result = play(place)
    line = {"scene": name, "seconds": round(time.monotonic() - began, 1), **result}
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()
    return not result["wrong"]


if __name__ == "__main__":
    sys.exit(main())
