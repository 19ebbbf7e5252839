"""Taxes of places as staff write them down: where one holds, when, and what it asks for.

Source: docs/rules/prices.md, "Taxes of places".
"""

from dataclasses import dataclass
from datetime import date

from airbnb.domain.currencies import is_currency
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.folding import fold
from airbnb.domain.money import FULL_BPS, MAX_AMOUNT_MINOR
from airbnb.domain.taxes import RemittedBy, TaxBase, TaxKind

LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxPlace:
    """Where a tax holds: a country, or a region or a city of it."""

    country_code: str
    region: str | None = None
    city: str | None = None

    def covers(self, other: "TaxPlace") -> bool:
        """Say whether a listing's place lies in this one; names are compared without case and accents."""
        return self.country_code == other.country_code and all(
            mine is None or (theirs is not None and fold(mine) == fold(theirs))
            for mine, theirs in ((self.region, other.region), (self.city, other.city))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRuleDraft:
    """What staff say of a tax.

    Units: ``rate_bps`` in basis points for a percentage; ``amount_minor`` in ``currency`` for the other kinds. It
    holds for stays that begin on ``valid_from`` or later and before ``valid_until``.
    """

    place: TaxPlace
    label: str
    kind: TaxKind
    base: TaxBase = TaxBase.RENT
    rate_bps: int = 0
    amount_minor: int = 0
    currency: str | None = None
    max_nights: int | None = None
    exempt_from_nights: int | None = None
    exempt_below_age: int | None = None
    inclusive: bool = False
    remitted_by: RemittedBy = RemittedBy.PLATFORM
    valid_from: date
    valid_until: date | None = None

    def check(self) -> None:
        """Refuse what makes no tax. Raises: ValidationFailed naming the fields."""
        is_share = self.kind is TaxKind.PERCENT
        country = self.place.country_code
        rules = (
            (
                "country_code",
                not (len(country) == 2 and country.isascii() and country.isupper()),
                "Two capitals.",
            ),
            ("label", not 1 <= len(self.label.strip()) <= LONGEST_LABEL, f"1 to {LONGEST_LABEL} characters."),
            ("rate_bps", is_share and not 1 <= self.rate_bps <= FULL_BPS, "More than nothing, at most everything."),
            ("rate_bps", not is_share and self.rate_bps != 0, "Only a percentage has a rate."),
            ("amount_minor", not is_share and not 1 <= self.amount_minor <= MAX_AMOUNT_MINOR, "Above zero."),
            ("amount_minor", is_share and self.amount_minor != 0, "A percentage has no amount."),
            ("currency", not is_share and not is_currency(self.currency or ""), "An amount needs a currency."),
            (
                "valid_until",
                self.valid_until is not None and self.valid_until <= self.valid_from,
                "After it begins.",
            ),
            *(
                (name, not 1 <= (getattr(self, name) or 1) <= 1_000, "From 1 to 1000.")
                for name in ("max_nights", "exempt_from_nights", "exempt_below_age")
            ),
        )
        errors = {name: [text] for name, is_wrong, text in rules if is_wrong}
        if errors:
            raise ValidationFailed(errors)
