"""The inputs of a price: a listing's rules, the party, the rate plan and a coupon.

Source: docs/rules/prices.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

WEEKLY_NIGHTS = 7
MONTHLY_NIGHTS = 28
#: How many bookings a new listing gives its first discount to.
NEW_LISTING_BOOKINGS = 3


class RatePlan(StrEnum):
    """The terms a guest chooses."""

    STANDARD = "standard"
    NON_REFUNDABLE = "non_refundable"


class CouponFunding(StrEnum):
    """Who gives the money of a coupon."""

    PLATFORM = "platform"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who comes; infants count neither as guests nor as extra guests."""

    adults: int = 1
    children: int = 0
    infants: int = 0
    pets: int = 0

    @property
    def guests(self) -> int:
        """Adults and children."""
        return self.adults + self.children


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Prices of the nights ``[first, until)``, in minor units."""

    first: date
    until: date
    nightly_minor: int
    weekend_minor: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A host's own discount on the nights ``[first, until)``, in whole percent."""

    first: date
    until: date
    percent: int
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysDiscount:
    """A discount by the days between booking and check-in, in whole percent."""

    days: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """What a coupon takes off: a share of the host subtotal, or an amount in the listing's currency.

    Units: ``percent_bps`` in basis points; the others in minor units. It is only for stays whose host subtotal is
    ``min_subtotal_minor`` or more.
    """

    code: str
    percent_bps: int = 0
    amount_minor: int = 0
    max_minor: int | None = None
    min_subtotal_minor: int = 0
    funded_by: CouponFunding = CouponFunding.PLATFORM


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRules:
    """A listing's prices, as a quote needs them.

    Units: ``_minor`` in the listing's currency; percentages whole, None or 0 = not offered;
    ``bookings_made`` counts the listing's bookings so far, for the new-listing promotion.
    """

    currency: str
    base_minor: int
    weekend_minor: int | None = None
    overrides: Mapping[date, int] = field(default_factory=dict)
    seasons: tuple[Season, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    new_listing_percent: int | None = None
    bookings_made: int = NEW_LISTING_BOOKINGS
    weekly_percent: int | None = None
    monthly_percent: int | None = None
    early_bird: DaysDiscount | None = None
    last_minute: DaysDiscount | None = None
    non_refundable_percent: int | None = None
    included_guests: int | None = None
    extra_guest_fee_minor: int = 0
    pet_fee_minor: int = 0
    cleaning_fee_minor: int = 0


def rate_plans(rules: PriceRules) -> tuple[RatePlan, ...]:
    """Return the rate plans that a guest may choose from."""
    if rules.non_refundable_percent:
        return (RatePlan.STANDARD, RatePlan.NON_REFUNDABLE)
    return (RatePlan.STANDARD,)
