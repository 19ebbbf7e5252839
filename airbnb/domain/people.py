"""Rules about people: how old somebody must be."""

from datetime import date

ADULT_AGE = 18
OLDEST_AGE = 120


def age_on(day: date, *, birth_date: date) -> int:
    """Return the full years that somebody has lived on a day."""
    had_no_birthday_yet = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - had_no_birthday_yet


def birth_date_problems(birth_date: date, *, today: date) -> list[str]:
    """Return what is wrong with a birth date, nothing when an adult may have it."""
    age = age_on(today, birth_date=birth_date)
    if age < 0:
        return ["The date lies in the future."]
    if age < ADULT_AGE:
        return [f"You must be {ADULT_AGE} or older."]
    if age > OLDEST_AGE:
        return ["The date lies too far back."]
    return []
