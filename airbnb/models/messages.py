"""Talk between guest and host about one listing."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain import clock
from airbnb.extensions import Base
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string
from airbnb.models.users import User


class Conversation(IdMixin, Base):
    """All messages of one guest and one listing's host; bookings of the pair share it."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("listing_id", "guest_id"),)

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="RESTRICT"))
    guest_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))  # the latest
    last_message_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    listing: Mapped[Listing] = relationship(lazy="raise")
    booking: Mapped[Booking | None] = relationship(lazy="raise")
    participants: Mapped[list["ConversationParticipant"]] = relationship(lazy="raise", passive_deletes="all")


class ConversationParticipant(Base):
    """Somebody who reads and writes in a conversation, and how far they have read."""

    __tablename__ = "conversation_participants"
    __table_args__ = (Index(None, "user_id", "conversation_id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"), primary_key=True)
    last_read_message_id: Mapped[int | None] = mapped_column(BigInteger)

    user: Mapped[User] = relationship(lazy="raise")


class Message(IdMixin, Base):
    """One message."""

    __tablename__ = "messages"
    __table_args__ = (Index(None, "conversation_id", "id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    body: Mapped[str] = mapped_column(Text)
    #: ``{"check_in", "check_out", "guests"}``: the stay that a guest asks about, as far as they said.
    stay: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    attachments: Mapped[list["MessageAttachment"]] = relationship(
        lazy="raise", order_by="MessageAttachment.position", viewonly=True
    )


class MessageAttachment(IdMixin, Base):
    """A picture in a message, or one that waits to be sent with one."""

    __tablename__ = "message_attachments"
    __table_args__ = (
        Index(None, "message_id", "created_at"),  # those of a message; the clean-up
        Index(None, "author_id", "message_id"),  # how many wait
        UniqueConstraint("base_key"),
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    #: NULL until it is sent.
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger, default=0)
    base_key: Mapped[str] = mapped_column(ascii_string(80))  # of its files, without the size
    width: Mapped[int]  # pixels of the largest size
    height: Mapped[int]
    size_bytes: Mapped[int]  # of the largest size
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # staff took it down; its files are gone
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
