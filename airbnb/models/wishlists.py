"""Places that people keep for later."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.extensions import Base
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin


class Wishlist(IdMixin, TimestampMixin, VersionMixin, Base):
    """A named list of listings, seen by its owner alone."""

    __tablename__ = "wishlists"
    __table_args__ = (Index(None, "user_id", "id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))


class WishlistItem(IdMixin, Base):
    """One listing on one list; ids grow with time, so they are the order in which listings were added."""

    __tablename__ = "wishlist_items"
    __table_args__ = (
        UniqueConstraint("wishlist_id", "listing_id"),
        Index(None, "wishlist_id", "id"),
        Index(None, "listing_id"),
    )

    wishlist_id: Mapped[int] = mapped_column(ForeignKey("wishlists.id", ondelete="CASCADE"))
    listing_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("listings.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
