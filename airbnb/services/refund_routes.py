"""Another way for a refund that could not go back: the provider asked anew, or a transfer that staff made.

Until one of them, what failed is still owed to the guest in the ledger.
Source: docs/rules/refunds.md, "When a refund fails".
"""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.formats import one_line
from airbnb.domain.ids import new_id
from airbnb.domain.money import Money
from airbnb.domain.refund_postings import refund_rerouted
from airbnb.domain.staff_refunds import RefundRoute
from airbnb.domain.statuses import RefundStatus
from airbnb.models.approvals import Approval
from airbnb.models.payments import Refund
from airbnb.queries import refunds as queries
from airbnb.queries.bookings import lock_booking
from airbnb.queries.transitions import move, record_start
from airbnb.services import ledger
from airbnb.services.approvals import Proposal
from airbnb.services.payment_calls import plan_refund_call
from airbnb.services.refund_reports import note_returned


def reroute_proposal(session: Session, refund_id: int, route: RefundRoute, reference: str) -> Proposal:
    """Return another way for a failed refund, to be proposed.

    ``reference`` is by what the transfer that staff made is found at our bank.
    Raises: NotFound; InvalidTransition for a refund that has not failed; ValidationFailed naming ``reference``.
    """
    refund = queries.lock_refund(session, refund_id)
    if refund.status is not RefundStatus.FAILED:
        raise InvalidTransition(**{"from": refund.status, "to": RefundStatus.REROUTED})
    if route is RefundRoute.BANK_TRANSFER and not reference.strip():
        raise ValidationFailed({"reference": ["By what is the transfer found at the bank?"]})
    return Proposal(
        kind=ApprovalKind.REROUTE_REFUND,
        subject=Refund,
        subject_id=refund.id,
        amounts=[Money(refund.amount_minor, refund.currency)],
        terms={"route": route.value, "reference": one_line(reference)},
    )


def reroute(session: Session, approval: Approval, cause: Cause) -> list[int]:
    """Send a failed refund another way; return the id of the call that follows, if one does.

    Locks: the booking, then the refund.
    Raises: InvalidTransition when it does not stand at failed any more.
    """
    refund = queries.get_refund(session, approval.subject_id)
    assert refund is not None, "refunds are never deleted"
    lock_booking(session, refund.booking_id)
    refund = queries.lock_refund(session, refund.id)
    route = RefundRoute(approval.terms["route"])
    move(
        session,
        Refund,
        refund.id,
        old=RefundStatus.FAILED,
        new=RefundStatus.REROUTED,
        cause=cause,
        route=route,
        route_reference=approval.terms["reference"] or None,
    )
    if route is RefundRoute.PROVIDER:
        return [_ask_anew(session, refund, cause)]
    _note_transfer(session, refund, now=cause.at)
    return []


def _ask_anew(session: Session, failed: Refund, cause: Cause) -> int:
    """Write down a refund in place of a failed one, with a name and a key of its own at the provider."""
    refund = Refund(
        id=new_id(),
        payment_id=failed.payment_id,
        booking_id=failed.booking_id,
        provider=failed.provider,
        status=RefundStatus.PENDING,
        currency=failed.currency,
        amount_minor=failed.amount_minor,
        reason=failed.reason,
        lines=failed.lines,
        replaces_id=failed.id,
    )
    session.add(refund)
    session.flush()
    record_start(session, refund, cause=cause)
    return plan_refund_call(session, refund, now=cause.at)


def _note_transfer(session: Session, refund: Refund, *, now: datetime) -> None:
    entries = refund_rerouted(booking_id=refund.booking_id, amount_minor=refund.amount_minor, currency=refund.currency)
    ledger.post(session, "refund_rerouted", f"refund:{refund.id}", entries, now=now, booking_id=refund.booking_id)
    refund.succeeded_at = now
    session.flush()
    note_returned(session, refund, now=now)
