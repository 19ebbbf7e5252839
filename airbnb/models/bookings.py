"""Agreed or requested stays, with every rule and price they were made under."""

from datetime import date, datetime
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
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.fees import FeeModelKind
from airbnb.domain.kinds import ActorKind
from airbnb.domain.pricing import DiscountKind, LineKind, RatePlan
from airbnb.domain.statuses import BookingStatus, PendingOn
from airbnb.domain.taxes import RemittedBy, TaxKind
from airbnb.extensions import Base
from airbnb.models.checks import both_or_neither, not_negative, three_letters, within
from airbnb.models.listings import Listing
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, ascii_string, enum_column
from airbnb.models.users import User


class Booking(IdMixin, TimestampMixin, VersionMixin, Base):
    """One guest's stay; policy, fees and rates are copies, so that later changes never touch it."""

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("check_in < check_out", name="stay"),
        CheckConstraint("check_in_at < check_out_at", name="stay_instants"),
        CheckConstraint("(status = 'pending') = (pending_on IS NOT NULL)", name="pending_on_someone"),
        CheckConstraint("guest_id <> host_id", name="not_own_listing"),
        CheckConstraint("adults >= 1", name="adults_positive"),
        *not_negative("children", "infants", "pets"),
        *three_letters("currency", "listing_currency"),
        *not_negative("total_minor", "guest_service_fee_minor", "taxes_minor"),
        *not_negative("host_subtotal_minor", "host_service_fee_minor", "host_taxes_minor", "host_payout_minor"),
        *within(0, 10_000, "guest_fee_bps", "host_fee_bps"),
        both_or_neither("exchange_rate", "exchange_rate_on", name="exchange_rate_pair"),
        both_or_neither("canceled_at", "canceled_by", name="cancellation_pair"),
        Index(None, "guest_id", "check_in", "id"),
        Index(None, "host_id", "check_in", "id"),
        Index(None, "listing_id", "check_in"),
        Index(None, "status", "hold_expires_at"),  # the sweep of unpaid holds
        Index(None, "status", "respond_by"),  # the sweep of unanswered requests
        Index(None, "status", "check_in_at"),  # the reminders of stays to come
        Index(None, "status", "check_out_at"),  # the sweep of finished stays
        Index(None, "status", "id"),  # the dashboard's list, as the next
        Index(None, "check_in", "id"),
        Index(None, "confirmed_at"),  # figures by day, as the next
        Index(None, "canceled_at"),
    )

    code: Mapped[str] = mapped_column(ascii_string(10))  # for people
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="RESTRICT"))
    guest_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    host_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    status: Mapped[BookingStatus] = mapped_column(
        enum_column(BookingStatus, name="status"), default=BookingStatus.PENDING
    )
    pending_on: Mapped[PendingOn | None] = mapped_column(enum_column(PendingOn, name="pending_on"))
    is_instant: Mapped[bool]  # False: the host's yes is needed

    check_in: Mapped[date]  # first night, in ``time_zone``
    check_out: Mapped[date]  # the day of leaving; not a night
    time_zone: Mapped[str] = mapped_column(ascii_string(64))  # IANA
    check_in_minutes: Mapped[int] = mapped_column(SmallInteger)  # after local midnight
    check_out_minutes: Mapped[int] = mapped_column(SmallInteger)
    check_in_at: Mapped[datetime] = mapped_column(UTCDateTime)  # T of the rules
    check_out_at: Mapped[datetime] = mapped_column(UTCDateTime)
    adults: Mapped[int] = mapped_column(SmallInteger)
    children: Mapped[int] = mapped_column(SmallInteger, default=0)
    infants: Mapped[int] = mapped_column(SmallInteger, default=0)
    pets: Mapped[int] = mapped_column(SmallInteger, default=0)

    rate_plan: Mapped[RatePlan] = mapped_column(enum_column(RatePlan, name="rate_plan"), default=RatePlan.STANDARD)
    cancellation_policy: Mapped[CancellationPolicy] = mapped_column(
        enum_column(CancellationPolicy, name="cancellation_policy")
    )
    policy_version: Mapped[int] = mapped_column(SmallInteger)  # of the policy's numbers
    #: ``[{"until": instant | None, "refund_minor": int}, ...]`` in ``currency``, as promised at booking.
    cancellation_schedule: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)

    currency: Mapped[str] = mapped_column(ascii_string(3))  # what the guest pays in
    total_minor: Mapped[int] = mapped_column(BigInteger)  # sum of the lines
    guest_service_fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # in ``currency``
    taxes_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # added taxes, in ``currency``
    #: ``[{"label_key": str, "amount_minor": int, "remitted_by": str}, ...]``: taxes inside the prices.
    taxes_included: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    listing_currency: Mapped[str] = mapped_column(ascii_string(3))  # what the ``host_`` amounts are in
    host_subtotal_minor: Mapped[int] = mapped_column(BigInteger)
    host_service_fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    host_taxes_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # added taxes that the host remits
    host_payout_minor: Mapped[int] = mapped_column(BigInteger)  # all that reaches the host, ``host_taxes_minor`` too
    fee_model: Mapped[FeeModelKind] = mapped_column(enum_column(FeeModelKind, name="fee_model"))
    guest_fee_bps: Mapped[int] = mapped_column(Integer)  # of the host subtotal
    host_fee_bps: Mapped[int] = mapped_column(Integer)
    #: What the listing took off long stays when this one was booked; NULL for bookings older than the columns.
    weekly_discount_percent: Mapped[int | None] = mapped_column(SmallInteger)
    monthly_discount_percent: Mapped[int | None] = mapped_column(SmallInteger)
    exchange_rate: Mapped[str | None] = mapped_column(ascii_string(24))  # decimal: ``currency`` per listing currency
    exchange_rate_on: Mapped[date | None]

    hold_expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    respond_by: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # B of the rules
    canceled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    canceled_by: Mapped[ActorKind | None] = mapped_column(enum_column(ActorKind, name="canceled_by"))
    cancel_reason: Mapped[str | None] = mapped_column(String(500))
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    no_show_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the host noted that nobody came
    #: The share of the total, in millionths, above which no cancellation by the guest gives back; set by a change.
    refund_cap_ppm: Mapped[int | None] = mapped_column(Integer)

    listing: Mapped[Listing] = relationship(lazy="raise")
    guest: Mapped[User] = relationship(lazy="raise", foreign_keys=[guest_id])
    host: Mapped[User] = relationship(lazy="raise", foreign_keys=[host_id])
    lines: Mapped[list["BookingLine"]] = relationship(
        lazy="raise", order_by="BookingLine.position", passive_deletes="all"
    )
    nights: Mapped[list["BookingNight"]] = relationship(
        lazy="raise", order_by="BookingNight.night", passive_deletes="all"
    )


class BookingLine(Base):
    """One line of the price; the lines' sum is the total and nothing else is."""

    __tablename__ = "booking_lines"
    __table_args__ = (
        *not_negative("position", "quantity"),
        CheckConstraint(
            "(kind IN ('discount', 'non_refundable', 'coupon') AND amount_minor <= 0)"
            " OR (kind NOT IN ('discount', 'non_refundable', 'coupon') AND amount_minor >= 0)",
            name="sign_of_kind",
        ),
        CheckConstraint("kind = 'tax' OR (tax_kind IS NULL AND remitted_by IS NULL)", name="tax_only"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    kind: Mapped[LineKind] = mapped_column(enum_column(LineKind, name="kind"))
    label_key: Mapped[str] = mapped_column(String(120))  # names the text
    quantity: Mapped[int] = mapped_column(Integer, default=1)
    unit_minor: Mapped[int | None] = mapped_column(BigInteger)  # NULL when the nights' prices differ
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # in the booking's currency, negative for what is taken off
    tax_kind: Mapped[TaxKind | None] = mapped_column(enum_column(TaxKind, name="tax_kind"))
    remitted_by: Mapped[RemittedBy | None] = mapped_column(enum_column(RemittedBy, name="remitted_by"))


class BookingNight(Base):
    """What one night of a booking costs; cancellation and changes count by it."""

    __tablename__ = "booking_nights"
    __table_args__ = (*not_negative("price_minor", "base_price_minor"), {"sqlite_with_rowid": False})

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    price_minor: Mapped[int] = mapped_column(BigInteger)  # after discounts, in the booking's currency
    base_price_minor: Mapped[int] = mapped_column(BigInteger)  # before discounts
    #: Which discount the night got: a change of the stay's length may take one of length away, or bring it.
    discount: Mapped[DiscountKind | None] = mapped_column(enum_column(DiscountKind, name="discount", checked=False))
