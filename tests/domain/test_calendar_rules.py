"""A stay is refused with the first rule that it breaks.

Source: docs/rules/calendar.md.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from airbnb.domain import booking_errors as errors
from airbnb.domain.calendar_rules import (
    SeasonMinimum,
    StayRules,
    check_stay,
    ensure_free,
    find_alternatives,
    first_taken_night,
    is_bookable,
    may_check_in,
    may_check_out,
    min_nights_on,
    preparation_nights,
)
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.stays import Stay

#: Monday 1 June 2026, ten in the morning on the listing's clock.
NOW = datetime(2026, 6, 1, 10, tzinfo=ZoneInfo("Europe/Berlin"))
TODAY = NOW.date()
SATURDAY = 5


def make_rules(**overrides):
    return StayRules(**{"max_guests": 4, **overrides})


def stay(first, nights):
    check_in = date.fromisoformat(first)
    return Stay(check_in, check_in + timedelta(days=nights))


SEASON = SeasonMinimum(first=date(2026, 7, 1), until=date(2026, 9, 1), min_nights=5)
EVERY_MINIMUM = make_rules(
    min_nights=2,
    min_nights_by_weekday={SATURDAY: 3},
    season_minimums=(SEASON,),
    min_nights_by_night={date(2026, 7, 4): 1},
)


@pytest.mark.parametrize(
    "check_in, least",
    [
        ("2026-06-05", 2),  # Friday: the listing's
        ("2026-06-06", 3),  # Saturday: the weekday's
        ("2026-06-30", 2),  # the day before the season
        ("2026-07-01", 5),  # the season's first night
        ("2026-08-31", 5),  # its last
        ("2026-09-01", 2),  # after it
        ("2026-07-11", 5),  # Saturday in the season: the season's
        ("2026-07-04", 1),  # Saturday in the season with an override: the override's
    ],
)
def test_the_most_specific_least_stay_holds(check_in, least):
    assert min_nights_on(date.fromisoformat(check_in), EVERY_MINIMUM) == least
    check_stay(stay(check_in, least), EVERY_MINIMUM, now_local=NOW, guests=1)
    if least > 1:
        with pytest.raises(errors.MinNights) as refusal:
            check_stay(stay(check_in, least - 1), EVERY_MINIMUM, now_local=NOW, guests=1)
        assert refusal.value.facts == {"min_nights": least}


REFUSALS = [
    ("the past", {}, stay("2026-05-31", 1), 1, 0, ValidationFailed),
    ("too short", {"min_nights": 3}, stay("2026-06-10", 2), 1, 0, errors.MinNights),
    ("too long", {"max_nights": 3}, stay("2026-06-10", 4), 1, 0, errors.MaxNights),
    ("longer than a year", {}, stay("2026-06-10", 366), 1, 0, errors.MaxNights),
    ("no notice", {"advance_notice_days": 2}, stay("2026-06-02", 2), 1, 0, errors.AdvanceNotice),
    ("past the cut-off", {"cut_off_hour": 9}, stay("2026-06-01", 2), 1, 0, errors.AdvanceNotice),
    ("too far", {"booking_window_days": 30}, stay("2026-06-30", 2), 1, 0, errors.OutsideBookingWindow),
    ("arrival day", {"check_in_weekdays": {SATURDAY}}, stay("2026-06-05", 2), 1, 0, errors.CheckInWeekday),
    ("departure day", {"check_out_weekdays": {SATURDAY}}, stay("2026-06-05", 2), 1, 0, errors.CheckOutWeekday),
    ("crowded", {}, stay("2026-06-10", 2), 5, 0, errors.TooManyGuests),
    ("pets", {}, stay("2026-06-10", 2), 4, 1, errors.PetsNotAllowed),
]


@pytest.mark.parametrize(
    "rules, span, guests, pets, error", [row[1:] for row in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_a_broken_rule_is_named(rules, span, guests, pets, error):
    rules = make_rules(**rules)

    with pytest.raises(error):
        check_stay(span, rules, now_local=NOW, guests=guests, pets=pets)
    assert not is_bookable(span, rules, (), now_local=NOW, guests=guests, pets=pets)


@pytest.mark.parametrize(
    "rules, span, guests, pets",
    [
        ({}, stay("2026-06-01", 1), 4, 0),
        ({"max_nights": 3}, stay("2026-06-10", 3), 1, 0),
        ({}, stay("2026-06-01", 365), 1, 0),
        ({"advance_notice_days": 2}, stay("2026-06-03", 2), 1, 0),
        ({"advance_notice_days": 1, "cut_off_hour": 9}, stay("2026-06-02", 2), 1, 0),
        ({"cut_off_hour": 10}, stay("2026-06-01", 1), 1, 0),
        ({"cut_off_hour": 9}, stay("2026-06-02", 1), 1, 0),
        ({"booking_window_days": 30}, stay("2026-06-29", 2), 1, 0),
        ({"check_in_weekdays": {SATURDAY}, "check_out_weekdays": {SATURDAY}}, stay("2026-06-06", 7), 1, 0),
        ({"check_in_weekdays": set()}, stay("2026-06-05", 2), 1, 0),
        ({"pets_allowed": True}, stay("2026-06-05", 2), 1, 2),
        ({"max_nights": 500, "booking_window_days": 720}, stay("2026-06-01", 400), 1, 0),
    ],
)
def test_a_stay_at_the_very_edge_is_taken(rules, span, guests, pets):
    rules = make_rules(**rules)

    check_stay(span, rules, now_local=NOW, guests=guests, pets=pets)
    assert is_bookable(span, rules, (), now_local=NOW, guests=guests, pets=pets)


def test_midnight_is_the_cut_off_of_hour_zero():
    rules = make_rules(cut_off_hour=0)

    check_stay(stay("2026-06-01", 1), rules, now_local=NOW.replace(hour=0), guests=1)
    with pytest.raises(errors.AdvanceNotice):
        check_stay(stay("2026-06-01", 1), rules, now_local=NOW.replace(hour=0, second=1), guests=1)


def test_the_rules_are_checked_in_one_order():
    """Each round mends the rule that was named, and the next one in the list is named."""
    broken = {
        "min_nights": 3,
        "max_nights": 1,
        "advance_notice_days": 20,
        "booking_window_days": 1,
        "check_in_weekdays": {6},
        "check_out_weekdays": {6},
        "max_guests": 1,
    }
    order = [
        (errors.MinNights, {"min_nights": 1}),
        (errors.MaxNights, {"max_nights": 9}),
        (errors.AdvanceNotice, {"advance_notice_days": 0}),
        (errors.OutsideBookingWindow, {"booking_window_days": 365}),
        (errors.CheckInWeekday, {"check_in_weekdays": None}),
        (errors.CheckOutWeekday, {"check_out_weekdays": None}),
        (errors.TooManyGuests, {"max_guests": 4}),
        (errors.PetsNotAllowed, {"pets_allowed": True}),
    ]
    for error, mended in order:
        with pytest.raises(error):
            check_stay(stay("2026-06-10", 2), StayRules(**broken), now_local=NOW, guests=2, pets=1)
        broken |= mended
    check_stay(stay("2026-06-10", 2), StayRules(**broken), now_local=NOW, guests=2, pets=1)


@pytest.mark.parametrize(
    "error, facts, detail",
    [
        (errors.MinNights, {"min_nights": 3}, "at least 3 nights"),
        (errors.AdvanceNotice, {"earliest_check_in": "2026-06-03"}, "2026-06-03"),
        (errors.OutsideBookingWindow, {"latest_check_out": "2026-07-01"}, "2026-07-01"),
        (errors.TooManyGuests, {"max_guests": 4}, "at most 4 guests"),
        (errors.MaxNights, {"max_nights": 9}, "at most 9 nights"),
    ],
)
def test_a_refusal_says_what_would_do(error, facts, detail):
    assert detail in error(**facts).detail


@pytest.mark.parametrize("name", errors.__all__)
def test_a_refusal_has_the_code_of_its_name(name):
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")

    assert getattr(errors, name).code == words


TAKEN = frozenset({date(2026, 6, 12), date(2026, 6, 20)})


@pytest.mark.parametrize(
    "span, preparation_days, night",
    [
        (stay("2026-06-10", 2), 0, None),
        (stay("2026-06-10", 3), 0, "2026-06-12"),
        (stay("2026-06-12", 9), 0, "2026-06-12"),
        (stay("2026-06-13", 7), 0, None),
        (stay("2026-06-10", 2), 1, "2026-06-12"),
        (stay("2026-06-13", 5), 2, None),
        (stay("2026-06-13", 5), 3, "2026-06-20"),
    ],
)
def test_every_night_and_the_preparation_after_it_must_be_free(span, preparation_days, night):
    rules = make_rules(preparation_days=preparation_days)
    expected = date.fromisoformat(night) if night else None

    assert first_taken_night(span, TAKEN, preparation_days=preparation_days) == expected
    assert is_bookable(span, rules, TAKEN, now_local=NOW, guests=1) is (night is None)
    if night is None:
        ensure_free(span, rules, TAKEN)
    else:
        with pytest.raises(errors.DatesUnavailable) as refusal:
            ensure_free(span, rules, TAKEN)
        assert refusal.value.facts == {"first_taken_night": night}


def test_preparation_follows_the_stay():
    assert preparation_nights(stay("2026-06-10", 2), 2) == (date(2026, 6, 12), date(2026, 6, 13))
    assert preparation_nights(stay("2026-06-10", 2), 0) == ()


def test_alternatives_are_the_nearest_free_stays():
    def free(other):
        return is_bookable(other, make_rules(), TAKEN, now_local=NOW, guests=1)

    assert find_alternatives(stay("2026-06-11", 3), free) == [
        stay("2026-06-13", 3),
        stay("2026-06-09", 3),
        stay("2026-06-14", 3),
    ]
    assert find_alternatives(stay("2026-06-11", 3), lambda other: False) == []


@pytest.mark.parametrize(
    "day, rules, begins, ends",
    [
        ("2026-05-31", {}, False, False),
        ("2026-06-01", {}, True, False),
        ("2026-06-02", {}, True, True),
        ("2026-06-02", {"advance_notice_days": 1}, True, False),
        ("2026-06-11", {"booking_window_days": 10}, False, True),
        ("2026-06-12", {"booking_window_days": 10}, False, False),
        ("2026-06-06", {"check_in_weekdays": {SATURDAY}}, True, True),
        ("2026-06-05", {"check_in_weekdays": {SATURDAY}}, False, True),
        ("2026-06-05", {"check_out_weekdays": {SATURDAY}}, True, False),
    ],
)
def test_a_calendar_day_says_whether_one_may_come_or_go(day, rules, begins, ends):
    rules = make_rules(**rules)

    assert may_check_in(date.fromisoformat(day), rules, NOW) is begins
    assert may_check_out(date.fromisoformat(day), rules, NOW) is ends
