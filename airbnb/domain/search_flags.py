"""How search's projection writes kinds and yes-or-no facts as small integers."""

from airbnb.domain.kinds import PropertyType, RoomType

INSTANT_BOOK = 1
PETS = 2
#: The shortest stay differs by weekday, season or date: the projection's own figure is not the last word.
MIN_NIGHTS_VARY = 4

#: Append only, as the numbers are stored.
PROPERTY_TYPE_NUMBERS: dict[PropertyType, int] = {kind: number for number, kind in enumerate(PropertyType)}
ROOM_TYPE_NUMBERS: dict[RoomType, int] = {kind: number for number, kind in enumerate(RoomType)}
