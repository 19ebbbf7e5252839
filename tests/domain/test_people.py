"""How old somebody must be."""

from datetime import date

import pytest

from airbnb.domain.people import age_on, birth_date_problems

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    "birth_date, age",
    [
        (date(2008, 3, 1), 18),
        (date(2008, 3, 2), 17),
        (date(2008, 2, 29), 18),
        (date(2026, 3, 1), 0),
        (date(2026, 3, 2), -1),
    ],
)
def test_a_year_counts_from_the_birthday_on(birth_date, age):
    assert age_on(TODAY, birth_date=birth_date) == age


def test_somebody_born_on_a_leap_day_has_birthday_on_the_first_of_march():
    assert age_on(date(2026, 2, 28), birth_date=date(2008, 2, 29)) == 17


@pytest.mark.parametrize("birth_date", [date(2008, 3, 2), date(2026, 3, 2), date(9999, 12, 31), date(1, 1, 1)])
def test_children_the_unborn_and_the_very_old_are_refused(birth_date):
    assert birth_date_problems(birth_date, today=TODAY)


@pytest.mark.parametrize("birth_date", [date(2008, 3, 1), date(1930, 6, 1)])
def test_adults_are_not(birth_date):
    assert birth_date_problems(birth_date, today=TODAY) == []
