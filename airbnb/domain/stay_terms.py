"""What was agreed for a stay as one value: nights, party, price and the host's part; kept of every change.

Source: docs/rules/booking-changes.md.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from airbnb.domain.pricing import DiscountKind, IncludedTax, LineKind, Party, PricedNight, PriceLine
from airbnb.domain.pricing.shapes import HOST_KINDS
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy, TaxKind


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMoney:
    """What a stay brings its host. Units: minor units of the listing's currency."""

    subtotal_minor: int
    service_fee_minor: int
    taxes_minor: int
    payout_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StayTerms:
    """A stay with its price; the lines sum to the total.

    Units: minor units of ``currency``, what the guest pays in; ``host`` in the listing's currency.
    """

    stay: Stay
    party: Party
    currency: str
    nights: tuple[PricedNight, ...]
    lines: tuple[PriceLine, ...]
    taxes_included: tuple[IncludedTax, ...]
    host: HostMoney

    @property
    def total_minor(self) -> int:
        """The sum of the lines."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def host_subtotal_minor(self) -> int:
        """Nights, extra guests, pets and cleaning, in what the guest pays in."""
        return self.amount_of(*HOST_KINDS)

    def amount_of(self, *kinds: LineKind) -> int:
        """Return the sum of the lines of some kinds, in minor units."""
        return sum(line.amount_minor for line in self.lines if line.kind in kinds)

    def line_of(self, kind: LineKind) -> PriceLine | None:
        """Return the first line of a kind, or None."""
        return next((line for line in self.lines if line.kind is kind), None)


def terms_as_dict(terms: StayTerms) -> dict[str, Any]:
    """Return terms as they are stored with a change: JSON-ready."""
    return {
        "check_in": terms.stay.check_in.isoformat(),
        "check_out": terms.stay.check_out.isoformat(),
        "guests": asdict(terms.party),
        "currency": terms.currency,
        "nights": [
            [night.night.isoformat(), night.price_minor, night.base_minor, night.discount] for night in terms.nights
        ],
        "lines": [asdict(line) for line in terms.lines],
        "taxes_included": [asdict(tax) for tax in terms.taxes_included],
        "host": asdict(terms.host),
    }


def terms_from_dict(data: Mapping[str, Any]) -> StayTerms:
    """Read terms that ``terms_as_dict`` wrote."""
    return StayTerms(
        stay=Stay(date.fromisoformat(data["check_in"]), date.fromisoformat(data["check_out"])),
        party=Party(**data["guests"]),
        currency=data["currency"],
        nights=tuple(
            PricedNight(
                night=date.fromisoformat(night),
                price_minor=price,
                base_minor=base,
                discount=DiscountKind(kind) if kind else None,
            )
            for night, price, base, kind in data["nights"]
        ),
        lines=tuple(_line(line) for line in data["lines"]),
        taxes_included=tuple(
            IncludedTax(**{**tax, "remitted_by": RemittedBy(tax["remitted_by"])}) for tax in data["taxes_included"]
        ),
        host=HostMoney(**data["host"]),
    )


def _line(data: Mapping[str, Any]) -> PriceLine:
    read = {
        "kind": LineKind(data["kind"]),
        "tax_kind": TaxKind(data["tax_kind"]) if data["tax_kind"] else None,
        "remitted_by": RemittedBy(data["remitted_by"]) if data["remitted_by"] else None,
    }
    return PriceLine(**{**data, **read})
