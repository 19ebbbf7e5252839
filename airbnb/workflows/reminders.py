"""Giving the reminders that are due, each in a transaction of its own, so that one never stops another."""

from datetime import datetime
from functools import partial

from airbnb.domain.reminders import ReminderKind
from airbnb.queries.reminders import list_due_ids
from airbnb.services.reminders import remind
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.batches import act_on_each

#: Of each kind in one run; the next one takes the rest.
BATCH = 500


def remind_due(now: datetime) -> int:
    """Give every reminder whose time has come; return how many people were told."""
    return sum(_remind_all(kind, now) for kind in ReminderKind)


def _remind_all(kind: ReminderKind, now: datetime) -> int:
    with reading() as session:
        booking_ids = list_due_ids(session, kind, now=now, limit=BATCH)
    return act_on_each(booking_ids, partial(_remind_one, kind=kind, now=now))


def _remind_one(booking_id: int, *, kind: ReminderKind, now: datetime) -> bool:
    return in_transaction(partial(remind, booking_id=booking_id, kind=kind, now=now))
