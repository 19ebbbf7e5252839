"""A scene about timers: two beats, a worker that is killed half-way, and one whose clock is wrong."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select

from airbnb.domain import clock
from airbnb.domain.kinds import Provider, Role
from airbnb.domain.orders import Order, PaymentChoice, Wish
from airbnb.domain.pricing import Party
from airbnb.domain.statuses import BookingStatus
from airbnb.domain.stays import Stay
from airbnb.extensions import celery
from airbnb.models.bookings import Booking
from airbnb.models.history import StatusChange
from airbnb.models.platform import OutboxEvent
from airbnb.unit_of_work import reading
from airbnb.workflows.booking import book_stay
from tests.concurrency.nights import first_night
from tests.concurrency.stage import Stage, make_listing, make_people, process, wait_until
from tests.factories.bookings import clock_at

TASK = "bookings.expire_holds"
WORKER = ["celery", "-q", "-A", "tests.concurrency.rehearsed:worker", "worker", "-P", "solo", "--loglevel", "ERROR"]
WORKER += ["--without-gossip", "--without-mingle"]
KILLED_AT = 2
#: Of the second worker's clock.
SKEW_S = 600


def sweep_survives(stage: Stage, *, holds: int) -> dict[str, Any]:
    """Cases 16 and 29: two beats ask, the worker dies after two records, the next one is 10 minutes ahead.

    Every hold lapses, each once.
    """
    host, *guests = make_people(["host-sweep", *(f"guest-sweep{n}" for n in range(holds))], Role.HOST)
    with clock_at(clock.now() - timedelta(hours=1)):
        listing_id = make_listing(host)
        for number, guest in enumerate(guests):
            check_in = first_night() + timedelta(days=number)
            book_stay(
                Order(
                    guest_id=guest.user_id,
                    listing_id=listing_id,
                    wish=Wish(stay=Stay(check_in, check_in + timedelta(days=1)), party=Party(adults=1)),
                    payment=PaymentChoice(provider=Provider.SANDBOX, token="tok_declined"),
                )
            )
    expired = partial(_count, select(func.count()).where(*_of(listing_id), Booking.status == BookingStatus.EXPIRED))
    crash = {"CRASH_AT": "committed bookings", "CRASH_ON": str(KILLED_AT)}
    _work(stage, crash, until=None)
    after_kill = expired()
    _work(stage, {"CLOCK_SKEW_S": str(SKEW_S)}, until=lambda: expired() == holds)
    ids = select(Booking.id).where(*_of(listing_id))
    figures = {
        "expired_before_the_kill": after_kill,
        "expired": expired(),
        "moves": _count(
            select(func.count()).where(
                StatusChange.subject_id.in_(ids), StatusChange.new == BookingStatus.EXPIRED.value
            )
        ),
        "events": _count(
            select(func.count()).where(OutboxEvent.topic == "booking.expired", OutboxEvent.subject_id.in_(ids))
        ),
    }
    right = list(figures.values()) == [KILLED_AT, holds, holds, holds]
    return {**figures, "wrong": [*stage.faults(), *([] if right else [f"each hold lapses once: {figures}"])]}


def _work(stage: Stage, more: Mapping[str, str], *, until: Callable[[], bool] | None) -> None:
    """Let two beats ask a worker for the sweep; wait for what is told, or for the worker's death."""
    with process(WORKER, {**stage.environment, **more}) as worker:
        for _ in range(2):
            celery.send_task(TASK)
        wait_until(until or (lambda: worker.poll() is not None), what="the sweep did not get there")


def _of(listing_id: int) -> tuple[Any, ...]:
    return (Booking.listing_id == listing_id,)


def _count(statement: Any) -> int:
    with reading() as session:
        return session.scalar(statement) or 0
