"""What open streams are to be sent, for a day: long enough for a client that was away to catch up."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.domain.streams import StreamEventName
from airbnb.extensions import Base
from airbnb.models.types import IdMixin, UTCDateTime, enum_column


class StreamEvent(IdMixin, Base):
    """One event for the streams of one user; the row is the truth, any bell only says that there is one."""

    __tablename__ = "stream_events"
    __table_args__ = (
        Index(None, "user_id", "id"),  # catching up
        Index(None, "created_at"),  # the clean-up
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[StreamEventName] = mapped_column(enum_column(StreamEventName, name="name"))
    data: Mapped[str] = mapped_column(Text)  # the JSON that is sent, made once
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
