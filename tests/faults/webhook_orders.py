"""Cases 21 and 22: providers' events in every order, each five times at once to two processes, end in one state.

``python -m tests.faults.webhook_orders`` plays 24 orders for Stripe and 24 for PayPal; ``--short`` two of each. Then
the control: without the guard of repeated events, five deliveries are stored five times. Prints a line of JSON per
provider and for the control, and exits non-zero when one ended wrong.
"""

import argparse
import itertools
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select, text

from airbnb.models.bookings import Booking
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import Payment, WebhookEvent
from airbnb.unit_of_work import in_transaction, reading
from tests import servers
from tests.faults import far_end
from tests.faults.flows import Guest, report
from tests.faults.kept import wait
from tests.faults.site import Site, site

COPIES = 5
#: So early a cancellation gives everything back: the end depends on the order alone.
NOTICE_DAYS = 14
GUARDLESS = {"GUARD_OFF": "events"}

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A canceled stay whose refund only events can tell of, and the events by name."""

    booking_id: int
    events: dict[str, Event]


def _stripe_tells(place: Site, guest: Guest) -> Told:
    booked = guest.book("stripe")
    # The refund's answer gets lost, so that only events and the sweep can tell of it.
    place.stripe.fail("/v1/refunds", "lose_answer", times=3, method="POST")
    guest.post(f"/bookings/{booked['id']}/cancel", {}, "cancel")
    place.stripe.open_dispute(place.stripe.all("payment_intent")[0]["id"])
    kinds = {
        "authorized": "payment_intent.amount_capturable_updated",
        "captured": "payment_intent.succeeded",
        "refunded": "refund.created",
        "disputed": "charge.dispute.created",
    }
    return Told(int(booked["id"]), {name: place.stripe.events(kind)[-1] for name, kind in kinds.items()})


def _paypal_tells(place: Site, guest: Guest) -> Told:
    booked = guest.book("paypal", None)
    place.paypal.answer_approval(booked["payment"]["approval_url"])
    guest.post(f"/payments/{booked['payment']['id']}/sync", {}, "sync")
    place.paypal.fail(r"/v2/payments/captures/[^/]+/refund", "lose_answer", times=3)
    guest.post(f"/bookings/{booked['id']}/cancel", {}, "cancel")
    kinds = {
        "approved": "CHECKOUT.ORDER.APPROVED",
        "authorized": "PAYMENT.AUTHORIZATION.CREATED",
        "captured": "PAYMENT.CAPTURE.COMPLETED",
        "refunded": "PAYMENT.CAPTURE.REFUNDED",
    }
    return Told(int(booked["id"]), {name: place.paypal.events(kind)[-1] for name, kind in kinds.items()})


#: Provider -> what it tells of, and the one state in which everything ends.
PROVIDERS: dict[str, tuple[Callable[[Site, Guest], Told], str]] = {
    "stripe": (
        _stripe_tells,
        "canceled, refunded, 4 of 4 events handled, "
        "booking_canceled booking_confirmed dispute_opened payment_captured refund_sent",
    ),
    "paypal": (
        _paypal_tells,
        "canceled, refunded, 4 of 4 events handled, booking_canceled booking_confirmed payment_captured refund_sent",
    ),
}


def play_orders(place: Site, provider: str, *, orders: int | None) -> dict[str, Any]:
    """Deliver a provider's events in every order, or so many of them, and return where all of it ended."""
    tell, right = PROVIDERS[provider]
    ends: Counter[str] = Counter()
    answers: Counter[int | None] = Counter()
    names = list(tell(place, _guest(place, provider)).events)
    for order in list(itertools.permutations(names))[:: 1 if orders is None else 24 // orders]:
        told = tell(place, _guest(place, f"{provider} {order}"))
        for name in order:
            answers.update(_deliver(place, provider, told.events[name], to=2))
        wait(partial(_all_handled, told), within_s=60, what=f"the events of {order} were not handled")
        ends[_end_of(told)] += 1
    wrong = [f"{count} orders ended as {end}" for end, count in ends.items() if end != right]
    if set(answers) != {200}:
        wrong.append(f"deliveries were answered {dict(answers)}")
    return {
        "provider": provider,
        "orders": sum(ends.values()),
        "copies": COPIES,
        "deliveries": sum(answers.values()),
        "ends": dict(ends),
        "wrong": wrong,
    }


def play_control(place: Site) -> dict[str, Any]:
    """Without the guard, and without the key under it, each delivery of one event is kept as one of its own."""
    in_transaction(_take_key_away)
    told = _stripe_tells(place, _guest(place, "control"))
    event = told.events["captured"]
    with ThreadPoolExecutor(COPIES) as pool:
        list(pool.map(lambda _: report(place, "stripe", event, to=2), range(COPIES)))
    with reading() as session:
        kept = len(session.scalars(select(WebhookEvent.id).where(WebhookEvent.event_id == event["id"])).all())
    wrong = [] if kept == COPIES else [f"without the guard {kept} of {COPIES} were kept"]
    return {"control": "events", "kept": kept, "wrong": wrong}


def _guest(place: Site, seed: str) -> Guest:
    return Guest(place, random.Random(seed), notice_days=NOTICE_DAYS)


def _take_key_away(session: Any) -> None:
    """Put a copy without any key in the table's place."""
    session.execute(text("CREATE TABLE keyless AS SELECT * FROM webhook_events"))
    session.execute(text("DROP TABLE webhook_events"))
    session.execute(text("ALTER TABLE keyless RENAME TO webhook_events"))


def _deliver(place: Site, provider: str, event: Event, *, to: int) -> list[int | None]:
    with ThreadPoolExecutor(COPIES) as pool:
        return list(pool.map(lambda copy: report(place, provider, event, to=copy % to), range(COPIES)))


def _all_handled(told: Told) -> bool:
    with reading() as session:
        handled = session.scalars(select(WebhookEvent.handled_at).where(WebhookEvent.event_id.in_(_ids(told)))).all()
    return len(handled) >= len(told.events) and None not in handled


def _end_of(told: Told) -> str:
    with reading() as session:
        booking = session.get(Booking, told.booking_id)
        payment = session.scalars(select(Payment).where(Payment.booking_id == told.booking_id)).one()
        kinds = session.scalars(
            select(LedgerTransaction.kind)
            .where(LedgerTransaction.booking_id == told.booking_id)
            .order_by(LedgerTransaction.kind)
        ).all()
        stored = session.scalars(select(WebhookEvent.handled_at).where(WebhookEvent.event_id.in_(_ids(told)))).all()
    assert booking is not None
    handled = sum(at is not None for at in stored)
    events = f"{handled} of {len(stored)} events handled"
    return ", ".join([booking.status.value, payment.status.value, events, " ".join(kinds)])


def _ids(told: Told) -> list[str]:
    return [event["id"] for event in told.events.values()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what was asked for; 0 when all ended as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.webhook_orders", description=__doc__)
    parser.add_argument("--short", action="store_true", help="in the size of the test suite")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite and a broker of files instead")
    options = parser.parse_args(arguments)
    nothing = nullcontext()
    with nothing if options.sqlite else servers.mariadb() as server:
        with nothing if options.sqlite else servers.redis(own=True) as broker:
            with site(server, broker, webs=({}, {}, GUARDLESS)) as place:
                results = [play_orders(place, provider, orders=2 if options.short else None) for provider in PROVIDERS]
                place.recover()
                after = [*far_end.faults(place), *place.verify()]
                results += [{"after": "all of them", "wrong": after}, play_control(place)]
    for result in results:
        sys.stdout.write(f"{json.dumps(result)}\n")
    return 1 if any(result["wrong"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
