"""What a stay costs: rules and a party in, a quote whose lines sum to its total out."""

from airbnb.domain.pricing.conversion import convert_quote
from airbnb.domain.pricing.discounts import DiscountKind
from airbnb.domain.pricing.nights import night_price, undiscounted_nights
from airbnb.domain.pricing.quotes import Terms, quote_stay
from airbnb.domain.pricing.rules import (
    Coupon,
    CouponFunding,
    DaysDiscount,
    Party,
    PriceRules,
    Promotion,
    RatePlan,
    Season,
    rate_plans,
)
from airbnb.domain.pricing.shapes import AppliedDiscount, IncludedTax, LineKind, PricedNight, PriceLine, Quote
from airbnb.domain.pricing.steps import funding_of

__all__ = [
    "AppliedDiscount",
    "Coupon",
    "CouponFunding",
    "DaysDiscount",
    "DiscountKind",
    "IncludedTax",
    "LineKind",
    "Party",
    "PriceLine",
    "PriceRules",
    "PricedNight",
    "Promotion",
    "Quote",
    "RatePlan",
    "Season",
    "Terms",
    "convert_quote",
    "funding_of",
    "night_price",
    "quote_stay",
    "rate_plans",
    "undiscounted_nights",
]
