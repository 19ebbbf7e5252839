"""What the demo's staff set prices with: taxes of some cities and two coupons; the figures are examples."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from airbnb.domain.causes import by_system
from airbnb.domain.coupons import CouponDraft
from airbnb.domain.tax_rules import TaxPlace, TaxRuleDraft
from airbnb.domain.taxes import RemittedBy, TaxKind
from airbnb.services.coupon_staff import add_coupon
from airbnb.services.tax_rules import add_rule

LONG_BEFORE = timedelta(days=365)


def make_prices(session: Session, *, now: datetime) -> None:
    """Write the demo's taxes and coupons down; they hold since a year before ``now``."""
    cause = by_system(now=now, reason="the demo world")
    for draft in _taxes(now):
        add_rule(session, draft, cause=cause)
    since = now - LONG_BEFORE
    add_coupon(
        session, CouponDraft(code="WELCOME10", percent_bps=1_000, max_uses_per_guest=1, valid_from=since), cause=cause
    )
    fifteen = CouponDraft(
        code="FIFTEEN", amount_minor=1_500, min_subtotal_minor=10_000, currency="EUR", max_uses=100, valid_from=since
    )
    add_coupon(session, fifteen, cause=cause)


def _taxes(now: datetime) -> list[TaxRuleDraft]:
    since = (now - LONG_BEFORE).date()
    return [
        TaxRuleDraft(
            place=TaxPlace(country_code="PT", city="Lisbon"),
            label="Lisbon city tax",
            kind=TaxKind.PER_GUEST_NIGHT,
            amount_minor=400,
            currency="EUR",
            max_nights=7,
            exempt_below_age=13,
            valid_from=since,
        ),
        TaxRuleDraft(
            place=TaxPlace(country_code="US", region="New York", city="New York"),
            label="New York City hotel tax",
            kind=TaxKind.PERCENT,
            rate_bps=588,
            exempt_from_nights=180,
            valid_from=since,
        ),
        TaxRuleDraft(
            place=TaxPlace(country_code="MX"),
            label="VAT",
            kind=TaxKind.PERCENT,
            rate_bps=1_600,
            inclusive=True,
            remitted_by=RemittedBy.HOST,
            valid_from=since,
        ),
    ]
