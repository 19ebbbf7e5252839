"""How a stay's price is put together, step by step.

Source: docs/rules/prices.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from airbnb.domain.errors import ValidationFailed
from airbnb.domain.fees import FeeModel
from airbnb.domain.money import apply_bps
from airbnb.domain.price_errors import CouponNotApplicable
from airbnb.domain.pricing.discounts import Discount, DiscountKind, discount_shares, discounts_by_night
from airbnb.domain.pricing.nights import undiscounted_nights
from airbnb.domain.pricing.rules import Coupon, CouponFunding, Party, PriceRules, RatePlan, rate_plans
from airbnb.domain.pricing.shapes import (
    AppliedDiscount,
    IncludedTax,
    LineKind,
    PricedNight,
    PriceLine,
    Quote,
)
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy, Tax, TaxedStay, TaxRule, compute_taxes


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
    less than the coupon asks for.
    Source: docs/rules/prices.md.
    """
    if terms.rate_plan not in rate_plans(rules):
        raise ValidationFailed({"rate_plan": ["This place does not offer this rate plan."]})
    nights, night_lines, discount = _price_nights(stay, rules, terms.rate_plan, booked_on)
    host_lines = [*night_lines, *_extras(stay, rules, party)]
    host_subtotal_minor = sum(line.amount_minor for line in host_lines)
    guest_fee_minor = terms.fee_model.guest_fee(host_subtotal_minor)
    host_fee_minor = terms.fee_model.host_fee(host_subtotal_minor)
    taxes = compute_taxes(terms.tax_rules, _taxed_stay(nights, host_lines, guest_fee_minor, party))
    included = _included_taxes(taxes, host_subtotal_minor - host_fee_minor)
    withheld_minor = sum(tax.amount_minor for tax in included if tax.remitted_by is RemittedBy.PLATFORM)
    hosts_minor = host_subtotal_minor - host_fee_minor - withheld_minor
    coupon_minor = _coupon_amount(terms.coupon, host_subtotal_minor, guest_fee_minor, hosts_minor)
    lines = (*host_lines, *_fee_lines(guest_fee_minor), *_coupon_lines(terms.coupon, coupon_minor), *_tax_lines(taxes))
    host_taxes_minor = sum(line.amount_minor for line in lines if line.remitted_by is RemittedBy.HOST)
    funded_by = terms.coupon.funded_by if terms.coupon and coupon_minor else None
    return Quote(
        currency=rules.currency,
        listing_currency=rules.currency,
        nights=nights,
        lines=lines,
        total_minor=sum(line.amount_minor for line in lines),
        host_subtotal_minor=host_subtotal_minor,
        guest_service_fee_minor=guest_fee_minor,
        host_service_fee_minor=host_fee_minor,
        host_payout_minor=hosts_minor - (coupon_minor if funded_by is CouponFunding.HOST else 0) + host_taxes_minor,
        host_taxes_minor=host_taxes_minor,
        fee_model=terms.fee_model,
        discount=discount,
        coupon_funded_by=funded_by,
        taxes_included=included,
        coupon_code=terms.coupon.code if terms.coupon else None,
    )


def _price_nights(
    stay: Stay, rules: PriceRules, rate_plan: RatePlan, booked_on: date
) -> tuple[tuple[PricedNight, ...], list[PriceLine], AppliedDiscount | None]:
    full_minor = undiscounted_nights(stay, rules)
    lines = [_nights_line(full_minor)]
    prices_minor = list(full_minor)
    by_night = discounts_by_night(stay, rules, booked_on)
    for discount, indexes in _groups(by_night):
        shares = discount_shares([full_minor[index] for index in indexes], discount.percent)
        for index, share in zip(indexes, shares, strict=True):
            prices_minor[index] -= share
        lines.append(_line(LineKind.DISCOUNT, -sum(shares), label=f"price_line.discount.{discount.kind}"))
    if rate_plan is RatePlan.NON_REFUNDABLE:
        shares = discount_shares(prices_minor, rules.non_refundable_percent or 0)
        prices_minor = [price - share for price, share in zip(prices_minor, shares, strict=True)]
        lines.append(_line(LineKind.NON_REFUNDABLE, -sum(shares)))
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
    extra = max(0, party.guests - included)
    fee_minor = rules.extra_guest_fee_minor
    if extra and fee_minor:
        yield _line(LineKind.EXTRA_GUESTS, extra * stay.length * fee_minor, quantity=extra * stay.length)
    if party.pets and rules.pet_fee_minor:
        yield _line(LineKind.PETS, rules.pet_fee_minor)
    if rules.cleaning_fee_minor:
        yield _line(LineKind.CLEANING, rules.cleaning_fee_minor)


def _coupon_amount(coupon: Coupon | None, host_subtotal_minor: int, guest_fee_minor: int, hosts_minor: int) -> int:
    """Return what a coupon takes off, never more than there is to take: taxes are paid in full."""
    if coupon is None:
        return 0
    if host_subtotal_minor < coupon.min_subtotal_minor:
        raise CouponNotApplicable(reason="min_subtotal")
    worth_minor = coupon.amount_minor + apply_bps(host_subtotal_minor, coupon.percent_bps)
    if coupon.max_minor is not None:
        worth_minor = min(worth_minor, coupon.max_minor)
    if coupon.funded_by is CouponFunding.HOST:
        return min(worth_minor, hosts_minor)
    return min(worth_minor, host_subtotal_minor + guest_fee_minor)


def coupon_label(funded_by: CouponFunding) -> str:
    """Return the label of a coupon's line, which tells for good who gave the money."""
    return f"price_line.{LineKind.COUPON}.{funded_by}"


def funding_of(lines: Iterable[PriceLine]) -> CouponFunding | None:
    """Return who gave the money of a stored price's coupon; None without one."""
    for line in lines:
        if line.kind is LineKind.COUPON:
            return CouponFunding.HOST if line.label_key == coupon_label(CouponFunding.HOST) else CouponFunding.PLATFORM
    return None


def _taxed_stay(
    nights: Sequence[PricedNight], host_lines: Sequence[PriceLine], guest_fee_minor: int, party: Party
) -> TaxedStay:
    extra_minor = sum(line.amount_minor for line in host_lines if line.kind is LineKind.EXTRA_GUESTS)
    subtotal_minor = sum(line.amount_minor for line in host_lines)
    nights_minor = sum(night.price_minor for night in nights)
    return TaxedStay(
        # The extra guests' fee is by night, so it divides evenly.
        rent_minor=tuple(night.price_minor + extra_minor // len(nights) for night in nights),
        fees_minor=subtotal_minor - nights_minor - extra_minor,
        guest_service_fee_minor=guest_fee_minor,
        adults=party.adults,
        children=party.children,
    )


def _fee_lines(guest_fee_minor: int) -> Iterator[PriceLine]:
    if guest_fee_minor:
        yield _line(LineKind.GUEST_SERVICE_FEE, guest_fee_minor)


def _coupon_lines(coupon: Coupon | None, coupon_minor: int) -> Iterator[PriceLine]:
    if coupon is not None and coupon_minor:
        yield _line(LineKind.COUPON, -coupon_minor, label=coupon_label(coupon.funded_by))


def _tax_lines(taxes: Sequence[Tax]) -> Iterator[PriceLine]:
    for tax in taxes:
        if not tax.rule.inclusive:
            yield PriceLine(
                kind=LineKind.TAX,
                label_key=tax.rule.key,
                quantity=1,
                unit_minor=tax.amount_minor,
                amount_minor=tax.amount_minor,
                tax_kind=tax.rule.kind,
                remitted_by=tax.rule.remitted_by,
            )


def _included_taxes(taxes: Sequence[Tax], hosts_minor: int) -> tuple[IncludedTax, ...]:
    """Return the taxes inside the prices; those that the platform takes out never take more than the host gets."""
    included, left_minor = [], hosts_minor
    for tax in taxes:
        if not tax.rule.inclusive:
            continue
        amount_minor = tax.amount_minor
        if tax.rule.remitted_by is RemittedBy.PLATFORM:
            amount_minor = min(amount_minor, left_minor)
            left_minor -= amount_minor
        included.append(
            IncludedTax(label_key=tax.rule.key, amount_minor=amount_minor, remitted_by=tax.rule.remitted_by)
        )
    return tuple(included)


def _nights_line(full_minor: Sequence[int]) -> PriceLine:
    return PriceLine(
        kind=LineKind.NIGHTS,
        label_key=f"price_line.{LineKind.NIGHTS}",
        quantity=len(full_minor),
        unit_minor=full_minor[0] if len(set(full_minor)) == 1 else None,
        amount_minor=sum(full_minor),
    )


def _line(kind: LineKind, amount_minor: int, *, quantity: int = 1, label: str | None = None) -> PriceLine:
    return PriceLine(
        kind=kind,
        label_key=label or f"price_line.{kind}",
        quantity=quantity,
        unit_minor=amount_minor // quantity,
        amount_minor=amount_minor,
    )
