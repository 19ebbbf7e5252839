"""Valid rows as plain columns, for tests that write past the services."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from airbnb.domain.cancellation import POLICY_VERSION, CancellationPolicy
from airbnb.domain.fees import FeeModelKind
from airbnb.domain.ids import new_code, new_id
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.statuses import PendingOn
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.users import User

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def user(**columns: Any) -> User:
    row_id = new_id()
    return User(**({"id": row_id, "email": f"u{row_id}@example.test", "first_name": "Ana"} | columns))


def listing(host: User, **columns: Any) -> Listing:
    defaults: dict[str, Any] = {
        "id": new_id(),
        "host_id": host.id,
        "title": "A room with a view",
        "property_type": PropertyType.APARTMENT,
        "room_type": RoomType.ENTIRE_PLACE,
        "city": "Lisbon",
        "country_code": "PT",
        "latitude_e6": 38_711_000,
        "longitude_e6": -9_139_000,
        "public_latitude_e6": 38_712_000,
        "public_longitude_e6": -9_140_000,
        "time_zone": "Europe/Lisbon",
        "max_guests": 2,
        "currency": "EUR",
        "nightly_price_minor": 10_000,
    }
    return Listing(**(defaults | columns))


def booking(of: Listing, guest: User, **columns: Any) -> Booking:
    defaults: dict[str, Any] = {
        "id": new_id(),
        "code": new_code(),
        "listing_id": of.id,
        "guest_id": guest.id,
        "host_id": of.host_id,
        "pending_on": PendingOn.PAYMENT,
        "is_instant": True,
        "check_in": date(2026, 6, 1),
        "check_out": date(2026, 6, 4),
        "time_zone": of.time_zone,
        "check_in_minutes": 900,
        "check_out_minutes": 660,
        "check_in_at": NOW + timedelta(days=31),
        "check_out_at": NOW + timedelta(days=34),
        "adults": 2,
        "cancellation_policy": CancellationPolicy.MODERATE,
        "policy_version": POLICY_VERSION,
        "currency": "EUR",
        "total_minor": 34_200,
        "guest_service_fee_minor": 4_200,
        "listing_currency": "EUR",
        "host_subtotal_minor": 30_000,
        "host_payout_minor": 29_100,
        "fee_model": FeeModelKind.SPLIT,
        "guest_fee_bps": 1_400,
        "host_fee_bps": 300,
    }
    return Booking(**(defaults | columns))
