"""Occupancy taxes by the tables of the rule document.

Source: docs/rules/prices.md, "Occupancy taxes".
"""

from datetime import date, timedelta

import pytest

from airbnb.domain.fees import split_fee
from airbnb.domain.pricing import LineKind, Party, PriceRules, Terms, quote_stay
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy, TaxBase, TaxedStay, TaxKind, TaxRule, compute_taxes

# Four nights of 100.00, fees of 40.00, guest service fee of 61.60, two adults and a child.
STAY = TaxedStay(rent_minor=(100_00,) * 4, fees_minor=40_00, guest_service_fee_minor=61_60, adults=2, children=1)


def make_rule(**overrides):
    return TaxRule(**{"key": "tax.city", "kind": TaxKind.PERCENT, "rate_bps": 1_000, **overrides})


@pytest.mark.parametrize(
    "rule, amount_minor",
    [
        ({}, 40_00),
        ({"base": TaxBase.FEES}, 10_16),
        ({"base": TaxBase.ALL}, 50_16),
        ({"rate_bps": 333}, 13_32),
        ({"max_nights": 3}, 30_00),
        ({"max_nights": 3, "base": TaxBase.ALL}, 37_62),
        ({"max_nights": 9}, 40_00),
        ({"exempt_from_nights": 4}, 0),
        ({"exempt_from_nights": 5}, 40_00),
        ({"inclusive": True}, 36_36),
        ({"inclusive": True, "base": TaxBase.ALL}, 40_00),
        ({"kind": TaxKind.PER_NIGHT, "amount_minor": 2_50}, 10_00),
        ({"kind": TaxKind.PER_NIGHT, "amount_minor": 2_50, "max_nights": 3}, 7_50),
        ({"kind": TaxKind.PER_GUEST, "amount_minor": 2_50}, 7_50),
        ({"kind": TaxKind.PER_GUEST, "amount_minor": 2_50, "exempt_below_age": 13}, 5_00),
        ({"kind": TaxKind.PER_GUEST, "amount_minor": 2_50, "exempt_below_age": 12}, 7_50),
        ({"kind": TaxKind.PER_GUEST_NIGHT, "amount_minor": 2_50}, 30_00),
        ({"kind": TaxKind.PER_GUEST_NIGHT, "amount_minor": 2_50, "max_nights": 2, "exempt_below_age": 18}, 10_00),
        ({"kind": TaxKind.PER_GUEST_NIGHT, "amount_minor": 999_00, "inclusive": True}, 400_00),
    ],
)
def test_a_tax_is_counted_as_its_rule_says(rule, amount_minor):
    assert sum(tax.amount_minor for tax in compute_taxes([make_rule(**rule)], STAY)) == amount_minor


def quote(*tax_rules):
    return quote_stay(
        Stay(date(2026, 6, 1), date(2026, 6, 1) + timedelta(days=4)),
        PriceRules(
            currency="EUR", base_minor=90_00, cleaning_fee_minor=40_00, included_guests=2, extra_guest_fee_minor=10_00
        ),
        Party(adults=2, children=1, infants=1),
        booked_on=date(2026, 5, 1),
        terms=Terms(fee_model=split_fee(), tax_rules=tax_rules),
    )


def test_added_taxes_are_lines_and_included_ones_are_not():
    priced = quote(
        make_rule(key="tax.city"),
        make_rule(key="tax.vat", inclusive=True, base=TaxBase.ALL),
        make_rule(key="tax.night", kind=TaxKind.PER_GUEST_NIGHT, amount_minor=1_00, remitted_by=RemittedBy.HOST),
    )

    assert [(line.label_key, line.amount_minor) for line in priced.lines if line.kind is LineKind.TAX] == [
        ("tax.city", 40_00),
        ("tax.night", 12_00),
    ]
    assert [(tax.label_key, tax.amount_minor) for tax in priced.taxes_included] == [("tax.vat", 40_00)]
    assert priced.host_subtotal_minor == 440_00
    assert priced.total_minor == 440_00 + 61_60 + 40_00 + 12_00


def test_taxes_leave_the_host_what_is_the_hosts():
    payout = 440_00 - 13_20

    assert quote(make_rule()).host_payout_minor == payout
    assert quote(make_rule(remitted_by=RemittedBy.HOST)).host_payout_minor == payout + 40_00
    assert quote(make_rule(remitted_by=RemittedBy.HOST)).host_taxes_minor == 40_00
    assert quote(make_rule(inclusive=True)).host_payout_minor == payout - 36_36
    assert quote(make_rule(inclusive=True, remitted_by=RemittedBy.HOST)).host_payout_minor == payout
