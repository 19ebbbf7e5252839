"""``flask demo seed``: fills an empty installation with the demo world."""

import os
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import cast

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from airbnb import unit_of_work
from airbnb.cli.demo.cities import CITIES, RATES, DemoCity
from airbnb.cli.demo.clearing import JOB, PERIOD
from airbnb.cli.demo.homes import Home, Picture, Stage, draw_pictures, make_home
from airbnb.cli.demo.people import People, make_people
from airbnb.cli.demo.plans import PAST, plan_stays
from airbnb.cli.demo.prices import make_prices
from airbnb.cli.demo.scale import MOST_COPIES, multiply, rows_to_copy
from airbnb.cli.demo.story import Story
from airbnb.cli.demo.traces import leave_traces
from airbnb.domain import clock
from airbnb.domain.exchange_rates import BASE
from airbnb.domain.geo.coordinates import Box
from airbnb.domain.geo.distance import radius_bbox
from airbnb.domain.kinds import Provider
from airbnb.extensions import current_settings
from airbnb.integrations.payments import SandboxGateway
from airbnb.models.platform import ExchangeRate, JobRun
from airbnb.models.users import User
from airbnb.services.gazetteer import City, ensure_city
from airbnb.services.search_projection import refresh_listings
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import figures
from airbnb.workflows.outside import gateway, storage

LISTINGS_PER_TRANSACTION = 20
LISTINGS_PER_BOOKING = 2
FEWEST_BOOKINGS = 30
#: Of a world that is copied; more would not find free nights.
MOST_BOOKINGS_PER_LISTING = 6
CITY_RADIUS_KM = 3
RATE_SOURCE = "demo"
WEBHOOKS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Told:
    """What was made, for the report. Shape: ``bookings`` counts them by fate."""

    listings: int
    bookings: dict[str, int]


def has_people() -> bool:
    """Whether anybody has an account: then there is a world already."""
    with reading() as session:
        return bool(session.scalar(select(func.count()).select_from(select(User.id).limit(1).subquery())))


def seed_world(*, listings: int, seed: int, scale: int | None = None) -> Told:
    """Make the demo world; the same seed makes the same one, counted from today.

    Ids, codes and tokens are random all the same. With ``scale``, a number of bookings, a small world is lived through
    and then copied until there are about so many.
    """
    rng = random.Random(seed)
    now = clock.now()
    since = now - PAST
    with _quiet_and_back_in_time(since):
        people = in_transaction(lambda session: _found(session, random.Random(seed), since))
        homes = _build(rng, people, listings, seed=seed, since=since)
        count = max(FEWEST_BOOKINGS, listings // LISTINGS_PER_BOOKING)
        if scale is not None:
            count = min(scale, listings * MOST_BOOKINGS_PER_LISTING)
        plans = plan_stays(rng, homes, people.guests, count=count, now=now)
        story = Story(since=since, now=now, staff=people.staff)
        for plan in plans:
            story.book(plan)
        with click.progressbar(length=len(plans), label=f"Living {PAST.days} days of it") as bar:
            story.play(bar.update)
    _forget_webhooks()
    # Months that the story lived through have passed since: their marks in search would stand for years to come.
    for start in range(0, len(homes), LISTINGS_PER_TRANSACTION):
        ids = [home.id for home in homes[start : start + LISTINGS_PER_TRANSACTION]]
        in_transaction(partial(refresh_listings, listing_ids=ids))
    copies = 0 if scale is None else _enlarge(scale, sum(story.outcomes.values()), people, seed=seed, now=now)
    # The task that counts looks at the last days only.
    figures.rebuild(figures.beginning(), now.date())
    in_transaction(_finish)
    made = {fate: number * (copies + 1) for fate, number in story.outcomes.items()}
    return Told(len(homes) * (copies + 1), made)


def _enlarge(scale: int, made: int, people: People, *, seed: int, now: datetime) -> int:
    """Copy a small world until there are about ``scale`` bookings; return how many copies that took."""
    leave = partial(leave_traces, seed=seed, staff_id=people.staff[0].id, now=now)
    in_transaction(leave)
    copies: int = min(round(scale / made), MOST_COPIES - made) - 1
    if copies > 0:
        with click.progressbar(length=rows_to_copy() * copies, label=f"Copying it {copies} times") as bar:
            multiply(copies, bar.update)
    return max(copies, 0)


def _finish(session: Session) -> None:
    """Take the mark of an unfinished world away: until here, the next making begins anew."""
    session.get_one(JobRun, (JOB, PERIOD)).finished_at = clock.now()


def _forget_webhooks() -> None:
    """Drop what the sandbox would report: every call was answered at once, so there is nothing new in it."""
    sandbox = cast(SandboxGateway, gateway(Provider.SANDBOX))
    while events := sandbox.pending_events(WEBHOOKS_AT_ONCE):
        for event in events:
            sandbox.mark_event_delivered(event)


@contextmanager
def _quiet_and_back_in_time(since: datetime) -> Iterator[None]:
    """Set the clock back, and ring no worker for what happens meanwhile."""
    ring = unit_of_work.set_bell(None)
    clock.set_source(clock.fixed(since))
    try:
        yield
    finally:
        clock.set_source(None)
        unit_of_work.set_bell(ring)


def _found(session: Session, rng: random.Random, since: datetime) -> People:
    """Add people, places, exchange rates, taxes and coupons, and the mark of a world that is not finished."""
    session.add(JobRun(job=JOB, period=PERIOD, claimed_by=f"{socket.gethostname()}:{os.getpid()}"))
    for city in CITIES:
        ensure_city(session, _gazetteer_city(city))
    today = (since + PAST).date()
    session.add_all(
        ExchangeRate(base=BASE, quote=currency, on=today, source=RATE_SOURCE, rate=rate)
        for currency, rate in RATES.items()
    )
    make_prices(session, now=since)
    return make_people(session, rng, now=since)


def _gazetteer_city(city: DemoCity) -> City:
    boxes = [radius_bbox(lat, lng, CITY_RADIUS_KM) for lat, lng in city.areas.values()]
    box = Box(
        min(box.south for box in boxes),
        min(box.west for box in boxes),
        max(box.north for box in boxes),
        max(box.east for box in boxes),
    )
    return City(name=city.name, country_code=city.country_code, box=box, region=city.region, population=city.population)


def _build(rng: random.Random, people: People, count: int, *, seed: int, since: datetime) -> list[Home]:
    stage = Stage(rng, since, current_settings().location_secret)
    homes: list[Home] = []
    with click.progressbar(length=count, label=f"Furnishing {count} places") as bar:
        numbered = enumerate(draw_pictures(storage(), count, seed=seed, tell=bar.update))
        while batch := list(islice(numbered, LISTINGS_PER_TRANSACTION)):
            homes += in_transaction(_builder(stage, people, batch))
    return homes


def _builder(
    stage: Stage, people: People, batch: list[tuple[int, tuple[Picture, ...]]]
) -> Callable[[Session], list[Home]]:
    state = stage.rng.getstate()

    def work(session: Session) -> list[Home]:
        stage.rng.setstate(state)  # a repeated transaction makes the same places
        homes = []
        for number, pictures in batch:
            city = CITIES[number % len(CITIES)]
            hosts = people.hosts[city.name]
            host = hosts[number // len(CITIES) % len(hosts)]
            homes.append(make_home(session, stage, city=city, host=host, pictures=pictures))
        return homes

    return work
