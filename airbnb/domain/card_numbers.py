"""Telling numbers of payment cards in texts, which must never be stored here.

Source: docs/rules/payments.md, "Cards"; ISO/IEC 7812 (the networks' ranges and the check digit).
"""

import re

#: Digits, single blanks or dashes between them, and no letter or digit around.
_NUMBERS = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])", re.ASCII)
_RANGES = re.compile(
    r"4\d{12}|4\d{15}|4\d{18}"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners Club
    r"|62\d{14,17}"  # UnionPay
)


def has_card_number(text: str) -> bool:
    """Say whether a text holds what looks like a card's number: of a network's range and length, its check digit right.

    Phone numbers and bookkeeping numbers hardly ever do.
    """
    return any(_is_card_number(re.sub("[ -]", "", found[0])) for found in _NUMBERS.finditer(text))


def _is_card_number(digits: str) -> bool:
    return _RANGES.fullmatch(digits) is not None and _check_sum(digits) % 10 == 0


def _check_sum(digits: str) -> int:
    """Return the sum of Luhn's method: every second digit from the right counts twice, its digits added up."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return sum(map(int, digits[-1::-2])) + sum(doubled)
