"""Staff keep a host's money back, and let it go.

Holding moves nothing and is done at once; letting go may need a second person.
Source: docs/rules/payouts.md, "Holds by staff"; docs/rules/approvals.md.
"""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.ids import new_id
from airbnb.domain.money import Money
from airbnb.extensions import current_settings
from airbnb.models.approvals import Approval
from airbnb.models.payouts import PayoutHold
from airbnb.queries import payout_holds as queries
from airbnb.queries.bookings import lock_booking
from airbnb.services.approvals import Proposal
from airbnb.services.audit import record_action


def hold_host(session: Session, host_id: int, *, cause: Cause) -> PayoutHold:
    """Keep back everything that a host is to get, what comes later included.

    Raises: InvalidTransition when it is held already.
    """
    return _hold(session, host_id, None, cause)


def hold_booking(session: Session, booking_id: int, *, cause: Cause) -> PayoutHold:
    """Keep back what one stay earns; what other stays earn is paid.

    Raises: InvalidTransition when it is held already; NotFound.
    """
    return _hold(session, lock_booking(session, booking_id).host_id, booking_id, cause)


def release_proposal(session: Session, hold_id: int) -> Proposal:
    """Return what letting a held host's or stay's money go means, to be proposed. Raises: InvalidTransition."""
    hold = queries.lock_hold(session, hold_id)
    _ensure_holds(hold)
    amounts = queries.sum_held(session, hold) or [Money(0, current_settings().default_currency)]
    return Proposal(
        kind=ApprovalKind.RELEASE_HOLD,
        subject=PayoutHold,
        subject_id=hold.id,
        amounts=amounts,
    )


def release(session: Session, approval: Approval, cause: Cause) -> list[int]:
    """Let the money go that a hold kept back; the next run sends it. Raises: InvalidTransition."""
    hold = queries.lock_hold(session, approval.subject_id)
    _ensure_holds(hold)
    hold.open_subject, hold.released_at, hold.released_by_id = None, cause.at, cause.actor_id
    session.flush()
    changes = {"released_at": (None, cause.at.isoformat())}
    record_action(session, "release_payouts", PayoutHold, hold.id, cause=cause, changes=changes)
    return []


def _hold(session: Session, host_id: int, booking_id: int | None, cause: Cause) -> PayoutHold:
    assert cause.actor_id is not None, "somebody holds it"
    open_subject = f"host:{host_id}" if booking_id is None else f"booking:{booking_id}"
    if queries.find_open(session, open_subject) is not None:
        raise InvalidTransition()
    hold = PayoutHold(
        id=new_id(),
        host_id=host_id,
        booking_id=booking_id,
        open_subject=open_subject,
        reason=cause.reason or "",
        placed_by_id=cause.actor_id,
        created_at=cause.at,
    )
    session.add(hold)
    try:
        session.flush()
    except IntegrityError as error:
        # Somebody else held it a moment ago.
        raise InvalidTransition() from error
    changes = {"host_id": (None, str(host_id)), "booking_id": (None, str(booking_id or ""))}
    record_action(session, "hold_payouts", PayoutHold, hold.id, cause=cause, changes=changes)
    return hold


def _ensure_holds(hold: PayoutHold) -> None:
    if hold.released_at is not None:
        raise InvalidTransition()
