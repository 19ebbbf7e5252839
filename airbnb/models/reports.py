"""What people tell staff about listings, people and what they write."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain.kinds import ReportReason, ReportSubject
from airbnb.extensions import Base
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, enum_column


class Report(IdMixin, TimestampMixin, Base):
    """One person's word about one thing; saying it again replaces the words."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("reporter_id", "subject_type", "subject_id"),
        Index(None, "subject_type", "subject_id"),
        Index(None, "handled_at", "id"),
    )

    reporter_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    subject_type: Mapped[ReportSubject] = mapped_column(enum_column(ReportSubject, name="subject_type"))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    reason_code: Mapped[ReportReason] = mapped_column(enum_column(ReportReason, name="reason_code"))
    text: Mapped[str | None] = mapped_column(Text)
    handled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
