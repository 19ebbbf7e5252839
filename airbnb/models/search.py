"""Search's projection of published listings: derived data that one module writes and one command rebuilds."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.extensions import Base
from airbnb.models.types import UTCDateTime


class SearchDocument(Base):
    """One published listing, narrow and clustered by place: the key's order is what makes search fast.

    Units: prices are minor units of the settlement currency; coordinates are the public ones.
    """

    __tablename__ = "search_documents"
    __table_args__ = (UniqueConstraint("id"), Index(None, "host_id"), {"sqlite_with_rowid": False})

    z: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # 26 + 26 bits, interleaved
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # the listing's
    host_id: Mapped[int] = mapped_column(BigInteger)
    lat_e6: Mapped[int] = mapped_column(Integer)  # WGS 84, millionths of a degree
    lng_e6: Mapped[int] = mapped_column(Integer)
    max_guests: Mapped[int] = mapped_column(SmallInteger)
    bedrooms: Mapped[int] = mapped_column(SmallInteger)
    beds: Mapped[int] = mapped_column(SmallInteger)
    bathroom_halves: Mapped[int] = mapped_column(SmallInteger)
    property_type: Mapped[int] = mapped_column(SmallInteger)  # place in the enum
    room_type: Mapped[int] = mapped_column(SmallInteger)
    flags: Mapped[int] = mapped_column(Integer, default=0)  # bits of domain/search_flags.py

    price_weekday: Mapped[int] = mapped_column(BigInteger)
    price_weekend: Mapped[int] = mapped_column(BigInteger)
    price_low: Mapped[int] = mapped_column(BigInteger)  # least and most of any coming night
    price_high: Mapped[int] = mapped_column(BigInteger)
    cleaning_fee: Mapped[int] = mapped_column(BigInteger, default=0)
    #: Millionths of a settlement minor unit per minor unit of the listing's currency; converts overrides.
    rate_micros: Mapped[int] = mapped_column(BigInteger, default=1_000_000)
    weekly_discount_percent: Mapped[int] = mapped_column(SmallInteger, default=0)
    monthly_discount_percent: Mapped[int] = mapped_column(SmallInteger, default=0)
    min_nights: Mapped[int] = mapped_column(SmallInteger, default=1)
    min_nights_week: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # nine bits a weekday
    max_nights: Mapped[int] = mapped_column(SmallInteger, default=365)
    advance_notice_days: Mapped[int] = mapped_column(SmallInteger, default=0)
    booking_window_days: Mapped[int] = mapped_column(SmallInteger, default=365)
    preparation_days: Mapped[int] = mapped_column(SmallInteger, default=0)
    check_in_weekdays: Mapped[int] = mapped_column(SmallInteger, default=127)  # bit 0 = Monday
    check_out_weekdays: Mapped[int] = mapped_column(SmallInteger, default=127)

    rating: Mapped[int] = mapped_column(SmallInteger, default=0)  # hundredths of a star; 0: unrated
    review_count: Mapped[int] = mapped_column(Integer, default=0)
    rank: Mapped[int] = mapped_column(Integer, default=0)  # "recommended", higher first
    published_s: Mapped[int] = mapped_column(BigInteger)  # seconds since 1970; "newest"
    amenities: Mapped[int] = mapped_column(BigInteger, default=0)  # bit = amenity id
    override_months: Mapped[int] = mapped_column(Integer, default=0)  # bit = month modulo 25 with a span of its own
    calendar_version: Mapped[int] = mapped_column(Integer, default=1)
    card_version: Mapped[int] = mapped_column(Integer, default=1)  # of its bytes, see ListingCard
    # Taken nights: one column per absolute month modulo 25, bit 0 = the 1st.
    m00: Mapped[int] = mapped_column(Integer, default=0)
    m01: Mapped[int] = mapped_column(Integer, default=0)
    m02: Mapped[int] = mapped_column(Integer, default=0)
    m03: Mapped[int] = mapped_column(Integer, default=0)
    m04: Mapped[int] = mapped_column(Integer, default=0)
    m05: Mapped[int] = mapped_column(Integer, default=0)
    m06: Mapped[int] = mapped_column(Integer, default=0)
    m07: Mapped[int] = mapped_column(Integer, default=0)
    m08: Mapped[int] = mapped_column(Integer, default=0)
    m09: Mapped[int] = mapped_column(Integer, default=0)
    m10: Mapped[int] = mapped_column(Integer, default=0)
    m11: Mapped[int] = mapped_column(Integer, default=0)
    m12: Mapped[int] = mapped_column(Integer, default=0)
    m13: Mapped[int] = mapped_column(Integer, default=0)
    m14: Mapped[int] = mapped_column(Integer, default=0)
    m15: Mapped[int] = mapped_column(Integer, default=0)
    m16: Mapped[int] = mapped_column(Integer, default=0)
    m17: Mapped[int] = mapped_column(Integer, default=0)
    m18: Mapped[int] = mapped_column(Integer, default=0)
    m19: Mapped[int] = mapped_column(Integer, default=0)
    m20: Mapped[int] = mapped_column(Integer, default=0)
    m21: Mapped[int] = mapped_column(Integer, default=0)
    m22: Mapped[int] = mapped_column(Integer, default=0)
    m23: Mapped[int] = mapped_column(Integer, default=0)
    m24: Mapped[int] = mapped_column(Integer, default=0)


class SearchSpan(Base):
    """Days on which a published listing has another price or shortest stay than usual; none longer than a month.

    Units: days as ``domain/search_spans.py`` numbers them; extras in minor units of the settlement currency.
    """

    __tablename__ = "search_spans"
    __table_args__ = ({"sqlite_with_rowid": False},)

    listing_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first_day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    until_day: Mapped[int] = mapped_column(Integer)
    extra_weekday: Mapped[int] = mapped_column(BigInteger)
    extra_weekend: Mapped[int] = mapped_column(BigInteger)  # Friday and Saturday nights
    min_nights: Mapped[int | None] = mapped_column(SmallInteger)


class ListingCard(Base):
    """A listing's public card, serialised once when it changes; the version is a checksum and part of its cache key."""

    __tablename__ = "listing_cards"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # the listing's
    version: Mapped[int] = mapped_column(Integer)
    json: Mapped[bytes] = mapped_column(LargeBinary)


class SearchWord(Base):
    """One folded word of a published listing's title or city, for searches by words."""

    __tablename__ = "search_words"
    __table_args__ = (Index(None, "listing_id"), {"sqlite_with_rowid": False})

    word: Mapped[str] = mapped_column(String(40), primary_key=True)  # lower case, without accents
    listing_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class SearchForm(Base):
    """The one row that says in which form every row of the projection is written, once a rebuild has ended."""

    __tablename__ = "search_forms"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)  # always 1
    form: Mapped[int] = mapped_column(Integer)
    rebuilt_at: Mapped[datetime] = mapped_column(UTCDateTime)
