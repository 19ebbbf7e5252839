"""What a cluster of three nodes costs: paid bookings on it beside those on one server, both durable.

Guests book as fast as they are answered, at two web processes; each store is started, measured and gone before the
other, since both would share the cores.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.faults.load import Crowd
from tests.faults.site import site
from tests.faults.stores import Stores, cluster_stores, own_stores

SECONDS = 20.0
GUESTS = 4
STORES: dict[str, Callable[[], AbstractContextManager[Stores]]] = {"one server": own_stores, "cluster": cluster_stores}


def run() -> list[str]:
    """Measure both, print a table, and return what was wrong; there is no target."""
    print("\nPaid bookings with Stripe's stand-in, two web processes, one worker")
    print("| stores | guests | bookings a second | the slowest answer, s |")
    print("| --- | --- | --- | --- |")
    return [
        fault for name, stores in STORES.items() for guests in (1, GUESTS) for fault in _measure(name, stores, guests)
    ]


def _measure(name: str, stores: Callable[[], AbstractContextManager[Stores]], guests: int) -> list[str]:
    with stores() as running, site(running.server_url, running.redis_url, webs=({}, {})) as place:
        crowd = Crowd(place, guests, seed=1, pause_s=0.0)
        began = time.monotonic()
        with crowd.at_work() as log:
            time.sleep(SECONDS)
        seconds = time.monotonic() - began
        wrong = [f"{name}: {fault}" for fault in crowd.faults()]
    print(f"| {name} | {guests} | {len(log.booked) / seconds:.1f} | {log.slowest_s:.1f} |")
    return wrong
