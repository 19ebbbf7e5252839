"""What mail providers report, and the addresses that get no more mail because of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.domain.kinds import MailProvider, MailReportKind, SuppressionReason
from airbnb.extensions import Base
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string, enum_column


class MailReport(IdMixin, Base):
    """One event of one mail, stored once however often the provider sends it."""

    __tablename__ = "mail_reports"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index(None, "message_id"),
        Index(None, "address", "id"),
        Index(None, "provider", "id"),  # the dashboard's list
        Index(None, "created_at"),
    )

    provider: Mapped[MailProvider] = mapped_column(enum_column(MailProvider, name="provider"))
    event_id: Mapped[str] = mapped_column(ascii_string(128))  # the provider's
    kind: Mapped[MailReportKind] = mapped_column(enum_column(MailReportKind, name="kind"))
    address: Mapped[str] = mapped_column(String(254))  # small letters
    message_id: Mapped[str | None] = mapped_column(ascii_string(128))  # ours
    detail: Mapped[str] = mapped_column(String(500), default="")
    happened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)


class MailSuppression(IdMixin, Base):
    """An address that gets no mail until staff allow it again."""

    __tablename__ = "mail_suppressions"
    __table_args__ = (UniqueConstraint("address"), Index(None, "created_at"))

    address: Mapped[str] = mapped_column(String(254))  # small letters
    reason: Mapped[SuppressionReason] = mapped_column(enum_column(SuppressionReason, name="reason"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("mail_reports.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
