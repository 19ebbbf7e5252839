"""The nights of a changed stay: kept ones at their price, new ones at today's, and the lines that they make.

Source: docs/rules/booking-changes.md, "The price".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from airbnb.domain.change_rates import Rates
from airbnb.domain.money import allocate, half_up
from airbnb.domain.pricing import DiscountKind, LineKind, PricedNight, PriceLine, PriceRules
from airbnb.domain.pricing.discounts import Discount, discount_shares, discounts_by_night
from airbnb.domain.pricing.nights import night_price
from airbnb.domain.pricing.rules import MONTHLY_NIGHTS, WEEKLY_NIGHTS
from airbnb.domain.pricing.steps import nights_line, price_line
from airbnb.domain.stay_terms import StayTerms
from airbnb.domain.stays import Stay

#: The discounts of length and the nights that each asks for, the longest first.
LENGTHS = {DiscountKind.MONTHLY: MONTHLY_NIGHTS, DiscountKind.WEEKLY: WEEKLY_NIGHTS}
#: What a night never loses to a discount of length.
BEFORE_LENGTH = frozenset({DiscountKind.NEW_LISTING, DiscountKind.PROMOTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedNight:
    """A night of the changed stay, and how much of what it lost is due to the non-refundable plan."""

    priced: PricedNight
    plan_minor: int = 0


def price_nights(before: StayTerms, stay: Stay, rates: Rates) -> list[ChangedNight]:
    """Return a changed stay's nights in order. Needs: ``rates`` are in the booking's currency."""
    plan_bps = _plan_bps(before)
    known = {night.priced.night: night for night in _with_plan(before)}
    kept = [known[night] for night in stay.nights if night in known]
    added = [night for night in stay.nights if night not in known]
    found = {
        **{night.priced.night: night for night in _keep(kept, before.stay, stay, rates, plan_bps)},
        **{night.priced.night: night for night in _add(added, stay, rates, plan_bps)},
    }
    return [found[night] for night in stay.nights]


def night_lines(nights: Sequence[ChangedNight]) -> Iterator[PriceLine]:
    """Yield the line of the nights, then what discounts and the non-refundable plan take off."""
    yield nights_line([night.priced.base_minor for night in nights])
    for kind in (*DiscountKind, None):
        off_minor = sum(
            night.priced.base_minor - night.priced.price_minor - night.plan_minor
            for night in nights
            if night.priced.discount is kind
        )
        label = f"price_line.{LineKind.DISCOUNT}.{kind}" if kind else None
        if off_minor:
            yield price_line(LineKind.DISCOUNT, -off_minor, label=label)
    plan_minor = sum(night.plan_minor for night in nights)
    if plan_minor:
        yield price_line(LineKind.NON_REFUNDABLE, -plan_minor)


def _plan_bps(before: StayTerms) -> int:
    """Return the non-refundable plan's percentage, told from its line; hosts set whole percentages."""
    taken_off = -before.amount_of(LineKind.NON_REFUNDABLE)
    whole = before.amount_of(LineKind.NIGHTS, LineKind.DISCOUNT)
    return half_up(taken_off * 100, whole) * 100 if whole > 0 else 0


def _with_plan(before: StayTerms) -> list[ChangedNight]:
    """Return the nights with each one's share of what the non-refundable plan took off."""
    taken_off = -before.amount_of(LineKind.NON_REFUNDABLE)
    shares = allocate(taken_off, [night.price_minor for night in before.nights])
    return [
        ChangedNight(priced=night, plan_minor=min(share, night.base_minor - night.price_minor))
        for night, share in zip(before.nights, shares, strict=True)
    ]


def _keep(kept: Sequence[ChangedNight], old: Stay, new: Stay, rates: Rates, plan_bps: int) -> list[ChangedNight]:
    """Return the kept nights: dearer only where the stay is now too short for the discount that they had."""
    length = _length_discount(new, rates.rules)
    lost = [night for night in kept if new.length < LENGTHS.get(night.priced.discount or DiscountKind.PROMOTION, 0)]
    won: list[ChangedNight] = []
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


def _add(added: Sequence[date], stay: Stay, rates: Rates, plan_bps: int) -> list[ChangedNight]:
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


def _bases(nights: Iterable[ChangedNight]) -> list[tuple[date, int]]:
    return [(night.priced.night, night.priced.base_minor) for night in nights]


def _discounted(bases: Sequence[tuple[date, int]], discount: Discount | None, plan_bps: int) -> list[ChangedNight]:
    off = discount_shares([base for _, base in bases], discount.percent if discount else 0)
    left = [base - share for (_, base), share in zip(bases, off, strict=True)]
    plan = discount_shares(left, plan_bps // 100)
    return [
        ChangedNight(
            priced=PricedNight(
                night=night, price_minor=rest - share, base_minor=base, discount=discount.kind if discount else None
            ),
            plan_minor=share,
        )
        for (night, base), rest, share in zip(bases, left, plan, strict=True)
    ]
