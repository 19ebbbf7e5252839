"""Pictures in messages: uploaded first, sent with a message or removed, shown by addresses that end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.attachments import (
    EDGES,
    MAX_UNSENT,
    UNSENT_LIFETIME,
    TooManyAttachments,
    link_expiry,
    link_secret,
)
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.ids import new_id
from airbnb.domain.topics import Topic
from airbnb.domain.uploads import PRIVATE_PREFIX
from airbnb.extensions import current_settings
from airbnb.models.messages import Message, MessageAttachment
from airbnb.queries import attachments as queries
from airbnb.services import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPicture:
    """A picture whose sizes are in storage.

    Units: ``width`` and ``height`` in pixels and ``size_bytes`` of the largest size.
    """

    base_key: str
    width: int
    height: int
    size_bytes: int


def ensure_room(session: Session, author_id: int) -> None:
    """Refuse another picture while too many wait to be sent. Raises: TooManyAttachments."""
    if queries.count_unsent(session, author_id) >= MAX_UNSENT:
        raise TooManyAttachments(limit=MAX_UNSENT)


def add_attachment(
    session: Session, conversation_id: int, new: NewPicture, *, author_id: int, now: datetime
) -> MessageAttachment:
    """Keep a picture to be sent with a message of that conversation.

    Needs: the author's row is locked.
    Raises: TooManyAttachments.
    """
    ensure_room(session, author_id)
    attachment = MessageAttachment(
        id=new_id(),
        conversation_id=conversation_id,
        author_id=author_id,
        base_key=new.base_key,
        width=new.width,
        height=new.height,
        size_bytes=new.size_bytes,
        created_at=now,
    )
    session.add(attachment)
    session.flush()
    return attachment


def send_with(session: Session, message: Message, attachment_ids: Sequence[int]) -> None:
    """Send pictures with a message of their author's, in that order. Raises: ValidationFailed."""
    target = (message.conversation_id, message.id)
    for position, attachment_id in enumerate(attachment_ids):
        if not queries.attach(session, attachment_id, to=target, author_id=message.author_id, position=position):
            raise ValidationFailed({f"attachment_ids.{position}": ["There is no such picture of yours to send here."]})


def remove_unsent(session: Session, attachment: MessageAttachment) -> bool:
    """Remove a picture that was not sent, and have its files deleted; False when it was sent meanwhile."""
    if not queries.delete_unsent(session, attachment.id):
        return False
    orphan_files(session, attachment)
    return True


def orphan_files(session: Session, attachment: MessageAttachment) -> None:
    """Have the files of a picture deleted that nobody is shown any more."""
    keys = file_keys(attachment.base_key)
    outbox.record(session, Topic.FILES_ORPHANED, subject_id=attachment.author_id, payload={"keys": keys})


def remove_old_unsent(session: Session, *, now: datetime, limit: int) -> int:
    """Remove pictures that nobody sent within a day. Returns: how many."""
    old = queries.list_unsent(session, before=now - UNSENT_LIFETIME, limit=limit)
    return sum(remove_unsent(session, attachment) for attachment in old)


def size_key(base_key: str, size: str) -> str:
    """Return the storage key of one size, which nobody is served by that name."""
    return f"{PRIVATE_PREFIX}{base_key}-{size}.webp"


def file_keys(base_key: str) -> list[str]:
    """Return the keys of every file of a picture."""
    return [size_key(base_key, size) for size in EDGES]


def attachment_dict(attachment: MessageAttachment, *, now: datetime) -> dict[str, Any]:
    """Return a picture in the shape of ``AttachmentSchema``, with addresses that open it for a while."""
    base_url = current_settings().public_url
    return {
        "id": attachment.id,
        "width": attachment.width,
        "height": attachment.height,
        "size_bytes": attachment.size_bytes,
        "urls": {size: f"{base_url}{path}" for size, path in attachment_paths(attachment, now=now).items()},
        "urls_expire_at": link_expiry(now),
        "removed_at": attachment.removed_at,
        "created_at": attachment.created_at,
    }


def attachment_paths(attachment: MessageAttachment, *, now: datetime) -> dict[str, str]:
    """Return where each size of a picture is opened for a while, below the product's own address."""
    expires_at, key = link_expiry(now), current_settings().secret_key
    return {
        size: f"/attachments/{attachment.id}/{size}/{link_secret(attachment.id, size, expires_at=expires_at, key=key)}"
        for size in EDGES
    }
