"""Slow links, answers that break off and a full disk under load: nothing may be wrong, nobody may wait without end.

``python -m tests.faults.hardships`` (case 19; the pauses are part of ``make chaos``) lets guests book, pay and cancel
while every answer of the database, then of Redis, takes 200 ms longer; while answers of the database, then of the web
processes, break off half-way; while the product's disk has no byte left. ``--sqlite`` has no links to a database and
to Redis, and its database is on that disk. MariaDB's is not: it ends itself when it finds no room for a rollback, and
what is broken then is its own to mend. ``--short`` is less of each. Afterwards the same is compared as after ``make
chaos``. A machine that lets nobody mount a small disk leaves that part out and says so. Prints JSON and exits non-zero
when something was wrong, a request waited too long or threads piled up.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sqlalchemy import make_url

from tests.concurrency.stage import make_listing, make_people
from tests.faults.chaos import LONGEST_SHORT_S, Scene, play
from tests.faults.full_disk import NoDisk, filled, room, small_disk
from tests.faults.killed_web import Readers
from tests.faults.links import Link
from tests.faults.site import Site, site
from tests.faults.stores import Fault, SingleStores, own_stores

LATE_S = 0.2
DISK_MB = 200
#: So many read at once while answers are late: more than a process has threads.
READERS = 40
CUT_SHARE = {"database": 0.02, "web": 0.3}
#: A booking is some forty questions to the database, each late, while readers keep every thread busy.
LONGEST_GAP_S = 45.0
LONGEST_READ_S = 15.0
#: Threads of a web process that do not serve requests: its master's, the clock's, the pools'.
OTHER_THREADS = 10


@dataclass(slots=True)
class Hardships:
    """What can go wrong with the site, and what was measured meanwhile."""

    place: Site
    seconds: float
    longest_read_s: float
    links: dict[str, Link]
    disk: Path | None
    wrong: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def all(self) -> Iterator[Fault]:
        """Yield each of them once."""
        stores = [name for name in ("database", "redis") if name in self.links]
        yield from (partial(self.late, name) for name in stores)
        yield from (partial(self.cut, name) for name in ("web", *stores) if name in CUT_SHARE)
        if self.disk is not None:
            yield self.full

    def late(self, name: str) -> str:
        """Let every answer on a link take longer, while many read."""
        link = self.links[name]
        [host] = make_people([f"host-{name}"])
        paths = ["/listings?limit=5", f"/listings/{make_listing(host)}"]
        link.late_s = LATE_S
        try:
            with Readers(self.place.ports[0], paths, READERS) as readers:
                time.sleep(self.seconds)
                self.count_threads(name)
        finally:
            link.late_s = 0.0
        self.figures[f"slowest_read_{name}_late_s"] = round(readers.slowest_s, 1)
        self.figures[f"connections_{name}_late"] = link.most_open
        self.expect(readers.slowest_s <= self.longest_read_s, f"a read took {readers.slowest_s:.1f} s with {name} late")
        refused = {told: times for told, times in readers.answers.items() if told not in ("200", "503")}
        self.expect(not refused, f"readers were told {refused} with {name} late")
        return f"{name} late"

    def cut(self, name: str) -> str:
        """Let answers on a link break off half-way."""
        links = [link for key, link in self.links.items() if key.startswith(name)]
        before = sum(link.cuts for link in links)
        for link in links:
            link.cut_share = CUT_SHARE[name]
        time.sleep(self.seconds)
        for link in links:
            link.cut_share = 0.0
        cuts = sum(link.cuts for link in links) - before
        self.figures[f"cut_{name}"] = cuts
        self.expect(cuts > 0, f"no answer of {name} broke off")
        return f"cut answers of {name}"

    def full(self) -> str:
        """Leave no room on the disk."""
        assert self.disk is not None
        with filled(self.disk):
            self.expect(room(self.disk) == 0, f"{room(self.disk)} bytes were free on the full disk")
            time.sleep(self.seconds)
            self.count_threads("full")
        return "full disk"

    def count_threads(self, when: str) -> None:
        """Note how many threads the busiest web process has; a pile of them is a fault."""
        threads = max(web.threads() for web in self.place.webs)
        self.figures[f"threads_{when}"] = threads
        allowed = int(self.place.environment["WEB_THREADS"]) + OTHER_THREADS
        self.expect(threads <= allowed, f"{threads} threads of a web process, {allowed} may be: {when}")

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note a fault unless something holds."""
        if not holds:
            self.wrong.append(otherwise)


def start(
    running: ExitStack, *, is_sqlite: bool
) -> tuple[Site, SingleStores | None, dict[str, Link], Path | None, str]:
    """Start everything behind links and on a small disk, if this machine has one; and say why not."""
    disk, excuse = None, ""
    try:
        disk = running.enter_context(small_disk(DISK_MB))
    except NoDisk as error:
        excuse = str(error)
    links: dict[str, Link] = {}
    stores, urls = None, (None, None)
    if not is_sqlite:
        stores = running.enter_context(own_stores())
        links["database"] = running.enter_context(Link(stores.sql_port).running())
        links["redis"] = running.enter_context(Link(stores.redis_port).running())
        urls = tuple(
            make_url(url).set(port=links[name].port).render_as_string(hide_password=False)
            for name, url in (("database", stores.server_url), ("redis", stores.redis_url))
        )
    place = running.enter_context(site(*urls, webs=({}, {}), beats=1, within=disk))
    for number, port in enumerate(place.ports):
        links[f"web {number}"] = running.enter_context(Link(port).running())
    return (
        replace(place, ports=[link.port for name, link in links.items() if name.startswith("web")]),
        stores,
        links,
        disk,
        excuse,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Play; 0 when all ended as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.hardships", description=__doc__)
    parser.add_argument("--short", action="store_true", help="some seconds of each")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite and a broker of files")
    parser.add_argument("--seed", type=int, default=1, help="what guests do, and what breaks off")
    options = parser.parse_args(arguments)
    with ExitStack() as running:
        place, stores, links, disk, excuse = start(running, is_sqlite=options.sqlite)
        seconds, longest_read_s = (6.0, LONGEST_SHORT_S) if options.short else (60.0, LONGEST_READ_S)
        hardships = Hardships(place, seconds, longest_read_s, links, disk)
        scene = Scene(place, stores, random.Random(options.seed), is_short=options.short)
        limits = {"longest_gap_s": LONGEST_GAP_S}
        if options.short:
            limits = dict.fromkeys(("longest_gap_s", "longest_request_s"), LONGEST_SHORT_S)
        result = play(scene, hardships.all(), minutes=30, seed=options.seed, **limits)
        result["wrong"] += hardships.wrong
        sys.stdout.write(f"{json.dumps({'no_small_disk': excuse, **result, **hardships.figures})}\n")
        if result["wrong"]:
            for program in scene.victims():
                sys.stderr.write(f"--- {program.name}, started {program.starts} times\n{program.said(100)}\n")
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
