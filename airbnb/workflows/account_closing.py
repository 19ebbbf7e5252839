"""Closing accounts, and erasing what is known about their owners once stays and money allow."""

import logging
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.causes import Cause
from airbnb.domain.errors import DomainError
from airbnb.domain.statuses import PendingOn
from airbnb.extensions import current_settings
from airbnb.models.account_safety import AccountClosure
from airbnb.queries import closures
from airbnb.queries.bookings import Viewer
from airbnb.queries.users import lock_user
from airbnb.services import account_care, account_closing, erasure
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.booking_answers import cancel_booking, decline_request

logger = logging.getLogger(__name__)

BATCH = 100


def close_account(user_id: int, *, by_staff: Cause | None = None) -> AccountClosure:
    """Close a user's account, then give up what nobody has agreed to yet: requests by them and to them.

    Raises: InvalidTransition; Forbidden for staff who may not act on this account.
    """

    def work(session: Session) -> AccountClosure:
        if by_staff is not None:
            return account_care.close_account(session, user_id, cause=by_staff)
        return account_closing.close_account(session, lock_user(session, user_id), now=clock.now())

    closure = in_transaction(work)
    with reading() as session:
        pending = closures.list_pending_bookings(session, user_id)
    for booking_id, guest_id, pending_on in pending:
        _give_up(booking_id, user_id, is_guest=guest_id == user_id, pending_on=pending_on)
    return closure


def erase_account_now(user_id: int, cause: Cause) -> None:
    """Erase a closed account before its time, at its owner's wish. Raises: StillObliged; Forbidden; NotFound."""
    keys = current_settings().encryption_keys
    in_transaction(partial(account_care.erase_account, user_id=user_id, keys=keys, cause=cause))


def erase_due_accounts(now: datetime) -> int:
    """Erase every closed account that is due and owes nothing; return how many."""
    erased, last = 0, 0
    while True:
        with reading() as session:
            user_ids = closures.list_due_closures(session, now=now, limit=BATCH, after_id=last)
        if not user_ids:
            return erased
        keys = current_settings().encryption_keys
        for user_id in user_ids:
            erased += in_transaction(partial(erasure.erase_account, user_id=user_id, keys=keys, now=now))
        last = user_ids[-1]


def _give_up(booking_id: int, user_id: int, *, is_guest: bool, pending_on: PendingOn | None) -> None:
    viewer = Viewer(user_id=user_id)
    try:
        if is_guest:
            cancel_booking(str(booking_id), viewer, reason=account_closing.REASON)
        elif pending_on is PendingOn.HOST:
            decline_request(str(booking_id), viewer, reason=account_closing.REASON)
    except DomainError:
        # The booking moved meanwhile, or a provider is away: what is left lapses by itself.
        logger.warning("a booking outlives its account", extra={"booking_id": booking_id}, exc_info=True)
