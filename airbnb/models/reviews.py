"""What guests and hosts say about each other after a stay."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain.kinds import ReviewSide
from airbnb.domain.statuses import ReviewStatus
from airbnb.extensions import Base
from airbnb.models.bookings import Booking
from airbnb.models.checks import both_or_neither, within
from airbnb.models.listings import Listing
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, enum_column
from airbnb.models.users import User


class Review(IdMixin, TimestampMixin, VersionMixin, Base):
    """One side's review of one completed booking; hidden until both are in or the window ends."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("booking_id", "side"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_range"),
        *within(1, 5, "cleanliness", "accuracy", "check_in", "communication", "location", "value"),
        CheckConstraint("author_id <> subject_id", name="not_about_oneself"),
        both_or_neither("response", "responded_at", name="response_pair"),
        Index(None, "listing_id", "side", "status", "published_at", "id"),
        Index(None, "subject_id", "side", "status", "published_at", "id"),
        Index(None, "author_id", "id"),
        Index(None, "status", "window_ends_at"),  # the publishing sweep
        Index(None, "status", "id"),  # the dashboard's list, as the next
        Index(None, "rating", "id"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    side: Mapped[ReviewSide] = mapped_column(enum_column(ReviewSide, name="side"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))  # the reviewed side
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="RESTRICT"))
    rating: Mapped[int] = mapped_column(SmallInteger)  # stars
    cleanliness: Mapped[int | None] = mapped_column(SmallInteger)
    accuracy: Mapped[int | None] = mapped_column(SmallInteger)
    check_in: Mapped[int | None] = mapped_column(SmallInteger)
    communication: Mapped[int | None] = mapped_column(SmallInteger)
    location: Mapped[int | None] = mapped_column(SmallInteger)
    value: Mapped[int | None] = mapped_column(SmallInteger)
    comment: Mapped[str] = mapped_column(Text)
    private_note: Mapped[str | None] = mapped_column(Text)  # for the reviewed side alone
    status: Mapped[ReviewStatus] = mapped_column(enum_column(ReviewStatus, name="status"), default=ReviewStatus.PENDING)
    window_ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hidden_reason: Mapped[str | None] = mapped_column(String(500))
    response: Mapped[str | None] = mapped_column(Text)
    responded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    booking: Mapped[Booking] = relationship(lazy="raise")
    listing: Mapped[Listing] = relationship(lazy="raise")
    author: Mapped[User] = relationship(lazy="raise", foreign_keys=[author_id])
    subject: Mapped[User] = relationship(lazy="raise", foreign_keys=[subject_id])
