"""Taxes of places and coupons for tests, written by the services that staff use."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from airbnb.domain import clock
from airbnb.domain.causes import by_system
from airbnb.domain.coupons import CouponDraft
from airbnb.domain.tax_rules import TaxPlace, TaxRuleDraft
from airbnb.domain.taxes import TaxKind
from airbnb.models.pricing import Coupon, TaxRuleVersion
from airbnb.services.coupon_staff import add_coupon
from airbnb.services.tax_rules import add_rule
from airbnb.unit_of_work import in_transaction

LONG_AGO = date(2020, 1, 1)


def tax_draft(place: TaxPlace, **overrides: Any) -> TaxRuleDraft:
    """Return a tax of 10 % of the rent unless told otherwise."""
    values: dict[str, Any] = {"label": "City tax", "kind": TaxKind.PERCENT, "valid_from": LONG_AGO, **overrides}
    if values["kind"] is TaxKind.PERCENT:
        values.setdefault("rate_bps", 1_000)
    return TaxRuleDraft(place=place, **values)


@pytest.fixture
def make_tax(app: Flask) -> Callable[..., TaxRuleVersion]:
    """Write a tax down: ``make_tax("PT", city="Lisbon", rate_bps=500)``."""

    def make(country: str, *, region: str | None = None, city: str | None = None, **overrides: Any) -> TaxRuleVersion:
        draft = tax_draft(TaxPlace(country_code=country, region=region, city=city), **overrides)
        return in_transaction(lambda session: add_rule(session, draft, cause=by_system(now=clock.now())))

    return make


@pytest.fixture
def make_coupon(app: Flask) -> Callable[..., Coupon]:
    """Give a coupon out: ``make_coupon("SPRING", percent_bps=1_000, max_uses=10)``."""

    def make(code: str, **overrides: Any) -> Coupon:
        draft = CouponDraft(**{"code": code, "valid_from": datetime(2020, 1, 1, tzinfo=UTC), **overrides})
        return in_transaction(lambda session: add_coupon(session, draft, cause=by_system(now=clock.now())))

    return make
