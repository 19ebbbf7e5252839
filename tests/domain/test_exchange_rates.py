"""How old a rate may be, and what a guest pays by.

Source: docs/rules/money.md, "Exchange rates".
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from airbnb.domain.exchange_rates import (
    DatedRate,
    ExchangeRateUnavailable,
    InvalidRate,
    easter,
    is_stale,
    is_target_day,
    parse_rate,
    quote_rate,
    rate_text,
)

DAY = date(2027, 3, 1)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
RATES = {"USD": DatedRate(Fraction("1.0832"), DAY), "JPY": DatedRate(Fraction("163.455"), DAY)}


@pytest.mark.parametrize(
    "source, target, margin_bps, rate",
    [
        ("EUR", "USD", 0, "1.0832"),
        ("EUR", "USD", 150, "1.099448"),
        ("USD", "JPY", 0, "150.9001108"),
        ("JPY", "EUR", 0, "0.006117891774"),
    ],
)
def test_the_guests_rate(source, target, margin_bps, rate):
    found = quote_rate(RATES, source, target, margin_bps=margin_bps, now=NOON)

    assert (found.rate, found.on) == (rate, DAY)
    assert found.exact == Fraction(rate)


@pytest.mark.parametrize(
    "on, now, stale",
    [
        ("2027-03-01", "2027-03-01T12:00", False),
        ("2027-03-01", "2027-03-03T12:00", False),
        ("2027-03-01", "2027-03-03T22:59", False),
        ("2027-03-01", "2027-03-03T23:00", True),  # midnight in Frankfurt
        ("2027-03-01", "2027-03-04T12:00", True),
        ("2027-03-05", "2027-03-09T12:00", False),
        ("2027-03-05", "2027-03-10T12:00", True),
        ("2027-03-25", "2027-03-31T12:00", False),
        ("2027-03-25", "2027-04-01T12:00", True),
        ("2020-01-01", "2027-03-01T12:00", True),
        ("2027-03-02", "2027-03-01T12:00", False),
    ],
)
def test_case_33_a_rate_is_stale_after_two_target_days(on, now, stale):
    assert is_stale(date.fromisoformat(on), datetime.fromisoformat(f"{now}:00+00:00")) is stale


@pytest.mark.parametrize(
    "day, is_open",
    [
        ("2027-03-25", True),
        ("2027-03-26", False),  # Good Friday
        ("2027-03-27", False),  # a Saturday
        ("2027-03-29", False),  # Easter Monday
        ("2027-03-30", True),
        ("2026-05-01", False),
        ("2026-12-24", True),
        ("2026-12-25", False),
        ("2028-01-01", False),
        ("2027-05-06", True),  # Ascension
    ],
)
def test_the_target_calendar(day, is_open):
    assert is_target_day(date.fromisoformat(day)) is is_open


@pytest.mark.parametrize("sunday", ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2285-03-22"])
def test_easter(sunday):
    assert easter(int(sunday[:4])) == date.fromisoformat(sunday)


@pytest.mark.parametrize("source, target", [("EUR", "KWD"), ("KWD", "EUR"), ("USD", "KWD"), ("KWD", "USD")])
def test_a_rate_that_is_missing_is_refused(source, target):
    with pytest.raises(ExchangeRateUnavailable):
        quote_rate(RATES, source, target, margin_bps=0, now=NOON)


def test_a_cross_rate_is_as_old_as_the_older_of_its_two():
    rates = {**RATES, "JPY": DatedRate(Fraction(160), date(2027, 2, 26))}

    assert quote_rate(rates, "USD", "JPY", margin_bps=0, now=NOON).on == date(2027, 2, 26)
    with pytest.raises(ExchangeRateUnavailable):
        quote_rate(rates, "USD", "JPY", margin_bps=0, now=datetime(2027, 3, 3, 12, tzinfo=UTC))
    assert quote_rate(rates, "EUR", "USD", margin_bps=0, now=datetime(2027, 3, 3, 12, tzinfo=UTC)).rate == "1.0832"


@pytest.mark.parametrize("text, rate", [("1.0832", "1.0832"), ("163", "163"), ("0.000000001", "1E-9")])
def test_a_rate_is_read(text, rate):
    assert parse_rate(text) == Decimal(rate)


@pytest.mark.parametrize(
    "text", ["0", "0.0", "-1", "NaN", "Infinity", "", "1,5", "one", "1e99", "0.0000000001", "\u0661"]
)
def test_case_33_and_34_what_is_no_rate_is_refused(text):
    with pytest.raises(InvalidRate):
        parse_rate(text)


@pytest.mark.parametrize("rate, text", [("1/3", "0.3333333333"), ("16000", "16000"), ("1/53512", "0.00001868739722")])
def test_a_rate_is_stored_as_a_plain_decimal(rate, text):
    assert rate_text(Fraction(rate)) == text
