"""What a booking costs: its statements, its workflow beside them, full calendars, and many who want one stay.

On the server in TEST_DATABASE_URL (or one that is started), and on SQLite.
"""

import re
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, event, insert, text

from airbnb.domain import clock
from airbnb.domain.booking_errors import DatesUnavailable
from airbnb.domain.ids import new_code, new_id
from airbnb.domain.kinds import Provider, Role
from airbnb.domain.orders import Order, PaymentChoice, Wish
from airbnb.domain.pricing import Party
from airbnb.domain.statuses import NightKind
from airbnb.domain.stays import Stay
from airbnb.extensions import db
from airbnb.models.calendar import BookedNight
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.booking import book_stay
from tests import servers
from tests.concurrency.racing import race
from tests.concurrency.stage import Person, Stage, make_listing, make_people, stage

#: A booking that is paid at once: docs/booking-performance.md counts them by part.
MOST_STATEMENTS = 41
LEAST_SPEED = 0.6
MOST_GROWTH = 1.15
#: Nights of other listings in the table, before and after.
FEW, MANY = 10_000, 500_000
CLIENTS = 16
ROUNDS = 10
BOOKINGS = 30
#: What the workflow makes anew for each booking: ids, codes and references. A code has a letter: ten digits are a mask.
MADE = re.compile(r"(?<![0-9a-f])\d{15,19}(?![0-9a-f])|\b(?=[0-9]*[A-Z])[A-Z0-9]{10}\b|(?<=_)[0-9a-f]{20}\b")
PROVIDER_REFERENCE = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement as it went to the driver of the ``write`` or the ``read`` engine."""

    engine: str
    statement: str
    parameters: Any
    many: bool


def run() -> list[str]:
    """Measure on both databases, print the tables and return the targets that were missed."""
    with servers.mariadb() as server:
        return [*_measure("MariaDB", server), *_measure("SQLite", None)]


def _measure(title: str, server: str | None) -> list[str]:
    with stage(server, webs=()) as place:
        host, *guests = make_people(["bench-host", *(f"bench{number}" for number in range(CLIENTS))], Role.HOST)
        for _ in range(5):
            _book(make_listing(host), guests[0], 3)  # caches and connections are warm after this
        counts = {nights: len(_statements(partial(_book, make_listing(host), guests[0], nights))) for nights in (1, 14)}
        workflow, bare = _workflow_beside_bare(host, guests[0]) if server else (1.0, 1.0)
        few, many = _growth(host, guests[0])
        winners, slow = _contention(place, host, guests)
    ratio, growth, bound = bare / workflow, many / few, CLIENTS * max(few, many)
    print(f"\nBooking, {title}")
    print(f"  statements of one booking: {counts[1]} for 1 night, {counts[14]} for 14 (at most {MOST_STATEMENTS})")
    if server:
        print(
            f"  workflow {workflow:.1f} ms, bare statements {bare:.1f} ms: speed x{ratio:.2f} (at least {LEAST_SPEED})"
        )
    print(f"  p50 among {FEW} nights {few:.1f} ms, among {MANY} {many:.1f} ms: x{growth:.2f} (at most {MOST_GROWTH})")
    print(f"  {CLIENTS} on the same dates, {ROUNDS} rounds: winners {winners}, p95 {slow:.0f} ms (at most {bound:.0f})")
    checks = {
        f"{counts} statements": counts[1] == counts[14] <= MOST_STATEMENTS,
        f"speed x{ratio:.2f} of the bare statements": ratio >= LEAST_SPEED,
        f"growth x{growth:.2f}": growth <= MOST_GROWTH,
        f"winners {winners}": set(winners) == {1},
        f"p95 {slow:.0f} ms among {CLIENTS}": slow <= bound,
    }
    return [f"{title}: {what}" for what, reached in checks.items() if not reached]


def _book(listing_id: int, guest: Person, nights: int) -> int:
    check_in = clock.now().date() + timedelta(days=30)
    return book_stay(
        Order(
            guest_id=guest.user_id,
            listing_id=listing_id,
            wish=Wish(stay=Stay(check_in, check_in + timedelta(days=nights)), party=Party(adults=1)),
            payment=PaymentChoice(provider=Provider.SANDBOX, token="tok_ok"),
        )
    )


def _statements(work: Callable[[], object]) -> list[Sent]:
    """Return the statements that some work sends, in order, without BEGIN and COMMIT."""
    sent: list[Sent] = []
    with _watching(sent):
        work()
    return [one for one in sent if not one.statement.startswith(("BEGIN", "COMMIT"))]


@contextmanager
def _watching(sent: list[Sent]) -> Iterator[None]:
    engines = {"write": db.engine, "read": db.engines["read"]}

    def listen(name: str, engine: Engine) -> list[tuple[str, Callable[..., None]]]:
        def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
            sent.append(Sent(name, statement, parameters, many))

        def end(connection: Any) -> None:
            sent.append(Sent(name, "COMMIT", (), False))

        return [("before_cursor_execute", note), ("commit", end)]

    listeners = [(engine, *one) for name, engine in engines.items() for one in listen(name, engine)]
    for engine, what, listener in listeners:
        event.listen(engine, what, listener)
    try:
        yield
    finally:
        for engine, what, listener in listeners:
            event.remove(engine, what, listener)


def _workflow_beside_bare(host: Person, guest: Person) -> tuple[float, float]:
    """Return the median milliseconds of a booking, and of the driver alone sending the same statements.

    They take turns. The driver books the same stay of another listing: every id and code that the workflow made is
    replaced by a new one. Receipts alone keep their numbers, which therefore need not be unique here.
    """
    unguard = text("ALTER TABLE documents ADD INDEX loose (series, number), DROP INDEX uq_documents_series_number")
    in_transaction(lambda session: session.execute(unguard))
    workflow, bare = [], []
    with closing(db.engine.raw_connection()) as write, closing(db.engines["read"].raw_connection()) as read:
        for _ in range(BOOKINGS):
            listing_id, other_id = make_listing(host), make_listing(host)
            sent: list[Sent] = []
            with _watching(sent):
                began = time.perf_counter()
                _book(listing_id, guest, 3)
                workflow.append((time.perf_counter() - began) * 1e3)
            renamed = _Renamed({str(listing_id): str(other_id)}, kept={str(guest.user_id), str(host.user_id)})
            again = [replace(one, parameters=renamed.of(one.parameters)) for one in sent]
            cursors = {"write": write.cursor(), "read": read.cursor()}
            began = time.perf_counter()
            for one in again:
                _send(cursors[one.engine], one)
            bare.append((time.perf_counter() - began) * 1e3)
    return statistics.median(workflow), statistics.median(bare)


def _send(cursor: Any, one: Sent) -> None:
    """Send one statement as the driver takes it, and read all that it answers."""
    if one.many:
        cursor.executemany(one.statement, one.parameters)
        return
    cursor.execute(one.statement, one.parameters)
    if cursor.description:
        cursor.fetchall()


class _Renamed:
    """Gives every id and code a new one, the same each time."""

    def __init__(self, names: dict[str, str], *, kept: set[str]) -> None:
        self._names, self._kept = names, kept

    def of(self, value: Any) -> Any:
        """Return a parameter, or a collection of them, with the new names."""
        if isinstance(value, (list, tuple)):
            return type(value)(map(self.of, value))
        if isinstance(value, dict):
            return {name: self.of(one) for name, one in value.items()}
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            return value
        text_of = MADE.sub(self._rename, str(value))
        return int(text_of) if isinstance(value, int) else text_of

    def _rename(self, found: re.Match[str]) -> str:
        old = found[0]
        if old in self._kept:
            return old
        if old not in self._names:
            self._names[old] = _like(old)
        return self._names[old]


def _like(old: str) -> str:
    if len(old) == PROVIDER_REFERENCE:
        return secrets.token_hex(PROVIDER_REFERENCE // 2)
    return str(new_id()) if old.isdecimal() else new_code()


def _growth(host: Person, guest: Person) -> tuple[float, float]:
    """Return the median milliseconds of a booking while other listings have few nights taken, and many."""
    figures, others = [], [make_listing(host) for _ in range(100)]
    done = 0
    for nights in (FEW, MANY):
        _take_nights(others, done // len(others), nights // len(others))
        done = nights
        listings = [make_listing(host) for _ in range(BOOKINGS)]
        times = []
        for listing_id in listings:
            began = time.perf_counter()
            _book(listing_id, guest, 3)
            times.append((time.perf_counter() - began) * 1e3)
        figures.append(statistics.median(times))
    return figures[0], figures[1]


def _take_nights(listing_ids: Sequence[int], first: int, until: int) -> None:
    """Block so many nights of each listing, far ahead of every stay."""
    begin = date(2040, 1, 1)
    for listing_id in listing_ids:
        rows = [
            {"listing_id": listing_id, "night": begin + timedelta(days=day), "kind": NightKind.BLOCK}
            for day in range(first, until)
        ]
        in_transaction(lambda session, rows=rows: session.execute(insert(BookedNight), rows))


def _contention(place: Stage, host: Person, guests: Sequence[Person]) -> tuple[list[int], float]:
    """Return the winners of each round in which all want the same stay, and the 95th percentile in milliseconds."""
    winners, waits = [], []
    for _ in range(ROUNDS):
        listing_id = make_listing(host)
        outcomes = race([partial(_try, place, listing_id, guest) for guest in guests])
        winners.append(sum(won for won, _ in outcomes))
        waits += [ms for _, ms in outcomes]
    return winners, sorted(waits)[int(len(waits) * 0.95)]


def _try(place: Stage, listing_id: int, guest: Person) -> tuple[bool, float]:
    began = time.perf_counter()
    with place.app.app_context():
        try:
            _book(listing_id, guest, 5)
            won = True
        except DatesUnavailable:
            won = False
    return won, (time.perf_counter() - began) * 1e3
