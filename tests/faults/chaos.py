"""Random kills and pauses of everything under load; then the books, the nights and what guests were told must agree.

``python -m tests.faults.chaos`` runs for ``--minutes`` (10) with a ``--seed``: web processes, workers, beats, mailbox,
MariaDB and Redis die by ``kill -9`` or stand still for some seconds, every few seconds (cases 16 to 19), while guests
book, pay by Stripe's stand-in and cancel. ``--short`` is one kill of each. Then everything
comes back, the sweeps run, and ``flask verify``, the provider's books, the mailbox and the guests' log (invariants I1
to I8) are compared. Prints JSON and exits non-zero when something was lost, doubled, unexplained or waited too long.
"""

import argparse
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import redis

from tests.faults import far_end
from tests.faults.kept import Kept
from tests.faults.load import Crowd, Log
from tests.faults.site import Site, site
from tests.faults.stores import Stores, own_stores

GUESTS = 4
#: Between two faults, in seconds.
CALM_S = (1.5, 6.0)
PAUSE_S = (2.0, 8.0)
#: The longest that guests may get no booking after one fault; a request may take as long as the database is waited for.
LONGEST_GAP_S = 15.0
LONGEST_REQUEST_S = 45.0

Fault = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that can be broken."""

    place: Site
    stores: Stores | None
    chance: random.Random

    def victims(self) -> list[Kept]:
        """Return every process that may die."""
        own = [] if self.stores is None else [self.stores.database, self.stores.redis]
        return [*self.place.webs, *self.place.workers, *self.place.beats, *self.place.mailboxes, *own]

    def kill(self, victim: Kept) -> str:
        """Let a process die; it comes back by itself."""
        victim.kill()
        return f"kill {victim.name}"

    def pause(self, victim: Kept) -> str:
        """Let a process stand still for some seconds."""
        victim.signal(signal.SIGSTOP)
        time.sleep(self.chance.uniform(*PAUSE_S))
        victim.signal(signal.SIGCONT)
        return f"pause {victim.name}"

    def flush(self) -> str:
        """Empty Redis, the broker's messages included."""
        assert self.stores is not None
        redis.Redis.from_url(self.stores.redis_url).flushall()
        return "flush redis"

    def random_faults(self) -> Iterator[Fault]:
        """Yield faults without end."""
        while True:
            victim, what = self.chance.choice(self.victims()), self.chance.random()
            if self.stores is not None and what < 0.05:
                yield self.flush
            elif what < 0.2:
                yield lambda victim=victim: self.pause(victim)
            else:
                yield lambda victim=victim: self.kill(victim)

    def one_of_each(self) -> Iterator[Fault]:
        """Yield one kill of every process, and an empty Redis."""
        for victim in self.victims():
            yield lambda victim=victim: self.kill(victim)
        if self.stores is not None:
            yield self.flush


def rage(scene: Scene, log: Log, faults: Iterator[Fault], *, until: float) -> Counter[str]:
    """Let faults happen one after another, until a moment or until there are no more; return how many of each."""
    happened: Counter[str] = Counter()
    for fault in faults:
        if time.monotonic() > until:
            break
        happened[fault()] += 1
        time.sleep(scene.chance.uniform(*CALM_S))
    # The last one is got over too, before anybody looks.
    calm = time.monotonic() + LONGEST_GAP_S
    while time.monotonic() < calm and not (log.good_at and log.good_at[-1] > time.monotonic() - 1):
        time.sleep(0.1)
    return happened


def play(scene: Scene, faults: Iterator[Fault], *, minutes: float, seed: int) -> dict[str, Any]:
    """Break things under load, let all recover, and return what came of it."""
    crowd = Crowd(scene.place, GUESTS, seed)
    began = time.monotonic()
    with crowd.at_work() as log:
        happened = rage(scene, log, faults, until=began + minutes * 60)
        ended = time.monotonic()
    if scene.stores is not None:
        scene.stores.wait()
    scene.place.wait_for_webs()
    wrong: list[str] = []
    try:
        scene.place.recover(rounds=9)
        crowd.ask_again()
        scene.place.recover(rounds=9)
    except TimeoutError as error:
        wrong.append(str(error))
    repeats = sum(times - 1 for times in scene.place.mails().values())
    wrong += [*crowd.faults(), *far_end.faults(scene.place, repeated_mails=sum(happened.values()))]
    wrong += scene.place.verify()
    gap = log.longest_gap_s(began, ended)
    if gap > LONGEST_GAP_S:
        wrong.append(f"for {gap:.1f} s nobody could book")
    if log.slowest_s > LONGEST_REQUEST_S:
        wrong.append(f"a request took {log.slowest_s:.1f} s")
    return {
        "seed": seed,
        "seconds": round(ended - began, 1),
        "faults": sum(happened.values()),
        "happened": dict(sorted(happened.items())),
        "answers": dict(log.answers),
        "acknowledged": len(log.booked),
        "canceled": len(log.canceled),
        "put_off": len(log.put_off),
        "longest_gap_s": round(gap, 1),
        "slowest_request_s": round(log.slowest_s, 1),
        "far_end": far_end.counts(scene.place),
        "mails_repeated": repeats,
        "wrong": wrong,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Play; 0 when all ended as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one kill of each")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite and a broker of files, which do not die")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long")
    parser.add_argument("--seed", type=int, default=1, help="what happens when")
    options = parser.parse_args(arguments)
    with ExitStack() as running:
        stores = None if options.sqlite else running.enter_context(own_stores())
        urls = (None, None) if stores is None else (stores.server_url, stores.redis_url)
        place = running.enter_context(site(*urls, webs=({}, {}), workers=1 if options.short else 2, beats=2))
        scene = Scene(place, stores, random.Random(options.seed))
        faults = scene.one_of_each() if options.short else scene.random_faults()
        result = play(scene, faults, minutes=options.minutes, seed=options.seed)
        sys.stdout.write(f"{json.dumps(result)}\n")
        if result["wrong"]:
            for program in scene.victims():
                sys.stderr.write(f"--- {program.name}, started {program.starts} times\n{program.said()}\n")
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
