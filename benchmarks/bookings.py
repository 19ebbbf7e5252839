"""What a booking costs: its statements, its workflow beside them, full calendars, and many who want one stay.

On the server in TEST_DATABASE_URL (or one that is started), and on SQLite.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

from sqlalchemy import insert

from airbnb.domain import clock
from airbnb.domain.booking_errors import DatesUnavailable
from airbnb.domain.kinds import Provider, Role
from airbnb.domain.orders import Order, PaymentChoice, Wish
from airbnb.domain.pricing import Party
from airbnb.domain.statuses import NightKind
from airbnb.domain.stays import Stay
from airbnb.models.calendar import BookedNight
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.booking import book_stay
from benchmarks.bookings_bare import SideBySide, watching
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
AT_ONCE = 8


def run() -> list[str]:
    """Measure on both databases, print the tables and return the targets that were missed."""
    with servers.mariadb() as server:
        return [*_measure("MariaDB", server), *_measure("SQLite", None)]


def _measure(title: str, server: str | None) -> list[str]:
    with stage(server, webs=()) as place:
        host, *guests = make_people(["bench-host", *(f"bench{number}" for number in range(CLIENTS))], Role.HOST)
        for _ in range(5):
            _book(make_listing(host), guests[0], 3)  # caches and connections are warm after this
        counts = {nights: _count(partial(_book, make_listing(host), guests[0], nights)) for nights in (1, 14)}
        ratios = _beside_bare(place, host, guests) if server else {}
        few, many = _growth(host, guests[0])
        winners, slow = _contention(place, host, guests)
    growth, bound = many / few, CLIENTS * max(few, many)
    print(f"\nBooking, {title}")
    print(f"  statements of one booking: {counts[1]} for 1 night, {counts[14]} for 14 (at most {MOST_STATEMENTS})")
    print(f"  p50 among {FEW} nights {few:.1f} ms, among {MANY} {many:.1f} ms: x{growth:.2f} (at most {MOST_GROWTH})")
    print(f"  {CLIENTS} on the same dates, {ROUNDS} rounds: winners {winners}, p95 {slow:.0f} ms (at most {bound:.0f})")
    checks = {
        f"{counts} statements": counts[1] == counts[14] <= MOST_STATEMENTS,
        **{f"{who}: speed x{ratio:.2f} of the bare statements": ratio >= LEAST_SPEED for who, ratio in ratios.items()},
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


def _count(work: Callable[[], object]) -> int:
    """Count the statements that some work sends, without BEGIN and COMMIT."""
    with watching() as sent:
        work()
    return sum(not one.statement.startswith(("BEGIN", "COMMIT")) for one in sent)


def _beside_bare(place: Stage, host: Person, guests: Sequence[Person]) -> dict[str, float]:
    """Return the speed of the workflow in that of its bare statements, for one client and for several at once."""
    side_by_side = SideBySide(place.app, book=lambda guest, listing_id: _book(listing_id, guest, 3), host=host)
    workflow, bare = side_by_side.one_client(guests[0], BOOKINGS)
    print(f"  one client: workflow {workflow:.1f} ms, bare statements {bare:.1f} ms, x{bare / workflow:.2f}")
    found = {"one client": bare / workflow}
    workflow, bare = side_by_side.at_once(guests[:AT_ONCE], BOOKINGS // 2)
    print(f"  {AT_ONCE} clients: {workflow:.0f} bookings/s, bare {bare:.0f}, x{workflow / bare:.2f}")
    return found | {f"{AT_ONCE} clients": workflow / bare}


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
