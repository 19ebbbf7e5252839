"""Scenes about nights: many guests want the same ones, or the host changes something at that very moment."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.ical import CalendarSpan
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import NightKind
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed
from airbnb.models.platform import OutboxEvent
from airbnb.queries import calendar_feeds
from airbnb.queries.quotes import lock_listing
from airbnb.services.feed_nights import settle
from airbnb.unit_of_work import in_transaction, reading
from tests.concurrency.racing import race
from tests.concurrency.stage import Answer, Caller, Stage, make_listing, make_people, order

CLIENTS = 64
MOST_ALTERNATIVES = 3


def first_night() -> date:
    """Return a night that every listing of the stage takes bookings for."""
    return clock.now().date() + timedelta(days=30)


def one_night_each(stage: Stage, *, attempts: int, nights: int) -> dict[str, Any]:
    """Case 1: so many attempts on so many single nights of one listing have one winner a night."""
    host = make_people(["host1"], Role.HOST)[0]
    listing_id = make_listing(host)
    chance = random.Random(11)
    wanted = [number % nights for number in range(attempts)]
    chance.shuffle(wanted)
    orders = [order(listing_id, first_night() + timedelta(days=night), 1) for night in wanted]
    answers = send_all(stage, "case1", orders)
    figures = summary(answers)
    with reading() as session:
        rows = {
            "bookings": session.scalar(select(func.count()).where(Booking.listing_id == listing_id)),
            "nights": session.scalar(select(func.count()).where(BookedNight.listing_id == listing_id)),
            "events": session.scalar(
                select(func.count()).where(
                    OutboxEvent.topic == "booking.confirmed",
                    OutboxEvent.subject_id.in_(select(Booking.id).where(Booking.listing_id == listing_id)),
                )
            ),
        }
    wrong = [*wrong_losers(answers), *stage.faults()]
    if figures["answers"] != {201: nights, 409: attempts - nights}:
        wrong.append(f"one winner a night was wanted, not {figures['answers']}")
    if set(rows.values()) != {nights}:
        wrong.append(f"rows differ: {rows}")
    return {**figures, **rows, "wrong": wrong}


def overlapping_stays(stage: Stage, *, requests: int) -> dict[str, Any]:
    """Case 2: random stays of 1-14 nights of one listing never share a night, and none is taken in part."""
    host = make_people(["host2"], Role.HOST)[0]
    listing_id = make_listing(host)
    chance = random.Random(7)
    spans = [(chance.randrange(60), chance.randint(1, 14)) for _ in range(requests)]
    orders = [order(listing_id, first_night() + timedelta(days=start), length) for start, length in spans]
    answers = send_all(stage, "case2", orders)
    won = [answer.json for answer in answers if answer.status == 201]
    wrong = [*wrong_losers(answers), *stage.faults()]
    lengths = sum((date.fromisoformat(one["check_out"]) - date.fromisoformat(one["check_in"])).days for one in won)
    with reading() as session:
        nights = session.scalar(select(func.count()).where(BookedNight.listing_id == listing_id))
    if nights != lengths or not won:
        wrong.append(f"{len(won)} stays of {lengths} nights hold {nights} nights")
    for before, after in pairwise(sorted((one["check_in"], one["check_out"]) for one in won)):
        if after[0] < before[1]:
            wrong.append(f"{before} and {after} overlap")
    return {**summary(answers), "nights": nights, "wrong": wrong}


def hot_listing(stage: Stage, *, rounds: int, within_s: float | None = None) -> dict[str, Any]:
    """64 clients want the same week of one listing at the same moment; losers wait no longer than ``within_s``."""
    host, *guests = make_people(["host3", *(f"hot{number}" for number in range(CLIENTS))], Role.HOST)
    listing_ids = [make_listing(host) for _ in range(rounds)]
    callers = [stage.caller(number, guest) for number, guest in enumerate(guests)]
    losers: list[Answer] = []
    wrong: list[str] = []
    for number, listing_id in enumerate(listing_ids):
        body = order(listing_id, first_night(), 7)
        posts = [partial(caller.post, "/bookings", body, key=f"hot-{number}") for caller in callers]
        answers = race(posts)
        if Counter(answer.status for answer in answers) != {201: 1, 409: CLIENTS - 1}:
            wrong.append(f"round {number}: {Counter(answer.status for answer in answers)}")
        if number or rounds == 1:  # the first one warms connections and caches up
            losers += [answer for answer in answers if answer.status == 409]
    figures = times(losers)
    if within_s is not None and figures["slowest_s"] > within_s:
        wrong.append(f"a loser waited {figures['slowest_s']} s")
    return {"clients": CLIENTS, "rounds": rounds, "losers": figures, "wrong": [*wrong, *stage.faults()]}


def host_changes_at_once(stage: Stage, *, rounds: int) -> dict[str, Any]:
    """Case 3: a booking, a block, a price change, a feed's import and an unlisting at once, in some order."""
    host, guest = make_people(["host4", "guest4"], Role.HOST)
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(rounds):
        listing_id = make_listing(host, nightly_price_minor=10_000)
        outcome, faults = _change_at_once(stage, number, listing_id, Caller(stage.ports[0], guest), host)
        seen[outcome] += 1
        wrong += [f"round {number}: {fault}" for fault in faults]
    return {"rounds": rounds, "outcomes": dict(seen), "wrong": [*wrong, *stage.faults()]}


def _change_at_once(stage: Stage, number: int, listing_id: int, guest: Caller, host: Any) -> tuple[str, list[str]]:
    nights = [first_night() + timedelta(days=day) for day in range(2)]
    stay = {"check_in": nights[0].isoformat(), "check_out": (nights[1] + timedelta(days=1)).isoformat()}
    quote = guest.send("GET", f"/listings/{listing_id}/quote?{urlencode({**stay, 'adults': 1})}").json
    feed_id = _make_feed(listing_id)
    owner = [stage.caller(turn, host) for turn in range(3)]
    etag = owner[0].send("GET", f"/listings/{listing_id}").headers.get("ETag", "*")
    block = {"ranges": [{"from": stay["check_in"], "to": stay["check_out"], "available": False}]}
    price = {"nightly_price": {"amount": "123.00", "currency": "EUR"}}
    booked, blocked, priced, _, paused = race(
        [
            partial(
                guest.post,
                "/bookings",
                order(listing_id, nights[0], 2, quote_token=quote["quote_token"]),
                key=f"all-{number}",
            ),
            partial(owner[0].send, "PUT", f"/listings/{listing_id}/calendar", block),
            partial(owner[1].send, "PATCH", f"/listings/{listing_id}", price, If_Match=etag),
            partial(_import, stage, feed_id, nights),
            partial(owner[2].post, f"/listings/{listing_id}/unpublish", {}, key=f"pause-{number}"),
        ]
    )
    with reading() as session:
        kinds = set(session.scalars(select(BookedNight.kind).where(BookedNight.listing_id == listing_id)))
        conflicts = session.scalar(select(func.count()).where(CalendarConflict.listing_id == listing_id))
    wrong = [] if booked.status in {201, 404, 409} else [f"the guest was answered {booked.status} {booked.body!r}"]
    if blocked.status not in {200, 409}:
        wrong.append(f"the block was answered {blocked.status} {blocked.body!r}")
    if priced.status not in {200, 412} or paused.status not in {200, 412}:
        wrong.append(f"the price was answered {priced.status}, the pause {paused.status} {paused.body!r}")
    if booked.status != 201 and booked.json["code"] == "listing_unavailable" and paused.status != 200:
        wrong.append("a listing that nobody paused was closed to the guest")
    if booked.status == 201:
        if kinds != {NightKind.BOOKING} or blocked.status != 409 or conflicts != 1:
            wrong.append(f"the booking won, yet nights are {kinds}, block {blocked.status}, conflicts {conflicts}")
        if booked.json["total"] != quote["total"]:
            wrong.append(f"{booked.json['total']} was charged for a quote of {quote['total']}")
        return "booked", wrong
    if NightKind.BOOKING in kinds or not kinds:
        wrong.append(f"nobody booked, yet nights are {kinds}")
    return booked.json["code"], wrong


def _make_feed(listing_id: int) -> int:
    feed_id = new_id()

    def work(session: Session) -> None:
        session.add(
            CalendarFeed(
                id=feed_id,
                listing_id=listing_id,
                name="Elsewhere",
                url_hash="0" * 64,
                next_sync_at=clock.now() + timedelta(days=1),
            )
        )

    in_transaction(work)
    return feed_id


def _import(stage: Stage, feed_id: int, nights: Sequence[date]) -> Answer:
    """Take what another site's calendar says, as a worker does after it was fetched."""

    def work(session: Session) -> None:
        feed = calendar_feeds.find_feed(session, feed_id)
        assert feed is not None
        listing = lock_listing(session, feed.listing_id)
        assert listing is not None
        span = CalendarSpan(uid="there", starts_on=nights[0], ends_on=nights[-1] + timedelta(days=1))
        calendar_feeds.replace_events(session, feed_id, [span])
        settle(session, listing, now=clock.now())

    with stage.app.app_context():
        in_transaction(work)
    return Answer(204, {}, b"", 0)


def send_all(stage: Stage, name: str, orders: Sequence[dict[str, Any]]) -> list[Answer]:
    """Send every order from one of 64 clients, who begin together and each send theirs one after the other."""
    clients = min(CLIENTS, len(orders))
    guests = make_people([f"{name}-{number}" for number in range(clients)])

    def send_mine(number: int) -> list[Answer]:
        caller = stage.caller(number, guests[number])
        mine = orders[number::clients]
        return [caller.post("/bookings", body, key=f"{name}-{index}") for index, body in enumerate(mine)]

    return [answer for batch in race([partial(send_mine, number) for number in range(clients)]) for answer in batch]


def wrong_losers(answers: Sequence[Answer]) -> list[str]:
    """Return a sentence for every loser that was not told which night was taken and what is free instead."""
    wrong = []
    for answer in answers:
        if answer.status == 201:
            continue
        told = answer.json
        if answer.status != 409 or told["code"] != "dates_unavailable" or not told.get("first_taken_night"):
            wrong.append(f"a loser was answered {answer.status} {told}")
        elif len(told.get("alternatives", ())) > MOST_ALTERNATIVES:
            wrong.append(f"a loser was offered {len(told['alternatives'])} other spans")
    return wrong[:5]


def summary(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return how many answers there were of each status, and how long losers waited."""
    statuses = Counter(answer.status for answer in answers)
    return {
        "answers": dict(sorted(statuses.items())),
        "losers": times([one for one in answers if one.status == 409]),
    }


def times(answers: Sequence[Answer]) -> dict[str, float]:
    """Return the median, the 95th percentile and the slowest of some answers, in seconds."""
    seconds = sorted(answer.seconds for answer in answers) or [0.0]
    return {
        "median_s": round(seconds[len(seconds) // 2], 3),
        "p95_s": round(seconds[int(len(seconds) * 0.95)], 3),
        "slowest_s": round(seconds[-1], 3),
    }
