"""Which kind of building and room the source's words mean."""

from airbnb.domain.kinds import PropertyType, RoomType

ROOM_TYPES = {
    "entire home/apt": RoomType.ENTIRE_PLACE,
    "private room": RoomType.PRIVATE_ROOM,
    "hotel room": RoomType.PRIVATE_ROOM,
    "shared room": RoomType.SHARED_ROOM,
}

#: What stands before the building in ``property_type``.
_BEFORE = ("entire ", "private room in ", "shared room in ", "room in ")

_BUILDINGS: dict[PropertyType, tuple[str, ...]] = {
    PropertyType.APARTMENT: (
        "rental unit", "condo", "loft", "serviced apartment", "apartment", "casa particular", "home/apt",
    ),
    PropertyType.HOUSE: (
        "home", "townhouse", "bungalow", "vacation home", "house", "villa house", "earthen home", "farm stay", "ranch",
    ),
    PropertyType.VILLA: ("villa",),
    PropertyType.COTTAGE: ("cottage",),
    PropertyType.CABIN: ("cabin", "chalet", "hut", "shepherd's hut", "tiny home", "dome", "treehouse", "yurt"),
    PropertyType.GUESTHOUSE: ("guesthouse", "guest suite", "bed and breakfast", "pension", "minsu", "ryokan"),
    PropertyType.HOTEL: ("hotel", "boutique hotel", "aparthotel", "resort", "nature lodge", "lodge"),
    PropertyType.HOSTEL: ("hostel",),
    PropertyType.BOAT: ("boat", "houseboat"),
    PropertyType.OTHER: (
        "place", "private room", "shared room", "camper/rv", "barn", "castle", "shipping container", "tent", "campsite",
        "cave", "island", "tower", "windmill", "lighthouse", "bus", "train", "plane", "religious building", "floor",
    ),
}  # fmt: skip
_KIND_OF = {word: kind for kind, words in _BUILDINGS.items() for word in words}


def room_type_of(text: str) -> RoomType | None:
    """Return the room type, or None for words that nobody has seen yet."""
    return ROOM_TYPES.get(text.strip().lower())


def property_type_of(text: str) -> PropertyType | None:
    """Return the kind of building, or None for words that nobody has seen yet."""
    words = text.strip().lower().replace("’", "'")
    for before in _BEFORE:
        if words.startswith(before):
            words = words.removeprefix(before)
            break
    return _KIND_OF.get(words)
