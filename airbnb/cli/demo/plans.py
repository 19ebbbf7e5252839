"""Which stays the demo world has: who comes when, and how it ends. Pure; the story plays them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from airbnb.cli.demo.homes import Home
from airbnb.cli.demo.people import Person
from airbnb.domain.stays import Stay

#: How far the story reaches back.
PAST = timedelta(days=200)
MOST_TRIES = 60


class Fate(StrEnum):
    """How a booking of the demo ends."""

    COMPLETED = "completed"
    IN_STAY = "in stay"
    UPCOMING = "upcoming"
    PAID_AT_SECOND_TRY = "paid at the second try"
    CANCELED_BY_GUEST = "canceled by the guest"
    CANCELED_BY_HOST = "canceled by the host"
    CANCELED_BY_STAFF = "canceled by staff"
    ACCEPTED = "request accepted"
    DECLINED = "request declined"
    WITHDRAWN = "request withdrawn"
    UNANSWERED = "request lapsed"
    WAITING = "request waiting"
    LAPSED = "hold lapsed"
    UNPAID = "waiting for payment"


#: Shares of all bookings; each fate comes at least once.
SHARES = {
    Fate.COMPLETED: 46, Fate.IN_STAY: 4, Fate.UPCOMING: 18, Fate.PAID_AT_SECOND_TRY: 2, Fate.CANCELED_BY_GUEST: 9,
    Fate.CANCELED_BY_HOST: 3, Fate.CANCELED_BY_STAFF: 1, Fate.ACCEPTED: 6, Fate.DECLINED: 3, Fate.WITHDRAWN: 2,
    Fate.UNANSWERED: 2, Fate.WAITING: 3, Fate.LAPSED: 2, Fate.UNPAID: 1,
}  # fmt: skip
REQUESTS = {Fate.ACCEPTED, Fate.DECLINED, Fate.WITHDRAWN, Fate.UNANSWERED, Fate.WAITING}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStay:
    """One booking to be made; ``luck`` decides the small things, whatever happens to others."""

    home: Home
    guest: Person
    stay: Stay
    guests: int
    booked_at: datetime
    fate: Fate
    luck: random.Random


def plan_stays(
    rng: random.Random, homes: Sequence[Home], guests: Sequence[Person], *, count: int, now: datetime
) -> list[PlannedStay]:
    """Choose stays that don't collide; fewer than ``count`` when the places are full."""
    taken: dict[int, set[date]] = {home.id: set() for home in homes}
    planned = []
    for fate in _fates(rng, count):
        fitting = [home for home in homes if home.instant_book != (fate in REQUESTS)] or list(homes)
        for _ in range(MOST_TRIES):
            home = rng.choice(fitting)
            stay, booked_at = _dates(rng, fate, home, now)
            nights = _nights_with_gap(stay, home)
            if not nights & taken[home.id]:
                taken[home.id] |= nights
                planned.append(
                    PlannedStay(
                        home=home,
                        guest=rng.choice(guests),
                        stay=stay,
                        guests=rng.randint(1, home.max_guests),
                        booked_at=booked_at,
                        fate=fate,
                        luck=random.Random(rng.random()),
                    )
                )
                break
    return planned


def _fates(rng: random.Random, count: int) -> Iterator[Fate]:
    yield from Fate
    yield from rng.choices(list(SHARES), weights=list(SHARES.values()), k=max(0, count - len(Fate)))


def _dates(rng: random.Random, fate: Fate, home: Home, now: datetime) -> tuple[Stay, datetime]:
    today = now.date()
    length = max(home.min_nights, rng.choice((2, 2, 3, 3, 4, 5, 7)))
    if fate is Fate.COMPLETED:
        check_in = today - timedelta(days=rng.randint(length + 3, PAST.days - 40))
    elif fate is Fate.IN_STAY:
        check_in, length = today - timedelta(days=2), max(length, 5)
    else:
        check_in = today + timedelta(days=rng.randint(9, 120))
    stay = Stay(check_in, check_in + timedelta(days=length))
    return stay, _booked_at(rng, fate, check_in, now)


def _booked_at(rng: random.Random, fate: Fate, check_in: date, now: datetime) -> datetime:
    if fate is Fate.UNPAID:
        return now - timedelta(minutes=2)
    if fate is Fate.WAITING:
        return now - timedelta(hours=rng.randint(2, 12))
    hour = timedelta(hours=rng.randint(7, 21), minutes=rng.randint(0, 59))
    if fate in (Fate.COMPLETED, Fate.IN_STAY):
        booked_on = check_in - timedelta(days=rng.randint(4, 32))
    else:
        booked_on = now.date() - timedelta(days=rng.randint(4, 35))
    return datetime.combine(booked_on, time(), UTC) + hour


def _nights_with_gap(stay: Stay, home: Home) -> set[date]:
    first = stay.check_in - timedelta(days=home.preparation_days)
    last = stay.check_out + timedelta(days=home.preparation_days)
    return {first + timedelta(days=day) for day in range((last - first).days)}
