"""What users are told, where they want to be told it, and which mails went out."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.domain.kinds import Channel
from airbnb.extensions import Base
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string, enum_column


class Notification(IdMixin, Base):
    """One in-app alert; title and body are made from kind and params in the reader's language."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("event_id", "user_id", "kind"),
        Index(None, "user_id", "id"),
        Index(None, "user_id", "read_at", "id"),  # the unread ones
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(ascii_string(40))  # such as "booking_confirmed"
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    subject_type: Mapped[str | None] = mapped_column(ascii_string(24))
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    #: The outbox event it came from: a repeated event makes no second alert.
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)


class NotificationPreference(Base):
    """A user's choice for one event and channel; no row means the default."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    event: Mapped[str] = mapped_column(ascii_string(40), primary_key=True)
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, name="channel"), primary_key=True)
    enabled: Mapped[bool]


class MailMessage(IdMixin, Base):
    """One mail of one event; its Message-ID is stable, so that a repeat can be told apart."""

    __tablename__ = "mail_messages"
    __table_args__ = (
        UniqueConstraint("event_id", "template", "to_address"),
        UniqueConstraint("message_id"),
        Index(None, "created_at"),
        Index(None, "subject_id"),  # what was mailed about one row, for staff
        # The dashboard's list:
        Index(None, "template", "id"),
        Index(None, "withheld", "id"),
        Index(None, "user_id", "id"),
        Index(None, "to_address", "id"),
    )

    event_id: Mapped[int] = mapped_column(BigInteger)  # the outbox event
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    template: Mapped[str] = mapped_column(ascii_string(40))
    to_address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    message_id: Mapped[str] = mapped_column(ascii_string(128))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # NULL: not accepted by a server yet
    withheld: Mapped[str | None] = mapped_column(ascii_string(24))  # why it was not offered to one: SuppressionReason
    subject_id: Mapped[int | None] = mapped_column(BigInteger)  # the row that its facts are about
