"""What one night costs before discounts.

Source: docs/rules/prices.md, "Price of a night".
"""

from datetime import date

from airbnb.domain.pricing.rules import PriceRules
from airbnb.domain.stays import Stay

#: Friday and Saturday nights, counted from Monday = 0.
WEEKEND_NIGHTS = frozenset({4, 5})


def night_price(night: date, rules: PriceRules) -> int:
    """Return a night's price: date override, else season, else weekend price, else base price.

    A season with a weekend price of its own uses it on Friday and Saturday nights; one without keeps its nightly
    price there. Of two seasons over one night the first in the list holds.
    Units: minor units of the listing's currency.
    Source: docs/rules/prices.md, "Price of a night".
    """
    if night in rules.overrides:
        return rules.overrides[night]
    is_weekend = night.weekday() in WEEKEND_NIGHTS
    for season in rules.seasons:
        if season.first <= night < season.until:
            return season.weekend_minor if is_weekend and season.weekend_minor is not None else season.nightly_minor
    return rules.weekend_minor if is_weekend and rules.weekend_minor is not None else rules.base_minor


def undiscounted_nights(stay: Stay, rules: PriceRules) -> tuple[int, ...]:
    """Return the price of every night before discounts, ascending, in minor units."""
    return tuple(night_price(night, rules) for night in stay.nights)
