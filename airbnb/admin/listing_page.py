"""How the page of a listing writes what is different since it was approved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airbnb.domain.listing_differences import Difference
from airbnb.domain.money import format_amount
from airbnb.services.photo_urls import photo_urls

PRICES = ("nightly_price_minor", "weekend_price_minor", "cleaning_fee_minor")
DEGREES = ("latitude_e6", "longitude_e6")
#: What fields are called whose names are no words.
LABELS = {"address_line1": "Address", "address_line2": "Address, line 2", "bathroom_halves": "Bathrooms"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One difference in words, and the addresses of the pictures that it is about."""

    label: str
    before: str
    after: str
    picture_before: str | None = None
    picture_after: str | None = None


def shown_differences(found: Sequence[Difference], currency: str) -> list[Shown]:
    """Return differences as staff read them; amounts are in the listing's currency."""
    offered = [one for one in found if one.field == "amenities"]
    shown = [_shown(one, currency) for one in found if one.field != "amenities"]
    if not offered:
        return shown
    gone, come = ([getattr(one, side) for one in offered] for side in ("before", "after"))
    return [*shown, Shown(label="Amenities", before=_listed(gone), after=_listed(come))]


def _listed(slugs: Sequence[str | None]) -> str:
    return ", ".join(slug.replace("_", " ") for slug in slugs if slug)


def _shown(one: Difference, currency: str) -> Shown:
    words = one.field.removesuffix("_minor").removesuffix("_e6").replace("_", " ").capitalize()
    label = LABELS.get(one.field, words)
    if one.field == "photos":
        return Shown(
            label="Photo",
            before=_caption(one.before),
            after=_caption(one.after),
            picture_before=_picture(one.before),
            picture_after=_picture(one.after),
        )
    if one.field == "cover":
        pictures = [photo_urls(key)["small"] if key else None for key in (one.before, one.after)]
        return Shown(label=label, before="", after="", picture_before=pictures[0], picture_after=pictures[1])
    return Shown(
        label=label, before=_text(one.field, one.before, currency), after=_text(one.field, one.after, currency)
    )


def _text(field: str, value: Any, currency: str) -> str:
    if value is None or value == "":
        return ""
    if field in PRICES:
        return f"{format_amount(value, currency)} {currency}"
    if field in DEGREES:
        return f"{value / 1_000_000:.6f}"
    if field == "bathroom_halves":
        return f"{value / 2:g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ") if field in ("property_type", "room_type") else str(value)


def _caption(photo: dict[str, str] | None) -> str:
    return "" if photo is None else photo["caption"]


def _picture(photo: dict[str, str] | None) -> str | None:
    return None if photo is None else photo_urls(photo["key"])["small"]
