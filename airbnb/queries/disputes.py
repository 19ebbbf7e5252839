"""Disputes: the cases themselves, what they hold back, and what we have to show the bank."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from airbnb.domain.kinds import Provider, Role
from airbnb.domain.statuses import UserStatus
from airbnb.models.bookings import Booking
from airbnb.models.disputes import Dispute
from airbnb.models.documents import Document
from airbnb.models.history import StatusChange
from airbnb.models.messages import Conversation, Message
from airbnb.models.payouts import PayoutItem
from airbnb.models.users import User, UserRole

#: Who is told of disputes.
MONEY_ROLES = (Role.FINANCE, Role.ADMIN)


def find_by_ref(session: Session, provider: Provider, provider_ref: str) -> Dispute | None:
    """Return the dispute that a provider calls so as it stands now, locked where locks exist, or None."""
    return session.scalar(
        select(Dispute)
        .where(Dispute.provider == provider, Dispute.provider_ref == provider_ref)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def find_dispute_id(session: Session, provider: Provider, provider_ref: str) -> int | None:
    """Return the id of the dispute that a provider calls so, or None."""
    named = (Dispute.provider == provider, Dispute.provider_ref == provider_ref)
    return session.scalar(select(Dispute.id).where(*named))


def disputed_bookings(session: Session, booking_ids: Collection[int]) -> frozenset[int]:
    """Return which of some bookings have an open dispute."""
    found = session.scalars(
        select(Dispute.booking_id).where(Dispute.booking_id.in_(booking_ids), Dispute.closed_at.is_(None))
    )
    return frozenset(found)


def is_payout_disputed(session: Session, payout_id: int) -> bool:
    """Say whether a payout gathers something of a booking with an open dispute."""
    found = (
        select(Dispute.id)
        .join(PayoutItem, PayoutItem.booking_id == Dispute.booking_id)
        .where(PayoutItem.payout_id == payout_id, Dispute.closed_at.is_(None))
    )
    return session.scalar(found.limit(1)) is not None


def list_money_staff_ids(session: Session) -> Sequence[int]:
    """Return the staff who look after money."""
    return session.scalars(
        select(User.id)
        .where(
            User.status == UserStatus.ACTIVE,
            select(UserRole.user_id).where(UserRole.user_id == User.id, UserRole.role.in_(MONEY_ROLES)).exists(),
        )
        .order_by(User.id)
    ).all()


class Evidence(NamedTuple):
    """One piece of what we have about a disputed stay: what it is, where it lies, and when it is from."""

    what: str
    text: str
    at: datetime | None = None


def list_evidence(session: Session, dispute: Dispute) -> list[Evidence]:
    """Return what we have to show the bank: the booking and its history, receipts, and that both sides wrote."""
    booking = session.get_one(Booking, dispute.booking_id)
    stay = f"{booking.code}, {booking.check_in} to {booking.check_out}, policy {booking.cancellation_policy.value}"
    return [
        Evidence("booking", stay, booking.created_at),
        *_history(session, booking.id),
        *_documents(session, booking.id),
        *_messages(session, booking.id),
    ]


def _history(session: Session, booking_id: int) -> list[Evidence]:
    rows = session.scalars(
        select(StatusChange)
        .where(StatusChange.subject_type == Booking.__tablename__, StatusChange.subject_id == booking_id)
        .order_by(StatusChange.id)
    )
    return [Evidence("history", f"{row.new} by {row.actor_kind.value}", row.at) for row in rows]


def _documents(session: Session, booking_id: int) -> list[Evidence]:
    rows = session.scalars(select(Document).where(Document.booking_id == booking_id).order_by(Document.id))
    return [Evidence(row.kind.value, f"{row.series} {row.number}", row.issued_at) for row in rows]


def _messages(session: Session, booking_id: int) -> list[Evidence]:
    """Staff see who wrote how often and until when; the words belong to the two who wrote them."""
    rows = session.execute(
        select(Message.author_id == Booking.guest_id, func.count(), func.max(Message.created_at))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Booking, Booking.id == Conversation.booking_id)
        .where(Booking.id == booking_id, Message.author_id.is_not(None))
        .group_by(Message.author_id == Booking.guest_id)
    )
    return [
        Evidence("messages", f"{count} by the {'guest' if is_guest else 'host'}, the last one then", last)
        for is_guest, count, last in rows
    ]
