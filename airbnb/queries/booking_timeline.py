"""Everything that happened around one booking, for staff: one statement a kind of row, however many rows there are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

from sqlalchemy import ColumnElement, Table, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from airbnb.extensions import Base
from airbnb.models.approvals import Approval
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking, BookingLine
from airbnb.models.disputes import Dispute
from airbnb.models.history import StatusChange
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.messages import Conversation, Message
from airbnb.models.notifications import MailMessage
from airbnb.models.payments import Payment, PaymentIntent, Refund, WebhookEvent
from airbnb.models.payouts import Payout, PayoutItem
from airbnb.models.platform import AuditEntry, OutboxEvent
from airbnb.models.reviews import Review
from airbnb.models.users import User

#: Of each kind; more is nobody's reading, and the lists of the views have it.
MOST = 300
#: Ids of rows that belong to a booking, by their class.
Belongings = Mapping[type[Base], Collection[int]]

Owned = TypeVar("Owned", Payment, Refund, BookingChange, Dispute, Review)
Record = TypeVar("Record", StatusChange, AuditEntry, Approval)
Sent = TypeVar("Sent", OutboxEvent, MailMessage, WebhookEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """That guest and host wrote to each other about the listing, and when last; not a word of what."""

    conversation_id: int
    messages: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingStory:
    """A booking's rows of every kind, each kind in the order of its ids, that is of time."""

    booking: Booking
    lines: Sequence[BookingLine]
    moves: Sequence[StatusChange]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    calls: Sequence[PaymentIntent]
    postings: Sequence[LedgerTransaction]
    items: Sequence[PayoutItem]
    changes: Sequence[BookingChange]
    disputes: Sequence[Dispute]
    reviews: Sequence[Review]
    events: Sequence[OutboxEvent]
    mails: Sequence[MailMessage]
    webhooks: Sequence[WebhookEvent]
    acts: Sequence[AuditEntry]
    approvals: Sequence[Approval]  # what staff proposed to do with its money
    talk: Talk | None
    names: Mapping[int, str]  # of everybody who acted

    @property
    def payouts(self) -> list[Payout]:
        """The payouts that gather something of the booking."""
        found = {item.payout.id: item.payout for item in self.items if item.payout is not None}
        return [found[key] for key in sorted(found)]


def tell(session: Session, booking: Booking) -> BookingStory:
    """Return the story of a booking. Needs: the booking's listing, guest and host are loaded."""
    payments = _of_booking(session, Payment, booking)
    refunds = _of_booking(session, Refund, booking)
    changes = _of_booking(session, BookingChange, booking)
    disputes = _of_booking(session, Dispute, booking)
    items = session.scalars(
        select(PayoutItem)
        .where(PayoutItem.booking_id == booking.id)
        .options(joinedload(PayoutItem.payout))
        .order_by(PayoutItem.id)
    ).all()
    belongings: dict[type[Base], Collection[int]] = {
        Booking: [booking.id],
        Payment: [one.id for one in payments],
        Refund: [one.id for one in refunds],
        BookingChange: [one.id for one in changes],
        Dispute: [one.id for one in disputes],
        Payout: sorted({item.payout_id for item in items if item.payout_id is not None}),
    }
    calls = _calls(session, belongings)
    # Ids are made by the application, so that one names a row of one table only.
    subjects = [*(one for ids in belongings.values() for one in ids), *(call.id for call in calls)]
    moves = _about(session, StatusChange, belongings)
    acts = _about(session, AuditEntry, belongings)
    approvals = _about(session, Approval, belongings)
    actors = {*(one.actor_id for one in moves), *(one.actor_id for one in acts)}
    actors |= {one.proposed_by_id for one in approvals}
    return BookingStory(
        booking=booking,
        lines=session.scalars(
            select(BookingLine).where(BookingLine.booking_id == booking.id).order_by(BookingLine.position)
        ).all(),
        moves=moves,
        payments=payments,
        refunds=refunds,
        calls=calls,
        postings=_postings(session, booking.id),
        items=items,
        changes=changes,
        disputes=disputes,
        reviews=_of_booking(session, Review, booking),
        events=_with_subjects(session, OutboxEvent, subjects),
        mails=_with_subjects(session, MailMessage, subjects),
        webhooks=_with_subjects(session, WebhookEvent, subjects),
        acts=acts,
        approvals=approvals,
        talk=_talk(session, booking),
        names=_names(session, actors),
    )


def _of_booking(session: Session, model: type[Owned], booking: Booking) -> Sequence[Owned]:
    return session.scalars(select(model).where(model.booking_id == booking.id).order_by(model.id).limit(MOST)).all()


def _about(session: Session, model: type[Record], about: Belongings) -> Sequence[Record]:
    """Return the rows about any of some rows, each table's by one range of the index."""
    wanted: list[ColumnElement[bool]] = [
        and_(model.subject_type == cast(Table, kind.__table__).name, model.subject_id.in_(ids))
        for kind, ids in about.items()
        if ids
    ]
    return session.scalars(select(model).where(or_(*wanted)).order_by(model.id).limit(MOST)).all()


def _with_subjects(session: Session, model: type[Sent], subjects: Collection[int]) -> Sequence[Sent]:
    return session.scalars(select(model).where(model.subject_id.in_(subjects)).order_by(model.id).limit(MOST)).all()


def _calls(session: Session, about: Belongings) -> Sequence[PaymentIntent]:
    statement = select(PaymentIntent).where(
        or_(
            PaymentIntent.payment_id.in_(about[Payment]),
            PaymentIntent.refund_id.in_(about[Refund]),
            PaymentIntent.payout_id.in_(about[Payout]),
        )
    )
    return session.scalars(statement.order_by(PaymentIntent.id).limit(MOST)).all()


def _postings(session: Session, booking_id: int) -> Sequence[LedgerTransaction]:
    statement = select(LedgerTransaction).where(LedgerTransaction.booking_id == booking_id)
    return session.scalars(
        statement.options(selectinload(LedgerTransaction.entries)).order_by(LedgerTransaction.id).limit(MOST)
    ).all()


def _talk(session: Session, booking: Booking) -> Talk | None:
    mine = (Conversation.listing_id == booking.listing_id, Conversation.guest_id == booking.guest_id)
    row = session.execute(
        select(Conversation.id, func.count(Message.id), func.max(Message.created_at))
        .join(Message, Message.conversation_id == Conversation.id)
        .where(*mine)
        .group_by(Conversation.id)
    ).one_or_none()
    return None if row is None else Talk(conversation_id=row[0], messages=row[1], last_at=row[2])


def _names(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    people = session.execute(select(User.id, User.first_name, User.last_name).where(User.id.in_(ids)))
    return {row.id: f"{row.first_name} {row.last_name}".strip() for row in people}
