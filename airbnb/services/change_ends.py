"""How a change of a booking ends without a swap: its mark is taken off the booking and what was authorised given up."""

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.statuses import ChangeStatus
from airbnb.models.booking_changes import BookingChange
from airbnb.queries import booking_changes as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries.transitions import move
from airbnb.services.payment_calls import plan_voids


def close_open_change(session: Session, booking_id: int, *, cause: Cause, reason: str) -> list[int]:
    """End a booking's open change, if there is one, because the booking ends; return the ids of calls that follow.

    Needs: the booking's row is locked.
    """
    change = queries.find_open(session, booking_id)
    return [] if change is None else end_change(session, change, ChangeStatus.CLOSED, cause=cause, reason=reason)


def end_change(
    session: Session, change: BookingChange, status: ChangeStatus, *, cause: Cause, reason: str | None = None
) -> list[int]:
    """End an open change and plan to give up what is authorised for it; return the calls' ids.

    Needs: the booking's row is locked.
    Raises: InvalidTransition when the change has ended already.
    """
    move(
        session,
        BookingChange,
        change.id,
        old=ChangeStatus.PENDING,
        new=status,
        cause=cause,
        waits_for=None,
        open_booking_id=None,
        ended_at=cause.at,
        end_reason=reason,
    )
    return plan_voids(session, payment_queries.list_of_change(session, change.id), now=cause.at)
