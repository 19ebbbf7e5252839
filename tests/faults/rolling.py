"""A release takes another's place under load, and goes back again: nobody may notice (case 65).

``python -m tests.faults.rolling`` runs two web processes behind HAProxy, two workers and two beats on MariaDB and
Redis, all of the release before the newest migration (``--old`` names another commit), while guests search, look, ask
for prices, book, pay by Stripe's stand-in and cancel. The database is migrated under the old release; web, worker and
beat of one machine are replaced, warm, then, after most of ``--minutes`` (10), those of the other; then all the way
back, the migration too; at the end everything is new. Meanwhile work waits that only the new release knows. Nobody may
be answered 5xx or be refused, nothing may be lost or doubled, and what a release does not know is kept for the other.
The control lets a worker take what it does not know, and loses it. Prints JSON and exits non-zero when anything is
otherwise.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, inspect, select

from airbnb.domain import clock
from airbnb.domain.ids import new_id
from airbnb.domain.statuses import OutboxState
from airbnb.extensions import db
from airbnb.models.platform import JobRun, OutboxEvent
from airbnb.unit_of_work import in_transaction, reading
from tests import servers
from tests.concurrency import proxies
from tests.faults import far_end, releases
from tests.faults.chaos import LONGEST_GAP_S, LONGEST_REQUEST_S, LONGEST_SHORT_S, Scene, differences, recover
from tests.faults.cluster import doors
from tests.faults.kept import Kept, keeping, python, wait
from tests.faults.killed_web import Readers
from tests.faults.load import FARTHEST_DAY, Crowd
from tests.faults.releases import Release
from tests.faults.site import DRAIN_TASK, QUIET_WITHIN_S, READY_WITHIN_S, WORKER, Site, is_up, site

GUESTS = 3
#: Between two bookings of a guest, in the long and the short form: less than two cores can do, since programs start
#: meanwhile, and a worker that is to stop ends its present mails first.
PAUSE_S, SHORT_PAUSE_S = 0.3, 1.0
READERS = 2
#: Old and new stand side by side for this share of the time on the way forth; for the rest of it on the way back.
FORTH = 0.6
#: How long one release alone is watched, as a share of the same time.
ALONE = 0.05
#: As the units of systemd have it.
LEAVE_S = "4"
#: HAProxy asks every second and believes the first good answer.
NOTICED_AFTER_S = 2.0
#: So many things at once wait that only the next release knows.
NEWS = 3
DONE_WITHIN_S = 60.0
#: A worker gives an event up after eight attempts, within a quarter of an hour; here the clock moves.
MOST_ATTEMPTS = 12
BETWEEN_ATTEMPTS = timedelta(minutes=10)


class NoOldRelease(Exception):
    """There is no earlier release to play with; the message says why."""


@dataclass(slots=True, kw_only=True)
class Rollout:
    """Two machines, the releases that they run, and what was seen."""

    place: Site
    old: Release
    new: Release
    crowd: Crowd
    readers: Readers
    steps: list[dict[str, Any]] = field(default_factory=list)
    together_s: float = 0.0
    news: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def play(self, together_s: float) -> None:
        """Go forth and back."""
        place, alone_s = self.place, max(together_s * ALONE, 1.0)
        self.step("old alone", partial(time.sleep, alone_s))
        self.step("migrate", partial(flask, self.new, place, "prepare"))
        self.step("old on the new schema", partial(self.watch_unknown, alone_s))
        began = time.monotonic()
        self.step("first machine forth", partial(self.roll, 0, self.new))
        self.step("both, forth", partial(self.watch_both, together_s * FORTH))
        self.step("second machine forth", partial(self.roll, 1, self.new))
        self.together_s += time.monotonic() - began
        self.step("new alone", partial(time.sleep, alone_s))
        began = time.monotonic()
        self.step("first machine back", partial(self.roll, 0, self.old))
        self.step("both, back", partial(self.watch_both, together_s * (1 - FORTH)))
        self.step("second machine back", partial(self.roll, 1, self.old))
        self.together_s += time.monotonic() - began
        self.step("old again on the new schema", partial(self.watch_unknown, alone_s))
        self.step("migrate back", partial(flask, self.new, place, "db", "downgrade", self.old.migration))
        self.step("old alone again", partial(time.sleep, alone_s))
        self.step("migrate again", partial(flask, self.new, place, "prepare"))

    def step(self, name: str, act: Callable[[], object]) -> None:
        """Do something, and note how long it took and how many were refused meanwhile."""
        began, refused = time.monotonic(), self.refused()
        act()
        seconds, more = time.monotonic() - began, self.refused() - refused
        self.steps.append({"step": name, "seconds": round(seconds, 1), "refused": sum(more.values())})
        sys.stderr.write(f"{name}: {seconds:.1f} s, refused: {dict(more)}\n")

    def refused(self) -> Counter[str]:
        """Return what guests and readers were told that nobody should be told."""
        told = Counter(self.crowd.log.answers) + Counter(self.readers.answers)
        return Counter({what: times for what, times in told.items() if not what.isdecimal() or int(what) >= 500})

    def roll(self, machine: int, release: Release) -> None:
        """Replace web, worker and beat of one machine; each ends what it has at hand."""
        place = self.place
        programs = [group[machine] for group in (place.webs, place.workers, place.beats) if group]
        change(programs, release)
        up = partial(is_up, place.ports[machine])
        wait(up, within_s=READY_WITHIN_S, what=f"{place.webs[machine].name} is not up")
        time.sleep(NOTICED_AFTER_S)

    def watch_unknown(self, seconds: float) -> None:
        """Let work come that nobody here knows: it must stay as it is."""
        self.put_news()
        time.sleep(seconds)
        touched = [state for state in self.news_states() if state == "tried"]
        if touched:
            self.wrong.append(f"{len(touched)} events were tried by a release that does not know them")

    def watch_both(self, seconds: float) -> None:
        """Let work come that only one of two workers knows; it is done while both are there."""
        ends = time.monotonic() + seconds
        self.put_news()
        wait(
            self.is_news_told,
            within_s=DONE_WITHIN_S,
            what="nobody did what the new release knows",
            left=self.left,
        )
        while time.monotonic() < ends:
            time.sleep(min(seconds / 4, max(ends - time.monotonic(), 0)))
            self.put_news()

    def put_news(self) -> None:
        """Write events of the new release, and ask for its tasks by name, as its web process and its beat do."""
        ids = [new_id() for _ in range(NEWS)]
        in_transaction(
            lambda session: session.add_all(
                OutboxEvent(id=event_id, topic=releases.TOPIC, subject_id=0) for event_id in ids
            )
        )
        self.news += ids
        for _ in range(NEWS):
            self.place.tick(releases.JOB_TASK, DRAIN_TASK)

    def news_states(self) -> list[str]:
        """Return how far the events of the new release are: untouched, tried, done."""
        with reading() as session:
            rows = session.execute(
                select(OutboxEvent.state, OutboxEvent.attempts).where(OutboxEvent.topic == releases.TOPIC)
            ).all()
        return [
            "done" if state is OutboxState.DONE else "tried" if attempts else "untouched" for state, attempts in rows
        ]

    def left(self) -> list[str]:
        """Return what waits for a worker."""
        return [*(f"{state} news" for state in self.news_states()), *self.place.waiting()]

    def is_news_told(self) -> bool:
        """Say whether everything that only the new release knows is done."""
        return set(self.news_states()) == {"done"}

    def news_faults(self) -> list[str]:
        """Return what became of the new release's work that should not have."""
        notes = Counter((self.place.folder / releases.NOTES).read_text().split())
        wrong = [f"event {one} was done {notes[str(one)]} times" for one in self.news if notes[str(one)] != 1]
        with reading() as session:
            ran = session.scalar(
                select(func.count())
                .select_from(JobRun)
                .where(JobRun.job == releases.JOB, JobRun.finished_at.is_not(None))
            )
        if not ran or notes[releases.JOB] != ran:
            wrong.append(f"the new release's job has {ran} periods and ran {notes[releases.JOB]} times")
        return wrong

    def dropped(self) -> int:
        """Return how many tasks old workers threw away because they did not know their names."""
        return sum(
            (self.place.folder / f"worker-{number}.log").read_text(errors="replace").count("Received unregistered task")
            for number in range(len(self.place.workers))
        )


def change(programs: Sequence[Kept], release: Release) -> None:
    """Let programs end what they have at hand, all at once, and start them from another release."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(Kept.stop, programs))
    # Here and not in the pool: a program dies with the thread that started it.
    for program in programs:
        program.root = release.root
        program.start()


def flask(release: Release, place: Site, *command: str) -> None:
    """Run a command of a release's shell. Raises: RuntimeError with what it said."""
    done = subprocess.run(
        python("flask", "--app", "wsgi", *command),
        cwd=release.root,
        env={**os.environ, **place.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"flask {' '.join(command)}:\n{done.stdout}{done.stderr}")


def control(place: Site) -> str:
    """Let a worker take what it does not know; return what becomes of it."""
    event_id = new_id()
    in_transaction(lambda session: session.add(OutboxEvent(id=event_id, topic=releases.TOPIC, subject_id=0)))
    log = place.folder / "unguarded.log"
    unguarded = Kept("unguarded worker", python("celery", *WORKER), {**place.environment, "GUARD_OFF": "topics"}, log)

    def event() -> OutboxEvent:
        with reading() as session:
            return session.get_one(OutboxEvent, event_id)

    with keeping([unguarded]):
        for attempt in range(MOST_ATTEMPTS):
            place.tick(DRAIN_TASK)
            wait(lambda attempt=attempt: event().attempts > attempt, within_s=READY_WITHIN_S, what="it was not taken")
            wait(lambda: event().state is not OutboxState.HELD, within_s=DONE_WITHIN_S, what="it was not let go")
            if event().state is not OutboxState.NEW:
                break
            place.advance(BETWEEN_ATTEMPTS)
    return event().state.value


def check(old: Release, place: Site) -> None:
    """See that the old release's schema has what this process reads meanwhile. Raises: NoOldRelease."""
    there = inspect(db.engine)
    missing = [
        f"{table.name}.{column.name}"
        for table in (OutboxEvent.__table__, JobRun.__table__)
        for column in table.columns
        if column.name not in {one["name"] for one in there.get_columns(table.name)}
    ]
    if missing:
        raise NoOldRelease(f"{old.name}: its schema has no {', '.join(missing)}")


@contextmanager
def rollout(old: Release, new: Release, seed: int, folder: Path, *, beats: int, pause_s: float) -> Iterator[Rollout]:
    """Run everything in its old form behind a proxy, on the old release's schema, with people who are there already."""
    with (
        servers.mariadb() as server,
        servers.redis(own=True) as broker,
        site(
            server, broker, webs=({}, {}), workers=2, beats=beats, more={"WEB_LEAVE_S": LEAVE_S}, root=old.root
        ) as place,
        proxies.haproxy(doors(place), folder) as port,
    ):
        wait(partial(is_up, port), within_s=READY_WITHIN_S, what="the proxy lets nobody through")
        crowd = Crowd(replace(place, ports=[port]), GUESTS, seed, pause_s=pause_s)
        flask(new, place, "db", "downgrade", old.migration)
        yield Rollout(place=place, old=old, new=new, crowd=crowd, readers=Readers(port, _pages(crowd), READERS))


def _pages(crowd: Crowd) -> list[str]:
    """Return what people read: searches, stays and their prices."""
    free = clock.now().date() + timedelta(days=FARTHEST_DAY + 10)
    dates = f"check_in={free}&check_out={free + timedelta(days=3)}"
    looks = [f"/listings/{listing_id}" for listing_id in crowd.listing_ids[:4]]
    prices = [f"{look}/quote?{dates}&adults=1" for look in looks]
    return ["/listings?limit=5", f"/listings?limit=5&{dates}&adults=1", *looks, *prices]


def run(rolling: Rollout, *, minutes: float, limits: Mapping[str, float]) -> dict[str, Any]:
    """Play, let the sweeps run, compare, and return what came of it."""
    place, crowd, readers = rolling.place, rolling.crowd, rolling.readers
    scene = Scene(place, None, random.Random(0))
    began = time.monotonic()
    with crowd.at_work() as log, readers:
        rolling.play(minutes * 60)
        ended = time.monotonic()
    change([*place.workers, *place.beats], rolling.new)
    place.tick(DRAIN_TASK)
    # Time is moved only when nothing is in hand: what is held for ten minutes counts as a dead worker's.
    wait(place.is_told, within_s=QUIET_WITHIN_S, what="work is left", left=place.waiting)
    wrong, recovered_s = recover(scene, crowd)
    wrong = [*rolling.wrong, *wrong, *differences(scene, crowd, repeated_mails=0), *rolling.news_faults()]
    refused = rolling.refused()
    wrong += [f"{times} times {what}" for what, times in refused.items()]
    gap_s = max(end - begin for begin, end in log.gaps(began, ended))
    slowest_s = max(log.slowest_s, readers.slowest_s)
    if gap_s > limits["gap_s"] or slowest_s > limits["request_s"]:
        wrong.append(f"for {gap_s:.1f} s nobody could book, a request took {slowest_s:.1f} s")
    dropped, became = rolling.dropped(), control(place)
    if not dropped:
        wrong.append("no old worker met a task that it does not know")
    if became != OutboxState.DEAD.value:
        wrong.append(f"without the guard the unknown event is {became}")
    return {
        "seconds": round(ended - began, 1),
        "together_s": round(rolling.together_s, 1),
        "steps": rolling.steps,
        "answers": dict(log.answers),
        "read": dict(readers.answers),
        "acknowledged": len(log.booked),
        "canceled": len(log.canceled),
        "refused": sum(refused.values()),
        "longest_gap_s": round(gap_s, 1),
        "slowest_request_s": round(slowest_s, 1),
        "recovered_after_s": round(recovered_s, 1),
        "unknown_events": len(rolling.news),
        "unknown_tasks_dropped": dropped,
        "without_guard": became,
        "far_end": far_end.counts(place),
        "wrong": wrong,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Play; 0 when nobody noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.rolling", description=__doc__)
    parser.add_argument("--short", action="store_true", help="some seconds of each, and no beats")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long old and new stand side by side")
    parser.add_argument("--seed", type=int, default=1, help="what guests do")
    parser.add_argument(
        "--old", metavar="COMMIT", help="the old release, instead of the one before the newest migration"
    )
    options = parser.parse_args(arguments)
    minutes, limits = options.minutes, {"gap_s": LONGEST_GAP_S, "request_s": LONGEST_REQUEST_S}
    beats, pause_s = 2, PAUSE_S
    if options.short:
        minutes, limits, beats, pause_s = 0.2, dict.fromkeys(limits, LONGEST_SHORT_S), 0, SHORT_PAUSE_S
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old, new = releases.release_before(folder / "old", options.old), releases.next_release(folder / "new")
        told: dict[str, Any] = {"seed": options.seed, "old": f"{old.name} at {old.migration}", "new": new.migration}
        with rollout(old, new, options.seed, folder, beats=beats, pause_s=pause_s) as rolling:
            told |= run(rolling, minutes=minutes, limits=limits)
            if told["wrong"]:
                place = rolling.place
                for program in (*place.webs, *place.workers, *place.beats, *place.mailboxes):
                    sys.stderr.write(f"--- {program.name}, started {program.starts} times\n{program.said(100)}\n")
    sys.stdout.write(f"{json.dumps(told)}\n")
    return 1 if told["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
