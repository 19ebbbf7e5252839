"""Who moved what from one status to the next, when and why."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain.kinds import ActorKind
from airbnb.extensions import Base
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string, enum_column


class StatusChange(IdMixin, Base):
    """One move of one row's status; written by ``queries/transitions.py`` alone."""

    __tablename__ = "status_history"
    __table_args__ = (Index(None, "subject_type", "subject_id", "id"),)

    subject_type: Mapped[str] = mapped_column(ascii_string(40))  # the row's table
    subject_id: Mapped[int] = mapped_column(BigInteger)
    old: Mapped[str | None] = mapped_column(ascii_string(24))  # NULL: the row was made
    new: Mapped[str] = mapped_column(ascii_string(24))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    actor_kind: Mapped[ActorKind] = mapped_column(enum_column(ActorKind, name="actor_kind"))
    reason: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
