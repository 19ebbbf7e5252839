"""Staff cancel a confirmed stay with a refund of their choice; a large one needs a second person.

Source: docs/rules/approvals.md, docs/rules/cancellation.md.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from airbnb.domain.approvals import ApprovalKind, ApprovalNeeded
from airbnb.domain.booking_actions import Action
from airbnb.domain.causes import Cause
from airbnb.domain.errors import Forbidden
from airbnb.domain.kinds import ActorKind
from airbnb.domain.money import Money
from airbnb.domain.pricing import LineKind
from airbnb.domain.statuses import BookingStatus
from airbnb.models.approvals import Approval
from airbnb.models.bookings import Booking
from airbnb.queries import payments as payment_queries
from airbnb.queries.bookings import lock_booking
from airbnb.services import approvals, cancellations
from airbnb.services.approvals import Proposal
from airbnb.services.booking_facts import ensure_allowed, facts_of


def cancellation_proposal(
    session: Session, booking_id: int, *, refunds: Mapping[LineKind, int] | None, cause: Cause
) -> Proposal:
    """Return what cancelling a booking with so much back of each line means, to be proposed.

    Units: ``refunds`` in minor units of the booking's currency; None gives back what the rules do.
    Raises: NotFound, InvalidTransition, ValidationFailed; Forbidden for whoever is a party of the stay.
    """
    booking = _lock(session, booking_id, cause)
    proposal = _proposal(session, booking, refunds, cause)
    chosen = None if refunds is None else {kind.value: amount_minor for kind, amount_minor in refunds.items()}
    return replace(proposal, terms={"refunds": chosen})


def cancel_as_approved(session: Session, approval: Approval, cause: Cause) -> list[int]:
    """Cancel a booking as it was proposed; return the calls that send the money back.

    Raises: RefundChanged when the same choice gives back another amount by now; InvalidTransition, Forbidden.
    """
    booking = _lock(session, approval.subject_id, cause)
    chosen = approval.terms["refunds"]
    refunds = None if chosen is None else {LineKind(kind): amount_minor for kind, amount_minor in chosen.items()}
    expected = Money(approval.amount_minor, approval.currency)
    # Guest and host read why it was proposed; what the second person says of it stays among staff.
    told = replace(cause, reason=approval.reason)
    return cancellations.cancel(session, booking, cause=told, expected=expected, chosen=refunds)


def ensure_one_person_may(session: Session, booking: Booking, cause: Cause) -> None:
    """Refuse one member of staff alone to cancel what gives back more than the limit.

    Needs: the booking's lines are loaded.
    Raises: ApprovalNeeded.
    """
    if booking.status is not BookingStatus.CONFIRMED:
        return
    if approvals.is_for_two_people(session, _proposal(session, booking, None, cause)):
        raise ApprovalNeeded()


def _proposal(session: Session, booking: Booking, refunds: Mapping[LineKind, int] | None, cause: Cause) -> Proposal:
    payments = payment_queries.list_of_booking(session, booking.id)
    if refunds is None:
        refund = cancellations.refund_now(booking, payments, by=ActorKind.STAFF, now=cause.at)
    else:
        refund = cancellations.chosen_refund(booking, payments, refunds, now=cause.at)
    amounts = [Money(refund.refund_minor, booking.currency)]
    return Proposal(kind=ApprovalKind.CANCEL_BOOKING, subject=Booking, subject_id=booking.id, amounts=amounts)


def _lock(session: Session, booking_id: int, cause: Cause) -> Booking:
    booking = lock_booking(session, booking_id)
    if cause.actor_id in (booking.guest_id, booking.host_id):
        raise Forbidden()
    ensure_allowed(ActorKind.STAFF, Action.CANCEL, facts_of(booking, (), has_reviewed=False), now=cause.at)
    return booking
