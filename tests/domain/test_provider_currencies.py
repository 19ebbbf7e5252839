"""Which amounts each provider takes.

Source: docs/rules/money.md, "What providers take".
"""

import re

import pytest

from airbnb.domain.currencies import EXPONENTS
from airbnb.domain.kinds import Provider
from airbnb.domain.money import parse_money
from airbnb.domain.price_errors import CurrencyNotSupported
from airbnb.domain.provider_currencies import TABLE, ensure_taken, takes_currency, why_not
from tests.architecture.guards import ROOT

PAGE = (ROOT / "docs" / "rules" / "money.md").read_text().partition("## What providers take")[2]
ROWS = re.findall(r"^\| ([0-9.]+) ([A-Z]{3}) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("amount, currency, stripe, paypal, sandbox", ROWS)
def test_the_table_of_the_page(amount, currency, stripe, paypal, sandbox):
    amount_minor = parse_money(amount, currency).amount_minor
    answers = [why_not(one, amount_minor, currency) for one in (Provider.STRIPE, Provider.PAYPAL, Provider.SANDBOX)]

    expected = [None if word.startswith("yes") else word.strip("`") for word in (stripe, paypal, sandbox)]
    assert answers == expected


def test_the_page_has_rows():
    assert len(ROWS) >= 10


def test_every_currency_of_a_provider_exists_and_can_be_paid():
    for provider, table in TABLE.items():
        for code, known in table.items():
            assert code in EXPONENTS, (provider, code)
            assert known.min_minor <= known.max_minor
            assert known.step_minor >= 1


@pytest.mark.parametrize("code, digits", [("ISK", 2), ("UGX", 2), ("JPY", 0), ("MGA", 0), ("KWD", 3), ("EUR", 2)])
def test_the_digits_that_stripe_counts(code, digits):
    assert TABLE[Provider.STRIPE][code].digits == digits


@pytest.mark.parametrize("code, digits", [("HUF", 0), ("JPY", 0), ("TWD", 0), ("EUR", 2)])
def test_the_digits_that_paypal_counts(code, digits):
    assert TABLE[Provider.PAYPAL][code].digits == digits


def test_paypal_knows_neither_kuwait_nor_iceland():
    assert not takes_currency(Provider.PAYPAL, "KWD")
    assert not takes_currency(Provider.PAYPAL, "ISK")


def test_one_provider_that_takes_it_is_enough():
    ensure_taken([Provider.PAYPAL, Provider.STRIPE], 1_250, "KWD")
    ensure_taken([Provider.PAYPAL], 0, "KWD")
    ensure_taken([], 100, "KWD")
    with pytest.raises(CurrencyNotSupported) as refusal:
        ensure_taken([Provider.PAYPAL, Provider.STRIPE], 1_255, "KWD")
    assert refusal.value.facts == {"currency": "KWD", "reason": "currency"}
