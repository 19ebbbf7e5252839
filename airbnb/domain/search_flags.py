"""How search's projection writes kinds and yes-or-no facts as small integers."""

from collections.abc import Mapping
from typing import Any

from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.listing_rules import EVERY_DAY

INSTANT_BOOK = 1
PETS = 2
#: The shortest stay differs by weekday, season or date: the projection's own figure is not the last word.
MIN_NIGHTS_VARY = 4
#: Of the calendar's rules only the shortest stay and the taken nights can refuse a plain stay, see ``is_plain``.
PLAIN_RULES = 8

#: A plain stay begins so long after today, ends so soon after it, and is so short, that plain rules let it pass.
PLAIN_NOTICE_DAYS = 7
PLAIN_WINDOW_DAYS = 365
PLAIN_NIGHTS = 28

#: Append only, as the numbers are stored.
PROPERTY_TYPE_NUMBERS: dict[PropertyType, int] = {kind: number for number, kind in enumerate(PropertyType)}
ROOM_TYPE_NUMBERS: dict[RoomType, int] = {kind: number for number, kind in enumerate(RoomType)}


def has_plain_rules(rules: Mapping[str, Any], *, min_nights_vary: bool) -> bool:
    """Whether nothing but the shortest stay and taken nights can refuse a plain stay.

    Shape: ``rules`` has the columns of a listing.
    """
    return (
        not min_nights_vary
        and not rules["preparation_days"]
        and all((rules[days] or EVERY_DAY) == EVERY_DAY for days in ("check_in_weekdays", "check_out_weekdays"))
        and rules["max_nights"] >= PLAIN_NIGHTS
        and rules["advance_notice_days"] <= PLAIN_NOTICE_DAYS
        and rules["booking_window_days"] >= PLAIN_WINDOW_DAYS
    )


def is_plain(*, days_ahead: int, days_until_end: int, nights: int) -> bool:
    """Whether a stay passes all plain rules, wherever on earth the listing is.

    Units: days from the latest date on earth to the check-in, and from the earliest one to the check-out.
    """
    # On the very day of check-in the cut-off hour has a say as well; a week ahead it has none.
    return days_ahead >= PLAIN_NOTICE_DAYS and days_until_end <= PLAIN_WINDOW_DAYS and nights <= PLAIN_NIGHTS
