"""What becomes of a dispute when the provider says where it stands.

As for payments, only where it stands now counts: late, repeated and reordered reports end the same.
Source: docs/rules/disputes.md.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.causes import by_gateway
from airbnb.domain.ids import new_id
from airbnb.domain.payment_reports import DisputeReport
from airbnb.domain.postings import Entry, dispute_lost, dispute_opened, reversal
from airbnb.domain.statuses import DisputeStatus, can_move
from airbnb.domain.topics import Topic
from airbnb.models.disputes import Dispute
from airbnb.models.payments import Payment
from airbnb.queries import disputes as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries.transitions import move, record_start
from airbnb.services import ledger, outbox

CLOSED = (DisputeStatus.WON, DisputeStatus.LOST)
REASON_LENGTH = 64
OPENED = "opened"


def apply_report(session: Session, payment_id: int, report: DisputeReport, *, now: datetime) -> int:
    """Apply where the provider says a dispute of a payment stands; return the id of the case.

    Locks: the payment, then the dispute.
    Idempotent: a report that tells nothing new changes nothing.
    """
    payment = payment_queries.lock_payment(session, payment_id)
    dispute = queries.find_by_ref(session, payment.provider, report.provider_ref)
    if dispute is None:
        dispute = _open(session, payment, report, now)
    elif can_move(dispute.status, report.status):
        _move(session, dispute, report, now)
    if dispute.closed_at is None or dispute.status is report.status:
        dispute.is_inquiry = report.is_inquiry
        dispute.evidence_due_at = report.evidence_due_at
    session.flush()
    _post(session, dispute, now)
    return dispute.id


def _open(session: Session, payment: Payment, report: DisputeReport, now: datetime) -> Dispute:
    dispute = Dispute(
        id=new_id(),
        payment_id=payment.id,
        booking_id=payment.booking_id,
        provider=payment.provider,
        provider_ref=report.provider_ref,
        status=report.status,
        is_inquiry=report.is_inquiry,
        reason=report.reason[:REASON_LENGTH],
        currency=report.currency,
        amount_minor=report.amount_minor,
        evidence_due_at=report.evidence_due_at,
        closed_at=now if report.status in CLOSED else None,
        created_at=now,
    )
    session.add(dispute)
    session.flush()
    record_start(session, dispute, cause=by_gateway(now=now, reason=dispute.reason))
    _tell(session, dispute, report.status.value if report.status in CLOSED else OPENED)
    return dispute


def _move(session: Session, dispute: Dispute, report: DisputeReport, now: datetime) -> None:
    closed_at = now if report.status in CLOSED else None
    cause = by_gateway(now=now)
    move(session, Dispute, dispute.id, old=dispute.status, new=report.status, cause=cause, closed_at=closed_at)
    if closed_at is not None:
        _tell(session, dispute, report.status.value)


def _tell(session: Session, dispute: Dispute, decision: str) -> None:
    outbox.record(session, Topic.DISPUTE_MOVED, subject_id=dispute.id, payload={"decision": decision})


def _post(session: Session, dispute: Dispute, now: datetime) -> None:
    """Post what the bank took, and what it decided; an inquiry takes nothing."""
    if dispute.is_inquiry:
        return
    taken = dispute_opened(
        booking_id=dispute.booking_id,
        provider=dispute.provider,
        amount_minor=dispute.amount_minor,
        currency=dispute.currency,
    )
    _write(session, "dispute_opened", dispute, taken, now)
    if dispute.status is DisputeStatus.WON:
        _write(session, "dispute_won", dispute, reversal(taken), now)
    elif dispute.status is DisputeStatus.LOST:
        lost = dispute_lost(booking_id=dispute.booking_id, amount_minor=dispute.amount_minor, currency=dispute.currency)
        _write(session, "dispute_lost", dispute, lost, now)


def _write(session: Session, kind: str, dispute: Dispute, entries: list[Entry], now: datetime) -> None:
    ledger.post(session, kind, f"dispute:{dispute.id}", entries, now=now, booking_id=dispute.booking_id)
