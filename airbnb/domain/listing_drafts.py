"""A listing as a host describes it, before it is a row: the input of creating and importing listings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.kinds import PropertyType, RoomType


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingDraft:
    """Everything that a new listing may say; the names are those of the columns.

    Units: ``_minor`` in ``currency``; ``_minutes`` after local midnight; weekday masks have bit 0 = Monday;
    ``bathroom_halves`` counts half bathrooms; ``amenities`` are slugs of the catalogue.
    Needs: ``nightly_price_minor`` may be missing on imported drafts alone.
    """

    title: str
    property_type: PropertyType
    room_type: RoomType
    city: str
    country_code: str
    latitude: float
    longitude: float
    max_guests: int
    currency: str
    nightly_price_minor: int | None
    address_line1: str = ""
    address_line2: str | None = None
    region: str | None = None
    postal_code: str | None = None
    description: str = ""
    bedrooms: int = 0
    beds: int = 0
    bathroom_halves: int = 0
    amenities: tuple[str, ...] = ()
    weekend_price_minor: int | None = None
    cleaning_fee_minor: int = 0
    extra_guest_fee_minor: int = 0
    extra_guest_after: int | None = None
    pets_allowed: bool = False
    pet_fee_minor: int = 0
    weekly_discount_percent: int = 0
    monthly_discount_percent: int = 0
    early_bird_days: int | None = None
    early_bird_percent: int | None = None
    last_minute_days: int | None = None
    last_minute_percent: int | None = None
    new_listing_discount_percent: int = 0
    non_refundable_discount_percent: int | None = None
    min_nights: int = 1
    min_nights_by_weekday: Mapping[str, int] = field(default_factory=dict)
    max_nights: int = 365
    advance_notice_days: int = 0
    cut_off_hour: int | None = None
    preparation_days: int = 0
    booking_window_days: int = 365
    check_in_weekdays: int | None = None
    check_out_weekdays: int | None = None
    check_in_minutes: int = 15 * 60
    check_in_until_minutes: int | None = None
    check_out_minutes: int = 11 * 60
    instant_book: bool = False
    cancellation_policy: CancellationPolicy = CancellationPolicy.MODERATE
    house_rules: str = ""
    arrival_guide: str = ""
    registration_number: str | None = None
    import_source: str | None = None
    import_key: str | None = None
