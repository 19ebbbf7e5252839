"""How a stay's price is put together, step by step.

Source: docs/rules/prices.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from airbnb.domain.errors import ValidationFailed
from airbnb.domain.fees import FeeModel
from airbnb.domain.money import apply_bps
from airbnb.domain.price_errors import CouponNotApplicable
from airbnb.domain.pricing.discounts import Discount, DiscountKind, discount_shares, discounts_by_night
from airbnb.domain.pricing.nights import undiscounted_nights
from airbnb.domain.pricing.rules import Coupon, Party, PriceRules, RatePlan, rate_plans
from airbnb.domain.pricing.shapes import AppliedDiscount, LineKind, PricedNight, PriceLine, Quote
from airbnb.domain.pricing.steps import Basis, CouponWorth, extra_lines, nights_line, price_line, settle
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import TaxRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a quote depends on beside the stay: the marketplace's fees, the place's taxes, the guest's choices."""

    fee_model: FeeModel
    tax_rules: tuple[TaxRule, ...] = ()
    rate_plan: RatePlan = RatePlan.STANDARD
    coupon: Coupon | None = None


def quote_stay(stay: Stay, rules: PriceRules, party: Party, *, booked_on: date, terms: Terms) -> Quote:
    """Price a stay.

    1. Nights, 2. one discount a night, 3. the non-refundable option, 4. extra guests, pets, cleaning, 5. guest
    service fee and coupon, 6. added taxes, 7. the total: the sum of these lines.
    Units: integers in minor units of the listing's currency.
    Needs: ``booked_on`` is today on the listing's calendar.
    Raises: ValidationFailed when the listing does not offer the rate plan; CouponNotApplicable when the stay costs
    less than the coupon asks for, or the coupon would take nothing off.
    Source: docs/rules/prices.md.
    """
    if terms.rate_plan not in rate_plans(rules):
        raise ValidationFailed({"rate_plan": ["This place does not offer this rate plan."]})
    nights, night_lines, discount = _price_nights(stay, rules, terms.rate_plan, booked_on)
    host_lines = [*night_lines, *_extras(stay, rules, party)]
    host_subtotal_minor = sum(line.amount_minor for line in host_lines)
    basis = Basis(
        nights=nights,
        host_lines=host_lines,
        party=party,
        guest_fee_minor=terms.fee_model.guest_fee(host_subtotal_minor),
        host_fee_minor=terms.fee_model.host_fee(host_subtotal_minor),
    )
    settled = settle(basis, terms.tax_rules, _worth(terms.coupon, host_subtotal_minor))
    if terms.coupon is not None and not settled.coupon_minor:
        raise CouponNotApplicable(reason="nothing_off")
    return Quote(
        currency=rules.currency,
        listing_currency=rules.currency,
        nights=nights,
        lines=settled.lines,
        total_minor=sum(line.amount_minor for line in settled.lines),
        host_subtotal_minor=host_subtotal_minor,
        guest_service_fee_minor=basis.guest_fee_minor,
        host_service_fee_minor=basis.host_fee_minor,
        host_payout_minor=settled.host_payout_minor,
        host_taxes_minor=settled.host_taxes_minor,
        fee_model=terms.fee_model,
        discount=discount,
        coupon_funded_by=terms.coupon.funded_by if terms.coupon else None,
        taxes_included=settled.taxes_included,
        coupon_code=terms.coupon.code if terms.coupon else None,
        weekly_percent=rules.weekly_percent,
        monthly_percent=rules.monthly_percent,
    )


def _price_nights(
    stay: Stay, rules: PriceRules, rate_plan: RatePlan, booked_on: date
) -> tuple[tuple[PricedNight, ...], list[PriceLine], AppliedDiscount | None]:
    full_minor = undiscounted_nights(stay, rules)
    lines = [nights_line(full_minor)]
    prices_minor = list(full_minor)
    by_night = discounts_by_night(stay, rules, booked_on)
    for discount, indexes in _groups(by_night):
        shares = discount_shares([full_minor[index] for index in indexes], discount.percent)
        for index, share in zip(indexes, shares, strict=True):
            prices_minor[index] -= share
        lines.append(price_line(LineKind.DISCOUNT, -sum(shares), label=f"price_line.discount.{discount.kind}"))
    if rate_plan is RatePlan.NON_REFUNDABLE:
        shares = discount_shares(prices_minor, rules.non_refundable_percent or 0)
        prices_minor = [price - share for price, share in zip(prices_minor, shares, strict=True)]
        lines.append(price_line(LineKind.NON_REFUNDABLE, -sum(shares)))
    nights = tuple(
        PricedNight(night=night, price_minor=price, base_minor=base, discount=None if won is None else won.kind)
        for night, price, base, won in zip(stay.nights, prices_minor, full_minor, by_night, strict=True)
    )
    return nights, lines, _named_discount(by_night)


def _groups(by_night: Sequence[Discount | None]) -> Iterator[tuple[Discount, list[int]]]:
    """Yield each discount with the nights that have it, in the order of their first night."""
    for discount in dict.fromkeys(by_night):
        if discount is not None:
            yield discount, [index for index, other in enumerate(by_night) if other == discount]


def _named_discount(by_night: Sequence[Discount | None]) -> AppliedDiscount | None:
    order = list(DiscountKind)
    there = [discount for discount in by_night if discount is not None]
    if not there:
        return None
    first = min(there, key=lambda discount: order.index(discount.kind))
    return AppliedDiscount(kind=first.kind, reason=first.reason, percent=first.percent)


def _extras(stay: Stay, rules: PriceRules, party: Party) -> Iterator[PriceLine]:
    included = party.guests if rules.included_guests is None else rules.included_guests
    return extra_lines(
        extra_guest_nights=max(0, party.guests - included) * stay.length,
        extra_guest_fee_minor=rules.extra_guest_fee_minor,
        pets_minor=rules.pet_fee_minor if party.pets else 0,
        cleaning_minor=rules.cleaning_fee_minor,
    )


def _worth(coupon: Coupon | None, host_subtotal_minor: int) -> CouponWorth | None:
    """Return what a coupon is worth for a host subtotal."""
    if coupon is None:
        return None
    if host_subtotal_minor < coupon.min_subtotal_minor:
        raise CouponNotApplicable(reason="min_subtotal")
    worth_minor = coupon.amount_minor + apply_bps(host_subtotal_minor, coupon.percent_bps)
    if coupon.max_minor is not None:
        worth_minor = min(worth_minor, coupon.max_minor)
    return CouponWorth(amount_minor=worth_minor, funded_by=coupon.funded_by)
