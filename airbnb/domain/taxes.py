"""Occupancy taxes as data: what a place asks for a stay, and how much that is.

Source: docs/rules/prices.md, "Occupancy taxes".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from airbnb.domain.money import FULL_BPS, apply_bps, half_up

#: Guests entered as children are at most this old; an exemption for all of them must reach above it.
OLDEST_CHILD = 12


class TaxKind(StrEnum):
    """What a tax is counted in."""

    PERCENT = "percent"
    PER_NIGHT = "per_night"
    PER_GUEST = "per_guest"
    PER_GUEST_NIGHT = "per_guest_night"


class TaxBase(StrEnum):
    """What a percentage is taken of: nights and extra guests, the fees, or both."""

    RENT = "rent"
    FEES = "fees"
    ALL = "all"


class RemittedBy(StrEnum):
    """Who hands the tax to the authority."""

    PLATFORM = "platform"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRule:
    """One tax of one place.

    Units: ``rate_bps`` for a percentage, ``amount_minor`` in the listing's currency for the other kinds;
    ``max_nights`` is the most nights taxed; stays of ``exempt_from_nights`` or more are free; guests below
    ``exempt_below_age`` are not counted.
    """

    key: str
    kind: TaxKind
    rate_bps: int = 0
    amount_minor: int = 0
    base: TaxBase = TaxBase.RENT
    max_nights: int | None = None
    exempt_from_nights: int | None = None
    exempt_below_age: int | None = None
    inclusive: bool = False
    remitted_by: RemittedBy = RemittedBy.PLATFORM


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedStay:
    """What taxes are taken of.

    Units: minor units; ``rent_minor`` night by night, ascending, after discounts and with the extra guests' share.
    """

    rent_minor: tuple[int, ...]
    fees_minor: int
    guest_service_fee_minor: int
    adults: int
    children: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """One tax of one stay, in minor units."""

    rule: TaxRule
    amount_minor: int


def compute_taxes(rules: Iterable[TaxRule], stay: TaxedStay) -> tuple[Tax, ...]:
    """Return each tax that a stay owes, in the order of the rules; those that come to nothing are left out.

    Source: docs/rules/prices.md, "Occupancy taxes".
    """
    taxes = (Tax(rule=rule, amount_minor=_amount(rule, stay)) for rule in rules)
    return tuple(tax for tax in taxes if tax.amount_minor > 0)


def _amount(rule: TaxRule, stay: TaxedStay) -> int:
    nights = len(stay.rent_minor)
    if rule.exempt_from_nights is not None and nights >= rule.exempt_from_nights:
        return 0
    taxed_nights = nights if rule.max_nights is None else min(nights, rule.max_nights)
    base_minor = _base(rule, stay, taxed_nights)
    if rule.kind is TaxKind.PERCENT:
        if rule.inclusive:
            return half_up(base_minor * rule.rate_bps, FULL_BPS + rule.rate_bps)
        return apply_bps(base_minor, rule.rate_bps)
    counted_nights = 1 if rule.kind is TaxKind.PER_GUEST else taxed_nights
    counted_guests = 1 if rule.kind is TaxKind.PER_NIGHT else _taxed_guests(rule, stay)
    amount_minor = rule.amount_minor * counted_nights * counted_guests
    # A tax that is already inside the price can't be more than the price.
    return min(amount_minor, base_minor) if rule.inclusive else amount_minor


def _base(rule: TaxRule, stay: TaxedStay, taxed_nights: int) -> int:
    rent_minor = sum(stay.rent_minor[:taxed_nights])
    # The guest service fee stands on top of the host's prices: no tax is hidden inside it.
    service_fee_minor = 0 if rule.inclusive else stay.guest_service_fee_minor
    fees_minor = half_up((stay.fees_minor + service_fee_minor) * taxed_nights, len(stay.rent_minor))
    if rule.base is TaxBase.RENT:
        return rent_minor
    return fees_minor if rule.base is TaxBase.FEES else rent_minor + fees_minor


def _taxed_guests(rule: TaxRule, stay: TaxedStay) -> int:
    children_exempt = rule.exempt_below_age is not None and rule.exempt_below_age > OLDEST_CHILD
    return stay.adults if children_exempt else stay.adults + stay.children
