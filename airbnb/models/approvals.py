"""What staff do to money by hand, proposed by one person and, above a limit, approved by another."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.statuses import ApprovalStatus
from airbnb.extensions import Base
from airbnb.models.checks import not_negative, three_letters
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, ascii_string, enum_column
from airbnb.models.users import User


class Approval(IdMixin, TimestampMixin, VersionMixin, Base):
    """One act of staff on money; the database itself refuses an approval by whoever proposed it."""

    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("request_key"),
        UniqueConstraint("open_subject"),
        CheckConstraint(
            "status <> 'approved' OR NOT needs_second "
            "OR (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id)",
            name="second_person",
        ),
        CheckConstraint("(open_subject IS NULL) OR status = 'pending'", name="open_while_pending"),
        *not_negative("amount_minor"),
        *three_letters("currency"),
        Index(None, "status", "expires_at"),  # what waits, and what lapses
        Index(None, "subject_type", "subject_id", "id"),
    )

    kind: Mapped[ApprovalKind] = mapped_column(enum_column(ApprovalKind, name="kind"))
    status: Mapped[ApprovalStatus] = mapped_column(
        enum_column(ApprovalStatus, name="status"), default=ApprovalStatus.PENDING
    )
    subject_type: Mapped[str] = mapped_column(ascii_string(40))  # table of what it is about
    subject_id: Mapped[int] = mapped_column(BigInteger)
    #: ``kind:table:id`` while it waits for a second person, else NULL: stands in for a partial unique index.
    open_subject: Mapped[str | None] = mapped_column(ascii_string(96))
    request_key: Mapped[str] = mapped_column(ascii_string(64))  # of the form that was sent: sent twice, it is one act
    currency: Mapped[str] = mapped_column(ascii_string(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what the act needs to know
    reason: Mapped[str | None] = mapped_column(String(500))
    needs_second: Mapped[bool]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decision_reason: Mapped[str | None] = mapped_column(String(500))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)

    proposed_by: Mapped[User] = relationship(lazy="raise", viewonly=True, foreign_keys=[proposed_by_id])
