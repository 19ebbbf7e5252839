"""Coupons as staff give them out: their codes and what a draft of one must say.

Source: docs/rules/prices.md, "Coupons".
"""

import re
from dataclasses import dataclass
from datetime import datetime

from airbnb.domain.currencies import is_currency
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.money import FULL_BPS, MAX_AMOUNT_MINOR
from airbnb.domain.pricing import CouponFunding

_CODE = re.compile(r"[A-Z0-9_-]{3,40}")
MOST_USES = 10_000_000


def fold_code(text: str) -> str | None:
    """Return a code as it is stored, whatever the case it was typed in; None for what no coupon is called."""
    folded = text.strip().upper()
    return folded if text.isascii() and _CODE.fullmatch(folded) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponDraft:
    """What staff say of a coupon.

    Units: ``percent_bps`` in basis points of the host subtotal; ``_minor`` in ``currency``; uses None = no limit;
    instants are UTC, ``valid_until`` exclusive.
    """

    code: str
    percent_bps: int | None = None
    amount_minor: int | None = None
    max_minor: int | None = None
    min_subtotal_minor: int | None = None
    currency: str | None = None
    funded_by: CouponFunding = CouponFunding.PLATFORM
    valid_from: datetime
    valid_until: datetime | None = None
    max_uses: int | None = None
    max_uses_per_guest: int | None = None
    listing_id: int | None = None
    host_id: int | None = None

    def check(self) -> None:
        """Refuse what makes no coupon. Raises: ValidationFailed naming the fields."""
        errors = dict(self._problems())
        if errors:
            raise ValidationFailed({name: [text] for name, text in errors.items()})

    def _problems(self) -> list[tuple[str, str]]:
        amounts = (self.amount_minor, self.max_minor, self.min_subtotal_minor)
        rules = (
            ("code", fold_code(self.code) != self.code, "3 to 40 letters, digits, - or _."),
            (
                "percent_bps",
                (self.percent_bps is None) == (self.amount_minor is None),
                "A share or an amount.",
            ),
            ("percent_bps", not 1 <= (self.percent_bps or 1) <= FULL_BPS, "More than nothing, at most everything."),
            ("max_minor", self.max_minor is not None and self.percent_bps is None, "Only a share has a cap."),
            *(
                (name, not 1 <= (getattr(self, name) or 1) <= MAX_AMOUNT_MINOR, "Above zero.")
                for name in ("amount_minor", "max_minor", "min_subtotal_minor")
            ),
            ("currency", any(amounts) and not is_currency(self.currency or ""), "Amounts need a currency."),
            (
                "valid_until",
                self.valid_until is not None and self.valid_until <= self.valid_from,
                "After it begins.",
            ),
            ("max_uses", not 1 <= (self.max_uses or 1) <= MOST_USES, "At least one."),
            ("max_uses_per_guest", not 1 <= (self.max_uses_per_guest or 1) <= 1_000, "At least one, at most 1000."),
            (
                "funded_by",
                self.funded_by is CouponFunding.HOST and self.listing_id is None and self.host_id is None,
                "A host pays only for coupons of that host's own.",
            ),
        )
        return [(name, text) for name, is_wrong, text in rules if is_wrong]
