"""A listing's calendar: nights that are taken, and prices and rules that differ by date."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain.statuses import NightKind
from airbnb.extensions import Base
from airbnb.models.checks import not_negative, within
from airbnb.models.types import IdMixin, TimestampMixin, enum_column


class CalendarOverride(TimestampMixin, Base):
    """What one night has that differs from season and listing; NULL means no difference."""

    __tablename__ = "calendar_overrides"
    __table_args__ = (
        *not_negative("price_minor"),
        CheckConstraint("min_nights >= 1", name="min_nights_positive"),
        CheckConstraint("price_minor IS NOT NULL OR min_nights IS NOT NULL OR note IS NOT NULL", name="says_something"),
        {"sqlite_with_rowid": False},
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)  # in the listing's time zone
    price_minor: Mapped[int | None] = mapped_column(BigInteger)  # in the listing's currency
    min_nights: Mapped[int | None] = mapped_column(SmallInteger)
    note: Mapped[str | None] = mapped_column(String(500))  # the host's own


class Season(IdMixin, TimestampMixin, Base):
    """A span of dates with its own price and shortest stay."""

    __tablename__ = "seasons"
    __table_args__ = (
        CheckConstraint("starts_on < ends_on", name="span"),
        *not_negative("nightly_price_minor", "weekend_price_minor"),
        CheckConstraint("min_nights >= 1", name="min_nights_positive"),
        Index(None, "listing_id", "starts_on"),
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]  # first night
    ends_on: Mapped[date]  # the day after the last night
    nightly_price_minor: Mapped[int] = mapped_column(BigInteger)  # in the listing's currency
    weekend_price_minor: Mapped[int | None] = mapped_column(BigInteger)
    min_nights: Mapped[int | None] = mapped_column(SmallInteger)


class Promotion(IdMixin, TimestampMixin, Base):
    """A discount of the host's own for a span of nights."""

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("starts_on < ends_on", name="span"),
        *within(1, 99, "percent"),
        Index(None, "listing_id", "starts_on"),
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]  # first night
    ends_on: Mapped[date]  # the day after the last night
    percent: Mapped[int] = mapped_column(SmallInteger)


class BookedNight(Base):
    """One taken night. The primary key is what makes a double booking impossible."""

    __tablename__ = "booked_nights"
    __table_args__ = (
        CheckConstraint("(kind IN ('booking', 'preparation')) = (booking_id IS NOT NULL)", name="booking_of_kind"),
        CheckConstraint("(kind = 'feed') = (feed_id IS NOT NULL)", name="feed_of_kind"),
        Index(None, "booking_id"),
        Index(None, "feed_id"),
        {"sqlite_with_rowid": False},
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="RESTRICT"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)  # in the listing's time zone
    kind: Mapped[NightKind] = mapped_column(enum_column(NightKind, name="kind"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    feed_id: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(String(500))  # the host's own, on a block
