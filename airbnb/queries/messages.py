"""Conversations between guests and hosts: who may read which, and what of them is new."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from airbnb.domain.errors import NotFound
from airbnb.domain.paging import Page, PageRequest
from airbnb.extensions import current_settings
from airbnb.models.bookings import Booking
from airbnb.models.messages import Conversation, ConversationParticipant, Message
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page
from airbnb.queries.rows import add_now

SHOWN = (
    joinedload(Conversation.listing),
    joinedload(Conversation.booking),
    selectinload(Conversation.participants).joinedload(ConversationParticipant.user),
)
WITH_PICTURES = selectinload(Message.attachments)
_OF_GUEST = select(Conversation).where(
    Conversation.listing_id == bindparam("listing"), Conversation.guest_id == bindparam("guest")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """What is new in some conversations, by their ids."""

    last_messages: dict[int, Message]
    unread_counts: dict[int, int]
    guarded_ids: frozenset[int]  # where contact details are masked


def find_conversation(session: Session, *, listing_id: int, guest_id: int) -> Conversation | None:
    """Return what one guest and a listing's host have said to each other, or None."""
    return session.scalar(_OF_GUEST, {"listing": listing_id, "guest": guest_id})


def add_conversation(session: Session, new: Conversation, user_ids: Iterable[int]) -> Conversation:
    """Add the conversation of a guest and a listing with who takes part, and return it, or the one there is by now."""
    try:
        add_now(session, new)
    except IntegrityError:
        found = find_conversation(session, listing_id=new.listing_id, guest_id=new.guest_id)
        if found is None:
            raise
        return found  # another request of the same guest was quicker
    people = [{"conversation_id": new.id, "user_id": user_id} for user_id in user_ids]
    session.execute(insert(cast(Table, ConversationParticipant.__table__)), people)
    return new


def get_conversation_for(session: Session, conversation_id: int, *, user_id: int) -> Conversation:
    """Return a conversation that the user takes part in. Raises: NotFound."""
    statement = select(Conversation).where(Conversation.id == conversation_id, _takes_part(user_id)).options(*SHOWN)
    found = session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def list_conversations(session: Session, user_id: int, page: PageRequest) -> Page[Conversation]:
    """Return a user's conversations in which something was said, the latest first."""
    has_messages = select(Message.id).where(Message.conversation_id == Conversation.id).exists()
    statement = select(Conversation).where(_takes_part(user_id), has_messages).options(*SHOWN)
    return fetch_page(session, statement, [SortKey(Conversation.last_message_at), SortKey(Conversation.id)], page)


def list_messages(session: Session, conversation_id: int, page: PageRequest) -> Page[Message]:
    """Return a conversation's messages with their pictures, the latest first."""
    statement = select(Message).where(Message.conversation_id == conversation_id).options(WITH_PICTURES)
    return fetch_page(session, statement, [SortKey(Message.id)], page)


def get_message_for(session: Session, message_id: int, *, user_id: int) -> Message:
    """Return a message of a conversation that the user takes part in. Raises: NotFound."""
    statement = select(Message).join(Conversation, Conversation.id == Message.conversation_id)
    found = session.scalar(statement.where(Message.id == message_id, _takes_part(user_id)))
    if found is None:
        raise NotFound()
    return found


def get_sent(session: Session, message_id: int) -> Message:
    """Return a message that is known to be there, with its pictures."""
    return session.scalars(select(Message).where(Message.id == message_id).options(WITH_PICTURES)).one()


def list_latest(session: Session, conversation_id: int, *, limit: int) -> Sequence[Message]:
    """Return the last messages of a conversation with their pictures, the oldest of them first."""
    statement = select(Message).where(Message.conversation_id == conversation_id).options(WITH_PICTURES)
    return session.scalars(statement.order_by(Message.id.desc()).limit(limit)).all()[::-1]


def find_guarded(session: Session, conversation_ids: Collection[int]) -> frozenset[int]:
    """Return those of some conversations whose two sides are not to learn yet how to reach each other elsewhere.

    They may once a booking of theirs was confirmed, whatever became of it, or where the marketplace does not mind.
    """
    if not current_settings().mask_contacts:
        return frozenset()
    same = (Booking.listing_id == Conversation.listing_id, Booking.guest_id == Conversation.guest_id)
    agreed = (
        select(Conversation.id)
        .join(Booking, and_(*same))
        .where(Conversation.id.in_(conversation_ids), Booking.confirmed_at.is_not(None))
    )
    return frozenset(conversation_ids) - set(session.scalars(agreed))


def newest_of(session: Session, conversation_ids: Collection[int], *, user_id: int) -> Newest:
    """Return the last message and the number of unread ones of several conversations, in four statements."""
    last = (
        select(func.max(Message.id))
        .where(Message.conversation_id.in_(conversation_ids))
        .group_by(Message.conversation_id)
    )
    said = select(Message).where(Message.id.in_(last)).options(WITH_PICTURES)
    messages: Sequence[Message] = session.scalars(said).all()
    unread = (
        select(Message.conversation_id, func.count())
        .join(
            ConversationParticipant,
            (ConversationParticipant.conversation_id == Message.conversation_id)
            & (ConversationParticipant.user_id == user_id),
        )
        .where(
            Message.conversation_id.in_(conversation_ids),
            Message.author_id != user_id,
            Message.id > func.coalesce(ConversationParticipant.last_read_message_id, 0),
        )
        .group_by(Message.conversation_id)
    )
    counts = {row[0]: row[1] for row in session.execute(unread)}
    return Newest(
        last_messages={one.conversation_id: one for one in messages},
        unread_counts=counts,
        guarded_ids=find_guarded(session, conversation_ids),
    )


def mark_read(session: Session, conversation_id: int, *, user_id: int, until: int | None) -> None:
    """Note how far a user has read: to the message ``until``, or to the last one; never back."""
    reached = select(func.max(Message.id)).where(Message.conversation_id == conversation_id)
    if until is not None:
        reached = reached.where(Message.id <= until)
    message_id = session.scalar(reached)
    if message_id is None:
        return
    seen = ConversationParticipant.last_read_message_id
    statement = (
        update(ConversationParticipant)
        .where(
            ConversationParticipant.conversation_id == conversation_id,
            ConversationParticipant.user_id == user_id,
            or_(seen.is_(None), seen < message_id),
        )
        .values(last_read_message_id=message_id)
    )
    matched_rows(session, statement)


def _takes_part(user_id: int) -> ColumnElement[bool]:
    mine = select(ConversationParticipant.conversation_id).where(ConversationParticipant.user_id == user_id)
    return Conversation.id.in_(mine)
