"""The bit that stands for all rules of a plain listing, and the stays that it may stand for."""

import pytest

from airbnb.domain.search_flags import has_plain_rules, is_plain

PLAIN = {
    "preparation_days": 0,
    "check_in_weekdays": None,
    "check_out_weekdays": 127,
    "max_nights": 28,
    "advance_notice_days": 7,
    "booking_window_days": 365,
}


@pytest.mark.parametrize(
    "rules, min_nights_vary, plain",
    [
        ({}, False, True),
        ({"max_nights": 365, "advance_notice_days": 0, "booking_window_days": 730}, False, True),
        ({}, True, False),
        ({"preparation_days": 1}, False, False),
        ({"check_in_weekdays": 126}, False, False),
        ({"check_out_weekdays": 63}, False, False),
        ({"max_nights": 27}, False, False),
        ({"advance_notice_days": 8}, False, False),
        ({"booking_window_days": 364}, False, False),
    ],
)
def test_rules_are_plain_when_none_can_refuse_a_plain_stay(rules, min_nights_vary, plain):
    assert has_plain_rules(PLAIN | rules, min_nights_vary=min_nights_vary) is plain


@pytest.mark.parametrize(
    "days_ahead, days_until_end, nights, plain",
    [
        (7, 10, 3, True),
        (6, 10, 3, False),
        (362, 365, 3, True),
        (363, 366, 3, False),
        (8, 36, 28, True),
        (8, 37, 29, False),
    ],
)
def test_a_plain_stay_is_a_week_ahead_within_a_year_and_short(days_ahead, days_until_end, nights, plain):
    assert is_plain(days_ahead=days_ahead, days_until_end=days_until_end, nights=nights) is plain
