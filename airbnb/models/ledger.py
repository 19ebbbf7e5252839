"""The double-entry book: balanced transactions of signed entries, which nothing ever edits."""

from datetime import datetime
from typing import cast

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain import clock
from airbnb.extensions import Base
from airbnb.models.append_only import make_append_only
from airbnb.models.checks import not_negative, three_letters
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string


class LedgerTransaction(IdMixin, Base):
    """One event in money; ``(kind, source)`` makes posting it twice impossible."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        UniqueConstraint("kind", "source"),
        Index(None, "booking_id"),
        Index(None, "occurred_at"),
        Index(None, "kind", "id"),  # the dashboard's list
    )

    kind: Mapped[str] = mapped_column(ascii_string(40))  # such as "payment_captured"
    source: Mapped[str] = mapped_column(ascii_string(80))  # the row it came from, such as "payment:123"
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    occurred_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    memo: Mapped[str] = mapped_column(String(200), default="")

    entries: Mapped[list["LedgerEntry"]] = relationship(
        lazy="raise", order_by="LedgerEntry.position", passive_deletes="all"
    )


class LedgerEntry(Base):
    """One signed line on one account; the lines of a transaction sum to zero per currency."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount_minor_not_zero"),
        *not_negative("position"),
        *three_letters("currency"),
        Index(None, "account", "currency", "transaction_id", "position"),
        Index(None, "booking_id", "account"),
        Index(None, "user_id", "account"),
    )

    transaction_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_transactions.id", ondelete="RESTRICT"), primary_key=True
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(ascii_string(80))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    currency: Mapped[str] = mapped_column(ascii_string(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # debits above zero, credits below


make_append_only(cast(Table, LedgerTransaction.__table__))
make_append_only(cast(Table, LedgerEntry.__table__))
