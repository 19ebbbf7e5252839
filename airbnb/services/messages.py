"""Talk between guest and host: the conversation that a booking opens."""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.ids import new_id
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.messages import Conversation, ConversationParticipant, Message
from airbnb.queries import messages as queries
from airbnb.services import outbox


def open_with(session: Session, booking: Booking, text: str, *, now: datetime) -> Conversation:
    """Write a guest's words for the host into the conversation about the listing, which is made if there is none."""
    conversation = queries.find_conversation(session, listing_id=booking.listing_id, guest_id=booking.guest_id)
    if conversation is None:
        conversation = Conversation(id=new_id(), listing_id=booking.listing_id, guest_id=booking.guest_id)
        session.add(conversation)
        session.flush()
        for user_id in (booking.guest_id, booking.host_id):
            session.add(ConversationParticipant(conversation_id=conversation.id, user_id=user_id))
    conversation.booking_id = booking.id
    conversation.last_message_at = now
    message = Message(
        id=new_id(), conversation_id=conversation.id, author_id=booking.guest_id, body=text, created_at=now
    )
    session.add(message)
    session.flush()
    outbox.record(session, Topic.MESSAGE_RECEIVED, subject_id=message.id)
    return conversation
