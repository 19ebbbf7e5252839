"""Maps the free text in which hosts name what a place offers onto the catalogue."""

import re
from functools import lru_cache

#: Slug -> what its texts look like, in lower case with plain quotes and dashes. A text may mean several slugs.
_PATTERNS: dict[str, str] = {
    "wifi": r"\bwi-?fi\b|wireless internet",
    "kitchen": r"^(full |private |shared )?kitchen(ette)?$",
    "washer": r"(?<!dish)\bwasher\b|washing machine",
    "dryer": r"(?<!hair )(?<!boot )\bdryer\b|tumble dryer",
    "air_conditioning": r"\bair.?condition|^ac\b",
    "heating": r"\bheating\b|\bheater\b|radiant heat",
    "tv": r"\b(hd)?tv\b|television",
    "workspace": r"workspace|laptop.friendly",
    "pool": r"\bpool\b(?! table)(?! view)(?! toys)",
    "hot_tub": r"hot tub|jacuzzi|whirlpool tub",
    "free_parking": r"^free\b.*\b(parking|carport|garage)\b",
    "ev_charger": r"\bev charger\b|electric vehicle",
    "gym": r"\bgym\b(?!.*nearby)|fitness (centre|center|room)",
    "elevator": r"\belevator\b|^lift$",
    "crib": r"\bcrib\b|pack '?n'? play|\bcot\b",
    "smoke_alarm": r"smoke (alarm|detector)",
    "carbon_monoxide_alarm": r"carbon monoxide (alarm|detector)",
    "first_aid_kit": r"first aid",
    "fire_extinguisher": r"fire extinguisher",
    "balcony": r"\bbalcony\b|\bpatio\b|\bterrace\b",
    "garden": r"\bbackyard\b|\bgarden\b(?! view)",
    "breakfast": r"^breakfast\b",
    "pets_allowed": r"^pets (are )?(allowed|welcome)",
    "wheelchair_accessible": r"wheelchair",
    "paid_parking": r"^paid\b.*\b(parking|garage)\b",
    "dishwasher": r"dish ?washer",
    "refrigerator": r"refrigerator|\bfridge\b",
    "oven": r"\boven\b(?! mitt)",
    "microwave": r"microwave",
    "coffee_maker": r"coffee (maker|machine)|nespresso|espresso",
    "hair_dryer": r"hair ?dryer",
    "iron": r"^iron$|\biron and board",
    "hot_water": r"^hot water$",
    "bathtub": r"\bbathtub\b",
    "shampoo": r"\bshampoo\b",
    "bed_linens": r"\bbed (linens?|sheets)\b",
    "hangers": r"^(clothes )?hangers$",
    "fireplace": r"\bfireplace\b(?! guard)",
    "bbq_grill": r"\bbbq\b|barbecue (grill|area)",
    "outdoor_dining": r"outdoor dining",
    "high_chair": r"high ?chair",
    "sauna": r"\bsauna\b",
    "self_check_in": r"self check.?in|^lockbox$|^keypad$|^smart ?lock$",
    "luggage_drop_off": r"luggage drop.?off",
    "private_entrance": r"private entrance",
    "waterfront": r"\bwaterfront\b|\blakefront\b",
    "beach_access": r"\bbeach access\b|\bbeachfront\b",
    "ski_access": r"ski.in|ski.out",
    "sea_view": r"\b(sea|ocean|bay|beach) view\b",
    "mountain_view": r"\bmountain view\b",
    "city_view": r"\bcity( skyline)? view\b",
    "security_cameras": r"security camera",
    "sound_system": r"sound system",
    "game_console": r"game console|\bplaystation\b|\bxbox\b",
    "board_games": r"\bboard games\b",
    "books": r"^books and reading",
    "piano": r"\bpiano\b",
    "bicycles": r"^(free |shared |adult )?(bikes|bicycles)\b",
    "kayak": r"\bkayak",
    "smoking_allowed": r"^smoking (is )?allowed",
}
_COMPILED = tuple((slug, re.compile(pattern)) for slug, pattern in _PATTERNS.items())
_QUOTES_AND_DASHES = str.maketrans({"’": "'", "‘": "'", "–": "-", "—": "-", "‑": "-"})


def normalised(text: str) -> str:
    """Return the text as the patterns expect it."""
    return " ".join(text.translate(_QUOTES_AND_DASHES).lower().split())


@lru_cache(maxsize=20_000)
def slugs_for(text: str) -> tuple[str, ...]:
    """Return the slugs that one text means; none when the catalogue has no such thing."""
    words = normalised(text)
    return tuple(slug for slug, pattern in _COMPILED if pattern.search(words))
