"""What of a listing changed since staff last approved it: field by field, photos and amenities too."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

#: Those of a listing's fields that guests read or that decide where and what the place is.
REVIEWED = (
    "title",
    "description",
    "property_type",
    "room_type",
    "address_line1",
    "address_line2",
    "city",
    "region",
    "postal_code",
    "country_code",
    "latitude_e6",
    "longitude_e6",
    "max_guests",
    "bedrooms",
    "beds",
    "bathroom_halves",
    "currency",
    "nightly_price_minor",
    "weekend_price_minor",
    "cleaning_fee_minor",
    "pets_allowed",
    "min_nights",
    "max_nights",
    "instant_book",
    "cancellation_policy",
    "house_rules",
    "registration_number",
    "cover",
)
#: Fields that hold several things, each told by itself.
MANY = ("amenities", "photos")

#: A listing as it was looked at: its fields, its amenities' slugs, and its photos with their captions.
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it was; ``None`` before or after says that it was not, or is no more, there."""

    field: str
    before: Any
    after: Any


def differences(before: Content | None, after: Content) -> list[Difference]:
    """Return what is not as it was approved; of a listing that nobody approved, everything that it has."""
    known = before or {}
    found = [
        Difference(field=name, before=known.get(name), after=after.get(name))
        for name in REVIEWED
        if known.get(name) != after.get(name) and not (before is None and after.get(name) in (None, ""))
    ]
    for name in MANY:
        found += _of_many(name, known.get(name) or [], after.get(name) or [])
    return found


def _of_many(name: str, before: Collection[Any], after: Collection[Any]) -> list[Difference]:
    gone = [Difference(field=name, before=one, after=None) for one in before if one not in after]
    come = [Difference(field=name, before=None, after=one) for one in after if one not in before]
    return [*gone, *come]
