"""What staff write down about users, listings and bookings, for each other."""

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.errors import NotFound, ValidationFailed
from airbnb.extensions import Base
from airbnb.models.staff import StaffNote
from airbnb.services import audit

#: More belongs into a document that the note names.
NOTE_LENGTH = 2_000


def write_note(session: Session, subject: type[Base], subject_id: int, *, body: str, cause: Cause) -> StaffNote:
    """Add a note about a row; nobody changes it afterwards.

    Raises: NotFound; ValidationFailed for an empty or too long one.
    Writes: the note, and an audit entry that names it without its words, since the log outlives the note.
    """
    if session.get(subject, subject_id) is None:
        raise NotFound()
    text = body.strip()
    if not 1 <= len(text) <= NOTE_LENGTH:
        raise ValidationFailed({"body": [f"Between 1 and {NOTE_LENGTH} characters."]})
    assert cause.actor_id is not None
    note = StaffNote(
        subject_type=subject.__tablename__,
        subject_id=subject_id,
        author_id=cause.actor_id,
        body=text,
        created_at=cause.at,
    )
    session.add(note)
    session.flush()
    changes = {"note_id": (None, str(note.id))}
    audit.record_action(session, "write_note", subject, subject_id, cause=cause, changes=changes)
    return note
