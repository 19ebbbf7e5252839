"""What staff did, as the dashboard looks it up."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from airbnb.models.platform import AuditEntry
from airbnb.models.users import User

MOST_SHOWN = 50


def list_acts(session: Session, subject_type: str, subject_id: int) -> Sequence[AuditEntry]:
    """Return the latest acts upon a row with who did them, the newest first."""
    about = (AuditEntry.subject_type == subject_type, AuditEntry.subject_id == subject_id)
    return session.scalars(
        select(AuditEntry)
        .where(*about)
        .options(joinedload(AuditEntry.actor).load_only(User.first_name, User.last_name))
        .order_by(AuditEntry.id.desc())
        .limit(MOST_SHOWN)
    ).all()
