"""What a booking was charged, in the parts that a cancellation divides.

Source: docs/rules/cancellation.md, "The pool".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from airbnb.domain.pricing.rules import CouponFunding
from airbnb.domain.pricing.shapes import NIGHT_KINDS, IncludedTax, LineKind, PriceLine, Quote
from airbnb.domain.taxes import RemittedBy, TaxKind


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedTax:
    """A tax of the booking, in minor units.

    ``is_flat`` taxes are counted by nights stayed, the others by the share of the price that is kept;
    ``inclusive`` ones are inside the price and no line of their own.
    """

    label_key: str
    amount_minor: int
    is_flat: bool = False
    inclusive: bool = False
    remitted_by: RemittedBy = RemittedBy.PLATFORM


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingMoney:
    """A booking's charge and what has moved since.

    Units: minor units of the currency charged. ``nights_minor`` is the nights' price after all discounts;
    ``coupon_minor`` what a coupon took off (not negative); ``host_fee_bps`` the stored host service fee;
    ``captured_minor`` None means the whole total. ``refund_cap_ppm`` is the share of the total, in millionths, above
    which no cancellation by the guest gives back after a change; None: there is no such limit.
    """

    night_count: int
    nights_minor: int
    extra_guests_minor: int = 0
    pets_minor: int = 0
    cleaning_minor: int = 0
    guest_service_fee_minor: int = 0
    coupon_minor: int = 0
    coupon_funded_by: CouponFunding = CouponFunding.PLATFORM
    taxes: tuple[BookedTax, ...] = ()
    host_fee_bps: int = 0
    captured_minor: int | None = None
    refunded_minor: int = 0
    refund_cap_ppm: int | None = None

    @property
    def host_subtotal_minor(self) -> int:
        """Nights, extra guests, pets and cleaning."""
        return self.nights_minor + self.extra_guests_minor + self.pets_minor + self.cleaning_minor

    @property
    def total_minor(self) -> int:
        """The sum of what was charged."""
        added_minor = sum(tax.amount_minor for tax in self.taxes if not tax.inclusive)
        return self.host_subtotal_minor + self.guest_service_fee_minor + added_minor - self.coupon_minor

    @property
    def refundable_minor(self) -> int:
        """Captured minus already refunded: no refund is above it."""
        captured_minor = self.total_minor if self.captured_minor is None else self.captured_minor
        return max(0, captured_minor - self.refunded_minor)

    def pool_of(self, nights: int) -> int:
        """Return the host subtotal's part of the first so many nights.

        The subtotal is spread evenly over all nights; leftover units go to the earliest.
        """
        share, leftover = divmod(self.host_subtotal_minor, self.night_count)
        counted = min(nights, self.night_count)
        return share * counted + min(counted, leftover)


def booking_money(
    lines: Sequence[PriceLine],
    *,
    night_count: int,
    host_fee_bps: int,
    coupon_funded_by: CouponFunding | None = None,
    taxes_included: Sequence[IncludedTax] = (),
) -> BookingMoney:
    """Sort a quote's or a booking's price lines into the parts that a cancellation divides.

    Units: minor units; ``host_fee_bps`` as stored on the booking.
    """

    def amount(*kinds: LineKind) -> int:
        return sum(line.amount_minor for line in lines if line.kind in kinds)

    return BookingMoney(
        night_count=night_count,
        nights_minor=amount(*NIGHT_KINDS),
        extra_guests_minor=amount(LineKind.EXTRA_GUESTS),
        pets_minor=amount(LineKind.PETS),
        cleaning_minor=amount(LineKind.CLEANING),
        guest_service_fee_minor=amount(LineKind.GUEST_SERVICE_FEE),
        coupon_minor=-amount(LineKind.COUPON),
        coupon_funded_by=coupon_funded_by or CouponFunding.PLATFORM,
        taxes=(
            *(_added_tax(line) for line in lines if line.kind is LineKind.TAX),
            *(
                BookedTax(
                    label_key=tax.label_key,
                    amount_minor=tax.amount_minor,
                    inclusive=True,
                    remitted_by=tax.remitted_by,
                )
                for tax in taxes_included
            ),
        ),
        host_fee_bps=host_fee_bps,
    )


def quote_money(quote: Quote) -> BookingMoney:
    """Return what a booking made from this quote would be charged."""
    return booking_money(
        quote.lines,
        night_count=len(quote.nights),
        host_fee_bps=quote.fee_model.host_bps,
        coupon_funded_by=quote.coupon_funded_by,
        taxes_included=quote.taxes_included,
    )


def _added_tax(line: PriceLine) -> BookedTax:
    return BookedTax(
        label_key=line.label_key,
        amount_minor=line.amount_minor,
        is_flat=line.tax_kind not in (None, TaxKind.PERCENT),
        remitted_by=line.remitted_by or RemittedBy.PLATFORM,
    )
