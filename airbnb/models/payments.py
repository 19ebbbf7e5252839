"""Money from guests: attempts at a provider, the calls they need, refunds, and what providers report."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain import clock
from airbnb.domain.kinds import IntentOperation, Provider
from airbnb.domain.staff_refunds import RefundRoute
from airbnb.domain.statuses import IntentState, OutboxState, PaymentStatus, RefundStatus
from airbnb.extensions import Base
from airbnb.models.bookings import Booking
from airbnb.models.checks import not_negative, three_letters
from airbnb.models.payouts import Payout
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, ascii_string, enum_column
from airbnb.models.users import User


class Payment(IdMixin, TimestampMixin, VersionMixin, Base):
    """One attempt to pay a booking at one provider. Card tokens are passed on, never stored."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("booking_id", "attempt"),
        UniqueConstraint("provider", "provider_ref"),
        CheckConstraint("attempt >= 1", name="attempt_positive"),
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("captured_minor BETWEEN 0 AND amount_minor", name="captured_minor_range"),
        CheckConstraint("refunded_minor BETWEEN 0 AND captured_minor", name="refunded_minor_range"),
        *three_letters("currency"),
        Index(None, "payer_id", "id"),
        Index(None, "change_id"),
        Index(None, "status", "capture_before"),  # authorisations that are about to lapse
        Index(None, "status", "id"),  # the dashboard's list, as the next
        Index(None, "currency", "id"),
        Index(None, "provider", "id"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    attempt: Mapped[int] = mapped_column(SmallInteger)  # 1, 2, ... within the booking
    provider: Mapped[Provider] = mapped_column(enum_column(Provider, name="provider"))
    provider_ref: Mapped[str | None] = mapped_column(ascii_string(128))  # NULL until the provider has answered
    status: Mapped[PaymentStatus] = mapped_column(
        enum_column(PaymentStatus, name="status"), default=PaymentStatus.REQUIRES_PAYMENT_METHOD
    )
    currency: Mapped[str] = mapped_column(ascii_string(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    captured_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # asked back, whether arrived or not
    #: What the payer's bank took back or still holds in disputes; no refund gives it back a second time.
    disputed_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    failure_code: Mapped[str | None] = mapped_column(ascii_string(64))
    approval_url: Mapped[str | None] = mapped_column(Text)  # where the payer agrees
    client_secret: Mapped[str | None] = mapped_column(ascii_string(255))  # for the payer's frontend alone
    return_url: Mapped[str | None] = mapped_column(Text)
    cancel_url: Mapped[str | None] = mapped_column(Text)
    capture_before: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the provider's own limit
    authorized_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    captured_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    #: The change whose difference this pays; NULL for an attempt to pay the booking itself.
    change_id: Mapped[int | None] = mapped_column(BigInteger)

    booking: Mapped[Booking] = relationship(lazy="raise")
    payer: Mapped[User] = relationship(lazy="raise")
    refunds: Mapped[list["Refund"]] = relationship(
        lazy="raise", order_by="Refund.id", passive_deletes="all", back_populates="payment"
    )

    @property
    def refundable_minor(self) -> int:
        """What of it may still go back: captured, less what was asked back and what disputes took."""
        return max(0, self.captured_minor - self.refunded_minor - self.disputed_minor)


class Refund(IdMixin, TimestampMixin, VersionMixin, Base):
    """Money that goes back to the payment it came from."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        *three_letters("currency"),
        UniqueConstraint("provider", "provider_ref"),
        Index(None, "payment_id"),
        Index(None, "booking_id"),
        Index(None, "status", "id"),
        Index(None, "replaces_id", unique=True),
        Index(None, "doubles_id", unique=True),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    provider: Mapped[Provider] = mapped_column(enum_column(Provider, name="provider"))
    provider_ref: Mapped[str | None] = mapped_column(ascii_string(128))
    status: Mapped[RefundStatus] = mapped_column(enum_column(RefundStatus, name="status"), default=RefundStatus.PENDING)
    currency: Mapped[str] = mapped_column(ascii_string(3))  # the payment's
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(ascii_string(64))
    #: ``[{"kind": ..., "amount_minor": int}, ...]``: what of the price comes back.
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    failure_code: Mapped[str | None] = mapped_column(ascii_string(64))
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    #: The part that no division of the booking's money has taken into account: given by staff, or by rounding up.
    beside_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    route: Mapped[RefundRoute | None] = mapped_column(enum_column(RefundRoute, name="route", checked=False))
    route_reference: Mapped[str | None] = mapped_column(String(140))  # of a transfer that staff made
    replaces_id: Mapped[int | None] = mapped_column(BigInteger)  # the failed refund that this one makes good
    doubles_id: Mapped[int | None] = mapped_column(BigInteger)  # the one that arrived as this beside another way

    payment: Mapped[Payment] = relationship(lazy="raise", back_populates="refunds")


class PaymentIntent(IdMixin, TimestampMixin, Base):
    """One intended call to a provider, written before the call so that no outcome can be lost."""

    __tablename__ = "payment_intents"
    __table_args__ = (
        UniqueConstraint("idempotency_key"),
        CheckConstraint(
            "(payment_id IS NOT NULL) + (refund_id IS NOT NULL) + (payout_id IS NOT NULL) = 1", name="one_subject"
        ),
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        *not_negative("attempts"),
        *three_letters("currency"),
        Index(None, "state", "next_check_at", "id"),  # the sweep of unknown outcomes
        Index(None, "payment_id"),
        Index(None, "refund_id"),
        Index(None, "payout_id"),
    )

    operation: Mapped[IntentOperation] = mapped_column(enum_column(IntentOperation, name="operation"))
    provider: Mapped[Provider] = mapped_column(enum_column(Provider, name="provider"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id", ondelete="RESTRICT"))
    payout_id: Mapped[int | None] = mapped_column(ForeignKey("payouts.id", ondelete="RESTRICT"))
    idempotency_key: Mapped[str] = mapped_column(ascii_string(64))  # sent to the provider
    #: Until when the provider remembers the key; afterwards it is asked by our reference first.
    key_valid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    currency: Mapped[str] = mapped_column(ascii_string(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[IntentState] = mapped_column(enum_column(IntentState, name="state"), default=IntentState.PENDING)
    provider_ref: Mapped[str | None] = mapped_column(ascii_string(128))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_check_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_error: Mapped[str | None] = mapped_column(String(500))

    payment: Mapped[Payment | None] = relationship(lazy="raise")
    refund: Mapped[Refund | None] = relationship(lazy="raise")
    payout: Mapped[Payout | None] = relationship(lazy="raise")


class WebhookEvent(IdMixin, Base):
    """One event that a provider sent, stored once however often it comes; a task handles it."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        *not_negative("attempts"),
        Index(None, "state", "due_at", "id"),  # the sweep
        Index(None, "provider", "id"),  # the dashboard's list
        Index(None, "subject_id"),  # what was reported about one row, for staff
    )

    provider: Mapped[Provider] = mapped_column(enum_column(Provider, name="provider"))
    event_id: Mapped[str] = mapped_column(ascii_string(128))  # the provider's
    type: Mapped[str] = mapped_column(ascii_string(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[OutboxState] = mapped_column(enum_column(OutboxState, name="state"), default=OutboxState.NEW)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    owner: Mapped[str | None] = mapped_column(ascii_string(64))  # the task that holds it
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    last_error: Mapped[str | None] = mapped_column(String(500))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    handled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    subject_id: Mapped[int | None] = mapped_column(BigInteger)  # our row that it was found to be about
