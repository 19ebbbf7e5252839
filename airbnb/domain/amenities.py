"""The catalogue of what a place may offer: groups, icons and English labels; an amenity's id is its bit in search."""

from collections.abc import Iterable
from dataclasses import dataclass

from airbnb.domain.search_masks import AMENITY_BITS, AMENITY_SLUGS

#: Group -> slugs, in the order in which groups and amenities are shown.
GROUPS: dict[str, tuple[str, ...]] = {
    "essentials": (
        "wifi", "kitchen", "washer", "dryer", "air_conditioning", "heating", "tv", "workspace", "hair_dryer", "iron",
        "hot_water", "shampoo", "bed_linens", "hangers",
    ),
    "features": (
        "pool", "hot_tub", "gym", "balcony", "garden", "bathtub", "fireplace", "bbq_grill", "outdoor_dining", "sauna",
        "piano",
    ),
    "kitchen": ("breakfast", "dishwasher", "refrigerator", "oven", "microwave", "coffee_maker"),
    "parking": ("free_parking", "ev_charger", "paid_parking"),
    "access": (
        "elevator", "wheelchair_accessible", "self_check_in", "luggage_drop_off", "private_entrance",
    ),
    "family": ("crib", "high_chair", "board_games", "books"),
    "safety": (
        "smoke_alarm", "carbon_monoxide_alarm", "first_aid_kit", "fire_extinguisher", "security_cameras",
    ),
    "location": ("waterfront", "beach_access", "ski_access", "sea_view", "mountain_view", "city_view"),
    "entertainment": ("sound_system", "game_console", "bicycles", "kayak"),
    "policies": ("pets_allowed", "smoking_allowed"),
}  # fmt: skip

#: Labels that are more than the slug's words.
_SPECIAL_LABELS = {
    "tv": "TV",
    "workspace": "Dedicated workspace",
    "ev_charger": "EV charger",
    "balcony": "Balcony or patio",
    "bbq_grill": "BBQ grill",
    "self_check_in": "Self check-in",
    "luggage_drop_off": "Luggage drop-off",
    "ski_access": "Ski-in, ski-out",
    "security_cameras": "Outdoor security cameras",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AmenityKind:
    """One entry of the catalogue."""

    bit: int
    slug: str
    group: str
    icon: str
    label: str


def _kind(slug: str, group: str) -> AmenityKind:
    label = _SPECIAL_LABELS.get(slug, slug.replace("_", " ").capitalize())
    return AmenityKind(bit=AMENITY_BITS[slug], slug=slug, group=group, icon=slug, label=label)


#: Slug -> entry, group by group.
CATALOGUE: dict[str, AmenityKind] = {slug: _kind(slug, group) for group, slugs in GROUPS.items() for slug in slugs}


def kinds_of(bits: Iterable[int]) -> list[AmenityKind]:
    """Return the entries of some amenity ids, in the order of the catalogue."""
    wanted = {AMENITY_SLUGS[bit] for bit in bits}
    return [kind for slug, kind in CATALOGUE.items() if slug in wanted]


def grouped(kinds: Iterable[AmenityKind]) -> list[tuple[str, list[AmenityKind]]]:
    """Return amenities by group, in the order of the groups; groups without any are left out."""
    by_group: dict[str, list[AmenityKind]] = {}
    for kind in kinds:
        by_group.setdefault(kind.group, []).append(kind)
    return [(group, by_group[group]) for group in GROUPS if group in by_group]
