"""Fields that every schema shares: strict on input, exact on output."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from marshmallow import ValidationError

from airbnb.domain.money import Money
from airbnb.schemas.fields import CurrencyCode, Id, Instant, MoneyField, text, whole_number
from airbnb.schemas.people import EmailAddress, LanguageTag, PhoneNumber


@pytest.mark.parametrize("value, row_id", [("0", 0), ("7", 7), ("9223372036854775807", 2**63 - 1), ("007", 7)])
def test_an_id_is_a_text_of_digits(value, row_id):
    assert Id().deserialize(value) == row_id


@pytest.mark.parametrize("value", ["", "-1", "1.0", "1e3", " 1", "١", "9223372036854775808", "1" * 400, 7, None, True])
def test_anything_else_is_no_id(value):
    with pytest.raises(ValidationError):
        Id().deserialize(value)


def test_an_id_is_written_as_text():
    assert Id().serialize("id", {"id": 2**63 - 1}) == "9223372036854775807"


@pytest.mark.parametrize(
    "amount, currency, minor",
    [("120.00", "EUR", 12_000), ("0.01", "EUR", 1), ("12000", "JPY", 12_000), ("1.250", "KWD", 1_250)],
)
def test_money_is_read_and_written_exactly(amount, currency, minor):
    money = MoneyField().deserialize({"amount": amount, "currency": currency})

    assert money == Money(minor, currency)
    assert MoneyField().serialize("price", {"price": money}) == {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    "value",
    [
        "120.00",
        120,
        {},
        {"amount": "120.00"},
        {"amount": "120.00", "currency": "EUR", "more": 1},
        {"amount": 120.0, "currency": "EUR"},
        {"amount": "120", "currency": "EUR"},
        {"amount": "120.000", "currency": "EUR"},
        {"amount": "1e3", "currency": "JPY"},
        {"amount": "-1.00", "currency": "EUR"},
        {"amount": "+1.00", "currency": "EUR"},
        {"amount": "١٢.٠٠", "currency": "EUR"},
        {"amount": "NaN", "currency": "EUR"},
        {"amount": "9" * 30 + ".00", "currency": "EUR"},
        {"amount": "120.00", "currency": "eur"},
        {"amount": "120.00", "currency": "XYZ"},
        {"amount": "120.00", "currency": None},
    ],
)
def test_money_of_another_shape_is_refused(value):
    with pytest.raises(ValidationError):
        MoneyField().deserialize(value)


@pytest.mark.parametrize("value", ["eur", "EURO", "", "XXX", "€", 7])
def test_a_currency_is_three_capitals_of_iso_4217(value):
    with pytest.raises(ValidationError):
        CurrencyCode().deserialize(value)


def test_an_instant_is_written_in_utc_with_z():
    instant = datetime(2026, 5, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))

    assert Instant().serialize("at", {"at": instant}) == "2026-05-01T10:00:00.000000Z"
    assert Instant().deserialize("2026-05-01T10:00:00Z") == datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "abcd", "a\x00", "a\x1b[31m", "\ud800"])
def test_a_text_has_a_length_and_no_control_characters(value):
    with pytest.raises(ValidationError):
        text(1, 3).deserialize(value)


def test_a_text_holds_no_card_number():
    with pytest.raises(ValidationError, match="card"):
        text(1, 100).deserialize("It is 4242 4242 4242 4242.")
    assert text(1, 100).deserialize("It is 4242 4242 4242 4241.")


@pytest.mark.parametrize("value", [0, 4, 1.5, "2", True, None, 10**400])
def test_a_whole_number_is_a_json_number_in_its_range(value):
    with pytest.raises(ValidationError):
        whole_number(1, 3).deserialize(value)


@pytest.mark.parametrize("value", ["a@b", "a b@example.test", "@example.test", "a@example.test\n", "ana@exämple.test"])
def test_an_address_that_no_mail_reaches_is_refused(value):
    with pytest.raises(ValidationError):
        EmailAddress().deserialize(value)


def test_people_are_written_down_in_one_form():
    assert EmailAddress().deserialize("Ana@Example.TEST") == "ana@example.test"
    assert PhoneNumber().deserialize("+44 20 7946 0958") == "+442079460958"
    assert LanguageTag().deserialize("zh-hant-tw") == "zh-Hant-TW"
