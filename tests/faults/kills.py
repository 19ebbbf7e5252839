"""A process is killed at a named point and comes back, the sweeps run: nothing is lost, doubled or unexplained.

``python -m tests.faults.kills`` lets a real web process or worker die by ``kill -9`` at every point, each with several
seeds: cases 13, 14, 15, 25, 36 and the sweep of case 20. A seed decides what is bought, by whom it is paid, whether the
client comes back, and at which of several records the process dies. ``--short`` plays what the test suite plays;
names after it play only these flows. Prints a line of JSON per kill and one for all, and exits non-zero when one ended
wrong.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests import servers
from tests.faults import far_end, flows
from tests.faults.calling import Calling
from tests.faults.flows import HIT_WITHIN_S, Checkout, Flow, PayingOut
from tests.faults.kept import wait
from tests.faults.site import QUIET_WITHIN_S, Site, site

FLOWS = {**flows.FLOWS, "hook": Calling}
SEEDS = 3
ROUNDS = 9


@dataclass(frozen=True, slots=True)
class Point:
    """Where who dies in which flow; see ``tests/faults/crash_points.py``."""

    flow: str
    role: str
    at: str


def _points(flow: str, role: str, *places: str) -> list[Point]:
    return [Point(flow, role, place) for place in places]


POINTS: list[Point] = [
    # Case 13: the first request of a booking that is paid by card at once.
    *_points(
        "checkout",
        "web",
        "written idempotency_keys",
        "committed idempotency_keys",
        "written bookings",
        "written booked_nights",
        "written payments",
        "written payment_intents",
        "committing bookings",
        "committed bookings",
        "calling stripe.create_payment",
        "called stripe.create_payment",
        "committing payments 2",
        "committed payments 2",
        "calling stripe.capture",
        "called stripe.capture",
        "written ledger_transactions",
        "committing ledger_entries",
        "committed ledger_entries",
        "committing idempotency_keys 3",
        "committed idempotency_keys 3",
        "answering bookings.create_booking",
    ),
    *_points(
        "paypal return",
        "web",
        "calling paypal.get_payment",
        "called paypal.get_payment",
        "committed payments",
        "calling paypal.capture",
        "called paypal.capture",
        "committing ledger_entries",
        "committed ledger_entries",
    ),
    *_points(
        "refund",
        "web",
        "written bookings",
        "written refunds",
        "committing refunds",
        "committed refunds",
        "committing ledger_entries 2",
        "committed ledger_entries 2",
    ),
    Point("refund", "web", "calling {provider}.refund"),
    Point("refund", "web", "called {provider}.refund"),
    # Cases 15 and 36.
    *_points(
        "payout",
        "worker",
        "committed job_runs",
        "written payouts",
        "written payout_items",
        "written payment_intents",
        "committing payouts",
        "committed payouts",
        "calling {provider}.create_payout",
        "called {provider}.create_payout",
        "committed job_runs 2",
    ),
    # Case 14.
    *_points(
        "mail",
        "worker",
        "committed outbox_events",
        "written notifications",
        "committing notifications",
        "committed notifications",
        "committing mail_messages",
        "committed mail_messages",
        "calling mailer.send",
        "called mailer.send",
        "committing mail_messages 2",
        "committed mail_messages 2",
    ),
    # Case 25.
    *_points(
        "hook",
        "worker",
        "written webhook_deliveries",
        "committing webhook_deliveries",
        "committed webhook_deliveries",
        "committing webhook_deliveries 2",
        "committed webhook_deliveries 2",
        "calling fetcher.post",
        "called fetcher.post",
        "called fetcher.post 2",
        "committing webhook_deliveries 3",
        "committed webhook_deliveries 3",
    ),
    *_points(
        "webhook",
        "web",
        "written webhook_events",
        "committing webhook_events",
        "committed webhook_events",
    ),
    *_points(
        "webhook",
        "worker",
        "committed outbox_events",
        "calling stripe.get_payment",
        "called stripe.get_payment",
        "committed payments",
        "called stripe.capture",
        "committing ledger_entries",
        "committing webhook_events",
        "committed webhook_events",
    ),
    *_points(
        "sweep",
        "worker",
        "committed payment_intents",
        "called stripe.find_payment",
        "committed payments",
        "calling stripe.capture",
        "called stripe.capture",
        "committing ledger_entries",
        "committed ledger_entries",
    ),
]
#: One of each kind, for the test suite.
SHORT = {
    ("checkout", "called stripe.create_payment"),
    ("refund", "called {provider}.refund"),
    ("payout", "called {provider}.create_payout"),
    ("mail", "called mailer.send"),
    ("hook", "called fetcher.post"),
}


@dataclass(frozen=True, slots=True)
class Control:
    """A kill that ends wrong without its guard, and how the fault is told."""

    point: Point
    make: Callable[[Site, random.Random], Flow]
    told: tuple[str, ...]


#: What doubles when calls carry no key that is known again, and nothing is looked up before it is done again; and what
#: never arrives when nobody takes over from the dead.
CONTROLS: list[Control] = [
    Control(
        Point("checkout", "web", "called stripe.create_payment"),
        partial(Checkout, gives_up=False),
        ("at the provider", "times at Stripe"),
    ),
    Control(Point("hook", "worker", "calling fetcher.post"), Calling, ("did not arrive",)),
    Control(
        Point("payout", "worker", "called stripe.create_payout"),
        partial(PayingOut, provider="stripe"),
        ("at the provider",),
    ),
]
SHORT_CONTROLS = 2
UNGUARDED = {"GUARD_OFF": "keys stuck-hooks"}


def kill_at(
    place: Site, point: Point, seed: int, *, make: Callable[[Site, random.Random], Flow] | None = None
) -> dict[str, Any]:
    """Play a flow, let the process die at the point, let everything recover, and look."""
    began = time.monotonic()
    flow = (make or FLOWS[point.flow])(place, random.Random(f"{point} {seed}"))
    at = point.at.format(provider=getattr(flow, "provider", ""))
    # What the scene set off is done first: a worker that dies at a payout must not die over a mail of the stay before.
    wait(place.is_told, within_s=QUIET_WITHIN_S, what="the scene's mails were not sent")
    place.lay(point.role, at)
    flow.act()
    wrong: list[str] = []
    try:
        wait(lambda: place.was_hit(point.role), within_s=HIT_WITHIN_S, what="the point was not reached")
    except TimeoutError as error:
        place.lift(point.role)
        wrong.append(str(error))
    wrong += _recover_and_look(place, flow, point)
    line = {"flow": point.flow, "at": f"{point.role} {at}", "seed": seed}
    return {**line, "seconds": round(time.monotonic() - began, 1), "wrong": wrong}


def _recover_and_look(place: Site, flow: Any, point: Point) -> list[str]:
    by_worker = point.role == "worker"
    left = place.held() if by_worker else ()
    repeated = sum(times > 1 for times in place.mails().values())
    try:
        place.wait_for_webs()
        # A worker does several things at once, and dies over all of them: what it had sent and not marked comes twice.
        unmarked = far_end.unmarked_mails(place) if by_worker else 0
        flow.go_on()
        place.recover(rounds=ROUNDS, left_by_dead=left)
    except TimeoutError as error:
        return [str(error)]
    return [*flow.wrong(), *far_end.faults(place, repeated_mails=repeated + unmarked), *place.verify()]


def play(place: Site, points: Sequence[Point], seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Kill at every point with every seed, print each and return them all."""
    results = []
    for seed in seeds:
        for point in points:
            results.append(kill_at(place, point, seed))
            _print(results[-1])
            if results[-1]["wrong"]:
                for program in (*place.webs, *place.workers):
                    sys.stderr.write(f"--- {program.name}\n{program.said()}\n")
    return results


def play_controls(place: Site, controls: Sequence[Control]) -> list[dict[str, Any]]:
    """Kill without the guards; return what went wrong, as it must."""
    results = []
    for control in controls:
        found = kill_at(place, control.point, 1, make=control.make)
        shown = [fault for fault in found["wrong"] if any(words in fault for words in control.told)]
        wrong = [] if shown else [f"without the guard the fault does not show: {found['wrong']}"]
        results.append({"control": control.point.flow, "at": control.point.at, "shown": shown[:1], "wrong": wrong})
        _print(results[-1])
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what was asked for; 0 when every kill ended as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("flows", nargs="*", metavar="FLOW", help=f"of {', '.join(FLOWS)}; all unless given")
    parser.add_argument("--short", action="store_true", help="in the size of the test suite")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many seeds")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite and a broker of files instead")
    parser.add_argument("--at", help="only points whose place contains this text")
    options = parser.parse_args(arguments)
    points = [
        one
        for one in POINTS
        if (not options.flows or one.flow in options.flows)
        and (not options.short or (one.flow, one.at) in SHORT)
        and (not options.at or options.at in one.at)
    ]
    seeds = range(1, 2 if options.short else options.seeds + 1)
    controls = [] if options.flows or options.at else CONTROLS[: SHORT_CONTROLS if options.short else None]
    nothing = nullcontext()
    with nothing if options.sqlite else servers.mariadb() as server:
        with nothing if options.sqlite else servers.redis(own=True) as broker:
            with site(server, broker) as place:
                results = play(place, points, seeds)
                far = far_end.counts(place)
            kills = len(results)
            if controls:
                with site(server, broker, more=UNGUARDED) as place:
                    results += play_controls(place, controls)
    bad = sum(bool(result["wrong"]) for result in results)
    _print({"points": len(points), "seeds": len(seeds), "kills": kills, "wrong": bad, "far_end": far})
    return 1 if bad or not results else 0


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
