"""Calendars exchanged with other sites: feeds that are imported, what they say, where they clash, and our own's key."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain.statuses import ConflictResolution
from airbnb.extensions import Base
from airbnb.models.bookings import Booking
from airbnb.models.checks import both_or_neither, not_negative
from airbnb.models.listings import Listing
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, ascii_string, enum_column


class CalendarToken(Base):
    """The key to one listing's own feed; a new one makes the old useless."""

    __tablename__ = "calendar_tokens"

    listing_id: Mapped[int] = mapped_column(
        ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    token_hash: Mapped[str] = mapped_column(ascii_string(64))  # SHA-256, hex
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    content_hash: Mapped[str | None] = mapped_column(ascii_string(64))  # of what the feed said last, SHA-256, hex
    changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # whole seconds; later with each new content


class CalendarFeed(IdMixin, TimestampMixin, Base):
    """Another site's calendar of one listing, and how fetching it goes."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        UniqueConstraint("listing_id", "url_hash"),
        *not_negative("failures", "event_count"),
        Index(None, "next_sync_at"),
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    #: Holds the other site's token: sealed, and shown to its host alone.
    url_encrypted: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text, default="")  # of feeds that wait to be sealed; empty for all others
    url_hash: Mapped[str] = mapped_column(ascii_string(64))  # SHA-256, hex
    etag: Mapped[str | None] = mapped_column(String(200))
    last_modified: Mapped[str | None] = mapped_column(String(80))
    next_sync_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_success_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when a whole body came, not "unchanged"
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)  # in a row
    error: Mapped[str | None] = mapped_column(String(200))  # of the last try
    event_count: Mapped[int] = mapped_column(Integer, default=0)
    listing: Mapped[Listing] = relationship(lazy="raise", viewonly=True)


class CalendarFeedEvent(IdMixin, Base):
    """One span of nights that a feed says are taken."""

    __tablename__ = "calendar_feed_events"
    __table_args__ = (
        UniqueConstraint("feed_id", "event_key"),
        CheckConstraint("starts_on < ends_on", name="span"),
        Index(None, "feed_id", "ends_on"),
    )

    feed_id: Mapped[int] = mapped_column(ForeignKey("calendar_feeds.id", ondelete="CASCADE"))
    event_key: Mapped[str] = mapped_column(ascii_string(64))  # SHA-256 of ``uid``, hex
    uid: Mapped[str] = mapped_column(String(600))  # the other site's, kept in our own feed so that it knows its own
    starts_on: Mapped[date]  # first night, in the listing's time zone
    ends_on: Mapped[date]  # the day after the last night


class CalendarConflict(IdMixin, TimestampMixin, Base):
    """A feed's event and a booking that want the same nights; the host alone can settle it."""

    __tablename__ = "calendar_conflicts"
    __table_args__ = (
        UniqueConstraint("feed_id", "event_key", "booking_id"),
        both_or_neither("resolved_at", "resolution", name="resolution_pair"),
        Index(None, "listing_id", "id"),
        Index(None, "resolved_at", "id"),
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    feed_id: Mapped[int] = mapped_column(ForeignKey("calendar_feeds.id", ondelete="CASCADE"))
    event_key: Mapped[str] = mapped_column(ascii_string(64))
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    starts_on: Mapped[date]  # of the event
    ends_on: Mapped[date]
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolution: Mapped[ConflictResolution | None] = mapped_column(enum_column(ConflictResolution, name="resolution"))
    listing: Mapped[Listing] = relationship(lazy="raise", viewonly=True)
    feed: Mapped[CalendarFeed] = relationship(lazy="raise", viewonly=True)
    booking: Mapped[Booking] = relationship(lazy="raise", viewonly=True)
