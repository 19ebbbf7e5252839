"""What becomes of a refund when the provider says where it stands, whoever brings the word.

A refund may arrive after it had been sent another way. Then the guest has it twice until one of the two comes back.
Source: docs/rules/refunds.md, "When a refund fails"; docs/rules/ledger.md.
"""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.causes import by_gateway
from airbnb.domain.errors import NotFound
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import IntentOperation
from airbnb.domain.payment_reports import RefundReport
from airbnb.domain.postings import Entry, refund_sent, reversal
from airbnb.domain.refund_postings import refund_doubled
from airbnb.domain.statuses import IntentState, PaymentStatus, RefundStatus, can_move
from airbnb.domain.topics import Topic
from airbnb.models.payments import Payment, Refund
from airbnb.queries import payments as queries
from airbnb.queries import refunds as refund_queries
from airbnb.queries.bookings import lock_booking_of
from airbnb.queries.refunds import DOUBLED
from airbnb.queries.transitions import move, record_start
from airbnb.services import documents, ledger, outbox

logger = logging.getLogger(__name__)


def apply_refund_report(session: Session, refund_id: int, report: RefundReport, *, now: datetime) -> None:
    """Apply where the provider says a refund stands; one that a bank sent back after it had arrived is owed again.

    Locks: the booking, then the refund.
    Raises: NotFound.
    Idempotent.
    """
    refund = _lock(session, refund_id)
    old = refund.status
    if _has_come_back(session, refund):
        # An old word that it arrived says nothing new.
        return
    if old is RefundStatus.REROUTED and report.status is RefundStatus.SUCCEEDED:
        _note_late_arrival(session, refund, report, now)
        return
    if report.status is RefundStatus.PENDING or not can_move(old, report.status):
        return
    succeeded = report.status is RefundStatus.SUCCEEDED
    _close_call(session, refund, report)
    # Of two that the guest had, the other one stays.
    is_settled = not succeeded and _undo_doubling(session, refund, now)
    columns: dict[str, Any] = {
        "provider_ref": report.provider_ref or refund.provider_ref,
        "failure_code": report.failure_code,
        "succeeded_at": now if succeeded else None,
    }
    cause = by_gateway(now=now, reason=report.failure_code)
    new = RefundStatus.REROUTED if is_settled else report.status
    move(session, Refund, refund.id, old=old, new=new, cause=cause, **columns)
    if succeeded:
        _post(session, "refund_sent", refund, _sent(refund), now)
        note_returned(session, refund, now=now)
        return
    if old is RefundStatus.SUCCEEDED:
        _post(session, "refund_came_back", refund, reversal(_sent(refund)), now)
    if not is_settled:
        outbox.record(session, Topic.REFUND_FAILED, subject_id=refund.id)


def note_returned(session: Session, refund: Refund, *, now: datetime) -> None:
    """Note that a refund's money is back at the guest: on its payment, to the guest, and by a credit note."""
    payment = queries.lock_payment(session, refund.payment_id)
    returned_minor = refund_queries.sum_succeeded_refunds(session, payment.id)
    is_whole = returned_minor >= payment.captured_minor  # above it only what was sent twice
    new = PaymentStatus.REFUNDED if is_whole else PaymentStatus.PARTIALLY_REFUNDED
    if can_move(payment.status, new):
        move(session, Payment, payment.id, old=payment.status, new=new, cause=by_gateway(now=now))
    outbox.record(session, Topic.PAYMENT_REFUNDED, subject_id=refund.id)
    documents.issue_credit_note(session, refund, now=now)


def _lock(session: Session, refund_id: int) -> Refund:
    """Lock what refunds of one debt have in common, then the one: what becomes of it hangs on the others."""
    refund = refund_queries.get_refund(session, refund_id)
    if refund is None:
        raise NotFound()
    lock_booking_of(session, refund.payment_id)
    return refund_queries.lock_refund(session, refund_id)


def _has_come_back(session: Session, refund: Refund) -> bool:
    """Say whether a refund had arrived and was sent back, without staff having sent it another way since."""
    is_back = refund.status is RefundStatus.FAILED or (refund.status is RefundStatus.REROUTED and refund.route is None)
    return is_back and ledger.is_posted(session, "refund_sent", f"refund:{refund.id}")


def _close_call(session: Session, refund: Refund, report: RefundReport) -> None:
    intent = queries.find_open_intent(session, IntentOperation.REFUND, refund_id=refund.id)
    if intent is not None:
        state = IntentState.SUCCEEDED if report.status is RefundStatus.SUCCEEDED else IntentState.FAILED
        queries.close_intent(session, intent.id, state=state, provider_ref=report.provider_ref)


def _note_late_arrival(session: Session, rerouted: Refund, report: RefundReport, now: datetime) -> None:
    """Note that a refund arrived though it had been sent another way, as a refund of its own.

    If the other way failed meanwhile, this one settles what is owed. Else the guest has the money twice.
    Idempotent.
    """
    if refund_queries.find_double(session, rerouted.id) is not None:
        return
    cause = by_gateway(now=now, reason="it arrived after it had been sent another way")
    last = refund_queries.find_last_replacement(session, rerouted)
    is_twice = last.status is not RefundStatus.FAILED
    if is_twice:
        _post(session, "refund_doubled", rerouted, _doubled(rerouted), now)
    else:
        move(session, Refund, last.id, old=RefundStatus.FAILED, new=RefundStatus.REROUTED, cause=cause)
    again = _add_again(session, rerouted, report.provider_ref, now)
    if not is_twice:
        _take_place(again, last)
    record_start(session, again, cause=cause)
    _post(session, "refund_sent", again, _sent(again), now)
    note_returned(session, again, now=now)
    if is_twice:
        outbox.record(session, Topic.REFUND_DOUBLED, subject_id=again.id, payload={"decision": "doubled"})
        logger.error("a guest has a refund twice", extra={"refund_id": rerouted.id, "again_id": again.id})


def _add_again(session: Session, rerouted: Refund, provider_ref: str | None, now: datetime) -> Refund:
    """Add the refund that arrived beside the other way; the provider's name for it is its own from here on."""
    provider_ref, rerouted.provider_ref = provider_ref or rerouted.provider_ref, None
    session.flush()
    again = Refund(
        id=new_id(),
        payment_id=rerouted.payment_id,
        booking_id=rerouted.booking_id,
        provider=rerouted.provider,
        provider_ref=provider_ref,
        status=RefundStatus.SUCCEEDED,
        currency=rerouted.currency,
        amount_minor=rerouted.amount_minor,
        reason=DOUBLED,
        lines=[],
        succeeded_at=now,
        doubles_id=rerouted.id,
    )
    session.add(again)
    session.flush()
    return again


def _undo_doubling(session: Session, failed: Refund, now: datetime) -> bool:
    """Note that of a refund which the guest had twice one is gone again; False when the guest had it once.

    ``failed`` is the one that arrived late, or the one that had taken its place.
    """
    for again in refund_queries.list_doubles_beside(session, failed):
        assert again.doubles_id is not None
        doubled = refund_queries.lock_refund(session, again.doubles_id)
        is_undone = ledger.is_posted(session, "refund_doubled", f"refund:{doubled.id}") and _post(
            session, "refund_undoubled", doubled, reversal(_doubled(doubled)), now
        )
        if is_undone:
            if again.id != failed.id:
                _take_place(again, failed)
            outbox.record(session, Topic.REFUND_DOUBLED, subject_id=failed.id, payload={"decision": "came_back"})
            return True
    return False


def _take_place(again: Refund, failed: Refund) -> None:
    """Let the one that arrived late tell why money went back, and of which lines, instead of one that did not stay."""
    again.reason, again.lines = failed.reason, failed.lines


def _doubled(refund: Refund) -> list[Entry]:
    return refund_doubled(booking_id=refund.booking_id, amount_minor=refund.amount_minor, currency=refund.currency)


def _sent(refund: Refund) -> list[Entry]:
    return refund_sent(
        booking_id=refund.booking_id,
        provider=refund.provider,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
    )


def _post(session: Session, kind: str, refund: Refund, entries: list[Entry], now: datetime) -> bool:
    return ledger.post(session, kind, f"refund:{refund.id}", entries, now=now, booking_id=refund.booking_id)
