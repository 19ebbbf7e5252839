"""Notes of staff about rows of any table."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from airbnb.models.staff import StaffNote
from airbnb.models.users import User
from airbnb.queries.changes import matched_rows

MOST_SHOWN = 100


def list_notes(session: Session, subject_type: str, subject_id: int) -> Sequence[StaffNote]:
    """Return the latest notes about a row with their authors, the newest first."""
    about = (StaffNote.subject_type == subject_type, StaffNote.subject_id == subject_id)
    return session.scalars(
        select(StaffNote)
        .where(*about)
        .options(joinedload(StaffNote.author).load_only(User.first_name, User.last_name))
        .order_by(StaffNote.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def delete_notes(session: Session, subject_type: str, subject_id: int) -> int:
    """Remove every note about a row. Returns: how many went."""
    gone = delete(StaffNote).where(StaffNote.subject_type == subject_type, StaffNote.subject_id == subject_id)
    return matched_rows(session, gone)
