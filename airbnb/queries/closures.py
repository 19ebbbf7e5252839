"""Closed accounts: what keeps them from being erased, and which are due."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from airbnb.domain.statuses import (
    BookingStatus,
    ListingStatus,
    PaymentStatus,
    PayoutStatus,
    PendingOn,
    RefundStatus,
)
from airbnb.models.account_safety import AccountClosure
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout, PayoutItem

HAPPENS = (BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.COMPLETED)
OPEN_BOOKINGS = (BookingStatus.PENDING, BookingStatus.CONFIRMED)
OPEN_PAYMENTS = (PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED)
OPEN_REFUNDS = (RefundStatus.PENDING, RefundStatus.FAILED)
OPEN_PAYOUTS = (PayoutStatus.SCHEDULED, PayoutStatus.PROCESSING, PayoutStatus.FAILED)


def find_last_check_out(session: Session, user_id: int) -> datetime | None:
    """Return when the last stay of a user ends or ended, as guest or host."""
    return session.scalar(
        select(func.max(Booking.check_out_at)).where(_takes_part(user_id), Booking.status.in_(HAPPENS))
    )


def has_obligations(session: Session, user_id: int) -> bool:
    """Whether a stay or money of a user is still under way."""
    return bool(session.scalar(select(or_(*_open_ends(user_id).values()))))


def list_obligations(session: Session, user_id: int) -> list[str]:
    """Return in plain words which stays and money of a user are still under way."""
    open_ends = _open_ends(user_id)
    found = session.execute(select(*open_ends.values())).one()
    return [words for words, is_open in zip(open_ends, found, strict=True) if is_open]


def _open_ends(user_id: int) -> dict[str, ColumnElement[bool]]:
    mine = Booking.id == Refund.booking_id
    return {
        "stays to come or running": exists().where(_takes_part(user_id), Booking.status.in_(OPEN_BOOKINGS)),
        "payments under way": exists().where(Payment.payer_id == user_id, Payment.status.in_(OPEN_PAYMENTS)),
        "refunds under way": exists().where(mine, _takes_part(user_id), Refund.status.in_(OPEN_REFUNDS)),
        "earnings or debts not paid out": exists().where(PayoutItem.host_id == user_id, PayoutItem.payout_id.is_(None)),
        "payouts under way": exists().where(Payout.host_id == user_id, Payout.status.in_(OPEN_PAYOUTS)),
    }


def list_pending_bookings(session: Session, user_id: int) -> Sequence[tuple[int, int, PendingOn | None]]:
    """Return ``(id, guest_id, pending_on)`` of every booking of a user that is not confirmed yet."""
    statement = select(Booking.id, Booking.guest_id, Booking.pending_on)
    rows = session.execute(statement.where(_takes_part(user_id), Booking.status == BookingStatus.PENDING))
    return [(row.id, row.guest_id, row.pending_on) for row in rows]


def list_open_listing_ids(session: Session, host_id: int) -> Sequence[int]:
    """Return the ids of a host's listings that are not archived."""
    statement = select(Listing.id).where(Listing.host_id == host_id, Listing.status != ListingStatus.ARCHIVED)
    return session.scalars(statement.order_by(Listing.id)).all()


def list_due_closures(session: Session, *, now: datetime, limit: int, after_id: int = 0) -> Sequence[int]:
    """Return users whose accounts are closed, not erased, and due, in order of id."""
    statement = select(AccountClosure.user_id).where(
        AccountClosure.erased_at.is_(None), AccountClosure.erase_after <= now, AccountClosure.user_id > after_id
    )
    return session.scalars(statement.order_by(AccountClosure.user_id).limit(limit)).all()


def _takes_part(user_id: int) -> ColumnElement[bool]:
    return or_(Booking.guest_id == user_id, Booking.host_id == user_id)
