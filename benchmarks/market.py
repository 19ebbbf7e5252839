"""A marketplace under load: how much it takes, and what visitors notice at seventy per cent of that.

70 % searches, 20 % listings and prices, 5 % bookings that are paid, 5 % the rest, on a world of 100,000 listings
(``MARKET_LISTINGS``) with MariaDB, Redis and the web server as it is deployed, all on this machine.
"""

import os
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from airbnb.domain import clock
from benchmarks.market_visitors import MIX, Answer, Market, visit
from benchmarks.search_http import running
from benchmarks.search_queries import draw_searches
from benchmarks.worlds_load import world_cities
from benchmarks.worlds_plan import make_pools
from benchmarks.worlds_server import mariadb, world, worlds_folder
from tests import servers
from tests.concurrency.stage import make_people

LISTINGS = int(os.environ.get("MARKET_LISTINGS", "100000"))
SECONDS = float(os.environ.get("MARKET_SECONDS", "60"))
PEOPLE = 200
#: How many searches of each size of viewport there are; each stands with and without dates.
VIEWPORTS = {"hood": 140, "city": 50, "dense": 10}
#: Visitors at once, each asking again once answered, until more of them bring nothing.
CROWDS = (8, 16, 32)
SHARE_OF_MOST = 0.7
MOST_SLOWER = 3.0


@dataclass(frozen=True, slots=True)
class Phase:
    """What happened in one part of the run."""

    name: str
    answers: Sequence[Answer]
    seconds: float

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return len(self.answers) / self.seconds

    @property
    def failures(self) -> int:
        """Server errors and broken connections."""
        return sum(answer.status == 0 or answer.status >= 500 for answer in self.answers)

    def quantile_ms(self, kind: str, percent: int) -> float:
        """Return what so many of a hundred requests of a kind took at most."""
        times = [answer.ms for answer in self.answers if answer.kind == kind]
        return statistics.quantiles(times, n=100)[percent - 1] if len(times) > 1 else 0.0


def run() -> list[str]:
    """Measure, print the table and return the targets that were missed."""
    with worlds_folder() as folder, servers.redis() as redis_url, mariadb(folder) as server:
        with world(server, LISTINGS, folder, redis_url=redis_url) as app:
            tokens = [
                person.token for person in make_people([f"visitor{clock.now():%H%M%S}{n}" for n in range(PEOPLE)])
            ]
            searches = _searches()
            with running(app, redis_url, "gunicorn", TRUSTED_PROXIES="1") as port:
                market = Market(port, tokens, searches)
                visit(market, visitors=8, seconds=SECONDS / 6)  # fills caches and pools
                alone = Phase("one visitor", visit(market, visitors=1, seconds=SECONDS / 2), SECONDS / 2)
                crowds = [
                    Phase(f"{crowd} visitors", visit(market, visitors=crowd, seconds=SECONDS / 3), SECONDS / 3)
                    for crowd in CROWDS
                ]
                most = max(crowd.per_second for crowd in crowds)
                rate = SHARE_OF_MOST * most
                busy = Phase(f"{rate:.0f}/s", visit(market, visitors=64, seconds=SECONDS, per_second=rate), SECONDS)
    for phase in (alone, *crowds, busy):
        _print(phase)
    return _missed(alone, [alone, *crowds, busy], busy)


def _searches() -> list[str]:
    cities, pools, today = world_cities(), make_pools(), clock.now().date()
    drawn = [one for kind, count in VIEWPORTS.items() for one in draw_searches(cities, pools, kind, count, today)]
    paths = [one.url(dates=dates) for one in drawn for dates in (True, False)]
    # Which are asked for often must not follow from their size.
    return sorted(paths, key=lambda path: path[::-1])


def _print(phase: Phase) -> None:
    print(f"\n{phase.name}: {phase.per_second:.0f} requests a second, {phase.failures} failed")
    for kind in MIX:
        statuses = Counter(f"{one.status} {one.code}".strip() for one in phase.answers if one.kind == kind)
        times = f"p50 {phase.quantile_ms(kind, 50):7.1f} ms   p95 {phase.quantile_ms(kind, 95):7.1f} ms"
        print(f"  {kind:<8} {statuses.total():>6}   {times}   {dict(sorted(statuses.items()))}")


def _missed(alone: Phase, every: Sequence[Phase], busy: Phase) -> list[str]:
    unloaded, loaded = alone.quantile_ms("search", 95), busy.quantile_ms("search", 95)
    slower = loaded / unloaded
    print(f"\nsearch p95 at 70 % of what it takes: {loaded:.1f} ms, x{slower:.2f} of {unloaded:.1f} ms (at most x3)")
    failures = sum(phase.failures for phase in every)
    checks = {
        f"{failures} requests failed": failures == 0,
        f"search p95 x{slower:.2f} of the unloaded": slower <= MOST_SLOWER,
        f"bookings: {len(_booked(busy))} in the busy part": bool(_booked(busy)),
    }
    return [what for what, reached in checks.items() if not reached]


def _booked(phase: Phase) -> list[Answer]:
    return [answer for answer in phase.answers if answer.kind == "booking" and answer.status == 201]
