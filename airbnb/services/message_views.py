"""Conversations and messages as the API shows them to one of those who take part."""

from typing import Any

from airbnb.domain import clock
from airbnb.domain.contact_details import mask_contacts
from airbnb.models.messages import Conversation, Message
from airbnb.queries.messages import Newest
from airbnb.services.attachments import attachment_dict
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
        "last_message": last
        and message_dict(last, viewer_id=viewer_id, is_guarded=conversation.id in newest.guarded_ids),
        "unread_count": newest.unread_counts.get(conversation.id, 0),
    }


def message_dict(message: Message, *, viewer_id: int, is_guarded: bool) -> dict[str, Any]:
    """Return a message in the shape of ``MessageSchema``. Needs: its pictures are loaded.

    Where a conversation is guarded, contact details are masked for everybody but the author, who is told so.
    """
    now = clock.now()
    masked = mask_contacts(message.body) if is_guarded else message.body
    return {
        "id": message.id,
        "author_id": message.author_id,
        "text": message.body if message.author_id == viewer_id else masked,
        "is_masked": masked != message.body,
        "stay": message.stay,
        "attachments": [attachment_dict(one, now=now) for one in message.attachments],
        "created_at": message.created_at,
    }
