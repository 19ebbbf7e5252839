"""What a changed stay costs: kept nights at their price, new ones at today's, the rest at the booking's rates.

Source: docs/rules/booking-changes.md, "The price".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from airbnb.domain.fees import FeeModel
from airbnb.domain.money import allocate, apply_bps, half_up
from airbnb.domain.pricing import (
    CouponFunding,
    DiscountKind,
    IncludedTax,
    LineKind,
    Party,
    PricedNight,
    PriceLine,
    PriceRules,
    funding_of,
)
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.domain.pricing.discounts import Discount, discount_shares, discounts_by_night
from airbnb.domain.pricing.nights import night_price
from airbnb.domain.pricing.rules import MONTHLY_NIGHTS, WEEKLY_NIGHTS
from airbnb.domain.stay_terms import HostMoney, StayTerms
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy, Tax, TaxedStay, TaxRule, compute_taxes

#: The discounts of length and the nights that each asks for, the longest first.
LENGTHS = {DiscountKind.MONTHLY: MONTHLY_NIGHTS, DiscountKind.WEEKLY: WEEKLY_NIGHTS}
#: What a night never loses to a discount of length.
BEFORE_LENGTH = frozenset({DiscountKind.NEW_LISTING, DiscountKind.PROMOTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a change is priced by.

    Units: ``rules``, today's prices, and ``tax_rules`` are in the listing's currency; ``exchange_rate``, stored on the
    booking, is what one of it buys of the booking's; None when they are the same. ``fees`` are stored too.
    """

    rules: PriceRules
    fees: FeeModel
    today: date
    tax_rules: tuple[TaxRule, ...] = ()
    exchange_rate: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Night:
    """A night of the changed stay, and how much of what it lost is due to the non-refundable plan."""

    priced: PricedNight
    plan_minor: int = 0


def reprice(before: StayTerms, stay: Stay, party: Party, rates: Rates) -> StayTerms:
    """Return what a stay costs after a change of its dates or party.

    1. Kept nights keep their price unless the stay's length now reaches another discount of length; new nights cost
    what they do today. 2. Extra guests, pets and cleaning at the booking's fees. 3. Service fees at its rates, its
    coupon, its taxes. 4. The host's part moves by the difference.
    Units: minor units of the booking's currency; the host's of the listing's.
    Source: docs/rules/booking-changes.md, "The price".
    """
    local = replace(rates, rules=_converted(rates, before.currency))
    nights = _price_nights(before, stay, local)
    host_lines = [*_night_lines(nights), *_extras(before, stay, party, local.rules)]
    subtotal_minor = sum(line.amount_minor for line in host_lines)
    fee_minor = before.amount_of(LineKind.GUEST_SERVICE_FEE)
    if subtotal_minor != before.host_subtotal_minor:
        fee_minor = rates.fees.guest_fee(subtotal_minor)
    taxes = _taxes(nights, host_lines, fee_minor, party, rates, before.currency)
    lines = (
        *host_lines,
        *_flat(LineKind.GUEST_SERVICE_FEE, fee_minor),
        *_coupon(before, subtotal_minor, fee_minor, rates.fees),
        *_tax_lines(taxes),
    )
    changed = replace(
        before,
        stay=stay,
        party=party,
        nights=tuple(night.priced for night in nights),
        lines=lines,
        taxes_included=tuple(
            IncludedTax(label_key=tax.rule.key, amount_minor=tax.amount_minor, remitted_by=tax.rule.remitted_by)
            for tax in taxes
            if tax.rule.inclusive
        ),
    )
    return replace(changed, host=_host_money(before, changed, rates))


def _price_nights(before: StayTerms, stay: Stay, rates: Rates) -> list[_Night]:
    plan_bps = _plan_bps(before)
    known = {night.priced.night: night for night in _with_plan(before)}
    kept = [known[night] for night in stay.nights if night in known]
    added = [night for night in stay.nights if night not in known]
    found = {
        **{night.priced.night: night for night in _keep(kept, before.stay, stay, rates, plan_bps)},
        **{night.priced.night: night for night in _add(added, stay, rates, plan_bps)},
    }
    return [found[night] for night in stay.nights]


def _plan_bps(before: StayTerms) -> int:
    """Return the non-refundable plan's percentage, told from its line; hosts set whole percentages."""
    taken_off = -before.amount_of(LineKind.NON_REFUNDABLE)
    whole = before.amount_of(LineKind.NIGHTS, LineKind.DISCOUNT)
    return half_up(taken_off * 100, whole) * 100 if whole > 0 else 0


def _with_plan(before: StayTerms) -> list[_Night]:
    """Return the nights with each one's share of what the non-refundable plan took off."""
    taken_off = -before.amount_of(LineKind.NON_REFUNDABLE)
    shares = allocate(taken_off, [night.price_minor for night in before.nights])
    return [
        _Night(priced=night, plan_minor=min(share, night.base_minor - night.price_minor))
        for night, share in zip(before.nights, shares, strict=True)
    ]


def _keep(kept: Sequence[_Night], old: Stay, new: Stay, rates: Rates, plan_bps: int) -> list[_Night]:
    """Return the kept nights: dearer only where the stay is now too short for the discount that they had."""
    length = _length_discount(new, rates.rules)
    lost = [night for night in kept if new.length < LENGTHS.get(night.priced.discount or DiscountKind.PROMOTION, 0)]
    won: list[_Night] = []
    if length is not None and LENGTHS[length.kind] > old.length:
        won = [night for night in kept if night not in lost and night.priced.discount not in BEFORE_LENGTH]
    repriced = {night.priced.night: night for night in _discounted(_bases(lost), length, plan_bps)}
    for night, now in zip(won, _discounted(_bases(won), length, plan_bps), strict=True):
        if now.priced.price_minor < night.priced.price_minor:
            repriced[now.priced.night] = now
    return [repriced.get(night.priced.night, night) for night in kept]


def _length_discount(stay: Stay, rules: PriceRules) -> Discount | None:
    percents = {DiscountKind.MONTHLY: rules.monthly_percent, DiscountKind.WEEKLY: rules.weekly_percent}
    for kind, least in LENGTHS.items():
        percent = percents[kind]
        if percent and stay.length >= least:
            return Discount(kind=kind, percent=percent, reason=kind.value)
    return None


def _add(added: Sequence[date], stay: Stay, rates: Rates, plan_bps: int) -> list[_Night]:
    """Return the new nights at today's prices, with the discounts that the changed stay earns today."""
    by_night = dict(zip(stay.nights, discounts_by_night(stay, rates.rules, rates.today), strict=True))
    groups: dict[Discount | None, list[date]] = {}
    for night in added:
        groups.setdefault(by_night[night], []).append(night)
    return [
        night
        for discount, nights in groups.items()
        for night in _discounted([(one, night_price(one, rates.rules)) for one in nights], discount, plan_bps)
    ]


def _bases(nights: Iterable[_Night]) -> list[tuple[date, int]]:
    return [(night.priced.night, night.priced.base_minor) for night in nights]


def _discounted(bases: Sequence[tuple[date, int]], discount: Discount | None, plan_bps: int) -> list[_Night]:
    off = discount_shares([base for _, base in bases], discount.percent if discount else 0)
    left = [base - share for (_, base), share in zip(bases, off, strict=True)]
    plan = discount_shares(left, plan_bps // 100)
    return [
        _Night(
            priced=PricedNight(
                night=night, price_minor=rest - share, base_minor=base, discount=discount.kind if discount else None
            ),
            plan_minor=share,
        )
        for (night, base), rest, share in zip(bases, left, plan, strict=True)
    ]


def _night_lines(nights: Sequence[_Night]) -> Iterator[PriceLine]:
    bases = [night.priced.base_minor for night in nights]
    yield PriceLine(
        kind=LineKind.NIGHTS,
        label_key=f"price_line.{LineKind.NIGHTS}",
        quantity=len(bases),
        unit_minor=bases[0] if len(set(bases)) == 1 else None,
        amount_minor=sum(bases),
    )
    for kind in (*DiscountKind, None):
        off = sum(
            night.priced.base_minor - night.priced.price_minor - night.plan_minor
            for night in nights
            if night.priced.discount is kind
        )
        label = f"price_line.{LineKind.DISCOUNT}.{kind}" if kind else f"price_line.{LineKind.DISCOUNT}"
        yield from _flat(LineKind.DISCOUNT, -off, label=label)
    yield from _flat(LineKind.NON_REFUNDABLE, -sum(night.plan_minor for night in nights))


def _extras(before: StayTerms, stay: Stay, party: Party, rules: PriceRules) -> Iterator[PriceLine]:
    """Yield the fees beside the nights: those that the booking has at its own rates, others at today's."""
    booked = before.line_of(LineKind.EXTRA_GUESTS)
    extra = _extra_guests(before, booked, party, rules)
    fee_minor = rules.extra_guest_fee_minor if booked is None else half_up(booked.amount_minor, booked.quantity)
    if extra and fee_minor:
        count = extra * stay.length
        yield from _flat(LineKind.EXTRA_GUESTS, count * fee_minor, quantity=count)
    if party.pets:
        had_pets = before.party.pets > 0
        yield from _flat(LineKind.PETS, before.amount_of(LineKind.PETS) if had_pets else rules.pet_fee_minor)
    yield from _flat(LineKind.CLEANING, before.amount_of(LineKind.CLEANING))


def _extra_guests(before: StayTerms, booked: PriceLine | None, party: Party, rules: PriceRules) -> int:
    """Return how many guests are beyond those included; who was included when the stay was booked still is."""
    if booked is not None:
        included = before.party.guests - booked.quantity // before.stay.length
    elif rules.included_guests is None:
        return 0
    else:
        included = max(rules.included_guests, before.party.guests)
    return max(0, party.guests - included)


def _flat(kind: LineKind, amount_minor: int, *, quantity: int = 1, label: str | None = None) -> Iterator[PriceLine]:
    if amount_minor:
        yield PriceLine(
            kind=kind,
            label_key=label or f"price_line.{kind}",
            quantity=quantity,
            unit_minor=amount_minor // quantity,
            amount_minor=amount_minor,
        )


def _coupon(before: StayTerms, subtotal_minor: int, fee_minor: int, fees: FeeModel) -> Iterator[PriceLine]:
    """Yield the booking's coupon: what it took off, as far as there is as much to take."""
    line = before.line_of(LineKind.COUPON)
    if line is None:
        return
    is_hosts = funding_of(before.lines) is CouponFunding.HOST
    most_minor = subtotal_minor - fees.host_fee(subtotal_minor) if is_hosts else subtotal_minor + fee_minor
    yield from _flat(LineKind.COUPON, -min(-line.amount_minor, most_minor), label=line.label_key)


def _taxes(
    nights: Sequence[_Night],
    host_lines: Sequence[PriceLine],
    fee_minor: int,
    party: Party,
    rates: Rates,
    currency: str,
) -> tuple[Tax, ...]:
    extra_minor = sum(line.amount_minor for line in host_lines if line.kind is LineKind.EXTRA_GUESTS)
    rent_minor = sum(night.priced.price_minor for night in nights)
    taxed = TaxedStay(
        # The extra guests' fee is by night, so it divides evenly.
        rent_minor=tuple(night.priced.price_minor + extra_minor // len(nights) for night in nights),
        fees_minor=sum(line.amount_minor for line in host_lines) - rent_minor - extra_minor,
        guest_service_fee_minor=fee_minor,
        adults=party.adults,
        children=party.children,
    )
    rules = (replace(rule, amount_minor=_convert(rates, rule.amount_minor, currency)) for rule in rates.tax_rules)
    return compute_taxes(rules, taxed)


def _tax_lines(taxes: Iterable[Tax]) -> Iterator[PriceLine]:
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


def _converted(rates: Rates, currency: str) -> PriceRules:
    """Return today's prices in the booking's currency, each converted once at the stored rate."""
    rules = rates.rules
    if rates.exchange_rate is None:
        return rules

    def convert(amount_minor: int) -> int:
        return _convert(rates, amount_minor, currency)

    def optional(amount_minor: int | None) -> int | None:
        return None if amount_minor is None else convert(amount_minor)

    overrides: Mapping[date, int] = {night: convert(price) for night, price in rules.overrides.items()}
    return replace(
        rules,
        currency=currency,
        base_minor=convert(rules.base_minor),
        weekend_minor=optional(rules.weekend_minor),
        overrides=overrides,
        seasons=tuple(
            replace(one, nightly_minor=convert(one.nightly_minor), weekend_minor=optional(one.weekend_minor))
            for one in rules.seasons
        ),
        extra_guest_fee_minor=convert(rules.extra_guest_fee_minor),
        pet_fee_minor=convert(rules.pet_fee_minor),
        cleaning_fee_minor=convert(rules.cleaning_fee_minor),
    )


def _convert(rates: Rates, amount_minor: int, currency: str) -> int:
    if rates.exchange_rate is None:
        return amount_minor
    return convert_amount(amount_minor, rates.exchange_rate, source=rates.rules.currency, target=currency)


def _host_money(before: StayTerms, after: StayTerms, rates: Rates) -> HostMoney:
    """Return the host's part: what it was, moved by the difference at the stored rate, so that no rounding adds up."""

    def moved(old_minor: int, new_minor: int) -> int:
        if rates.exchange_rate is None:
            return new_minor - old_minor
        back = 1 / rates.exchange_rate
        return convert_amount(new_minor - old_minor, back, source=before.currency, target=rates.rules.currency)

    old = before.host
    subtotal_minor = old.subtotal_minor + moved(before.host_subtotal_minor, after.host_subtotal_minor)
    fee_minor = apply_bps(subtotal_minor, rates.fees.host_bps)
    taxes_minor = old.taxes_minor + moved(_host_taxes(before), _host_taxes(after))
    coupon_minor = moved(_host_coupon(before), _host_coupon(after))
    withheld_minor = moved(_withheld(before), _withheld(after))
    gained_minor = subtotal_minor - old.subtotal_minor - (fee_minor - old.service_fee_minor)
    return HostMoney(
        subtotal_minor=subtotal_minor,
        service_fee_minor=fee_minor,
        taxes_minor=taxes_minor,
        payout_minor=old.payout_minor + gained_minor + (taxes_minor - old.taxes_minor) + coupon_minor - withheld_minor,
    )


def _host_taxes(terms: StayTerms) -> int:
    return sum(line.amount_minor for line in terms.lines if line.remitted_by is RemittedBy.HOST)


def _host_coupon(terms: StayTerms) -> int:
    return terms.amount_of(LineKind.COUPON) if funding_of(terms.lines) is CouponFunding.HOST else 0


def _withheld(terms: StayTerms) -> int:
    return sum(tax.amount_minor for tax in terms.taxes_included if tax.remitted_by is RemittedBy.PLATFORM)
