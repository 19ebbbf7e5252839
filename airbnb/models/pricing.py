"""What staff set prices with: taxes of places, coupons and their uses."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.domain.pricing import CouponFunding
from airbnb.domain.taxes import RemittedBy, TaxBase, TaxKind
from airbnb.extensions import Base
from airbnb.models.checks import not_negative, three_letters, within
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, ascii_string, enum_column


class TaxRuleVersion(IdMixin, Base):
    """One version of a place's tax; nothing of it is ever edited, a change makes the next version."""

    __tablename__ = "tax_rules"
    __table_args__ = (
        UniqueConstraint("series_id", "version"),
        UniqueConstraint("current_of"),
        CheckConstraint("length(country_code) = 2", name="country_code_length"),
        CheckConstraint("(current_of IS NULL) = (ended_at IS NOT NULL)", name="current_or_ended"),
        CheckConstraint("kind = 'percent' OR currency IS NOT NULL", name="amount_currency"),
        CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name="span"),
        *within(0, 10_000, "rate_bps"),
        *not_negative("amount_minor", "max_nights", "exempt_from_nights", "exempt_below_age"),
        *three_letters("currency"),
        Index(None, "country_code", "current_of"),
    )

    series_id: Mapped[int] = mapped_column(BigInteger)  # the id of its first version
    version: Mapped[int] = mapped_column(SmallInteger)
    #: Same as ``series_id`` in the version that holds, else NULL: stands in for a partial unique index.
    current_of: Mapped[int | None] = mapped_column(BigInteger)
    country_code: Mapped[str] = mapped_column(ascii_string(2))  # ISO 3166-1 alpha-2
    region: Mapped[str | None] = mapped_column(String(120))  # NULL: the whole country
    city: Mapped[str | None] = mapped_column(String(120))
    label: Mapped[str] = mapped_column(String(80))  # as guests read it
    kind: Mapped[TaxKind] = mapped_column(enum_column(TaxKind, name="kind"))
    base: Mapped[TaxBase] = mapped_column(enum_column(TaxBase, name="base"), default=TaxBase.RENT)
    rate_bps: Mapped[int] = mapped_column(Integer, default=0)
    amount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str | None] = mapped_column(ascii_string(3))  # of ``amount_minor``
    max_nights: Mapped[int | None] = mapped_column(SmallInteger)  # the most nights taxed
    exempt_from_nights: Mapped[int | None] = mapped_column(SmallInteger)
    exempt_below_age: Mapped[int | None] = mapped_column(SmallInteger)
    inclusive: Mapped[bool] = mapped_column(default=False)
    remitted_by: Mapped[RemittedBy] = mapped_column(
        enum_column(RemittedBy, name="remitted_by"), default=RemittedBy.PLATFORM
    )
    valid_from: Mapped[date]  # the first check-in that it holds for
    valid_until: Mapped[date | None]  # the first check-in that it does not hold for any more
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))  # NULL: a command
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the next version, or nothing, took its place


class Coupon(IdMixin, TimestampMixin, VersionMixin, Base):
    """A code that takes something off a stay, for as many uses as it says."""

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("(percent_bps IS NULL) <> (amount_minor IS NULL)", name="share_or_amount"),
        CheckConstraint(
            "currency IS NOT NULL OR (amount_minor IS NULL AND max_minor IS NULL AND min_subtotal_minor IS NULL)",
            name="amount_currency",
        ),
        CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name="span"),
        *within(1, 10_000, "percent_bps"),
        *not_negative("amount_minor", "max_minor", "min_subtotal_minor", "max_uses", "max_uses_per_guest", "uses"),
        *three_letters("currency"),
    )

    code: Mapped[str] = mapped_column(ascii_string(40))  # capitals
    percent_bps: Mapped[int | None] = mapped_column(Integer)  # of the host subtotal
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)  # in ``currency``, as the two below
    max_minor: Mapped[int | None] = mapped_column(BigInteger)
    min_subtotal_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(ascii_string(3))
    funded_by: Mapped[CouponFunding] = mapped_column(
        enum_column(CouponFunding, name="funded_by"), default=CouponFunding.PLATFORM
    )
    valid_from: Mapped[datetime] = mapped_column(UTCDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    max_uses: Mapped[int | None] = mapped_column(Integer)
    max_uses_per_guest: Mapped[int | None] = mapped_column(Integer)
    uses: Mapped[int] = mapped_column(Integer, default=0)  # redemptions that were not given back
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id", ondelete="RESTRICT"))
    host_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CouponRedemption(Base):
    """One use of a coupon by one booking."""

    __tablename__ = "coupon_redemptions"
    __table_args__ = (
        UniqueConstraint("coupon_id", "guest_id", "slot"),
        CheckConstraint("(slot IS NULL) = (released_at IS NOT NULL)", name="slot_or_released"),
        CheckConstraint("slot >= 1", name="slot_positive"),
    )

    booking_id: Mapped[int] = mapped_column(
        ForeignKey("bookings.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupons.id", ondelete="RESTRICT"))
    guest_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    #: Which of the guest's uses this is, from 1; NULL once it was given back.
    slot: Mapped[int | None] = mapped_column(SmallInteger)
    redeemed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
