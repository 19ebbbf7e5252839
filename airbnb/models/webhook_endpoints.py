"""Where integrators want to be told, and every message to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain import clock
from airbnb.domain.webhook_events import DeliveryState, DisabledReason
from airbnb.extensions import Base
from airbnb.models.checks import not_negative
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string, enum_column
from airbnb.models.users import User


class WebhookEndpoint(IdMixin, Base):
    """A URL of a host or of staff; ``disabled_at`` says that it gets nothing at present."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index(None, "owner_id", "id"), Index(None, "sees_all"))

    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), default="")
    events: Mapped[list[str]] = mapped_column(JSON)
    #: Of everybody's bookings, which only staff may be told; else of the owner's alone.
    sees_all: Mapped[bool] = mapped_column(default=False)
    secret_encrypted: Mapped[str] = mapped_column(ascii_string(500))
    #: The one before, which signs as well until ``previous_until``.
    previous_secret_encrypted: Mapped[str | None] = mapped_column(ascii_string(500))
    previous_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disabled_reason: Mapped[DisabledReason | None] = mapped_column(enum_column(DisabledReason, name="disabled_reason"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    owner: Mapped[User] = relationship(lazy="raise")


class WebhookDelivery(IdMixin, Base):
    """One message to one endpoint; its body was written once and stays the same in every try."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        *not_negative("attempts"),
        UniqueConstraint("endpoint_id", "event_id"),
        Index(None, "endpoint_id", "id"),  # the log
        Index(None, "state", "due_at", "id"),  # claims
        Index(None, "endpoint_id", "booking_id", "event_id"),  # the order within a booking
        Index(None, "created_at"),  # the clean-up
    )

    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(BigInteger)  # the outbox event that it tells
    event_type: Mapped[str] = mapped_column(ascii_string(40))
    booking_id: Mapped[int | None] = mapped_column(BigInteger)  # messages of one booking keep their order
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(
        enum_column(DeliveryState, name="state"), default=DeliveryState.PENDING
    )
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    owner: Mapped[str | None] = mapped_column(ascii_string(64))  # the task that sends it
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_status: Mapped[int | None] = mapped_column(SmallInteger)
    #: Each try of the present round: when, what came back, how long it took.
    tries: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    endpoint: Mapped[WebhookEndpoint] = relationship(lazy="raise")
