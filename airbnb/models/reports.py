"""What people tell staff about listings, people and what they write."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain.kinds import ReportOutcome, ReportReason, ReportSubject
from airbnb.extensions import Base
from airbnb.models.checks import both_or_neither
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, enum_column
from airbnb.models.users import User


class Report(IdMixin, TimestampMixin, Base):
    """One person's word about one thing; saying it again replaces the words."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("reporter_id", "subject_type", "subject_id"),
        both_or_neither("handled_at", "outcome", name="handled_pair"),
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
    outcome: Mapped[ReportOutcome | None] = mapped_column(enum_column(ReportOutcome, name="outcome"), sort_order=1)
    note: Mapped[str | None] = mapped_column(String(500), sort_order=1)  # among staff
    reporter: Mapped[User] = relationship(lazy="raise", viewonly=True, foreign_keys=reporter_id)
    handled_by: Mapped[User | None] = relationship(lazy="raise", viewonly=True, foreign_keys=handled_by_id)
