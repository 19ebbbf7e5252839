"""What becomes of a dispute when the provider says where it stands.

As for payments, only where it stands now counts: late, repeated and reordered reports end the same.
Source: docs/rules/disputes.md.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.causes import by_gateway
from airbnb.domain.dispute_rules import host_bears
from airbnb.domain.ids import new_id
from airbnb.domain.ledger_accounts import Account
from airbnb.domain.payment_reports import DisputeReport
from airbnb.domain.postings import Entry, dispute_lost, dispute_opened, reversal
from airbnb.domain.refund_postings import host_owes, refund_covered
from airbnb.domain.staff_refunds import HostPart
from airbnb.domain.statuses import DisputeStatus, can_move
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.disputes import Dispute
from airbnb.models.payments import Payment
from airbnb.queries import disputes as queries
from airbnb.queries import ledger as ledger_queries
from airbnb.queries import payments as payment_queries
from airbnb.queries.bookings import lock_booking
from airbnb.queries.payouts import sum_earned
from airbnb.queries.transitions import move, record_start
from airbnb.services import earnings, ledger, outbox
from airbnb.services.booking_terms import to_guest_currency
from airbnb.services.payment_starts import start_refunds

CLOSED = (DisputeStatus.WON, DisputeStatus.LOST)
REASON_LENGTH = 64
OPENED = "opened"
COVERED, OWED_AGAIN = "refund_covered", "refund_owed_again"
#: Why a refund is sent that a cancellation owed while the bank had the money.
DISPUTE_WON = "dispute_won"


def apply_report(session: Session, payment_id: int, report: DisputeReport, *, now: datetime) -> int:
    """Apply where the provider says a dispute of a payment stands; return the id of the case.

    Locks: the booking, the payment, then the dispute.
    Idempotent: a report that tells nothing new changes nothing.
    """
    booking = lock_booking(session, payment_queries.get_payment(session, payment_id).booking_id)
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
    _post(session, booking, dispute, now)
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


def _post(session: Session, booking: Booking, dispute: Dispute, now: datetime) -> None:
    """Post what the bank took, and what it decided; an inquiry takes nothing."""
    if dispute.is_inquiry:
        return
    taken = dispute_opened(
        booking_id=dispute.booking_id,
        provider=dispute.provider,
        amount_minor=dispute.amount_minor,
        currency=dispute.currency,
    )
    if _write(session, "dispute_opened", dispute, taken, now):
        payment_queries.add_disputed(session, dispute.payment_id, dispute.amount_minor, dispute.currency)
    if dispute.status is DisputeStatus.WON and _write(session, "dispute_won", dispute, reversal(taken), now):
        payment_queries.add_disputed(session, dispute.payment_id, -dispute.amount_minor, dispute.currency)
        _owe_again(session, booking, dispute, now)
    if dispute.status is DisputeStatus.LOST:
        _post_lost(session, booking, dispute, now)


def _owe_again(session: Session, booking: Booking, dispute: Dispute, now: datetime) -> None:
    """Send back what a cancellation owed and the bank had taken: now that the money is ours again, so is the debt.

    The sweep makes the calls that are planned here.
    """
    covered = [
        entry
        for kind in (COVERED, OWED_AGAIN)
        for entry in ledger_queries.list_entries(session, kind, booking_id=booking.id)
        if entry.account == Account.REFUNDS_PAYABLE
    ]
    payments = payment_queries.list_of_booking(session, booking.id)
    amount_minor = min(
        sum(entry.amount_minor for entry in covered),
        dispute.amount_minor,
        sum(payment.refundable_minor for payment in payments),
    )
    if amount_minor <= 0:
        return
    entries = reversal(refund_covered(booking_id=booking.id, amount_minor=amount_minor, currency=booking.currency))
    _write(session, OWED_AGAIN, dispute, entries, now)
    start_refunds(session, payments, amount_minor, reason=DISPUTE_WON, lines=[], now=now)


def _post_lost(session: Session, booking: Booking, dispute: Dispute, now: datetime) -> None:
    """Post what is gone for good; of what was wrong with the stay itself, the host owes a share of what it earned."""
    if ledger.is_posted(session, "dispute_lost", _source(dispute)):
        return
    host_minor = host_bears(
        dispute.reason,
        amount_minor=dispute.amount_minor,
        total_minor=booking.total_minor,
        earned_minor=sum_earned(session, booking.id) if dispute.currency == booking.currency else 0,
    )
    worth_minor = to_guest_currency(booking, host_minor)
    dispute.host_minor, dispute.host_worth_minor = host_minor, worth_minor
    lost = dispute_lost(
        booking_id=booking.id,
        amount_minor=dispute.amount_minor,
        host_worth_minor=worth_minor,
        currency=dispute.currency,
    )
    owed = host_owes(
        Entry(account="", amount_minor=0, currency=dispute.currency, booking_id=booking.id, user_id=booking.host_id),
        host_currency=booking.listing_currency,
        part=HostPart(owed_minor=host_minor, fee_minor=0),
        worth_minor=worth_minor,
        exchanged_minor=None if booking.currency == booking.listing_currency else worth_minor,
    )
    _write(session, "dispute_lost", dispute, [*lost, *owed], now)
    earnings.note_item(session, booking, -host_minor, _source(dispute), due=now)


def _source(dispute: Dispute) -> str:
    return f"dispute:{dispute.id}"


def _write(session: Session, kind: str, dispute: Dispute, entries: list[Entry], now: datetime) -> bool:
    return ledger.post(session, kind, _source(dispute), entries, now=now, booking_id=dispute.booking_id)
