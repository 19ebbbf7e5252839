"""Money to hosts: where it goes, what is due, and what was sent."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain import clock
from airbnb.domain.kinds import PayoutItemKind, Provider
from airbnb.domain.money import Money
from airbnb.domain.statuses import PayoutStatus
from airbnb.extensions import Base
from airbnb.models.bookings import Booking
from airbnb.models.checks import both_or_neither, not_negative, three_letters
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, ascii_string, enum_column
from airbnb.models.users import User


class PayoutAccount(IdMixin, TimestampMixin, VersionMixin, Base):
    """Where a host is paid; one per host."""

    __tablename__ = "payout_accounts"
    __table_args__ = (UniqueConstraint("user_id"), *three_letters("currency"))

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    method: Mapped[Provider] = mapped_column(enum_column(Provider, name="method"))
    currency: Mapped[str] = mapped_column(ascii_string(3))
    details_encrypted: Mapped[str] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(String(80))  # what people are shown
    country_code: Mapped[str | None] = mapped_column(ascii_string(2))  # where the account is; ISO 3166-1 alpha-2
    verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)  # payouts wait 72 h from here

    user: Mapped[User] = relationship(lazy="raise")


class Payout(IdMixin, TimestampMixin, VersionMixin, Base):
    """One transfer to one host, of what was earned in one currency, of one run.

    ``sent_minor`` in ``sent_currency`` is what leaves where the host's account is in another currency; then the rate,
    what one unit of ``currency`` buys, and its day are kept beside.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        UniqueConstraint("host_id", "currency", "run_key"),
        UniqueConstraint("provider", "provider_ref"),
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("sent_minor > 0", name="sent_minor_positive"),
        both_or_neither("sent_minor", "sent_currency", name="sent_pair"),
        both_or_neither("sent_minor", "exchange_rate", name="sent_rate_pair"),
        both_or_neither("exchange_rate", "exchange_rate_on", name="exchange_rate_pair"),
        *three_letters("currency", "sent_currency"),
        *not_negative("attempts"),
        Index(None, "host_id", "id"),
        Index(None, "status", "due_at"),  # the run
        # The dashboard's list:
        Index(None, "status", "id"),
        Index(None, "currency", "id"),
        Index(None, "provider", "id"),
        Index(None, "due_at", "id"),
    )

    host_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("payout_accounts.id", ondelete="RESTRICT"))
    run_key: Mapped[str] = mapped_column(ascii_string(40))  # names the run, such as its day
    provider: Mapped[Provider] = mapped_column(enum_column(Provider, name="provider"))
    provider_ref: Mapped[str | None] = mapped_column(ascii_string(128))
    status: Mapped[PayoutStatus] = mapped_column(
        enum_column(PayoutStatus, name="status"), default=PayoutStatus.SCHEDULED
    )
    currency: Mapped[str] = mapped_column(ascii_string(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    sent_currency: Mapped[str | None] = mapped_column(ascii_string(3))
    sent_minor: Mapped[int | None] = mapped_column(BigInteger)
    exchange_rate: Mapped[str | None] = mapped_column(ascii_string(24))  # decimal: ``sent_currency`` per ``currency``
    exchange_rate_on: Mapped[date | None]
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)  # of a retry: when to try again
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    failure_code: Mapped[str | None] = mapped_column(ascii_string(64))
    failure_permanent: Mapped[bool | None]
    failure_text: Mapped[str | None] = mapped_column(String(500))
    by_hand_reference: Mapped[str | None] = mapped_column(String(140))  # of the transfer by which staff paid it
    held_reasons: Mapped[list[str]] = mapped_column(JSON, default=list)  # why it waits, as codes
    paid_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    host: Mapped[User] = relationship(lazy="raise")
    items: Mapped[list["PayoutItem"]] = relationship(lazy="raise", order_by="PayoutItem.id", back_populates="payout")

    @property
    def sent(self) -> Money:
        """What leaves for the host, in the currency of the account that it leaves for."""
        if self.sent_minor is None or self.sent_currency is None:
            return Money(self.amount_minor, self.currency)
        return Money(self.sent_minor, self.sent_currency)


class PayoutHold(IdMixin, Base):
    """Staff keep back what one host gets, all of it or for one stay, until they release it."""

    __tablename__ = "payout_holds"
    __table_args__ = (
        UniqueConstraint("open_subject"),
        CheckConstraint("(open_subject IS NULL) = (released_at IS NOT NULL)", name="open_or_released"),
        Index(None, "host_id", "released_at"),  # the run
        Index(None, "booking_id"),
    )

    host_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))  # NULL: everything
    #: ``host:id`` or ``booking:id`` while it holds, else NULL: stands in for a partial unique index.
    open_subject: Mapped[str | None] = mapped_column(ascii_string(40))
    reason: Mapped[str] = mapped_column(String(500))  # for staff alone
    placed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PayoutItem(IdMixin, Base):
    """What one booking earned its host, or what is netted from coming payouts."""

    __tablename__ = "payout_items"
    __table_args__ = (
        UniqueConstraint("booking_id", "kind", "source"),
        CheckConstraint(
            "(kind = 'earning' AND amount_minor > 0) OR (kind = 'debit' AND amount_minor < 0)", name="sign_of_kind"
        ),
        *three_letters("currency"),
        Index(None, "payout_id", "due_at"),  # the run: items of no payout yet
        Index(None, "host_id", "due_at"),  # a host's earnings
    )

    payout_id: Mapped[int | None] = mapped_column(ForeignKey("payouts.id", ondelete="RESTRICT"))  # NULL: not sent
    host_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    kind: Mapped[PayoutItemKind] = mapped_column(enum_column(PayoutItemKind, name="kind"))
    source: Mapped[str] = mapped_column(ascii_string(64))  # what it came from, such as "stay" or "penalty"
    currency: Mapped[str] = mapped_column(ascii_string(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # negative for debits
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    payout: Mapped[Payout | None] = relationship(lazy="raise", back_populates="items")
    booking: Mapped[Booking] = relationship(lazy="raise")
