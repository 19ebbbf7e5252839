"""Pictures in messages: those that wait to be sent, and what of them is still named."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.models.messages import MessageAttachment
from airbnb.queries.changes import matched_rows

_UNSENT: ColumnElement[bool] = MessageAttachment.message_id.is_(None)


def find_attachment(session: Session, attachment_id: int) -> MessageAttachment | None:
    """Return a picture, or None."""
    return session.get(MessageAttachment, attachment_id)


def get_unsent(session: Session, attachment_id: int, *, conversation_id: int, author_id: int) -> MessageAttachment:
    """Return a picture that somebody uploaded and has not sent. Raises: NotFound."""
    found = session.scalar(
        select(MessageAttachment).where(
            MessageAttachment.id == attachment_id,
            MessageAttachment.conversation_id == conversation_id,
            MessageAttachment.author_id == author_id,
            _UNSENT,
        )
    )
    if found is None:
        raise NotFound()
    return found


def count_unsent(session: Session, author_id: int) -> int:
    """Return how many pictures of somebody wait to be sent."""
    mine = (MessageAttachment.author_id == author_id, _UNSENT)
    return session.scalar(select(func.count()).select_from(MessageAttachment).where(*mine)) or 0


def attach(session: Session, attachment_id: int, *, to: tuple[int, int], author_id: int, position: int) -> bool:
    """Send a picture with a message; False when it is not the author's, of another conversation, sent or gone.

    Shape: ``to`` is (conversation id, message id).
    """
    conversation_id, message_id = to
    claim = (
        update(MessageAttachment)
        .where(
            MessageAttachment.id == attachment_id,
            MessageAttachment.conversation_id == conversation_id,
            MessageAttachment.author_id == author_id,
            _UNSENT,
        )
        .values(message_id=message_id, position=position)
    )
    return matched_rows(session, claim) == 1


def list_unsent(session: Session, *, before: datetime, limit: int) -> Sequence[MessageAttachment]:
    """Return pictures of before an instant that nobody sent, the oldest first."""
    statement = select(MessageAttachment).where(_UNSENT, MessageAttachment.created_at < before)
    return session.scalars(statement.order_by(MessageAttachment.created_at).limit(limit)).all()


def delete_unsent(session: Session, attachment_id: int) -> bool:
    """Remove a picture that was not sent; False when it was sent or removed meanwhile."""
    return matched_rows(session, delete(MessageAttachment).where(MessageAttachment.id == attachment_id, _UNSENT)) == 1


def mark_removed(session: Session, attachment_id: int, *, now: datetime) -> bool:
    """Note that a sent picture is taken down; False when it was not sent or was taken down before."""
    is_shown = (MessageAttachment.message_id.is_not(None), MessageAttachment.removed_at.is_(None))
    take = update(MessageAttachment).where(MessageAttachment.id == attachment_id, *is_shown).values(removed_at=now)
    return matched_rows(session, take) == 1


def list_base_keys(session: Session, author_id: int) -> Sequence[str]:
    """Return what the files of somebody's pictures are named by."""
    return session.scalars(select(MessageAttachment.base_key).where(MessageAttachment.author_id == author_id)).all()


def find_known_keys(session: Session, base_keys: Collection[str]) -> set[str]:
    """Return those of the keys that a picture has which is still shown."""
    known = select(MessageAttachment.base_key).where(
        MessageAttachment.base_key.in_(base_keys), MessageAttachment.removed_at.is_(None)
    )
    return set(session.scalars(known))
