"""What the marketplace earns: the two fee models and their rates.

Source: docs/rules/prices.md, "Service fees".
"""

from dataclasses import dataclass
from enum import StrEnum

from airbnb.domain.money import apply_bps

SPLIT_HOST_BPS = 300
SPLIT_GUEST_BPS = 1_400
HOST_ONLY_BPS = 1_550


class FeeModelKind(StrEnum):
    """Who bears the service fee."""

    SPLIT = "split"
    HOST_ONLY = "host_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeModel:
    """The rates that a quote froze; they are stored on the booking.

    Units: basis points of the host subtotal.
    """

    kind: FeeModelKind
    guest_bps: int
    host_bps: int

    def guest_fee(self, host_subtotal_minor: int) -> int:
        """Return the guest service fee on a host subtotal, in minor units."""
        return apply_bps(host_subtotal_minor, self.guest_bps)

    def host_fee(self, host_subtotal_minor: int) -> int:
        """Return the host service fee on a host subtotal, in minor units."""
        return apply_bps(host_subtotal_minor, self.host_bps)


def split_fee(*, guest_bps: int = SPLIT_GUEST_BPS, host_bps: int = SPLIT_HOST_BPS) -> FeeModel:
    """Return the model in which guest and host each pay a part."""
    return FeeModel(kind=FeeModelKind.SPLIT, guest_bps=guest_bps, host_bps=host_bps)


def host_only_fee(*, host_bps: int = HOST_ONLY_BPS) -> FeeModel:
    """Return the model in which the host pays the whole fee."""
    return FeeModel(kind=FeeModelKind.HOST_ONLY, guest_bps=0, host_bps=host_bps)
