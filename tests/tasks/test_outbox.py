"""The outbox: claim, commit, act, mark; one bad event, a dead worker or two drains never lose or double an effect."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Lock
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.bells import Bell
from airbnb.domain.statuses import OutboxState
from airbnb.domain.topics import Topic
from airbnb.extensions import celery
from airbnb.models.platform import OutboxEvent
from airbnb.models.users import User
from airbnb.queries import outbox as queries
from airbnb.services import outbox
from airbnb.tasks import outbox as tasks
from airbnb.tasks.topics import HANDLERS
from airbnb.unit_of_work import in_transaction, reading, set_bell
from tests.fakes.mailer import RecordingMailer

EVENTS = 60


class Handler:
    """A task that counts its calls and fails as told."""

    def __init__(self) -> None:
        self.calls: Counter[int] = Counter()
        self.fails: Callable[[int], Exception | None] = lambda event_id: None
        self._lock = Lock()

    def __call__(self, event_id: int) -> None:
        with self._lock:
            self.calls[event_id] += 1
        error = self.fails(event_id)
        if error is not None:
            raise error


@pytest.fixture
def handler(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Handler:
    """Handles WEBHOOK_RECEIVED instead of its real task."""
    made = Handler()
    monkeypatch.setitem(HANDLERS, Topic.WEBHOOK_RECEIVED, "tests.handle")
    monkeypatch.setitem(celery.tasks, "tests.handle", made)
    return made


@pytest.fixture
def bell(app: Flask) -> Iterator[list[str]]:
    """Collects the rings of the doorbell."""
    rings: list[str] = []
    set_bell(rings.extend)
    yield rings
    set_bell(None)


def record(**options: Any) -> OutboxEvent:
    return in_transaction(lambda session: outbox.record(session, Topic.WEBHOOK_RECEIVED, subject_id=1, **options))


def read(event: OutboxEvent) -> OutboxEvent:
    with reading() as session:
        return session.get_one(OutboxEvent, event.id)


def test_an_event_is_handled_once_and_marked(handler: Handler):
    event = record()

    assert tasks.drain.run() == 1
    assert tasks.drain.run() == 0

    done = read(event)
    assert handler.calls == {event.id: 1}
    assert (done.state, done.attempts, done.last_error) == (OutboxState.DONE, 1, None)
    assert done.done_at is not None


def test_the_claim_is_committed_before_the_work(handler: Handler):
    event = record()
    seen = []

    def look(event_id: int) -> None:
        seen.append((read(event).state, read(event).owner))

    handler.fails = look
    tasks.drain.run()

    ((state, owner),) = seen
    assert state is OutboxState.HELD
    assert owner


def test_an_event_of_a_newer_release_waits_for_a_worker_that_knows_it(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delitem(HANDLERS, Topic.WEBHOOK_RECEIVED)
    event = record()
    assert tasks.drain.run() == 0
    left = read(event)
    assert (left.state, left.attempts, left.last_error) == (OutboxState.NEW, 0, None)

    monkeypatch.setitem(HANDLERS, Topic.WEBHOOK_RECEIVED, "tests.handle")

    assert tasks.drain.run() == 1
    assert handler.calls == {event.id: 1}


def test_an_event_that_is_due_later_waits(handler: Handler, freeze: Callable[[datetime], None]):
    event = record(due_at=clock.now() + timedelta(hours=1))

    assert tasks.drain.run() == 0
    freeze(clock.now() + timedelta(hours=1, seconds=1))
    assert tasks.drain.run() == 1
    assert handler.calls == {event.id: 1}


def test_one_bad_event_does_not_stop_the_others(handler: Handler):
    events = [record() for _ in range(3)]
    handler.fails = lambda event_id: ValueError("no") if event_id == events[1].id else None

    assert tasks.drain.run() == 3

    assert [read(event).state for event in events] == [OutboxState.DONE, OutboxState.NEW, OutboxState.DONE]
    assert read(events[1]).last_error == "ValueError: no"


def test_a_failing_event_waits_longer_each_time_and_then_is_dead(handler: Handler, freeze: Callable[[datetime], None]):
    handler.fails = lambda event_id: OSError("down")
    event = record()
    waits = []
    for _ in range(queries.MAX_ATTEMPTS):
        freeze(now := max(read(event).due_at, clock.now()))
        tasks.drain.run()
        waits.append((read(event).due_at - now).total_seconds())

    dead = read(event)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640]
    assert (dead.state, dead.attempts) == (OutboxState.DEAD, queries.MAX_ATTEMPTS)
    freeze(clock.now() + timedelta(days=1))
    assert tasks.drain.run() == 0


def test_an_event_that_is_given_up_is_dead_at_once(handler: Handler):
    handler.fails = lambda event_id: tasks.GiveUp("never")
    event = record()

    tasks.drain.run()

    assert (read(event).state, read(event).last_error) == (OutboxState.DEAD, "never")


def test_a_long_error_is_cut(handler: Handler):
    handler.fails = lambda event_id: ValueError("é" * 2_000)
    event = record()

    tasks.drain.run()

    assert len(read(event).last_error or "") == queries.ERROR_LENGTH


def test_the_sweeper_gives_back_what_a_dead_worker_held(
    handler: Handler, bell: list[str], freeze: Callable[[datetime], None]
):
    event = record()
    bell.clear()
    in_transaction(lambda session: queries.claim_event(session, event.id, owner="dead", now=clock.now()))
    assert tasks.drain.run() == 0

    freeze(clock.now() + tasks.STUCK_AFTER - timedelta(seconds=1))
    assert tasks.sweep.run() == 0
    assert bell == []
    freeze(clock.now() + timedelta(minutes=2))
    assert tasks.sweep.run() == 1
    assert bell == [Bell.OUTBOX]
    assert tasks.drain.run() == 1

    assert read(event).attempts == 2


def test_the_sweeper_buries_what_kills_every_worker(handler: Handler, freeze: Callable[[datetime], None]):
    event = record()

    def hold(session: Any) -> None:
        queries.claim_event(session, event.id, owner="dead", now=clock.now())
        session.get(OutboxEvent, event.id, populate_existing=True).attempts = queries.MAX_ATTEMPTS

    in_transaction(hold)
    freeze(clock.now() + tasks.STUCK_AFTER + timedelta(seconds=1))
    tasks.sweep.run()

    assert (read(event).state, read(event).last_error) == (OutboxState.DEAD, "its worker stopped while handling it")


def test_a_worker_that_was_given_up_cannot_mark_what_another_holds(handler: Handler):
    event = record()

    def two_owners(session: Any) -> None:
        queries.claim_event(session, event.id, owner="first", now=clock.now())
        session.get(OutboxEvent, event.id, populate_existing=True).owner = "second"

    in_transaction(two_owners)
    in_transaction(lambda session: queries.mark_done(session, event.id, owner="first", now=clock.now()))
    in_transaction(lambda session: queries.mark_failed(session, event.id, owner="first", error="late", now=clock.now()))
    in_transaction(lambda session: queries.bury_event(session, event.id, owner="first", error="late"))

    assert read(event).state is OutboxState.HELD
    in_transaction(lambda session: queries.mark_done(session, event.id, owner="second", now=clock.now()))
    assert read(event).state is OutboxState.DONE


def test_work_that_closes_its_event_is_done_once(app: Flask):
    event = record()
    in_transaction(lambda session: queries.claim_event(session, event.id, owner="me", now=clock.now()))

    closed = [in_transaction(lambda session: queries.close_event(session, event.id, now=clock.now())) for _ in range(2)]

    assert closed == [True, False]


def test_an_event_of_a_change_that_failed_does_not_exist(app: Flask, count_rows: Callable[..., int]):
    def fail(session: Any) -> None:
        outbox.record(session, Topic.WEBHOOK_RECEIVED, subject_id=1)
        session.flush()
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        in_transaction(fail)

    assert count_rows(OutboxEvent) == 0


def test_the_bell_rings_after_the_commit_of_an_event_alone(bell: list[str]):
    in_transaction(lambda session: session.get(OutboxEvent, 1))
    assert bell == []

    record()

    assert bell == ["outbox"]


def test_a_broken_bell_breaks_nothing(app: Flask, count_rows: Callable[..., int]):
    def broken(bells: frozenset[Bell]) -> None:
        raise ConnectionError

    set_bell(broken)
    record()

    assert count_rows(OutboxEvent) == 1


def test_a_drain_that_takes_too_long_leaves_the_rest_to_the_next(
    handler: Handler, bell: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tasks, "DRAIN_BUDGET_S", -1)
    for _ in range(3):
        record()
    bell.clear()

    assert tasks.drain.run() == 1
    assert bell == [Bell.OUTBOX]
    assert sum(handler.calls.values()) == 1


def test_drains_side_by_side_share_the_events(app: Flask, handler: Handler, count_rows: Callable[..., int]):
    events = [record() for _ in range(EVENTS)]

    handled = drain_side_by_side(app)

    assert sum(handled) == EVENTS
    assert handler.calls == {event.id: 1 for event in events}
    assert count_rows(OutboxEvent, OutboxEvent.state == OutboxState.DONE) == EVENTS


def test_a_bell_that_rings_while_enough_drains_work_takes_no_more_threads_and_is_heard(app: Flask, handler: Handler):
    drains = tasks.DRAINS_AT_ONCE
    are_at_work, may_end = Barrier(drains + 1, timeout=20), Barrier(drains + 1, timeout=20)
    first = {record().id for _ in range(drains)}

    def work_long(event_id: int) -> None:
        if event_id in first:
            are_at_work.wait()
            may_end.wait()

    handler.fails = work_long
    with ThreadPoolExecutor(1) as pool:
        handled = pool.submit(drain_side_by_side, app, drains)
        are_at_work.wait()
        late = record()
        assert tasks.drain.run() == 0
        assert tasks.drain_missed.run() == 0
        assert handler.calls == dict.fromkeys(first, 1)
        may_end.wait()

        assert sum(handled.result()) == drains + 1
    assert handler.calls == dict.fromkeys([*first, late.id], 1)


def test_a_claim_that_does_not_compare_would_do_things_twice(
    app: Flask, handler: Handler, monkeypatch: pytest.MonkeyPatch
):
    both_have_listed = Barrier(2, timeout=20)
    list_due = queries.list_due_event_ids

    def list_together(session: Session, **options: Any) -> Any:
        event_ids = list_due(session, **options)
        both_have_listed.wait()
        return event_ids

    def take(session: Session, event_id: int, *, owner: str, now: datetime) -> bool:
        held = update(OutboxEvent).where(OutboxEvent.id == event_id).values(state=OutboxState.HELD, owner=owner)
        session.execute(held)
        return True

    monkeypatch.setattr(queries, "list_due_event_ids", list_together)
    monkeypatch.setattr(queries, "claim_event", take)
    event = record()

    drain_side_by_side(app)

    assert handler.calls == {event.id: 2}


def test_no_mail_goes_twice_when_drains_work_side_by_side(
    app: Flask, make_user: Callable[..., User], mailer: RecordingMailer, count_rows: Callable[..., int]
):
    users = [make_user() for _ in range(20)]

    def change_passwords(session: Any) -> None:
        for user in users:
            outbox.record(session, Topic.PASSWORD_CHANGED, subject_id=user.id)

    in_transaction(change_passwords)
    drain_side_by_side(app)
    tasks.drain.run()

    assert sorted(message.to for message in mailer.sent) == sorted(user.email for user in users)
    assert len({message.message_id for message in mailer.sent}) == len(users)
    assert count_rows(OutboxEvent, OutboxEvent.state != OutboxState.DONE) == 0


def drain_side_by_side(app: Flask, drains: int = 2) -> list[int]:
    """Run several drains at once, each in a thread and app context of its own."""
    start = Barrier(drains, timeout=20)

    def run() -> int:
        with app.app_context():
            start.wait()
            return int(tasks.drain.run())

    with ThreadPoolExecutor(drains) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(drains)]]
