"""What a listing's page says to whom: the door and the arrival guide only to those who may know them."""

from typing import Any

from sqlalchemy import RowMapping

from airbnb.domain.amenities import grouped, kinds_of
from airbnb.domain.geo.coordinates import from_e6
from airbnb.domain.listing_rules import clock_face, weekdays_in
from airbnb.domain.money import Money, half_up
from airbnb.domain.review_rules import CATEGORIES
from airbnb.queries.listings import ListingPage
from airbnb.services.display_prices import Display
from airbnb.services.listing_cards import photo_dict
from airbnb.services.photo_urls import file_url

SAME = (
    "id", "status", "published_at", "title", "description", "property_type", "room_type", "time_zone", "max_guests",
    "bedrooms", "beds", "extra_guest_after", "pets_allowed", "weekly_discount_percent", "monthly_discount_percent",
    "new_listing_discount_percent", "non_refundable_discount_percent", "min_nights", "min_nights_by_weekday",
    "max_nights", "advance_notice_days", "cut_off_hour", "preparation_days", "booking_window_days", "instant_book",
    "cancellation_policy", "house_rules", "registration_number", "created_at", "updated_at",
)  # fmt: skip
PRICES = ("nightly_price", "weekend_price", "cleaning_fee", "extra_guest_fee", "pet_fee")


def page_dict(page: ListingPage, *, sees_door: bool, display: Display) -> dict[str, Any]:
    """Return a listing's page in the shape of ``ListingSchema``.

    ``sees_door`` is for the owner, staff and guests with a confirmed booking: everybody else gets the city and the
    public location.
    """
    head = page.head
    return {
        **{name: head[name] for name in SAME},
        "bathrooms": head["bathroom_halves"] / 2,
        "address": _address(head, sees_door),
        **_location(head, sees_door),
        **({"arrival_guide": head["arrival_guide"]} if sees_door else {}),
        **_prices(head, display),
        "early_bird_discount": _days_discount(head, "early_bird"),
        "last_minute_discount": _days_discount(head, "last_minute"),
        "check_in_weekdays": _weekdays(head["check_in_weekdays"]),
        "check_out_weekdays": _weekdays(head["check_out_weekdays"]),
        "check_in_time": clock_face(head["check_in_minutes"]),
        "check_in_until": clock_face(head["check_in_until_minutes"]),
        "check_out_time": clock_face(head["check_out_minutes"]),
        "amenities": amenity_groups(page.amenity_bits),
        "photos": [photo_dict(photo) for photo in page.photos],
        "host": _host(head),
        "rating_summary": _rating_summary(head),
    }


def amenity_groups(bits: list[int]) -> list[dict[str, Any]]:
    """Return amenities grouped as the catalogue groups them."""
    return [
        {"group": group, "amenities": [{"slug": kind.slug, "icon": kind.icon, "label": kind.label} for kind in kinds]}
        for group, kinds in grouped(kinds_of(bits))
    ]


def _address(head: RowMapping, sees_door: bool) -> dict[str, Any]:
    public = {"city": head["city"], "region": head["region"], "country_code": head["country_code"]}
    if not sees_door:
        return public
    return {
        "line1": head["address_line1"],
        "line2": head["address_line2"],
        "postal_code": head["postal_code"],
        **public,
    }


def _location(head: RowMapping, sees_door: bool) -> dict[str, Any]:
    prefix = "" if sees_door else "public_"
    return {
        "latitude": from_e6(head[f"{prefix}latitude_e6"]),
        "longitude": from_e6(head[f"{prefix}longitude_e6"]),
        "location_exact": sees_door,
    }


def _prices(head: RowMapping, display: Display) -> dict[str, Any]:
    currency = head["currency"]

    def shown(amount_minor: int | None) -> Money | None:
        return None if amount_minor is None else display.money(amount_minor, currency)

    converted = display.rate_from(currency) is not None
    return {
        "currency": display.currency if converted else currency,
        "converted": converted,
        **{name: shown(head[f"{name}_minor"]) for name in PRICES},
    }


def _days_discount(head: RowMapping, kind: str) -> dict[str, int] | None:
    days = head[f"{kind}_days"]
    return None if days is None else {"days": days, "percent": head[f"{kind}_percent"]}


def _weekdays(mask: int | None) -> list[int] | None:
    days = weekdays_in(mask)
    return None if days is None else sorted(days)


def _host(head: RowMapping) -> dict[str, Any]:
    avatar = head["host_avatar_key"]
    return {
        "id": head["host_id"],
        "first_name": head["host_first_name"],
        "avatar_url": file_url(avatar) if avatar else None,
        "bio": head["host_bio"],
        "languages": head["host_languages"],
        "since": head["host_since"],
        "rating": average(head["host_rating_sum"], head["host_review_count"]),
        "review_count": head["host_review_count"] or 0,
    }


def _rating_summary(head: RowMapping) -> dict[str, Any]:
    return {
        "overall": average(head["rating_sum"], head["review_count"]),
        "count": head["review_count"] or 0,
        "categories": {name: average(head[f"{name}_sum"], head[f"{name}_count"]) for name in CATEGORIES},
    }


def average(stars: int | None, count: int | None) -> float | None:
    """Return an average rating with two digits, None without reviews."""
    return half_up(stars * 100, count) / 100 if stars and count else None
