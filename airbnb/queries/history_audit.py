"""Comparing every row's status with its history; sums instead of order, so that clocks that differ do no harm."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from sqlalchemy import func, literal, select, type_coerce, union_all
from sqlalchemy.orm import Session

from airbnb.domain.statuses import (
    BookingStatus,
    ChangeStatus,
    DisputeStatus,
    ListingStatus,
    PaymentStatus,
    PayoutStatus,
    RefundStatus,
    can_move,
)
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.disputes import Dispute
from airbnb.models.history import StatusChange
from airbnb.models.listings import Listing
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout
from airbnb.models.types import ascii_string

#: What has a history from its first status on.
SUBJECTS: dict[type[Any], type[StrEnum]] = {
    Booking: BookingStatus,
    BookingChange: ChangeStatus,
    Dispute: DisputeStatus,
    Listing: ListingStatus,
    Payment: PaymentStatus,
    Payout: PayoutStatus,
    Refund: RefundStatus,
}
_STATUS = ascii_string(24)


def find_history_faults(session: Session) -> list[str]:
    """Return every move that is not allowed, and every row that does not stand where its history leads."""
    return [fault for model, statuses in SUBJECTS.items() for fault in _faults_of(session, model, statuses)]


def _faults_of(session: Session, model: type[Any], statuses: type[StrEnum]) -> Iterator[str]:
    table: str = model.__tablename__
    yield from _forbidden_moves(session, table, statuses)
    yield from _broken_paths(session, model, table)


def _forbidden_moves(session: Session, table: str, statuses: type[StrEnum]) -> Iterator[str]:
    moves = (
        select(StatusChange.old, StatusChange.new, func.count(), func.min(StatusChange.subject_id))
        .where(StatusChange.subject_type == table, StatusChange.old.is_not(None))
        .group_by(StatusChange.old, StatusChange.new)
    )
    for old, new, times, example in session.execute(moves):
        assert old is not None
        if not can_move(statuses(old), statuses(new)):
            yield f"{table}: moved from {old} to {new}, which is not allowed: {times} times, as {example}"


def _broken_paths(session: Session, model: type[Any], table: str) -> Iterator[str]:
    """A path from the start to where the row stands enters each status as often as it leaves it, but for the last."""
    is_of = StatusChange.subject_type == table
    begun = select(StatusChange.subject_id).where(is_of, StatusChange.old.is_(None))
    # The status as text: in the union each model's enum would read the others' words.
    stands = select(model.id, type_coerce(model.status, _STATUS), literal(-1)).where(model.id.in_(begun))
    entered = select(StatusChange.subject_id, StatusChange.new, literal(1)).where(is_of)
    left = select(StatusChange.subject_id, StatusChange.old, literal(-1)).where(is_of, StatusChange.old.is_not(None))
    steps = union_all(
        entered.where(StatusChange.subject_id.in_(begun)), left.where(StatusChange.subject_id.in_(begun)), stands
    ).subquery()
    row_id, status, step = steps.c
    total = func.sum(step)
    broken = select(row_id, status, total).group_by(row_id, status).having(total != 0).order_by(row_id, status)
    for subject_id, name, amount in session.execute(broken):
        yield f"{table}: {subject_id} does not stand where its history leads: {name} is off by {int(amount)}"
