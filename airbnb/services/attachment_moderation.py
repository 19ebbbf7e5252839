"""Staff take one picture out of a message for good; the message keeps the place where it was."""

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.topics import Topic
from airbnb.models.messages import MessageAttachment
from airbnb.queries import attachments as queries
from airbnb.services import audit, outbox
from airbnb.services.attachments import orphan_files


def take_picture_down(session: Session, attachment_id: int, *, cause: Cause) -> None:
    """Let nobody see a picture of a message any more; this can't be undone.

    Raises: InvalidTransition unless it was sent and is still shown.
    Writes: when it was removed, an audit entry, an event that deletes its files and one that tells its author why.
    """
    if not queries.mark_removed(session, attachment_id, now=cause.at):
        raise InvalidTransition()
    picture = session.get_one(MessageAttachment, attachment_id, populate_existing=True)
    changes = {"removed_at": (None, cause.at.isoformat())}
    audit.record_action(session, "take_picture_down", MessageAttachment, attachment_id, cause=cause, changes=changes)
    orphan_files(session, picture)
    outbox.record(session, Topic.PICTURE_REMOVED, subject_id=attachment_id, payload={"reason": cause.reason})
