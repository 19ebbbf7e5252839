"""Guests who book, pay and cancel while things break, and a log of all that they were told."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.bookings import Booking
from airbnb.unit_of_work import reading
from tests.concurrency.stage import Answer, Caller, Person, make_listing, make_people, order
from tests.faults.flows import BACK
from tests.faults.site import Site

LISTINGS = 12
FARTHEST_DAY = 300
CANCELS = 0.2
PAUSE_S = 0.05
#: A client puts a request off after so long without an answer that tells how it ended, and sends it again at the end.
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as its client repeats it."""

    guest: Person
    path: str
    body: Any
    key: str


@dataclass(slots=True)
class Log:
    """What the guests sent and were told."""

    booked: dict[str, str] = field(default_factory=dict)  # key -> id of the booking
    canceled: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)
    #: When a booking was acknowledged, by this machine's clock.
    good_at: list[float] = field(default_factory=list)
    slowest_s: float = 0.0
    put_off: list[Sent] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: Answer | None, seconds: float) -> None:
        with self.lock:
            self.answers["no answer" if answer is None else str(answer.status)] += 1
            self.slowest_s = max(self.slowest_s, seconds)
            if answer is not None and answer.status >= 500 and not _passes(answer):
                self.strange.append(f"{answer.status} {answer.body[:200]!r}")

    def gaps(self, began: float, ended: float) -> list[tuple[float, float]]:
        """Return the times without an acknowledged booking."""
        return list(pairwise([began, *sorted(self.good_at), ended]))


def _passes(answer: Answer) -> bool:
    return answer.status == 503 and int(answer.headers.get("Retry-After", 0)) > 0


class Crowd:
    """Some guests, each a thread with a connection, at the listings of one host."""

    def __init__(self, site: Site, guests: int, seed: int, *, pause_s: float = PAUSE_S) -> None:
        self.site, self.log, self._seed, self._pause_s = site, Log(), seed, pause_s
        host, *self.guests = make_people([f"host{seed}", *(f"guest{seed}n{n}" for n in range(guests))], Role.HOST)
        self.listing_ids = [make_listing(host) for _ in range(LISTINGS)]
        self._callers: dict[tuple[int, int], Caller] = {}
        self._done = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[Log]:
        """Let them book while the block runs; each ends what it began."""
        threads = [threading.Thread(target=self._live, args=(n, guest)) for n, guest in enumerate(self.guests)]
        for thread in threads:
            thread.start()
        try:
            yield self.log
        finally:
            self._done.set()
            for thread in threads:
                thread.join()

    def ask_again(self) -> None:
        """Send what was put off once more, with its key; the lease of whoever died over it must be over."""
        for sent in self.log.put_off:
            answer = self._until_told(sent, 0)
            if answer is not None and answer.status == 201:
                self.log.booked[sent.key] = answer.json["id"]
            elif answer is not None and answer.status == 200:
                self.log.canceled.add(answer.json["id"])
            elif answer is None:
                self.log.strange.append(f"{sent.path} {sent.key} was never answered")

    def faults(self) -> list[str]:
        """Return what is not in the database as the guests were told (invariant I4)."""
        guest_ids = [guest.user_id for guest in self.guests]
        with reading() as session:
            rows = session.execute(select(Booking.id, Booking.status).where(Booking.guest_id.in_(guest_ids)))
            there = {str(booking_id): status.value for booking_id, status in rows}
            stays = select(Booking.listing_id, Booking.check_in, Booking.guest_id, func.count())
            doubled = session.execute(
                stays.where(Booking.guest_id.in_(guest_ids), Booking.status != "canceled", Booking.status != "expired")
                .group_by(Booking.listing_id, Booking.check_in, Booking.guest_id)
                .having(func.count() > 1)
            ).all()
        told = set(self.log.booked.values())
        wrong = [f"acknowledged booking {one} is lost" for one in told - there.keys()]
        wrong += [f"canceled booking {one} is {there[one]}" for one in self.log.canceled if there[one] != "canceled"]
        wrong += [f"{len(doubled)} stays are booked twice by one guest"] if doubled else []
        if len(there) != len(told):
            wrong.append(f"{len(there)} bookings are there, {len(told)} were acknowledged")
        return wrong + self.log.strange[:5]

    def _live(self, number: int, guest: Person) -> None:
        chance = random.Random(f"{self._seed} {number}")
        turn = 0
        while not self._done.is_set():
            turn += 1
            self._book(guest, f"b-{number}-{turn}", chance)
            time.sleep(self._pause_s)

    def _book(self, guest: Person, key: str, chance: random.Random) -> None:
        check_in = clock.now().date() + timedelta(days=chance.randint(2, FARTHEST_DAY))
        more = {"payment_method": "stripe", "return_url": BACK, "token": "pm_card_visa"}
        body = order(chance.choice(self.listing_ids), check_in, chance.randint(1, 4), **more)
        answer = self._send(Sent(guest, "/bookings", body, key), chance)
        if answer is None or answer.status != 201:
            return
        booking_id = answer.json["id"]
        with self.log.lock:
            self.log.booked[key] = booking_id
            self.log.good_at.append(time.monotonic())
        if answer.json["status"] == "confirmed" and chance.random() < CANCELS:
            canceled = self._send(Sent(guest, f"/bookings/{booking_id}/cancel", {}, f"c-{key}"), chance)
            if canceled is not None and canceled.status == 200:
                with self.log.lock:
                    self.log.canceled.add(booking_id)

    def _send(self, sent: Sent, chance: random.Random) -> Answer | None:
        """Send a request until it is told how it ended; one that its dead holder still leases is put off."""
        answer = self._until_told(sent, chance.randrange(len(self.site.ports)))
        if answer is None:
            with self.log.lock:
                self.log.put_off.append(sent)
        return answer

    def _until_told(self, sent: Sent, door: int) -> Answer | None:
        """Repeat a request with its key, by turns at each process; None when it is leased, or never answered."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            began, answer = time.monotonic(), None
            try:
                answer = self._caller(sent.guest, door).post(sent.path, sent.body, key=sent.key)
            except (OSError, HTTPException):
                time.sleep(0.2)
            self.log.note(answer, time.monotonic() - began)
            if answer is not None and _still_runs(answer):
                return None
            if answer is not None and answer.status < 500:
                return answer
            door += 1
            time.sleep(0.3)
        return None

    def _caller(self, guest: Person, door: int) -> Caller:
        """Return the connection of a guest to one of the processes, which stays open as browsers' do."""
        where = (guest.user_id, door % len(self.site.ports))
        if where not in self._callers:
            self._callers[where] = self.site.caller(door, guest)
        return self._callers[where]


def _still_runs(answer: Answer) -> bool:
    return answer.status == 409 and answer.json["code"] == "idempotency_conflict"
