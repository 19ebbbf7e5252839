"""How the search projection packs taken nights and amenities into integers.

Nights: one 31-bit mask per month, bit 0 the first of the month; a month's slot is its absolute number modulo 25, so
25 slots hold today's month and the two years after it. Amenities: one bit each, by the order of ``AMENITY_SLUGS``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

MONTH_SLOTS = 25
MONTHS_PER_YEAR = 12
FULL_MONTH = (1 << 31) - 1
EMPTY_MASKS: tuple[int, ...] = (0,) * MONTH_SLOTS

#: Append only: a slug's place is its bit in every stored row. At most 62, so that the mask stays a positive BIGINT.
AMENITY_SLUGS = (
    "wifi", "kitchen", "washer", "dryer", "air_conditioning", "heating", "tv", "workspace", "pool", "hot_tub",
    "free_parking", "ev_charger", "gym", "elevator", "crib", "smoke_alarm", "carbon_monoxide_alarm",
    "first_aid_kit", "fire_extinguisher", "balcony", "garden", "breakfast", "pets_allowed", "wheelchair_accessible",
    "paid_parking", "dishwasher", "refrigerator", "oven", "microwave", "coffee_maker", "hair_dryer", "iron",
    "hot_water", "bathtub", "shampoo", "bed_linens", "hangers", "fireplace", "bbq_grill", "outdoor_dining",
    "high_chair", "sauna", "self_check_in", "luggage_drop_off", "private_entrance", "waterfront", "beach_access",
    "ski_access", "sea_view", "mountain_view", "city_view", "security_cameras", "sound_system", "game_console",
    "board_games", "books", "piano", "bicycles", "kayak", "smoking_allowed",
)  # fmt: skip
MAX_AMENITIES = 62
AMENITY_BITS: Mapping[str, int] = MappingProxyType({slug: bit for bit, slug in enumerate(AMENITY_SLUGS)})


def absolute_month(night: date) -> int:
    """Number the months through, so that neighbours differ by one."""
    return night.year * MONTHS_PER_YEAR + night.month - 1


def slot_of(night: date) -> int:
    """Return which of the 25 masks holds the night."""
    return absolute_month(night) % MONTH_SLOTS


def bit_of(night: date) -> int:
    """Return the night's mask within its slot: one bit set."""
    return 1 << night.day - 1


def masks_for_stay(nights: Iterable[date]) -> dict[int, int]:
    """Pack the nights of a stay, a block or a whole calendar into masks by slot.

    Shape: ``{slot: mask}``, ascending by slot, only slots with a night.
    Raises: ValueError when two nights lie so far apart that they would share a slot.
    """
    masks: dict[int, int] = {}
    months: dict[int, int] = {}
    for night in nights:
        month = absolute_month(night)
        slot = month % MONTH_SLOTS
        if months.setdefault(slot, month) != month:
            raise ValueError(f"nights span more than {MONTH_SLOTS} months")
        masks[slot] = masks.get(slot, 0) | bit_of(night)
    return dict(sorted(masks.items()))


def set_nights(masks: Sequence[int], nights: Iterable[date]) -> tuple[int, ...]:
    """Return the 25 masks with the nights marked taken."""
    changed = list(masks)
    for slot, mask in masks_for_stay(nights).items():
        changed[slot] |= mask
    return tuple(changed)


def clear_nights(masks: Sequence[int], nights: Iterable[date]) -> tuple[int, ...]:
    """Return the 25 masks with the nights marked free."""
    changed = list(masks)
    for slot, mask in masks_for_stay(nights).items():
        changed[slot] &= FULL_MONTH ^ mask
    return tuple(changed)


def are_free(masks: Sequence[int], nights: Iterable[date]) -> bool:
    """Whether none of the nights is taken; the same test as the search's ``(m07 & :mask) = 0``."""
    return all(masks[slot] & mask == 0 for slot, mask in masks_for_stay(nights).items())


def month_in_slot(slot: int, today: date) -> date:
    """Return the first day of the month that the slot stands for in the window beginning with today's month.

    A mask whose stored month differs from it is stale and counts as empty.
    """
    first = absolute_month(today)
    month = first + (slot - first) % MONTH_SLOTS
    return date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)


def slot_column(slot: int) -> str:
    """Return the projection's column name of a slot."""
    return f"m{slot:02d}"


def amenity_mask(slugs: Iterable[str]) -> int:
    """Pack amenity slugs into one mask.

    Raises: KeyError naming the first slug outside the catalogue.
    """
    mask = 0
    for slug in slugs:
        mask |= 1 << AMENITY_BITS[slug]
    return mask


def amenities_in(mask: int) -> tuple[str, ...]:
    """Return the slugs whose bits are set, in the catalogue's order."""
    return tuple(slug for bit, slug in enumerate(AMENITY_SLUGS) if mask >> bit & 1)
