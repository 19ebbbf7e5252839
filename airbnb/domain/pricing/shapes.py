"""The output of a price: priced nights, lines and the quote that holds them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from airbnb.domain.fees import FeeModel
from airbnb.domain.pricing.discounts import DiscountKind
from airbnb.domain.pricing.rules import CouponFunding
from airbnb.domain.taxes import RemittedBy, TaxKind


class LineKind(StrEnum):
    """What a price line is for; the API's own names."""

    NIGHTS = "nights"
    DISCOUNT = "discount"
    NON_REFUNDABLE = "non_refundable"
    EXTRA_GUESTS = "extra_guests"
    PETS = "pets"
    CLEANING = "cleaning"
    GUEST_SERVICE_FEE = "guest_service_fee"
    COUPON = "coupon"
    TAX = "tax"


#: The lines that make the host subtotal.
HOST_KINDS = frozenset(
    {
        LineKind.NIGHTS,
        LineKind.DISCOUNT,
        LineKind.NON_REFUNDABLE,
        LineKind.EXTRA_GUESTS,
        LineKind.PETS,
        LineKind.CLEANING,
    }
)
#: What takes off instead of adding.
NEGATIVE_KINDS = frozenset({LineKind.DISCOUNT, LineKind.NON_REFUNDABLE, LineKind.COUPON})
#: The lines that are spread over the nights.
NIGHT_KINDS = frozenset({LineKind.NIGHTS, LineKind.DISCOUNT, LineKind.NON_REFUNDABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedNight:
    """One night, its price after discounts and the one before, in minor units; ``discount`` is the one it got."""

    night: date
    price_minor: int
    base_minor: int
    discount: DiscountKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """One line of a price.

    Units: minor units; ``unit_minor`` is None where the nights' prices differ, and only ``amount_minor`` counts.
    ``label_key`` names the text; ``tax_kind`` and ``remitted_by`` are set on taxes alone.
    """

    kind: LineKind
    label_key: str
    quantity: int
    unit_minor: int | None
    amount_minor: int
    tax_kind: TaxKind | None = None
    remitted_by: RemittedBy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncludedTax:
    """A tax inside the prices, in minor units; it adds no line."""

    label_key: str
    amount_minor: int
    remitted_by: RemittedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedDiscount:
    """The discount that a quote names: the one of highest priority among its nights."""

    kind: DiscountKind
    reason: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A priced stay; ``total_minor`` is the sum of its lines and nothing else.

    Units: minor units of ``currency``, what the guest pays in; those named ``host_`` of ``listing_currency``, what the
    host is paid in. ``host_payout_minor`` is all that reaches the host: the subtotal, less the host service fee, a
    coupon of the host's own and the included taxes that the platform remits, plus the added taxes that the host remits
    (``host_taxes_minor`` of it). ``exchange_rate`` is what one ``listing_currency`` buys, and the day it is of; None
    when both are the same. ``weekly_percent`` and ``monthly_percent`` are what the listing took off long stays then,
    whether this one was long or not; None in a token from before quotes said so.
    """

    currency: str
    listing_currency: str
    nights: tuple[PricedNight, ...]
    lines: tuple[PriceLine, ...]
    total_minor: int
    host_subtotal_minor: int
    guest_service_fee_minor: int
    host_service_fee_minor: int
    host_payout_minor: int
    host_taxes_minor: int
    fee_model: FeeModel
    discount: AppliedDiscount | None
    coupon_funded_by: CouponFunding | None
    taxes_included: tuple[IncludedTax, ...]
    coupon_code: str | None = None
    exchange_rate: str | None = None
    exchange_rate_on: date | None = None
    weekly_percent: int | None = None
    monthly_percent: int | None = None

    def amount_of(self, *kinds: LineKind) -> int:
        """Return the sum of the lines of some kinds, in minor units."""
        return sum(line.amount_minor for line in self.lines if line.kind in kinds)
