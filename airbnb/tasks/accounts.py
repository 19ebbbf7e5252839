"""What time does to accounts: exports are made, closed accounts erased, and what is over is removed."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from celery import shared_task
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.try_limits import LONGEST_WINDOW
from airbnb.extensions import current_settings
from airbnb.queries.one_time_tokens import delete_old_tokens
from airbnb.queries.outbox import find_event
from airbnb.queries.sessions import delete_old_sessions
from airbnb.queries.tries import delete_old
from airbnb.services.auth import ask_password_reset
from airbnb.services.exports import remove_expired
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import exports
from airbnb.workflows.account_closing import erase_due_accounts

BATCH = 500
#: Ended sessions still tell for a while where their owner usually is.
KEEP_SESSIONS = timedelta(days=90)
#: Spent links are kept for mails that are still on their way, and for support.
KEEP_TOKENS = timedelta(days=7)


@shared_task(name="accounts.make_reset_link")
def make_reset_link(event_id: int) -> bool:
    """Have the link mailed that somebody wants who forgot a password. Idempotent."""
    secret, now = current_settings().secret_key, clock.now()
    return in_transaction(partial(ask_password_reset, event_id=event_id, secret=secret, now=now))


@shared_task(name="accounts.make_export")
def make_export(event_id: int) -> bool:
    """Make the zip that an event asks for. Idempotent."""
    with reading() as session:
        event = find_event(session, event_id)
    return event is not None and exports.make_export(event.subject_id)


@shared_task(name="accounts.erase_closed")
@once_per_period("accounts-erase")
def erase_closed() -> int:
    """Erase the owners of closed accounts that are due and owe nothing."""
    return erase_due_accounts(clock.now())


@shared_task(name="accounts.clean_up")
@once_per_period("accounts-clean-up")
def clean_up() -> int:
    """Remove sessions, links, counts and exports that are over, a batch a transaction."""
    now = clock.now()
    return sum(
        map(
            _in_batches,
            (
                partial(delete_old_sessions, before=now - KEEP_SESSIONS, limit=BATCH),
                partial(delete_old_tokens, before=now - KEEP_TOKENS, limit=BATCH),
                partial(delete_old, before=now - LONGEST_WINDOW, limit=BATCH),
                partial(remove_expired, now=now, limit=BATCH),
            ),
        )
    )


def _in_batches(delete: Callable[[Session], int]) -> int:
    total = 0
    while deleted := in_transaction(delete):
        total += deleted
    return total
