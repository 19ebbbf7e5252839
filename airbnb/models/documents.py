"""Receipts and credit notes, numbered without a gap; once issued, the database itself keeps them as they are."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain.documents import DocumentKind
from airbnb.extensions import Base
from airbnb.models.append_only import make_append_only
from airbnb.models.checks import not_negative, three_letters
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string, enum_column


class DocumentSeries(Base):
    """The last number given in a series; counted up by the transaction that adds the document, never ahead of it."""

    __tablename__ = "document_series"
    __table_args__ = (*not_negative("last_number"),)

    name: Mapped[str] = mapped_column(ascii_string(24), primary_key=True)
    last_number: Mapped[int] = mapped_column(BigInteger, default=0)


class Document(IdMixin, Base):
    """One receipt of a captured payment, or one credit note of a refund that arrived."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("series", "number"),
        UniqueConstraint("source"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("(kind = 'credit_note') = (refund_id IS NOT NULL)", name="refund_of_credit_note"),
        CheckConstraint("(kind = 'credit_note') = (receipt_id IS NOT NULL)", name="receipt_of_credit_note"),
        *three_letters("currency"),
        Index(None, "booking_id", "number"),
    )

    series: Mapped[str] = mapped_column(ForeignKey("document_series.name", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[DocumentKind] = mapped_column(enum_column(DocumentKind, name="kind"))
    source: Mapped[str] = mapped_column(ascii_string(40))  # the row it came from, such as "payment:123"
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id", ondelete="RESTRICT"))
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="RESTRICT"))
    currency: Mapped[str] = mapped_column(ascii_string(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # what came, or what went back
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # parties, stay and lines as they were then
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)


make_append_only(cast(Table, Document.__table__))
