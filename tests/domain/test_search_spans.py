"""Packing dated prices and shortest stays into spans."""

import random
from datetime import date, timedelta

import pytest

from airbnb.domain.pricing import PriceRules, Season
from airbnb.domain.pricing.nights import night_price
from airbnb.domain.search_spans import (
    DatedNight,
    SeasonRule,
    Span,
    dated_nights,
    day_number,
    is_weekend,
    month_bits,
    pack_spans,
    pack_weekdays,
)

FIRST, UNTIL = date(2026, 5, 1), date(2026, 9, 1)
MONDAY = date(2026, 6, 1)


def days(first: int, until: int) -> tuple[int, int]:
    return day_number(MONDAY) + first, day_number(MONDAY) + until


def test_a_days_number_tells_its_weekday():
    for offset in range(400):
        day = MONDAY + timedelta(days=offset)
        assert day_number(day) % 7 == day.weekday()


@pytest.mark.parametrize(
    "extras, spans",
    [
        ([], []),
        ([(0, 500, None), (1, 500, None)], [Span(*days(0, 2), 500, 0, None)]),
        # A gap, another price, another shortest stay: each begins a span.
        ([(0, 500, None), (2, 500, None)], [Span(*days(0, 1), 500, 0, None), Span(*days(2, 3), 500, 0, None)]),
        ([(0, 500, None), (1, 400, None)], [Span(*days(0, 1), 500, 0, None), Span(*days(1, 2), 400, 0, None)]),
        ([(0, 0, 3), (1, 0, None)], [Span(*days(0, 1), 0, 0, 3), Span(*days(1, 2), 0, 0, None)]),
        # Thursday, Friday, Saturday, Sunday: the weekend keeps a price of its own within the span.
        ([(3, 5, None), (4, 9, None), (5, 9, None), (6, 5, None)], [Span(*days(3, 7), 5, 9, None)]),
        ([(3, 5, None), (4, 9, None), (5, 8, None)], [Span(*days(3, 5), 5, 9, None), Span(*days(5, 6), 0, 8, None)]),
        # The last of May and the first of June: a span ends with its month.
        ([(-1, 5, None), (0, 5, None)], [Span(*days(-1, 0), 5, 0, None), Span(*days(0, 1), 5, 0, None)]),
    ],
)
def test_neighbouring_nights_that_say_the_same_share_a_span(extras, spans):
    assert pack_spans((MONDAY + timedelta(days=at), extra, least) for at, extra, least in extras) == spans


def test_spans_tell_each_nights_price_as_the_rules_of_prices_do():
    dice = random.Random(3)
    for _ in range(60):
        overrides = {FIRST + timedelta(days=dice.randrange(123)): dice.choice([50, 300]) for _ in range(20)}
        starts = [FIRST + timedelta(days=dice.randrange(-20, 100)) for _ in range(3)]
        seasons = [
            SeasonRule(
                first=start,
                until=start + timedelta(days=dice.randint(1, 70)),
                nightly_minor=dice.choice([150, 170]),
                weekend_minor=dice.choice([None, 180]),
            )
            for start in sorted(starts)
        ]
        rules = PriceRules(
            currency="EUR",
            base_minor=100,
            weekend_minor=120,
            overrides=overrides,
            seasons=tuple(
                Season(
                    first=one.first, until=one.until, nightly_minor=one.nightly_minor, weekend_minor=one.weekend_minor
                )
                for one in seasons
            ),
        )
        nights = dated_nights({day: DatedNight(price) for day, price in overrides.items()}, seasons, (FIRST, UNTIL))
        usual = {True: 120, False: 100}
        spans = pack_spans((day, (own.price_minor or 0) - usual[is_weekend(day)], None) for day, own in nights.items())

        told = {
            span.first + offset: (span.extra_weekday, span.extra_weekend)
            for span in spans
            for offset in range(span.until - span.first)
        }
        assert all(span.until - span.first <= 31 for span in spans)
        assert len(told) == sum(span.until - span.first for span in spans)
        for offset in range((UNTIL - FIRST).days):
            day = FIRST + timedelta(days=offset)
            extra = told.get(day_number(day), (0, 0))[is_weekend(day)]
            assert usual[is_weekend(day)] + extra == night_price(day, rules)


def test_the_override_then_the_first_season_with_a_shortest_stay_holds():
    seasons = [
        SeasonRule(first=MONDAY, until=MONDAY + timedelta(days=9), nightly_minor=150),
        SeasonRule(first=MONDAY, until=MONDAY + timedelta(days=2), nightly_minor=160, min_nights=5),
    ]
    found = dated_nights({MONDAY: DatedNight(None, 2), UNTIL: DatedNight(1, 1)}, seasons, (FIRST, UNTIL))

    assert found[MONDAY] == DatedNight(150, 2)
    assert found[MONDAY + timedelta(days=1)] == DatedNight(150, 5)
    assert found[MONDAY + timedelta(days=2)] == DatedNight(150, None)
    assert UNTIL not in found


def test_weekdays_and_months_are_packed_into_bits():
    packed = pack_weekdays(2, {4: 3, 6: 365})

    assert [packed >> 9 * weekday & 511 for weekday in range(7)] == [2, 2, 2, 2, 3, 2, 365]
    assert packed < 1 << 63
    month = 2026 * 12 + 5
    assert month_bits([Span(*days(0, 1), 1, 1, None)], 25) == 1 << month % 25


@pytest.mark.parametrize("least", [511, 512, 720])
def test_shortest_stays_of_more_than_511_nights_fit_a_bigint(least: int):
    packed = pack_weekdays(least, {6: 720})

    assert 0 <= packed < 2**63
    assert {packed >> 9 * weekday & 511 for weekday in range(7)} == {511}
