"""What providers say moved on our balance, and where our book says otherwise."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.domain.kinds import MovementKind, Provider
from airbnb.extensions import Base
from airbnb.models.checks import three_letters
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string, enum_column


class ProviderMovement(IdMixin, Base):
    """One line of our balance at a provider, kept as it was listed."""

    __tablename__ = "provider_movements"
    __table_args__ = (
        UniqueConstraint("provider", "provider_ref"),
        *three_letters("currency"),
        Index(None, "provider", "subject"),
    )

    provider: Mapped[Provider] = mapped_column(enum_column(Provider, name="provider"))
    provider_ref: Mapped[str] = mapped_column(ascii_string(128))
    kind: Mapped[MovementKind] = mapped_column(enum_column(MovementKind, name="kind"))
    subject: Mapped[str] = mapped_column(ascii_string(150))  # source of our postings, such as "payment:123"
    currency: Mapped[str] = mapped_column(ascii_string(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # money in is above zero
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class ProviderDifference(IdMixin, Base):
    """Something that the provider and our book have different amounts for, until they agree."""

    __tablename__ = "provider_differences"
    __table_args__ = (
        UniqueConstraint("provider", "subject", "currency"),
        *three_letters("currency"),
        Index(None, "resolved_at", "id"),
    )

    provider: Mapped[Provider] = mapped_column(enum_column(Provider, name="provider"))
    subject: Mapped[str] = mapped_column(ascii_string(150))
    currency: Mapped[str] = mapped_column(ascii_string(3))
    provider_minor: Mapped[int] = mapped_column(BigInteger)
    booked_minor: Mapped[int] = mapped_column(BigInteger)
    found_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
