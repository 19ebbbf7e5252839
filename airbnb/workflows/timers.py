"""What time does to bookings and to calls: each record in a transaction of its own, so that one never stops another."""

import logging
from datetime import datetime, timedelta
from functools import partial

from airbnb.domain.payout_rules import PayoutAnchor
from airbnb.domain.statuses import PaymentStatus
from airbnb.extensions import current_settings
from airbnb.integrations.payments import GatewayError
from airbnb.queries import booking_changes as change_queries
from airbnb.queries import bookings as queries
from airbnb.queries import payments as payment_queries
from airbnb.services import booking_life, earnings
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.batches import act_on_each
from airbnb.workflows.booking_changes import expire_change
from airbnb.workflows.payment_outcomes import make_calls, refresh_payment, resolve

logger = logging.getLogger(__name__)

BATCH = 200
#: How soon a call is asked about again when the provider answered, yet without an outcome.
NEXT_CHECK_AFTER = timedelta(minutes=2)


def expire_lapsed(now: datetime) -> int:
    """Let every hold and request lapse whose time is over; return how many did."""
    with reading() as session:
        booking_ids = queries.list_lapsed_ids(session, now=now, limit=BATCH)
    return act_on_each(booking_ids, partial(expire_one, now=now))


def expire_one(booking_id: int, *, now: datetime) -> bool:
    """Let one hold or request lapse if its time is over, and give up what was authorised.

    The provider is asked first: a payer may have agreed although nobody told us.
    """
    with reading() as session:
        booking = queries.find_booking(session, booking_id)
        payments = payment_queries.list_of_booking(session, booking_id)
    if booking is None or not booking_life.has_lapsed(booking, now):
        return False
    for payment in payments:
        if payment.status is PaymentStatus.REQUIRES_ACTION:
            _ask(payment.id)
    calls = in_transaction(partial(booking_life.expire, booking_id=booking_id, now=now))
    make_calls(calls or ())
    return calls is not None


def _ask(payment_id: int) -> None:
    try:
        refresh_payment(payment_id)
    except GatewayError:
        logger.warning("the provider does not answer", extra={"payment_id": payment_id}, exc_info=True)


def expire_changes(now: datetime) -> int:
    """Let every change of a booking lapse that was not answered or paid in time; return how many did."""
    with reading() as session:
        change_ids = change_queries.list_lapsed_ids(session, now=now, limit=BATCH)
    return act_on_each(change_ids, partial(expire_change, now=now))


def earn_begun(now: datetime) -> int:
    """Post the earnings of every stay whose T has passed, where payouts are anchored there; return how many were."""
    if PayoutAnchor(current_settings().payout_anchor) is not PayoutAnchor.CHECK_IN:
        return 0
    with reading() as session:
        booking_ids = queries.list_unearned_ids(session, now=now, limit=BATCH)
    return act_on_each(booking_ids, partial(earn_one, now=now))


def earn_one(booking_id: int, *, now: datetime) -> bool:
    """Post the earnings of one stay if its T has passed and they are posted then."""
    return in_transaction(partial(earnings.earn, booking_id=booking_id, now=now))


def complete_finished(now: datetime) -> int:
    """Complete every confirmed stay whose check-out has passed; return how many were."""
    done = 0
    while True:
        with reading() as session:
            booking_ids = queries.list_finished_ids(session, now=now, limit=BATCH)
        completed = act_on_each(booking_ids, partial(complete_one, now=now))
        done += completed
        # Without progress the rest fails for reasons of its own: the next run tries again.
        if len(booking_ids) < BATCH or not completed:
            return done


def complete_one(booking_id: int, *, now: datetime) -> bool:
    """Complete one stay if its check-out has passed."""
    return in_transaction(partial(booking_life.complete, booking_id=booking_id, now=now))


def resolve_unsettled(now: datetime) -> int:
    """Ask the providers about every call whose outcome is not known; return how many were asked about."""
    with reading() as session:
        waiting = payment_queries.list_unsettled(session, now=now, limit=BATCH)
    return act_on_each(waiting, partial(_resolve_one, now=now))


def _resolve_one(claimed: tuple[int, datetime], *, now: datetime) -> bool:
    intent_id, seen = claimed
    claim = partial(payment_queries.claim_check, intent_id=intent_id, seen=seen, next_check_at=now + NEXT_CHECK_AFTER)
    if not in_transaction(claim):
        return False
    resolve(intent_id)
    return True
