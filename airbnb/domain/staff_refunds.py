"""What staff may give back of a booking beside any cancellation, and who bears it.

Source: docs/rules/refunds.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from airbnb.domain.errors import DomainError
from airbnb.domain.money import Money, allocate, apply_bps
from airbnb.domain.pricing.shapes import NIGHT_KINDS, LineKind

#: What guests get beyond the lines of their price; the platform bears it.
GOODWILL = "goodwill"
#: What a provider's step adds to a refund.
ROUNDING = "rounding"


class RefundBearer(StrEnum):
    """Who pays for what goes back: each for their own part of a line, or the platform for everything."""

    EACH = "each"
    PLATFORM = "platform"


class RefundRoute(StrEnum):
    """Another way for a refund that could not go back."""

    PROVIDER = "provider"  # the same provider, asked anew
    BANK_TRANSFER = "bank_transfer"  # made by staff outside, noted here


class RefundTooLarge(DomainError):
    """More than is left would go back: of the payment, or of one line of the price."""

    code = "refund_too_large"
    message = "At most {left} can go back."


class NothingToRefund(DomainError):
    """The refund gives nothing back."""

    code = "nothing_to_refund"
    message = "Say what goes back."


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundableLine:
    """One kind of line of a booking's price. Units: minor units of what was charged in; all taxes are one line."""

    kind: str
    charged_minor: int
    returned_minor: int

    @property
    def left_minor(self) -> int:
        """What of it can still go back."""
        return max(0, self.charged_minor - self.returned_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """Who bears a refund.

    Units: minor units of what was charged in. ``host_lines_minor`` is for the host and for the platform's fee on it;
    ``host_taxes_minor`` are taxes that were passed to the host. Together they are the refund.
    """

    host_lines_minor: int = 0
    host_taxes_minor: int = 0
    guest_fee_minor: int = 0
    taxes_minor: int = 0
    goodwill_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPart:
    """What the host owes of a refund, and what the platform gives up of its fee. Units: minor units of the host's."""

    owed_minor: int
    fee_minor: int

    @property
    def whole_minor(self) -> int:
        """Both together: what the lines were worth to host and platform."""
        return self.owed_minor + self.fee_minor


#: The kinds that belong to the host, in the order of a price.
HOST_KINDS = (LineKind.NIGHTS, LineKind.EXTRA_GUESTS, LineKind.PETS, LineKind.CLEANING)
#: What staff can give back, in the order of a price.
REFUNDABLE = (*(kind.value for kind in HOST_KINDS), LineKind.GUEST_SERVICE_FEE.value, LineKind.TAX.value)


def group_of(kind: str) -> str:
    """Return the line that a kind of price or refund line counts to: discounts count to the nights."""
    return LineKind.NIGHTS.value if kind in {one.value for one in NIGHT_KINDS} else kind


def refundable_lines(
    charged: Sequence[tuple[str, int]], returned: Sequence[tuple[str, int]]
) -> dict[str, RefundableLine]:
    """Return what of each kind was charged and went back, by kind; those that were not charged are left out.

    Shape: both are pairs of kind and minor units, as price lines and refunds have them.
    """

    def summed(parts: Sequence[tuple[str, int]], kind: str) -> int:
        return sum(amount for name, amount in parts if group_of(name) == kind)

    lines = (
        RefundableLine(kind=kind, charged_minor=summed(charged, kind), returned_minor=summed(returned, kind))
        for kind in REFUNDABLE
    )
    return {line.kind: line for line in lines if line.charged_minor > 0}


def ensure_refundable(
    asked: Mapping[str, int], lines: Mapping[str, RefundableLine], *, left_minor: int, currency: str
) -> int:
    """Refuse a refund above what is left of a line or of the payments; return its sum.

    Goodwill is limited by the payments alone.
    Raises: RefundTooLarge naming the line, if it is one; NothingToRefund.
    """
    for kind, amount_minor in asked.items():
        line_left_minor = left_minor if kind == GOODWILL else lines[kind].left_minor if kind in lines else 0
        if amount_minor > line_left_minor:
            raise RefundTooLarge(left=str(Money(line_left_minor, currency)), line=kind)
    total_minor = sum(asked.values())
    if total_minor > left_minor:
        raise RefundTooLarge(left=str(Money(left_minor, currency)))
    if total_minor <= 0 or min(asked.values()) < 0:
        raise NothingToRefund()
    return total_minor


def borne_by(asked: Mapping[str, int], bearer: RefundBearer, *, taxes: tuple[int, int]) -> Borne:
    """Return who bears a refund.

    Units: minor units; ``taxes`` is what was charged of taxes that the platform hands on, and that the host does.
    """
    host_minor = sum(asked.get(kind, 0) for kind in HOST_KINDS)
    platform_tax_minor, host_tax_minor = allocate(asked.get(LineKind.TAX, 0), taxes)
    goodwill_minor = asked.get(GOODWILL, 0)
    if bearer is RefundBearer.PLATFORM:
        goodwill_minor, host_minor, host_tax_minor = goodwill_minor + host_minor + host_tax_minor, 0, 0
    return Borne(
        host_lines_minor=host_minor,
        host_taxes_minor=host_tax_minor,
        guest_fee_minor=asked.get(LineKind.GUEST_SERVICE_FEE, 0),
        taxes_minor=platform_tax_minor,
        goodwill_minor=goodwill_minor,
    )


def host_part(lines_minor: int, taxes_minor: int, *, fee_bps: int) -> HostPart:
    """Return what a host owes of host lines and passed-on taxes: the lines less the fee that was paid on them.

    Units: minor units of the host's currency.
    """
    fee_minor = apply_bps(lines_minor, fee_bps)
    return HostPart(owed_minor=lines_minor - fee_minor + taxes_minor, fee_minor=fee_minor)
