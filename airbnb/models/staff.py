"""What staff write down for each other: notes, and how a listing looked when they last approved it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain import clock
from airbnb.extensions import Base
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string
from airbnb.models.users import User


class StaffNote(IdMixin, Base):
    """One note about a row, for staff alone; never edited, and gone with the person it is about."""

    __tablename__ = "staff_notes"
    __table_args__ = (Index(None, "subject_type", "subject_id", "id"), Index(None, "author_id"))

    subject_type: Mapped[str] = mapped_column(ascii_string(40))  # the row's table
    subject_id: Mapped[int] = mapped_column(BigInteger)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    author: Mapped[User] = relationship(lazy="raise")


class ListingSnapshot(Base):
    """What guests would have read of a listing when staff last approved it."""

    __tablename__ = "listing_snapshots"
    __table_args__ = (Index(None, "approved_by_id"),)

    listing_id: Mapped[int] = mapped_column(
        ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    approved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # ``domain.listing_differences``: field -> words

    approved_by: Mapped[User | None] = relationship(lazy="raise")
