"""Random kills and pauses of everything under load; then the books, the nights and what guests were told must agree.

``python -m tests.faults.chaos`` runs for ``--minutes`` (10) with a ``--seed``: web processes, workers, beats, mailbox,
the nodes of a Galera cluster, its proxy, Redis and its sentinels die by ``kill -9`` or stand still for some seconds,
nodes lose the others, all nodes die at once, Redis is emptied, the clock jumps (cases 16 to 19 and 67), while guests
book, pay by Stripe's stand-in and cancel. ``--single`` has one MariaDB and one Redis instead, ``--sqlite`` the embedded
ones. ``--short`` is one of each. Then everything comes back, the sweeps run, and ``flask verify``, the provider's
books, the mailbox, the guests' log and the nodes' tables (invariants I1 to I9) are compared. Prints JSON and exits
non-zero when something was lost, doubled, unexplained or waited too long.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import make_url

from tests import servers
from tests.faults import far_end, load
from tests.faults.kept import Kept
from tests.faults.load import Crowd, Log
from tests.faults.site import Site, site
from tests.faults.stores import WITHOUT_MAJORITY, Fault, Stores, cluster_stores, kill, own_stores

GUESTS = 4
#: Between two faults, in seconds, in the long form and the short one.
CALM_S, SHORT_CALM_S = (1.5, 6.0), (1.0, 2.5)
#: Between two bookings of a guest in the short form: what they order has to be mailed and settled before it ends.
SHORT_PAUSE_S = 0.2
PAUSE_S = (2.0, 8.0)
LINES_TOLD = 300
#: The longest that guests may get no booking after one fault; a request may take as long as the database is waited for.
LONGEST_GAP_S = 15.0
LONGEST_REQUEST_S = 45.0
#: Both in the short form, which runs beside other tests, where a process takes long to start: it tells a stop from
#: slowness and no more.
LONGEST_SHORT_S = 120.0
#: The same while most nodes of a cluster are away, which nothing can bridge: they must come back and agree first.
LONGEST_DARK_S = 60.0
#: So far the clock jumps at most; a hold lasts longer.
JUMP_S = (10.0, 240.0)
#: What becomes of a moment: a fault of the stores' own, a jump of the clock, a pause; else somebody dies.
OWN_SHARE, JUMP_SHARE, PAUSE_SHARE = 0.3, 0.05, 0.15


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that can be broken."""

    place: Site
    stores: Stores | None
    chance: random.Random
    #: Fewer bookings, and less time between faults.
    is_short: bool = False

    def own_programs(self) -> list[Kept]:
        """Return the processes of the product itself."""
        return [*self.place.webs, *self.place.workers, *self.place.beats, *self.place.mailboxes]

    def victims(self) -> list[Kept]:
        """Return every process that may die."""
        return [*self.own_programs(), *(() if self.stores is None else self.stores.victims())]

    def pause(self, victim: Kept) -> str:
        """Let a process stand still for some seconds."""
        victim.pause()
        time.sleep(self.chance.uniform(*PAUSE_S))
        victim.go_on()
        return f"pause {victim.name}"

    def jump(self) -> str:
        """Let everybody's clock jump ahead, and back again while things go on."""
        by = timedelta(seconds=self.chance.uniform(*JUMP_S))
        self.place.advance(by)
        time.sleep(self.chance.uniform(*PAUSE_S))
        self.place.advance(-by)
        return "jump of the clock"

    def own_faults(self) -> list[Fault]:
        """Return what only the stores can suffer."""
        return [] if self.stores is None else self.stores.own_faults(self.chance)

    def random_faults(self) -> Iterator[Fault]:
        """Yield faults without end."""
        own = self.own_faults()
        while True:
            victim, what = self.chance.choice(self.victims()), self.chance.random()
            if own and what < OWN_SHARE:
                yield self.chance.choice(own)
            elif what < OWN_SHARE + JUMP_SHARE:
                yield self.jump
            elif what < OWN_SHARE + JUMP_SHARE + PAUSE_SHARE:
                yield partial(self.pause, victim)
            else:
                yield partial(kill, victim)

    def one_of_each(self) -> Iterator[Fault]:
        """Yield one kill of one process of each kind, a jump of the clock, and the worst that the stores suffer."""
        kinds = {victim.name.rstrip(" 0123456789"): victim for victim in self.own_programs()}
        for victim in kinds.values():
            yield partial(kill, victim)
        yield self.jump
        if self.stores is not None:
            yield from self.stores.short_faults(self.chance)


def rage(scene: Scene, log: Log, faults: Iterator[Fault], *, until: float) -> list[tuple[float, str]]:
    """Let faults happen one after another, until a moment or until there are no more; return when each began."""
    happened: list[tuple[float, str]] = []
    for fault in faults:
        if scene.stores is not None:
            scene.stores.rest()
        if time.monotonic() > until:
            break
        began = time.monotonic()
        happened.append((began, fault()))
        time.sleep(scene.chance.uniform(*(SHORT_CALM_S if scene.is_short else CALM_S)))
    # The last one is got over too, before anybody looks.
    calm = time.monotonic() + LONGEST_GAP_S
    while time.monotonic() < calm and not (log.good_at and log.good_at[-1] > time.monotonic() - 1):
        time.sleep(0.1)
    return happened


def longest_gaps_s(gaps: Sequence[tuple[float, float]], happened: Sequence[tuple[float, str]]) -> tuple[float, float]:
    """Return the longest of the gaps, and the longest of those in which most nodes of a cluster were away."""
    dark = [began for began, name in happened if name in WITHOUT_MAJORITY]
    longest = {False: 0.0, True: 0.0}
    for begin, end in gaps:
        is_dark = any(begin - 1 <= moment <= end for moment in dark)
        longest[is_dark] = max(longest[is_dark], end - begin)
    return longest[False], longest[True]


def recover(scene: Scene, crowd: Crowd) -> tuple[list[str], float]:
    """Let everything come back and the sweeps run; return what did not end, and the seconds that it took."""
    if scene.stores is not None:
        scene.stores.wait()
    scene.place.wait_for_webs()
    wrong: list[str] = []
    began = time.monotonic()
    try:
        scene.place.recover(rounds=9)
        crowd.ask_again()
        scene.place.recover(rounds=9)
    except TimeoutError as error:
        wrong.append(str(error))
    return wrong, time.monotonic() - began


def differences(scene: Scene, crowd: Crowd, *, repeated_mails: int) -> list[str]:
    """Return what guests, providers, mailbox, audits and nodes tell otherwise than the rows."""
    # Beats and workers write on; the nodes can only be compared when nobody does.
    for program in scene.own_programs():
        program.stop()
    wrong = [*crowd.faults(), *far_end.faults(scene.place, repeated_mails=repeated_mails), *scene.place.verify()]
    if scene.stores is not None:
        wrong += scene.stores.differences(str(make_url(scene.place.environment["DATABASE_URL"]).database))
    return wrong


def play(
    scene: Scene,
    faults: Iterator[Fault],
    *,
    minutes: float,
    seed: int,
    longest_gap_s: float = LONGEST_GAP_S,
    longest_request_s: float = LONGEST_REQUEST_S,
) -> dict[str, Any]:
    """Break things under load, let all recover, and return what came of it."""
    crowd = Crowd(scene.place, GUESTS, seed, pause_s=SHORT_PAUSE_S if scene.is_short else load.PAUSE_S)
    began = time.monotonic()
    with crowd.at_work() as log:
        happened = rage(scene, log, faults, until=began + minutes * 60)
        ended = time.monotonic()
    wrong, recovered_s = recover(scene, crowd)
    repeats = sum(times - 1 for times in scene.place.mails().values())
    wrong += differences(scene, crowd, repeated_mails=len(happened))
    gap, dark = longest_gaps_s(log.gaps(began, ended), happened)
    if gap > longest_gap_s or dark > LONGEST_DARK_S:
        wrong.append(f"for {gap:.1f} s nobody could book, and for {dark:.1f} s while most nodes were away")
    if log.slowest_s > longest_request_s:
        wrong.append(f"a request took {log.slowest_s:.1f} s")
    return {
        "seed": seed,
        "seconds": round(ended - began, 1),
        "faults": len(happened),
        "happened": dict(sorted(Counter(name for _, name in happened).items())),
        "answers": dict(log.answers),
        "acknowledged": len(log.booked),
        "canceled": len(log.canceled),
        "put_off": len(log.put_off),
        "recovered_after_s": round(recovered_s, 1),
        "longest_gap_s": round(gap, 1),
        "longest_gap_without_most_nodes_s": round(dark, 1),
        "slowest_request_s": round(log.slowest_s, 1),
        "far_end": far_end.counts(scene.place),
        "mails_repeated": repeats,
        "wrong": wrong,
    }


def _stores(running: ExitStack, *, single: bool, may_be_single: bool) -> tuple[Stores, str]:
    """Start the stores, and say which; without Galera the short form has to do with one server, and says why."""
    if not single:
        try:
            return running.enter_context(cluster_stores()), "cluster"
        except servers.ServerUnavailable as error:
            if not may_be_single:
                raise
            return running.enter_context(own_stores()), f"single, since there is no cluster: {error}"
    return running.enter_context(own_stores()), "single"


def main(arguments: Sequence[str] | None = None) -> int:
    """Play; 0 when all ended as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one kill of each")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--single", action="store_true", help="on one MariaDB and one Redis instead of a cluster")
    where.add_argument("--sqlite", action="store_true", help="on SQLite and a broker of files, which do not die")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long")
    parser.add_argument("--seed", type=int, default=1, help="what happens when")
    options = parser.parse_args(arguments)
    with ExitStack() as running:
        stores, kind = None, "sqlite"
        if not options.sqlite:
            stores, kind = _stores(running, single=options.single, may_be_single=options.short)
        urls = (None, None) if stores is None else (stores.server_url, stores.redis_url)
        place = running.enter_context(site(*urls, webs=({}, {}), workers=1 if options.short else 2, beats=2))
        scene = Scene(place, stores, random.Random(options.seed), is_short=options.short)
        faults = scene.one_of_each() if options.short else scene.random_faults()
        limits = dict.fromkeys(("longest_gap_s", "longest_request_s"), LONGEST_SHORT_S) if options.short else {}
        result = play(scene, faults, minutes=options.minutes, seed=options.seed, **limits)
        sys.stdout.write(f"{json.dumps({'stores': kind, **result})}\n")
        if result["wrong"]:
            for program in scene.victims():
                sys.stderr.write(f"--- {program.name}, started {program.starts} times\n{program.said(LINES_TOLD)}\n")
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
