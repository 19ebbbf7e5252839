"""The steps that every price takes, of a new stay or of a changed one: fees beside the nights, taxes, coupon, lines.

Source: docs/rules/prices.md, docs/rules/booking-changes.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from airbnb.domain.pricing.rules import CouponFunding, Party
from airbnb.domain.pricing.shapes import IncludedTax, LineKind, PricedNight, PriceLine
from airbnb.domain.taxes import RemittedBy, Tax, TaxedStay, TaxRule, compute_taxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What taxes and coupon are counted on: the host's lines and both service fees, in minor units."""

    nights: Sequence[PricedNight]
    host_lines: Sequence[PriceLine]
    party: Party
    guest_fee_minor: int
    host_fee_minor: int

    @property
    def subtotal_minor(self) -> int:
        """The host subtotal."""
        return sum(line.amount_minor for line in self.host_lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponWorth:
    """What a coupon would take off if there is as much to take, in minor units, and who gives it."""

    amount_minor: int
    funded_by: CouponFunding


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A finished price: its lines sum to the total; the other amounts are in minor units too.

    ``host_payout_minor`` is all that reaches the host, ``host_taxes_minor`` of it the added taxes that they remit.
    """

    lines: tuple[PriceLine, ...]
    taxes_included: tuple[IncludedTax, ...]
    coupon_minor: int
    host_taxes_minor: int
    host_payout_minor: int


def settle(basis: Basis, tax_rules: Iterable[TaxRule], coupon: CouponWorth | None) -> Settled:
    """Add service fee, coupon and taxes to the host's lines.

    What the platform takes out of the host's prices, and then a coupon of the host's own, never take more than the
    host gets; taxes are paid in full.
    Source: docs/rules/prices.md, "Coupons" and "Occupancy taxes".
    """
    taxes = compute_taxes(tax_rules, _taxed_stay(basis))
    included = _included_taxes(taxes, basis.subtotal_minor - basis.host_fee_minor)
    withheld_minor = sum(tax.amount_minor for tax in included if tax.remitted_by is RemittedBy.PLATFORM)
    hosts_minor = basis.subtotal_minor - basis.host_fee_minor - withheld_minor
    coupon_minor = _taken_off(coupon, basis, hosts_minor)
    lines = (
        *basis.host_lines,
        *_fee_lines(basis.guest_fee_minor),
        *_coupon_lines(coupon, coupon_minor),
        *_tax_lines(taxes),
    )
    host_taxes_minor = sum(line.amount_minor for line in lines if line.remitted_by is RemittedBy.HOST)
    given_minor = coupon_minor if coupon is not None and coupon.funded_by is CouponFunding.HOST else 0
    return Settled(
        lines=lines,
        taxes_included=included,
        coupon_minor=coupon_minor,
        host_taxes_minor=host_taxes_minor,
        host_payout_minor=hosts_minor - given_minor + host_taxes_minor,
    )


def price_line(kind: LineKind, amount_minor: int, *, quantity: int = 1, label: str | None = None) -> PriceLine:
    """Return a line of so many equal units; its label is that of its kind unless given."""
    return PriceLine(
        kind=kind,
        label_key=label or f"price_line.{kind}",
        quantity=quantity,
        unit_minor=amount_minor // quantity,
        amount_minor=amount_minor,
    )


def nights_line(bases_minor: Sequence[int]) -> PriceLine:
    """Return the line of the nights before any discount; without a unit where their prices differ."""
    return PriceLine(
        kind=LineKind.NIGHTS,
        label_key=f"price_line.{LineKind.NIGHTS}",
        quantity=len(bases_minor),
        unit_minor=bases_minor[0] if len(set(bases_minor)) == 1 else None,
        amount_minor=sum(bases_minor),
    )


def extra_lines(
    *, extra_guest_nights: int, extra_guest_fee_minor: int, pets_minor: int, cleaning_minor: int
) -> Iterator[PriceLine]:
    """Yield the host's fees beside the nights, each only where it is charged; extra guests pay by the night."""
    extra_minor = extra_guest_nights * extra_guest_fee_minor
    if extra_minor:
        yield price_line(LineKind.EXTRA_GUESTS, extra_minor, quantity=extra_guest_nights)
    if pets_minor:
        yield price_line(LineKind.PETS, pets_minor)
    if cleaning_minor:
        yield price_line(LineKind.CLEANING, cleaning_minor)


def coupon_label(funded_by: CouponFunding) -> str:
    """Return the label of a coupon's line, which tells for good who gave the money."""
    return f"price_line.{LineKind.COUPON}.{funded_by}"


def funding_of(lines: Iterable[PriceLine]) -> CouponFunding | None:
    """Return who gave the money of a stored price's coupon; None without one."""
    for line in lines:
        if line.kind is LineKind.COUPON:
            return CouponFunding.HOST if line.label_key == coupon_label(CouponFunding.HOST) else CouponFunding.PLATFORM
    return None


def _taken_off(coupon: CouponWorth | None, basis: Basis, hosts_minor: int) -> int:
    if coupon is None:
        return 0
    is_hosts = coupon.funded_by is CouponFunding.HOST
    return min(coupon.amount_minor, hosts_minor if is_hosts else basis.subtotal_minor + basis.guest_fee_minor)


def _taxed_stay(basis: Basis) -> TaxedStay:
    nights = basis.nights
    extra_minor = sum(line.amount_minor for line in basis.host_lines if line.kind is LineKind.EXTRA_GUESTS)
    nights_minor = sum(night.price_minor for night in nights)
    return TaxedStay(
        # The extra guests' fee is by night, so it divides evenly.
        rent_minor=tuple(night.price_minor + extra_minor // len(nights) for night in nights),
        fees_minor=basis.subtotal_minor - nights_minor - extra_minor,
        guest_service_fee_minor=basis.guest_fee_minor,
        adults=basis.party.adults,
        children=basis.party.children,
    )


def _fee_lines(guest_fee_minor: int) -> Iterator[PriceLine]:
    if guest_fee_minor:
        yield price_line(LineKind.GUEST_SERVICE_FEE, guest_fee_minor)


def _coupon_lines(coupon: CouponWorth | None, coupon_minor: int) -> Iterator[PriceLine]:
    if coupon is not None and coupon_minor:
        yield price_line(LineKind.COUPON, -coupon_minor, label=coupon_label(coupon.funded_by))


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
