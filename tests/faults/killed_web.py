"""Web processes are killed and come back, again and again, while people read through the proxy: nobody is refused.

``python -m tests.faults.killed_web`` kills 20 times behind HAProxy and 20 times behind nginx, ``--short`` three times
each. Of an answer that broke off in the middle the reader already has a part, which no proxy can take back: the reader
asks once more, as browsers and HTTP libraries do, and must be answered. Prints a line of JSON per proxy, and exits
non-zero when a reader was refused or more answers broke off than processes died.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

from tests import servers
from tests.concurrency import proxies
from tests.concurrency.stage import Caller, make_listing, make_people
from tests.faults.cluster import doors
from tests.faults.kept import wait
from tests.faults.site import Site, is_up, site

PROXIES = {"haproxy": proxies.haproxy, "nginx": proxies.nginx}
READERS = 8
PAUSE_S = 0.05
CUT = "cut off, then 200"


class Readers:
    """Clients that read while the block runs, and count what they were told."""

    def __init__(self, port: int, paths: Sequence[str], readers: int = READERS) -> None:
        self._port, self._paths = port, paths
        self.answers: Counter[str] = Counter()
        self.slowest_s = 0.0
        self._done, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._read, args=(number,)) for number in range(readers)]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        caller, turn = Caller(self._port), number
        while not self._done.wait(PAUSE_S):
            turn += 1
            began = time.monotonic()
            told = _ask(caller, self._paths[turn % len(self._paths)])
            with self._lock:
                self.answers[told] += 1
                self.slowest_s = max(self.slowest_s, time.monotonic() - began)


def _ask(caller: Caller, path: str) -> str:
    """Return what a reader was told in the end."""
    try:
        return str(caller.send("GET", path).status)
    except IncompleteRead:
        status = caller.send("GET", path).status
        return CUT if status == 200 else f"cut off, then {status}"
    except OSError as error:
        return type(error).__name__


def play(place: Site, name: str, kills: int) -> dict[str, Any]:
    """Kill the web processes by turns behind one proxy; return what readers were told."""
    [host] = make_people([f"host-{name}"])
    paths = ["/listings?limit=5", f"/listings/{make_listing(host)}", "//healthz"]
    with tempfile.TemporaryDirectory() as folder, PROXIES[name](doors(place), Path(folder)) as port:
        with Readers(port, paths) as readers:
            began = time.monotonic()
            for number in range(kills):
                time.sleep(1)
                web, own_port = place.webs[number % 2], place.ports[number % 2]
                starts = web.starts
                web.kill()
                wait(lambda web=web, starts=starts: web.starts > starts, within_s=30, what="it was not started")
                wait(lambda own_port=own_port: is_up(own_port), within_s=60, what="it did not come back")
                time.sleep(2)  # until the proxy has seen it too
            seconds = time.monotonic() - began
    refused = sum(times for told, times in readers.answers.items() if told not in ("200", CUT))
    return {
        "proxy": name,
        "kills": kills,
        "seconds": round(seconds, 1),
        "answers": dict(readers.answers),
        "slowest_s": round(readers.slowest_s, 2),
        "refused": refused,
        "wrong": refused > 0 or readers.answers[CUT] > kills,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Play; 0 when nobody was refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.killed_web", description=__doc__)
    parser.add_argument("--short", action="store_true", help="three kills behind each proxy")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of MariaDB")
    options = parser.parse_args(arguments)
    wrong = False
    with nullcontext() if options.sqlite else servers.mariadb() as server:
        with site(server, webs=({}, {}), workers=0) as place:
            for name in PROXIES:
                result = play(place, name, 3 if options.short else 20)
                sys.stdout.write(f"{json.dumps(result)}\n")
                sys.stdout.flush()
                wrong = wrong or result["wrong"]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
