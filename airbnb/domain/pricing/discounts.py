"""Which discount a night gets, and how a percentage is spread over nights.

Source: docs/rules/prices.md, "Discounts".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from airbnb.domain.money import BPS_PER_PERCENT, FULL_BPS, apply_bps
from airbnb.domain.pricing.rules import MONTHLY_NIGHTS, NEW_LISTING_BOOKINGS, WEEKLY_NIGHTS, PriceRules
from airbnb.domain.stays import Stay


class DiscountKind(StrEnum):
    """The discounts there are, highest priority first."""

    NEW_LISTING = "new_listing"
    PROMOTION = "promotion"
    MONTHLY = "monthly"
    WEEKLY = "weekly"
    EARLY_BIRD = "early_bird"
    LAST_MINUTE = "last_minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """One discount as a night gets it; ``reason`` is the promotion's name, or what makes the stay deserve it."""

    kind: DiscountKind
    percent: int
    reason: str


def discounts_by_night(stay: Stay, rules: PriceRules, booked_on: date) -> tuple[Discount | None, ...]:
    """Return the one discount of each night, ascending: the first kind in the order of priority that applies.

    Source: docs/rules/prices.md, "Discounts".
    """
    whole_stay = _whole_stay_discount(stay, rules, booked_on)
    if whole_stay is not None and whole_stay.kind is DiscountKind.NEW_LISTING:
        return (whole_stay,) * stay.length
    return tuple(_promotion(night, rules) or whole_stay for night in stay.nights)


def discount_shares(prices_minor: Sequence[int], percent: int) -> tuple[int, ...]:
    """Return what a percentage takes off each night; the sum is the percentage of the sum, rounded half-up.

    Each share is first rounded down; the units left over go one each to the earliest nights that still have a price
    to take them from.
    Units: minor units, none negative, none above its night's price.
    Source: docs/rules/prices.md, "Discounts".
    """
    bps = percent * BPS_PER_PERCENT
    shares = [price * bps // FULL_BPS for price in prices_minor]
    leftover = apply_bps(sum(prices_minor), bps) - sum(shares)
    for index, price in enumerate(prices_minor):
        if leftover and shares[index] < price:
            shares[index] += 1
            leftover -= 1
    return tuple(shares)


def _promotion(night: date, rules: PriceRules) -> Discount | None:
    running = [one for one in rules.promotions if one.first <= night < one.until and one.percent > 0]
    if not running:
        return None
    best = max(running, key=lambda one: one.percent)
    return Discount(kind=DiscountKind.PROMOTION, percent=best.percent, reason=best.name or DiscountKind.PROMOTION)


def _whole_stay_discount(stay: Stay, rules: PriceRules, booked_on: date) -> Discount | None:
    days_ahead = (stay.check_in - booked_on).days
    early, late = rules.early_bird, rules.last_minute
    if rules.new_listing_percent and rules.bookings_made < NEW_LISTING_BOOKINGS:
        reason = f"One of the first {NEW_LISTING_BOOKINGS} bookings"
        return Discount(kind=DiscountKind.NEW_LISTING, percent=rules.new_listing_percent, reason=reason)
    if rules.monthly_percent and stay.length >= MONTHLY_NIGHTS:
        return Discount(
            kind=DiscountKind.MONTHLY, percent=rules.monthly_percent, reason=f"{MONTHLY_NIGHTS} nights or more"
        )
    if rules.weekly_percent and stay.length >= WEEKLY_NIGHTS:
        return Discount(
            kind=DiscountKind.WEEKLY, percent=rules.weekly_percent, reason=f"{WEEKLY_NIGHTS} nights or more"
        )
    if early is not None and early.percent and days_ahead >= early.days:
        reason = f"Booked at least {early.days} days ahead"
        return Discount(kind=DiscountKind.EARLY_BIRD, percent=early.percent, reason=reason)
    if late is not None and late.percent and days_ahead <= late.days:
        reason = f"Booked at most {late.days} days ahead"
        return Discount(kind=DiscountKind.LAST_MINUTE, percent=late.percent, reason=reason)
    return None
