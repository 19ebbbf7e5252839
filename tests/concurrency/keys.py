"""Scenes about idempotency keys: one request sent many times, and repeats after a crash."""

from collections import Counter
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from typing import Any

from sqlalchemy import func, select, update

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.models.platform import IdempotencyKey
from airbnb.unit_of_work import in_transaction, reading
from tests.concurrency.nights import first_night
from tests.concurrency.racing import race
from tests.concurrency.stage import Answer, Caller, Stage, make_listing, make_people, order, wait_until


def one_key(stage: Stage, *, repeats: int) -> dict[str, Any]:
    """Case 9: the same request so many times at once, by turns to both processes, has one effect and one answer."""
    host, guest = make_people(["host-key", "guest-key"], Role.HOST)
    listing_id = make_listing(host)
    body = order(listing_id, first_night(), 2)
    callers = [stage.caller(number, guest) for number in range(repeats)]
    answers = race([partial(caller.post, "/bookings", body, key="one") for caller in callers])
    later = [caller.post("/bookings", body, key="one") for caller in callers[:4]]
    wrong = [*_wrong_repeats([*answers, *later]), *stage.faults()]
    replayed = [answer for answer in later if answer.headers.get("Idempotent-Replayed") == "true"]
    if len(replayed) != len(later):
        wrong.append(f"{len(later) - len(replayed)} late repeats were not marked as such")
    with reading() as session:
        made = session.scalar(select(func.count()).where(Booking.listing_id == listing_id))
        paid = session.scalar(select(func.count(Payment.id)).join(Booking).where(Booking.listing_id == listing_id))
    if (made, paid) != (1, 1):
        wrong.append(f"{made} bookings and {paid} payments were made")
    return {"answers": dict(Counter(answer.status for answer in answers)), "bookings": made, "wrong": wrong}


def _wrong_repeats(answers: list[Answer]) -> list[str]:
    bodies = {answer.body for answer in answers if answer.status == 201}
    wrong = [] if len(bodies) == 1 else [f"{len(bodies)} different answers were given to one request"]
    for answer in answers:
        if answer.status == 201:
            continue
        waits = answer.json.get("code") == "idempotency_conflict" and int(answer.headers.get("Retry-After", 0)) > 0
        if answer.status != 409 or not waits:
            wrong.append(f"a repeat was answered {answer.status} {answer.json}")
    return wrong


def crash_after_commit(stage: Stage) -> dict[str, Any]:
    """Case 11: the process dies after the COMMIT of a booking; its repeat elsewhere finds it, pays and answers it.

    The negative control: a key that has forgotten what it made lets the client hear that its own stay is in its way.
    """
    kept = _repeat_after_crash(stage, "kept", forget=False)
    forgotten = _repeat_after_crash(stage, "forgotten", forget=True)
    wrong = stage.faults()
    if kept["repeats"] != [201, 201] or kept["bookings"] != 1 or kept["payments"] != 1:
        wrong.append(f"the repeat did not resume: {kept}")
    if forgotten["repeats"] != [409, 409]:
        wrong.append(f"without the resource on the key the fault should show: {forgotten}")
    return {"kept": kept, "forgotten": forgotten, "wrong": wrong}


def crash_before_commit(stage: Stage) -> dict[str, Any]:
    """The process dies before the COMMIT of a booking; nothing of it stays, and its repeat elsewhere books anew."""
    result = _repeat_after_crash(stage, "before", forget=False)
    right = result["repeats"] == [201, 201] and result["bookings"] == 1 and result["payments"] == 1
    return {"result": result, "wrong": [*stage.faults(), *([] if right else [f"the repeat failed: {result}"])]}


#: Scene -> the crash that is laid in the first process.
CRASHES = {"crash-after-commit": "committed bookings", "crash-before-commit": "committing bookings"}


def _repeat_after_crash(stage: Stage, name: str, *, forget: bool) -> dict[str, Any]:
    """Book at the process that dies, then repeat at the other one: while the key is leased, and after that."""
    host, guest = make_people([f"host-{name}", f"guest-{name}"], Role.HOST)
    listing_id = make_listing(host)
    body = order(listing_id, first_night(), 2)
    first, second = (stage.caller(turn, guest) for turn in range(2))
    with suppress(OSError, HTTPException):
        _wait_for_answer(first)
        answer = first.post("/bookings", body, key="crash")
        return {"repeats": [], "bookings": 0, "payments": 0, "not_crashed": answer.status}
    early = second.post("/bookings", body, key="crash")
    _end_lease(guest.user_id, **({"resource_type": None, "resource_id": None} if forget else {}))
    answers = [second.post("/bookings", body, key="crash") for _ in range(2)]
    with reading() as session:
        made = session.scalar(select(func.count()).where(Booking.listing_id == listing_id))
        paid = session.scalar(select(func.count(Payment.id)).join(Booking).where(Booking.listing_id == listing_id))
    return {
        "while_leased": [early.status, early.json["code"], early.headers.get("Retry-After")],
        "repeats": [answer.status for answer in answers],
        "bookings": made,
        "payments": paid,
    }


def _wait_for_answer(caller: Caller) -> None:
    """Wait until a process that died before has its worker again."""

    def is_up() -> bool:
        with suppress(OSError, HTTPException):
            return caller.send("GET", "//healthz").status == 200
        return False

    wait_until(is_up, what="the worker did not come back")


def _end_lease(user_id: int, **columns: Any) -> None:
    """Let the dead request's minute be over."""
    expire = update(IdempotencyKey).where(IdempotencyKey.user_id == user_id)
    in_transaction(lambda session: session.execute(expire.values(lease_until=clock.now(), **columns)))
