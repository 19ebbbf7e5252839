"""The outbox at work: claim, commit, act, mark; each event by the task that its topic names."""

import logging
import threading
import time
from datetime import timedelta
from functools import partial

from celery import shared_task
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.bells import Bell, ask_to_ring
from airbnb.domain.ids import new_token
from airbnb.domain.switches import Switch
from airbnb.domain.topics import Topic
from airbnb.extensions import celery
from airbnb.queries import outbox
from airbnb.tasks.jobs import is_paused, once_per_period
from airbnb.tasks.setup import TIME_LIMIT_S
from airbnb.tasks.topics import HANDLERS
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import switches

logger = logging.getLogger(__name__)

BATCH = 50
#: A drain makes room for another before long: a worker that is to stop waits for it, and has 30 s for that.
DRAIN_BUDGET_S = 15.0
#: What a newer release asked for is looked at so often, and for so long, until one of its workers is there.
NEWER_LOOKS_EVERY = timedelta(minutes=1)
NEWER_COMES_WITHIN = timedelta(days=1)
STUCK_AFTER = timedelta(seconds=2 * TIME_LIMIT_S)
#: Of the threads of a worker process; the others are for the sweeps, which would wait behind a long queue of mails.
DRAINS_AT_ONCE = 2

_asked = threading.Event()
_room = threading.BoundedSemaphore(DRAINS_AT_ONCE)


class GiveUp(Exception):
    """A handler's word that trying again can't help: the event becomes a dead letter with this reason."""


class NotKnownHere(Exception):
    """A handler's word that the event asks for something that only a newer release can do, whose worker takes it."""


@shared_task(name="outbox.drain")
def drain() -> int:
    """Handle every due event, as the doorbell asks; several drains side by side share them by their claims.

    The bell rings for every commit: who finds enough drains at work in this process leaves a note for them.

    Returns: how many events this call handled.
    """
    handled, deadline = 0, time.monotonic() + DRAIN_BUDGET_S
    _asked.set()
    while _asked.is_set() and _room.acquire(blocking=False):
        try:
            _asked.clear()
            handled += _handle_due(deadline)
        finally:
            _room.release()
        if time.monotonic() > deadline:
            in_transaction(lambda session: ask_to_ring(session.info, Bell.OUTBOX))
            break
    return handled


@shared_task(name="outbox.drain_missed")
@once_per_period("outbox-drain")
def drain_missed() -> int:
    """Handle what no doorbell rang for; beat asks, so that its silence is seen. Returns: how many events."""
    return int(drain.run())


def _handle_due(deadline: float) -> int:
    if is_paused("outbox-drain"):
        return 0
    held_back = {Topic.MAIL_SEND} if switches.is_off(Switch.MAIL) else set()
    # What a newer release wrote waits for a worker of that release: trying would only use its attempts up.
    topics = sorted(HANDLERS.keys() - held_back)
    handled = 0
    while True:
        with reading() as session:
            event_ids = outbox.list_due_event_ids(session, now=clock.now(), limit=BATCH, topics=topics)
        taken = 0
        for event_id in event_ids:
            taken += deliver(event_id)
            if time.monotonic() > deadline:
                return handled + taken
        handled += taken
        # No event means the end; no progress means that other drains hold the rest.
        if not taken:
            return handled


def deliver(event_id: int) -> bool:
    """Claim one event and handle it; whether this caller was the one that got it.

    A handler that fails leaves the event for a later attempt; one bad event never stops the others.
    """
    owner = new_token()[:32]
    if not in_transaction(partial(outbox.claim_event, event_id=event_id, owner=owner, now=clock.now())):
        return False
    try:
        _handle(event_id)
    except GiveUp as error:
        logger.warning("an outbox event was given up", extra={"event_id": event_id, "reason": str(error)})
        in_transaction(partial(outbox.bury_event, event_id=event_id, owner=owner, error=str(error)))
    except NotKnownHere as error:
        logger.warning("an outbox event waits for a newer release", extra={"event_id": event_id, "reason": str(error)})
        now = clock.now()
        put_back = partial(outbox.put_back_untried, until=now + NEWER_LOOKS_EVERY, alive_since=now - NEWER_COMES_WITHIN)
        in_transaction(partial(put_back, event_id=event_id, owner=owner, error=str(error)))
    except Exception as error:
        logger.warning("an outbox event failed", extra={"event_id": event_id}, exc_info=True)
        text = f"{type(error).__name__}: {error}"
        in_transaction(partial(outbox.mark_failed, event_id=event_id, owner=owner, error=text, now=clock.now()))
    else:
        in_transaction(partial(outbox.mark_done, event_id=event_id, owner=owner, now=clock.now()))
    return True


def _handle(event_id: int) -> None:
    with reading() as session:
        event = outbox.find_event(session, event_id)
    if event is not None:
        celery.tasks[HANDLERS[Topic(event.topic)]](event_id)


@shared_task(name="outbox.sweep")
@once_per_period("outbox-sweep")
def sweep() -> int:
    """Give events of dead workers back to the queue, and have them looked at soon."""

    def work(session: Session) -> int:
        given_back = outbox.give_back_stuck_events(session, held_before=clock.now() - STUCK_AFTER)
        if given_back:
            ask_to_ring(session.info, Bell.OUTBOX)
        return given_back

    return in_transaction(work)
