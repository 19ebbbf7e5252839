"""Conversations and messages as the API shows them to one of those who take part."""

from typing import Any

from airbnb.models.messages import Conversation, Message
from airbnb.queries.messages import Newest
from airbnb.services.review_views import person_dict


def conversation_dict(conversation: Conversation, newest: Newest, *, viewer_id: int) -> dict[str, Any]:
    """Return a conversation in the shape of ``ConversationSchema``. Needs: all its relationships are loaded."""
    others = [one.user for one in conversation.participants if one.user_id != viewer_id]
    last, booking = newest.last_messages.get(conversation.id), conversation.booking
    return {
        "id": conversation.id,
        "listing": {"id": conversation.listing_id, "title": conversation.listing.title},
        "booking": booking
        and {
            "id": booking.id,
            "code": booking.code,
            "status": booking.status,
            "check_in": booking.check_in,
            "check_out": booking.check_out,
        },
        "counterparty": person_dict(others[0]) if others else None,
        "last_message": message_dict(last) if last else None,
        "unread_count": newest.unread_counts.get(conversation.id, 0),
    }


def message_dict(message: Message) -> dict[str, Any]:
    """Return a message in the shape of ``MessageSchema``."""
    return {
        "id": message.id,
        "author_id": message.author_id,
        "text": message.body,
        "stay": message.stay,
        "created_at": message.created_at,
    }
