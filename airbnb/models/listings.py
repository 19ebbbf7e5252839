"""What hosts offer: listings, their photos, amenities and review figures."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.review_rules import CATEGORIES
from airbnb.domain.statuses import ListingStatus, PhotoStatus
from airbnb.extensions import Base
from airbnb.models.checks import both_or_neither, not_negative, three_letters, within
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, ascii_string, enum_column
from airbnb.models.users import User


class Listing(IdMixin, TimestampMixin, VersionMixin, Base):
    """One place as its host describes and prices it; search reads only what is derived from it."""

    __tablename__ = "listings"
    __table_args__ = (
        UniqueConstraint("import_source", "import_key"),
        both_or_neither("import_source", "import_key", name="import_pair"),
        both_or_neither("early_bird_days", "early_bird_percent", name="early_bird_pair"),
        both_or_neither("last_minute_days", "last_minute_percent", name="last_minute_pair"),
        CheckConstraint(
            "nightly_price_minor IS NOT NULL OR status IN ('draft', 'suspended', 'archived')", name="priced"
        ),
        *not_negative("nightly_price_minor", "weekend_price_minor", "cleaning_fee_minor"),
        *not_negative("extra_guest_fee_minor", "pet_fee_minor", "bedrooms", "beds", "bathroom_halves"),
        *three_letters("currency"),
        CheckConstraint("length(country_code) = 2", name="country_code_length"),
        *within(-90_000_000, 90_000_000, "latitude_e6", "public_latitude_e6"),
        *within(-180_000_000, 180_000_000, "longitude_e6", "public_longitude_e6"),
        *within(0, 100, "weekly_discount_percent", "monthly_discount_percent", "early_bird_percent"),
        *within(0, 100, "last_minute_percent", "new_listing_discount_percent", "non_refundable_discount_percent"),
        CheckConstraint("max_guests >= 1", name="max_guests_positive"),
        CheckConstraint("min_nights >= 1 AND min_nights <= max_nights", name="nights_order"),
        *within(0, 30, "advance_notice_days"),
        *within(0, 7, "preparation_days"),
        *within(1, 720, "booking_window_days"),
        *within(0, 23, "cut_off_hour"),
        *within(0, 1439, "check_in_minutes", "check_in_until_minutes", "check_out_minutes"),
        *within(1, 127, "check_in_weekdays", "check_out_weekdays"),
        Index(None, "host_id", "id"),
        Index(None, "status", "id"),
        # The dashboard's searches and filters:
        Index(None, "title", "id"),
        Index(None, "city", "id"),
        Index(None, "country_code", "id"),
        Index(None, "property_type", "id"),
        Index(None, "room_type", "id"),
    )

    host_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    status: Mapped[ListingStatus] = mapped_column(
        enum_column(ListingStatus, name="status"), default=ListingStatus.DRAFT
    )
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the first publish: fixes the currency
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    property_type: Mapped[PropertyType] = mapped_column(enum_column(PropertyType, name="property_type"))
    room_type: Mapped[RoomType] = mapped_column(enum_column(RoomType, name="room_type"))

    address_line1: Mapped[str] = mapped_column(String(200), default="")  # empty only for imported listings
    address_line2: Mapped[str | None] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(String(120))
    region: Mapped[str | None] = mapped_column(String(120))
    postal_code: Mapped[str | None] = mapped_column(String(20))
    country_code: Mapped[str] = mapped_column(ascii_string(2))  # ISO 3166-1 alpha-2
    latitude_e6: Mapped[int] = mapped_column(Integer)  # WGS 84, millionths of a degree; exact, never public
    longitude_e6: Mapped[int] = mapped_column(Integer)
    public_latitude_e6: Mapped[int] = mapped_column(Integer)  # shifted 150-500 m; what everybody sees
    public_longitude_e6: Mapped[int] = mapped_column(Integer)
    time_zone: Mapped[str] = mapped_column(ascii_string(64))  # IANA

    max_guests: Mapped[int] = mapped_column(SmallInteger)
    bedrooms: Mapped[int] = mapped_column(SmallInteger, default=0)
    beds: Mapped[int] = mapped_column(SmallInteger, default=0)
    bathroom_halves: Mapped[int] = mapped_column(SmallInteger, default=0)  # half bathrooms: 3 means 1.5

    currency: Mapped[str] = mapped_column(ascii_string(3))
    nightly_price_minor: Mapped[int | None] = mapped_column(BigInteger)
    weekend_price_minor: Mapped[int | None] = mapped_column(BigInteger)  # Friday and Saturday nights
    cleaning_fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # per stay
    extra_guest_fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # per guest and night
    extra_guest_after: Mapped[int | None] = mapped_column(SmallInteger)  # guests included in the price
    pets_allowed: Mapped[bool] = mapped_column(default=False)
    pet_fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # per stay
    weekly_discount_percent: Mapped[int] = mapped_column(SmallInteger, default=0)  # from 7 nights
    monthly_discount_percent: Mapped[int] = mapped_column(SmallInteger, default=0)  # from 28 nights
    early_bird_days: Mapped[int | None] = mapped_column(SmallInteger)
    early_bird_percent: Mapped[int | None] = mapped_column(SmallInteger)
    last_minute_days: Mapped[int | None] = mapped_column(SmallInteger)
    last_minute_percent: Mapped[int | None] = mapped_column(SmallInteger)
    new_listing_discount_percent: Mapped[int] = mapped_column(SmallInteger, default=0)
    non_refundable_discount_percent: Mapped[int | None] = mapped_column(SmallInteger)  # NULL: no such rate plan

    min_nights: Mapped[int] = mapped_column(SmallInteger, default=1)
    #: Nights by weekday of check-in, "0" = Monday; absent weekdays use ``min_nights``.
    min_nights_by_weekday: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    max_nights: Mapped[int] = mapped_column(SmallInteger, default=365)
    advance_notice_days: Mapped[int] = mapped_column(SmallInteger, default=0)
    cut_off_hour: Mapped[int | None] = mapped_column(SmallInteger)  # local hour of the last same-day booking
    preparation_days: Mapped[int] = mapped_column(SmallInteger, default=0)  # nights kept free after a stay
    booking_window_days: Mapped[int] = mapped_column(SmallInteger, default=365)
    check_in_weekdays: Mapped[int | None] = mapped_column(SmallInteger)  # bit 0 = Monday; NULL: any day
    check_out_weekdays: Mapped[int | None] = mapped_column(SmallInteger)
    check_in_minutes: Mapped[int] = mapped_column(SmallInteger, default=15 * 60)  # after local midnight
    check_in_until_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    check_out_minutes: Mapped[int] = mapped_column(SmallInteger, default=11 * 60)
    instant_book: Mapped[bool] = mapped_column(default=False)
    cancellation_policy: Mapped[CancellationPolicy] = mapped_column(
        enum_column(CancellationPolicy, name="cancellation_policy"), default=CancellationPolicy.MODERATE
    )
    house_rules: Mapped[str] = mapped_column(Text, default="")
    arrival_guide: Mapped[str] = mapped_column(Text, default="")  # for guests with a confirmed booking only
    registration_number: Mapped[str | None] = mapped_column(String(80))
    import_source: Mapped[str | None] = mapped_column(ascii_string(24))
    import_key: Mapped[str | None] = mapped_column(ascii_string(64))  # the row's id at its source

    host: Mapped[User] = relationship(lazy="raise")
    photos: Mapped[list["ListingPhoto"]] = relationship(
        lazy="raise", order_by="ListingPhoto.position, ListingPhoto.id", passive_deletes="all", back_populates="listing"
    )
    amenities: Mapped[list["Amenity"]] = relationship(
        secondary="listing_amenities", lazy="raise", order_by="Amenity.id", passive_deletes=True
    )
    figures: Mapped["ListingFigures | None"] = relationship(lazy="raise", passive_deletes="all")


class ListingPhoto(IdMixin, TimestampMixin, Base):
    """One picture; its sizes are files under ``base_key``, made by a task."""

    __tablename__ = "listing_photos"
    __table_args__ = (
        *not_negative("position", "width", "height"),
        Index(None, "listing_id", "position"),
        Index(None, "status", "created_at"),  # pictures whose task was lost
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)  # 0 is the cover
    status: Mapped[PhotoStatus] = mapped_column(enum_column(PhotoStatus, name="status"), default=PhotoStatus.PROCESSING)
    base_key: Mapped[str] = mapped_column(ascii_string(200))  # storage key before the size's suffix
    width: Mapped[int] = mapped_column(Integer)  # pixels, upright
    height: Mapped[int] = mapped_column(Integer)
    caption: Mapped[str | None] = mapped_column(String(300))
    alt_text: Mapped[str | None] = mapped_column(String(300))
    content_hash: Mapped[str] = mapped_column(ascii_string(64))  # SHA-256 of the upload, hex

    listing: Mapped[Listing] = relationship(lazy="raise", back_populates="photos")


class Amenity(Base):
    """One thing a place may offer; the id is its bit in search's mask and never changes."""

    __tablename__ = "amenities"
    __table_args__ = (UniqueConstraint("slug"), *within(0, 61, "id"))

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    slug: Mapped[str] = mapped_column(ascii_string(40))
    group: Mapped[str] = mapped_column(ascii_string(40))
    icon: Mapped[str] = mapped_column(ascii_string(40))
    label_key: Mapped[str] = mapped_column(String(80))  # message id of the label


class ListingAmenity(Base):
    """What one listing offers: the truth behind search's mask."""

    __tablename__ = "listing_amenities"
    __table_args__ = ({"sqlite_with_rowid": False},)

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True)
    amenity_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("amenities.id", ondelete="RESTRICT"), primary_key=True
    )


class ListingFigures(Base):
    """Published review figures; apart from ``listings``, which bookings refer to."""

    __tablename__ = "listing_figures"
    __table_args__ = (
        *not_negative("rating_sum", "review_count"),
        *not_negative(*(f"{category}_sum" for category in CATEGORIES)),
        *not_negative(*(f"{category}_count" for category in CATEGORIES)),
    )

    listing_id: Mapped[int] = mapped_column(
        ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    rating_sum: Mapped[int] = mapped_column(Integer, default=0)  # stars; the average is sum / count
    review_count: Mapped[int] = mapped_column(Integer, default=0)
    cleanliness_sum: Mapped[int] = mapped_column(Integer, default=0)
    cleanliness_count: Mapped[int] = mapped_column(Integer, default=0)
    accuracy_sum: Mapped[int] = mapped_column(Integer, default=0)
    accuracy_count: Mapped[int] = mapped_column(Integer, default=0)
    check_in_sum: Mapped[int] = mapped_column(Integer, default=0)
    check_in_count: Mapped[int] = mapped_column(Integer, default=0)
    communication_sum: Mapped[int] = mapped_column(Integer, default=0)
    communication_count: Mapped[int] = mapped_column(Integer, default=0)
    location_sum: Mapped[int] = mapped_column(Integer, default=0)
    location_count: Mapped[int] = mapped_column(Integer, default=0)
    value_sum: Mapped[int] = mapped_column(Integer, default=0)
    value_count: Mapped[int] = mapped_column(Integer, default=0)
