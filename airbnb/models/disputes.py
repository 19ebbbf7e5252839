"""Payments that payers' banks question."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain.kinds import Provider
from airbnb.domain.statuses import DisputeStatus
from airbnb.extensions import Base
from airbnb.models.bookings import Booking
from airbnb.models.checks import three_letters
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, ascii_string, enum_column


class Dispute(IdMixin, TimestampMixin, VersionMixin, Base):
    """One case at a payer's bank; while it is open, what the host earns by the booking waits."""

    __tablename__ = "disputes"
    __table_args__ = (
        UniqueConstraint("provider", "provider_ref"),
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("(closed_at IS NULL) = (status IN ('needs_response', 'under_review'))", name="closed_pair"),
        *three_letters("currency"),
        Index(None, "payment_id"),
        Index(None, "booking_id", "closed_at"),  # holds of payouts
        Index(None, "closed_at", "id"),  # what is open
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    provider: Mapped[Provider] = mapped_column(enum_column(Provider, name="provider"))
    provider_ref: Mapped[str] = mapped_column(ascii_string(128))
    status: Mapped[DisputeStatus] = mapped_column(enum_column(DisputeStatus, name="status"))
    is_inquiry: Mapped[bool]  # no money was taken yet
    reason: Mapped[str] = mapped_column(ascii_string(64))  # the bank's code
    currency: Mapped[str] = mapped_column(ascii_string(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    #: What the host owes of a lost one, in the listing's currency, and what that is worth in the dispute's.
    host_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    host_worth_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    evidence_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    booking: Mapped[Booking] = relationship(lazy="raise", viewonly=True)
