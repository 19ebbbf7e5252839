"""Talk between guest and host: one conversation per guest and listing, opened by a question or a booking."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.booking_errors import OwnListing
from airbnb.domain.ids import new_id
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.messages import Conversation, Message
from airbnb.queries import messages as queries
from airbnb.services import outbox


def ensure_booking_conversation(session: Session, booking: Booking, *, now: datetime) -> Conversation:
    """Return the conversation of a booking's guest and listing, made if there is none; it shows this booking."""
    conversation = _ensure(
        session,
        listing_id=booking.listing_id,
        guest_id=booking.guest_id,
        host_id=booking.host_id,
        booking_id=booking.id,
        now=now,
    )
    conversation.booking_id = booking.id
    session.flush()
    return conversation


def open_with(session: Session, booking: Booking, text: str | None, *, now: datetime) -> Conversation:
    """Open a booking's conversation with the guest's words for the host, if any."""
    conversation = ensure_booking_conversation(session, booking, now=now)
    if text:
        send_message(session, conversation, text, author_id=booking.guest_id, now=now)
    return conversation


def ask_host(
    session: Session, listing: Listing, text: str, *, guest_id: int, stay: Mapping[str, Any] | None, now: datetime
) -> Conversation:
    """Send a question about a listing to its host; ``stay`` says which dates and how many guests it is about.

    Raises: OwnListing.
    """
    if listing.host_id == guest_id:
        raise OwnListing()
    conversation = _ensure(session, listing_id=listing.id, guest_id=guest_id, host_id=listing.host_id, now=now)
    send_message(session, conversation, text, author_id=guest_id, now=now, stay=stay)
    return conversation


def send_message(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    author_id: int,
    now: datetime,
    stay: Mapping[str, Any] | None = None,
) -> Message:
    """Add a message; its author has read everything up to it. ``attachments.send_with`` adds pictures.

    Writes: the message, the conversation's order, an outbox event for the reader.
    """
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        author_id=author_id,
        body=text,
        stay=dict(stay) if stay else None,
        created_at=now,
    )
    session.add(message)
    conversation.last_message_at = now
    session.flush()
    queries.mark_read(session, conversation.id, user_id=author_id, until=message.id)
    outbox.record(session, Topic.MESSAGE_RECEIVED, subject_id=message.id)
    return message


def _ensure(
    session: Session, *, listing_id: int, guest_id: int, host_id: int, now: datetime, booking_id: int | None = None
) -> Conversation:
    found = queries.find_conversation(session, listing_id=listing_id, guest_id=guest_id)
    if found is not None:
        return found
    new = Conversation(
        id=new_id(),
        listing_id=listing_id,
        guest_id=guest_id,
        booking_id=booking_id,
        last_message_at=now,
        created_at=now,
    )
    return queries.add_conversation(session, new, (guest_id, host_id))
