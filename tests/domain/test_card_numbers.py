"""Card numbers are told from other long numbers; all numbers here are the networks' public test numbers."""

import pytest

from airbnb.domain.card_numbers import has_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "my card is 4242 4242 4242 4242, thanks",
        "4242-4242-4242-4242.",
        "4222222222222",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "6011111111111117",
        "3566002020360505",
        "30569309025904",
        "6205500000000000004",
        "(4000056655665556)",
    ],
)
def test_a_card_number_is_told(text):
    assert has_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4242424242424241",  # the check digit is wrong
        "1234567812345670",  # of no network, though the check digit is right
        "42424242424242",  # of no card's length
        "pm_4242424242424242",  # the end of a name
        "4242424242424242x",
        "DE89 3704 0044 0532 0130 00",
        "+4915123456789",
        "call 0049 151 23456789 after 8",
        "2027-04-05 2027-04-09",
        "424242  4242424242",  # two blanks part two numbers
        "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
    ],
)
def test_other_texts_are_left_alone(text):
    assert not has_card_number(text)
