"""Conversations between guests and hosts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.models.messages import Conversation


def find_conversation(session: Session, *, listing_id: int, guest_id: int) -> Conversation | None:
    """Return what one guest and a listing's host have said to each other, or None."""
    return session.scalar(
        select(Conversation).where(Conversation.listing_id == listing_id, Conversation.guest_id == guest_id)
    )
