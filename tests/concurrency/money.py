"""Scenes about money: two things that exclude each other happen to one booking, or to one listing, at once."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select

from airbnb.domain import clock
from airbnb.domain.causes import by_system
from airbnb.domain.coupons import CouponDraft
from airbnb.domain.kinds import Provider, Role
from airbnb.domain.orders import Order, PaymentChoice, Wish
from airbnb.domain.pricing import Party
from airbnb.domain.stays import Stay
from airbnb.models.bookings import Booking
from airbnb.models.disputes import Dispute
from airbnb.models.payments import Payment, Refund
from airbnb.models.pricing import Coupon, CouponRedemption
from airbnb.queries.bookings import find_booking
from airbnb.services.coupon_staff import add_coupon
from airbnb.tasks.outbox import drain
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import payouts, timers
from airbnb.workflows.booking import book_stay
from tests.concurrency.nights import CLIENTS, first_night, send_all
from tests.concurrency.racing import race
from tests.concurrency.stage import Answer, Person, Stage, make_listing, make_people, order
from tests.factories.bookings import clock_at

#: What may stand together in the end: paid and booked, or neither with the money given back.
RIGHT_ENDS = {("confirmed", "captured"), ("expired", "canceled"), ("expired", "refunded")}


def payment_meets_expiry(stage: Stage, *, rounds: int) -> dict[str, Any]:
    """Case 4: a hold ends, its payer says yes and a rival wants the nights, all in the same moment."""
    host, guest, rival = make_people(["host-late", "guest-late", "rival-late"], Role.HOST)
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(rounds):
        listing_id = make_listing(host)
        held = stage.caller(0, guest).post(
            "/bookings", order(listing_id, first_night(), 2, token="tok_requires_action"), key=f"late-{number}"
        )
        booking_id, late = int(held.json["id"]), clock.now() + timedelta(minutes=16)
        with reading() as session:
            reference = session.scalar(select(Payment.provider_ref).where(Payment.booking_id == booking_id))
        _, _, bought = race(
            [
                partial(_in_app, stage, partial(timers.expire_one, booking_id, now=late)),
                partial(stage.caller(1).send, "POST", f"//sandbox/approve/{reference}/yes"),
                partial(
                    stage.caller(0, rival).post, "/bookings", order(listing_id, first_night(), 2), key=f"rival-{number}"
                ),
            ]
        )
        timers.resolve_unsettled(late + timedelta(hours=1))
        end, faults = _end_of(booking_id, listing_id, bought)
        seen[end] += 1
        wrong += [f"round {number}: {fault}" for fault in faults]
    return {"rounds": rounds, "ends": dict(seen), "wrong": [*wrong, *stage.faults()]}


def _end_of(booking_id: int, listing_id: int, bought: Answer) -> tuple[str, list[str]]:
    with reading() as session:
        booking = find_booking(session, booking_id)
        assert booking is not None
        status = session.scalar(select(Payment.status).where(Payment.booking_id == booking_id))
        confirmed = session.scalar(
            select(func.count()).where(Booking.listing_id == listing_id, Booking.status == "confirmed")
        )
    end = (booking.status.value, status.value if status else "none")
    wrong = [] if end in RIGHT_ENDS else [f"the booking ended {end}"]
    if confirmed != 1 and (confirmed or bought.status == 201 or end[0] == "confirmed"):
        wrong.append(f"{confirmed} bookings hold the nights")
    return " ".join([*end, "rival won" if bought.status == 201 else f"rival {bought.status}"]), wrong


def cancel_twice(stage: Stage, *, rounds: int) -> dict[str, Any]:
    """Case 5: guest and host cancel one booking several times at once; one of them does, and money goes back once."""
    host, guest = make_people(["host-cancel", "guest-cancel"], Role.HOST)
    wrong: list[str] = []
    for number in range(rounds):
        listing_id = make_listing(host)
        booking = stage.caller(0, guest).post("/bookings", order(listing_id, first_night(), 2), key=f"book-{number}")
        path = f"/bookings/{booking.json['id']}/cancel"
        callers = [stage.caller(turn, who) for turn, who in enumerate((guest, host, guest, host, guest, host))]
        answers = race([partial(one.post, path, {}, key=f"c-{number}-{turn}") for turn, one in enumerate(callers)])
        statuses = Counter(answer.status for answer in answers)
        with reading() as session:
            refunds = session.scalar(select(func.count()).where(Refund.booking_id == int(booking.json["id"])))
        if statuses != {200: 1, 409: len(callers) - 1} or refunds != 1:
            wrong.append(f"round {number}: {dict(statuses)}, {refunds} refunds")
    return {"rounds": rounds, "wrong": [*wrong, *stage.faults()]}


def cancel_meets_payout(stage: Stage, *, rounds: int) -> dict[str, Any]:
    """Case 5: staff's clock says that a stay is over and pays its host, while its guest leaves early: one of both."""
    host, guest = make_people(["host-payout", "guest-payout"], Role.HOST)
    account = {"method": "sandbox", "currency": "EUR", "details": {"iban": "DE89370400440532013000"}}
    stage.caller(0, host).send("PUT", "/users/me/payout-account", account)
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(rounds):
        booking_id = _booked_in_the_past(host, guest)
        with reading() as session:
            booking = find_booking(session, booking_id)
        assert booking is not None
        end = booking.check_out_at + timedelta(days=2)
        cancel = partial(stage.caller(1, guest).post, f"/bookings/{booking_id}/cancel", {}, key=f"leave-{number}")
        canceled, _ = race([cancel, partial(_in_app, stage, partial(_complete_and_pay, booking_id, end))])
        with reading() as session:
            after = find_booking(session, booking_id)
        assert after is not None
        ends[after.status.value] += 1
        if (canceled.status, after.status.value) not in {(200, "canceled"), (409, "completed")}:
            wrong.append(f"round {number}: {canceled.status} {canceled.body!r}, the stay is {after.status.value}")
    return {"rounds": rounds, "ends": dict(ends), "wrong": [*wrong, *stage.faults()]}


def last_coupon(stage: Stage, *, checkouts: int, uses: int) -> dict[str, Any]:
    """Case 6: so many guests want the last uses of a coupon, each for nights that nobody else wants."""
    host = make_people(["host-coupon"], Role.HOST)[0]
    draft = CouponDraft(code="LAST", percent_bps=1_000, max_uses=uses, valid_from=clock.now() - timedelta(days=1))
    in_transaction(partial(add_coupon, draft=draft, cause=by_system(now=clock.now())))
    # Those at the same moment are for different listings, or a listing's lock would let them in one by one.
    listing_ids = [make_listing(host) for _ in range(min(CLIENTS, checkouts))]
    orders = [
        order(
            listing_ids[number % len(listing_ids)],
            first_night() + timedelta(days=number // len(listing_ids)),
            1,
            coupon_code="LAST",
        )
        for number in range(checkouts)
    ]
    answers = send_all(stage, "coupon", orders)
    seen = Counter("booked" if answer.status == 201 else str(answer.json.get("code")) for answer in answers)
    with reading() as session:
        counted = session.scalar(select(Coupon.uses).where(Coupon.code == "LAST"))
        redeemed = session.scalar(select(func.count()).select_from(CouponRedemption))
    wrong = stage.faults()
    if seen != {"booked": uses, "coupon_used_up": checkouts - uses} or counted != uses or redeemed != uses:
        wrong.append(f"{dict(seen)}, counted {counted}, redeemed {redeemed}")
    return {"outcomes": dict(seen), "wrong": wrong}


def refund_meets_dispute(stage: Stage, *, rounds: int) -> dict[str, Any]:
    """Case 5: a guest cancels while their bank takes the money back; each is told once, and the book explains it."""
    host, guest = make_people(["host-dispute", "guest-dispute"], Role.HOST)
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(rounds):
        listing_id = make_listing(host)
        booking = stage.caller(0, guest).post("/bookings", order(listing_id, first_night(), 2), key=f"d-{number}").json
        event = partial(stage.caller(1, guest).send, "POST", f"/sandbox/payments/{booking['payment']['id']}/events")
        canceled, opened, *_ = race(
            [
                partial(stage.caller(0, guest).post, f"/bookings/{booking['id']}/cancel", {}, key=f"dc-{number}"),
                partial(event, {"type": "dispute", "duplicate": True}),
                partial(_in_app, stage, drain.run),
            ]
        )
        with stage.app.app_context():
            drain.run()
        end, faults = _money_of(int(booking["id"]))
        ends[f"{end}, bank {opened.status}"] += 1
        if canceled.status not in {200, 409} or opened.status not in {200, 422}:
            faults.append(f"cancel {canceled.status} {canceled.body!r}, dispute {opened.status} {opened.body!r}")
        wrong += [f"round {number}: {fault}" for fault in faults]
    return {"rounds": rounds, "ends": dict(ends), "wrong": [*wrong, *stage.faults()]}


def _money_of(booking_id: int) -> tuple[str, list[str]]:
    """Return how a booking, its refund and its dispute ended, and what must not be."""
    with reading() as session:
        booking = find_booking(session, booking_id)
        assert booking is not None
        payment = session.scalars(select(Payment).where(Payment.booking_id == booking_id)).one()
        refunds = session.scalars(select(Refund).where(Refund.booking_id == booking_id)).all()
        disputes = session.scalars(select(Dispute).where(Dispute.payment_id == payment.id)).all()
    wrong = []
    if len(refunds) > 1 or len(disputes) > 1:
        wrong.append(f"{len(refunds)} refunds and {len(disputes)} disputes")
    if sum(refund.amount_minor for refund in refunds) > payment.captured_minor:
        wrong.append("more went back than came")
    names = [
        booking.status,
        *(f"refund {one.status}" for one in refunds),
        *(f"dispute {one.status}" for one in disputes),
    ]
    return ", ".join(names), wrong


def _booked_in_the_past(host: Person, guest: Person) -> int:
    """Make a stay that began yesterday."""
    check_in = clock.now().date() - timedelta(days=1)
    with clock_at(clock.now() - timedelta(days=20)):
        listing_id = make_listing(host)
        return book_stay(
            Order(
                guest_id=guest.user_id,
                listing_id=listing_id,
                wish=Wish(stay=Stay(check_in, check_in + timedelta(days=4)), party=Party(adults=1)),
                payment=PaymentChoice(provider=Provider.SANDBOX, token="tok_ok"),
            )
        )


def _complete_and_pay(booking_id: int, now: Any) -> None:
    timers.complete_one(booking_id, now=now)
    payouts.run_payouts(now)


def two_editors(stage: Stage, *, rounds: int) -> dict[str, Any]:
    """Case 7: two people edit one listing from the same version; the second is told, and nothing is overwritten."""
    host = make_people(["host-edit"], Role.HOST)[0]
    wrong: list[str] = []
    for number in range(rounds):
        path = f"/listings/{make_listing(host)}"
        callers = [stage.caller(turn, host) for turn in range(2)]
        etag = callers[0].send("GET", path).headers["ETag"]
        changes = [{"title": f"Edited by {turn} in round {number}"} for turn in range(2)]
        answers = race(
            [
                partial(one.send, "PATCH", path, change, If_Match=etag)
                for one, change in zip(callers, changes, strict=True)
            ]
        )
        statuses = [answer.status for answer in answers]
        title = callers[0].send("GET", path).json["title"]
        if sorted(statuses) != [200, 412] or title != changes[statuses.index(200)]["title"]:
            wrong.append(f"round {number}: {statuses}, the title is {title!r}")
    return {"rounds": rounds, "wrong": [*wrong, *stage.faults()]}


def _in_app(stage: Stage, work: Any) -> Answer:
    with stage.app.app_context():
        work()
    return Answer(204, {}, b"", 0)
