"""A scene about changes: many clients move their stays to and fro at once, across each other's nights."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from airbnb.domain.kinds import Role
from tests.concurrency.nights import first_night
from tests.concurrency.racing import race
from tests.concurrency.repeats import read_repeats
from tests.concurrency.stage import Answer, Caller, Person, Stage, make_listing, make_people, order

#: So many guests share a listing: their stays of two nights lie one behind the other, with room for one more pair.
GUESTS_OF_A_LISTING = 10
NIGHTS = 2
#: The share of requests of which no transaction may be repeated more often than that.
REPEATS, SHARE = 3, 0.01
#: What a guest or host may hear, beside that all went well.
LOST = {"dates_unavailable", "invalid_transition", "change_open"}


def swap_storm(stage: Stage, *, clients: int, seconds: float) -> dict[str, Any]:
    """Case 8: guests move their stays between places that overlap and their host agrees; nobody gets an error.

    A place lies a night off the next one, so that the nights of swaps at the same moment cross.
    """
    host, *guests = make_people(["host8", *(f"swap{number}" for number in range(clients))], Role.HOST)
    stays = _book_all(stage, host, guests)
    instance = stage.environment["INSTANCE_PATH"]
    before = len(read_repeats(instance))
    until = time.monotonic() + seconds
    movers = [partial(_move_about, stage, number, host, *stay, until) for number, stay in enumerate(stays)]
    answers = [answer for batch in race(movers) for answer in batch]
    repeats = Counter(read_repeats(instance)[before:])
    moved = sum(one.status == 200 and one.json.get("status") == "accepted" for one in answers)
    wrong = [*_errors(answers), *stage.faults()]
    often = sum(count for attempt, count in repeats.items() if attempt == REPEATS + 1)
    if often > SHARE * len(answers):
        wrong.append(f"{often} transactions of {len(answers)} requests were repeated more than {REPEATS} times")
    if not moved:
        wrong.append("nobody got through")
    return {
        "clients": clients,
        "answers": dict(sorted(Counter(one.status for one in answers).items())),
        "swaps": moved,
        "repeated": {attempt: repeats[attempt] for attempt in sorted(repeats)},
        "wrong": wrong,
    }


def _book_all(stage: Stage, host: Person, guests: Sequence[Person]) -> list[tuple[Person, str, int]]:
    """Let every guest have a stay; return guest, booking and how many stays its listing has."""
    stays = []
    for first in range(0, len(guests), GUESTS_OF_A_LISTING):
        listing_id, group = make_listing(host), guests[first : first + GUESTS_OF_A_LISTING]
        for place, guest in enumerate(group):
            check_in = first_night() + timedelta(days=place * NIGHTS)
            booked = stage.caller(place, guest).post("/bookings", order(listing_id, check_in, NIGHTS), key="stay")
            stays.append((guest, booked.json["id"], len(group)))
    return stays


def _move_about(
    stage: Stage, number: int, host: Person, guest: Person, booking_id: str, stays: int, until: float
) -> list[Answer]:
    """Ask for another place, have it agreed to by a host at the other process, and begin again."""
    chance, answers = random.Random(number), list[Answer]()
    asker, agreer = stage.caller(number, guest), stage.caller(number + 1, host)
    url = f"/bookings/{booking_id}/changes"
    while time.monotonic() < until:
        check_in = first_night() + timedelta(days=chance.randrange((stays + 2) * NIGHTS))
        wish = {
            "check_in": check_in.isoformat(),
            "check_out": (check_in + timedelta(days=NIGHTS)).isoformat(),
            "guests": {"adults": 1},
        }
        key = f"{number}-{len(answers)}"
        asked = asker.post(url, wish, key=f"ask-{key}")
        answers.append(asked)
        if asked.status == 201:
            answers += _agree(asker, agreer, f"{url}/{asked.json['id']}", key)
    return answers


def _agree(asker: Caller, agreer: Caller, change: str, key: str) -> list[Answer]:
    agreed = agreer.post(f"{change}/accept", None, key=f"yes-{key}")
    if agreed.status == 200:
        return [agreed]
    return [agreed, asker.post(f"{change}/withdraw", None, key=f"no-{key}")]


def _errors(answers: Sequence[Answer]) -> list[str]:
    """Return a sentence for every answer that is more than a lost race."""
    errors = Counter(
        f"{one.status} {one.json.get('code')}"
        for one in answers
        if one.status >= 500 or (one.status >= 400 and one.json.get("code") not in LOST and not _is_no_change(one))
    )
    return [f"{count} times {error}" for error, count in errors.items()]


def _is_no_change(answer: Answer) -> bool:
    """Whether a guest asked for the place that the stay has."""
    return answer.status == 422 and answer.json.get("code") == "validation_failed"
