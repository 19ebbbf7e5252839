"""Money is exact: text in, text out, rounding and splitting.

Source: docs/rules/money.md.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airbnb.domain.currencies import EXPONENTS, UnknownCurrency, exponent, is_currency
from airbnb.domain.money import (
    MAX_AMOUNT_MINOR,
    InvalidAmount,
    MixedCurrencies,
    Money,
    allocate,
    apply_bps,
    format_amount,
    half_up,
    parse_money,
    split_evenly,
)

CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD", "HUF", "ISK"])
AMOUNTS = st.integers(min_value=0, max_value=MAX_AMOUNT_MINOR)


@pytest.mark.parametrize(
    "code, digits",
    [("JPY", 0), ("ISK", 0), ("KRW", 0), ("EUR", 2), ("HUF", 2), ("TWD", 2), ("KWD", 3), ("TND", 3), ("IQD", 3)],
)
def test_a_currency_has_its_iso_digits(code, digits):
    assert exponent(code) == digits
    assert is_currency(code)


@pytest.mark.parametrize("code", ["XAU", "XXX", "CLF", "eur", "", "EURO", "ABC", "ＥＵＲ"])
def test_what_nobody_can_pay_in_is_no_currency(code):
    assert not is_currency(code)
    with pytest.raises(UnknownCurrency):
        exponent(code)


def test_the_usual_currencies_are_all_there():
    assert len(EXPONENTS) > 140
    assert {"USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "BRL", "AUD", "PLN"} <= set(EXPONENTS)


@pytest.mark.parametrize(
    "text, currency, amount_minor",
    [
        ("120.00", "EUR", 12_000),
        ("0.00", "EUR", 0),
        ("0.01", "EUR", 1),
        ("12000", "JPY", 12_000),
        ("0", "JPY", 0),
        ("1.250", "KWD", 1_250),
        ("99.90", "HUF", 9_990),
        ("90071992547409.92", "EUR", MAX_AMOUNT_MINOR),
    ],
)
def test_case_34_an_exact_text_is_read_and_written_alike(text, currency, amount_minor):
    assert parse_money(text, currency) == Money(amount_minor, currency)
    assert format_amount(amount_minor, currency) == text


@pytest.mark.parametrize(
    "text, currency",
    [
        ("120", "EUR"),
        ("120.0", "EUR"),
        ("120.000", "EUR"),
        ("1.005", "EUR"),
        ("12000.", "JPY"),
        ("12000.0", "JPY"),
        ("1.25", "KWD"),
        ("1e3", "JPY"),
        ("1e3.00", "EUR"),
        ("-1.00", "EUR"),
        ("+1.00", "EUR"),
        (" 1.00", "EUR"),
        ("1.00 ", "EUR"),
        ("1.00\n", "EUR"),
        ("1_000.00", "EUR"),
        ("1,000.00", "EUR"),
        ("1,00", "EUR"),
        (".50", "EUR"),
        ("01.00", "EUR"),
        ("١٢.٠٠", "EUR"),
        ("１２.００", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("", "EUR"),
        ("90071992547409.93", "EUR"),
        ("9223372036854775807", "JPY"),
        ("9" * 5000, "JPY"),
    ],
)
def test_case_34_anything_but_an_exact_amount_is_refused(text, currency):
    with pytest.raises(InvalidAmount):
        parse_money(text, currency)


@pytest.mark.parametrize("value", [120, 120.0, None, True])
def test_only_text_is_an_amount(value):
    with pytest.raises(InvalidAmount):
        parse_money(value, "EUR")


def test_an_unknown_currency_is_refused():
    with pytest.raises(UnknownCurrency):
        parse_money("1.00", "XXX")
    with pytest.raises(UnknownCurrency):
        Money(1, "XXX")


@pytest.mark.parametrize("amount", [1.0, True, "1", None])
def test_money_holds_integers_only(amount):
    with pytest.raises(InvalidAmount):
        Money(amount, "EUR")


def test_money_counts_in_one_currency():
    two, five = Money(200, "EUR"), Money(500, "EUR")

    assert two + five == Money(700, "EUR")
    assert two - five == Money(-300, "EUR")
    assert -two == Money(-200, "EUR")
    assert two * 3 == Money(600, "EUR")
    assert two < five <= five
    assert five > two
    assert five >= five
    assert str(Money(-205, "EUR")) == "-2.05 EUR"


@pytest.mark.parametrize("operator", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_two_currencies_never_mix(operator):
    with pytest.raises(MixedCurrencies):
        getattr(Money(1, "EUR"), operator)(Money(1, "USD"))


@pytest.mark.parametrize(
    "numerator, denominator, rounded",
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (149, 100, 1), (150, 100, 2), (-150, 100, -2), (0, 7, 0), (7, 1, 7), (5, 3, 2)],
)
def test_halves_round_away_from_zero(numerator, denominator, rounded):
    assert half_up(numerator, denominator) == rounded


def test_a_division_needs_a_denominator():
    with pytest.raises(ValueError, match="denominator"):
        half_up(1, 0)


@pytest.mark.parametrize("amount, bps, share", [(10_000, 1_400, 1_400), (333, 1_550, 52), (1, 5_000, 1), (999, 0, 0)])
def test_a_rate_is_basis_points(amount, bps, share):
    assert apply_bps(amount, bps) == share


@pytest.mark.parametrize(
    "total, parts, shares", [(100, 3, (34, 33, 33)), (-100, 3, (-34, -33, -33)), (2, 4, (1, 1, 0, 0)), (0, 2, (0, 0))]
)
def test_an_even_split_gives_leftovers_to_the_earliest(total, parts, shares):
    assert split_evenly(total, parts) == shares


@pytest.mark.parametrize(
    "total, weights, shares",
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (101, (1, 1, 1), (34, 34, 33)),
        (100, (2, 1), (67, 33)),
        (10, (3, 3, 1), (4, 4, 2)),
        (-100, (2, 1), (-67, -33)),
        (5, (0, 1, 0), (0, 5, 0)),
        (5, (0, 0), (3, 2)),
    ],
)
def test_a_weighted_split_gives_leftovers_to_the_largest_fraction(total, weights, shares):
    assert allocate(total, weights) == shares


@pytest.mark.parametrize("weights", [(), (1, -1)])
def test_a_split_needs_weights(weights):
    with pytest.raises(ValueError, match="weights"):
        allocate(1, weights)


def test_a_split_needs_parts():
    with pytest.raises(ValueError, match="part"):
        split_evenly(1, 0)


@given(AMOUNTS, CURRENCIES)
def test_every_amount_survives_the_way_out_and_in(amount_minor, currency):
    assert parse_money(format_amount(amount_minor, currency), currency).amount_minor == amount_minor


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_the_parts_of_a_split_sum_to_the_whole(total, weights):
    for parts in (allocate(total, weights), split_evenly(total, len(weights))):
        assert sum(parts) == total
        assert all(type(part) is int for part in parts)
        assert all(part * total >= 0 for part in parts)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_off_by_at_most_half(numerator, denominator):
    rounded = half_up(numerator, denominator)

    assert 2 * abs(rounded * denominator - numerator) <= denominator
    assert half_up(-numerator, denominator) == -rounded
