"""A book of a million lines, and how long its audit takes; on MariaDB (or TEST_DATABASE_URL) and on SQLite.

The lines are those of random stays in five currencies: paid, lived, canceled in part or whole, refunded, paid out, and
payouts that came back. They are made by the product's own postings, only their rows are written in bulk.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from airbnb.domain import clock
from airbnb.domain.ids import new_code, new_id
from airbnb.domain.kinds import PayoutItemKind, Provider, Role
from airbnb.domain.money import Money
from airbnb.domain.payout_exchange import Sent
from airbnb.domain.postings import (
    Division,
    Entry,
    booking_confirmed,
    ensure_balanced,
    money_divided,
    payment_captured,
    payout_paid,
    payout_started,
    refund_sent,
    reversal,
)
from airbnb.domain.statuses import BookingStatus, PaymentStatus, PayoutStatus, RefundStatus
from airbnb.extensions import db
from airbnb.models.bookings import Booking
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout, PayoutItem
from airbnb.queries.ledger import find_faults
from airbnb.unit_of_work import reading
from tests import servers
from tests.concurrency.stage import make_listing, make_people, order, stage

ENTRIES = 1_000_000
WITHIN_S = 60.0
CURRENCIES = ("EUR", "USD", "GBP", "JPY", "KWD")
BATCH = 2_000

Rows = dict[str, list[dict[str, Any]]]


def run() -> list[str]:
    """Measure on both databases and return the targets that were missed."""
    with servers.mariadb() as server:
        return [text for name, url in (("MariaDB", server), ("SQLite", None)) for text in _measure(name, url)]


def _measure(name: str, server: str | None) -> list[str]:
    with stage(server, webs=({},)) as place:
        began = time.perf_counter()
        host, guest = make_people(["host", "guest"], Role.HOST)
        booked = place.caller(0, guest).post("/bookings", first_order(make_listing(host)), key="one")
        assert booked.status == 201, booked.body
        fill(host.user_id, entries=ENTRIES, seed=1)
        filled = time.perf_counter()
        with reading() as session:
            lines = session.scalar(select(func.count()).select_from(LedgerEntry))
            counted = time.perf_counter()
            faults = find_faults(session)
        took = time.perf_counter() - counted
    print(f"{name}: {lines:,} lines written in {filled - began:.0f} s, audited in {took:.1f} s, {len(faults)} faults")
    missed = [] if took <= WITHIN_S else [f"{name}: the audit took {took:.1f} s, {WITHIN_S:.0f} s are wanted"]
    return missed + [f"{name}: {fault}" for fault in faults[:5]]


def first_order(listing_id: int) -> dict[str, Any]:
    """Return the order of the one stay that is really booked; the rows of the others are like its."""
    return order(listing_id, (clock.now() + timedelta(days=30)).date(), 2)


@dataclass(slots=True)
class Pages:
    """The rows of some stays, table by table, in the order in which keys refer to one another."""

    likes: Mapping[str, Mapping[str, Any]]
    host_id: int
    rows: Rows = field(default_factory=dict)

    def add(self, table: str, **columns: Any) -> int:
        """Add a row like the first of its table, and return its id."""
        row = {**self.likes[table], "id": new_id(), **columns}
        self.rows.setdefault(table, []).append(row)
        row_id: int = row["id"]
        return row_id

    def post(self, kind: str, source: str, entries: Sequence[Entry], booking_id: int | None = None) -> None:
        """Add an event of the book."""
        lines = [entry for entry in entries if entry.amount_minor]
        ensure_balanced(lines)
        event = self.add("ledger_transactions", kind=kind, source=source, booking_id=booking_id)
        self.rows.setdefault("ledger_entries", []).extend(
            {
                "transaction_id": event,
                "position": position,
                "account": str(entry.account),
                "booking_id": entry.booking_id,
                "user_id": entry.user_id,
                "currency": entry.currency,
                "amount_minor": entry.amount_minor,
            }
            for position, entry in enumerate(lines)
        )


def fill(host_id: int, *, entries: int, seed: int) -> int:
    """Write random stays until the book has so many lines more; return how many. Needs: a paid booking of the host."""
    chance, written = random.Random(seed), 0
    with db.engine.connect() as connection:
        likes = _first_rows(connection, host_id)
        while written < entries:
            pages = Pages(likes=likes, host_id=host_id)
            while len(pages.rows.get("ledger_entries", ())) < min(BATCH * 5, entries - written):
                _live(pages, chance)
            written += len(pages.rows["ledger_entries"])
            for table, rows in _in_order(pages.rows):
                for start in range(0, len(rows), BATCH):
                    connection.execute(insert(table), rows[start : start + BATCH])
            connection.commit()
        if connection.dialect.name != "sqlite":
            connection.execute(
                text("ANALYZE TABLE ledger_entries, ledger_transactions, bookings, payments, refunds, payout_items")
            )
    return written


def _live(pages: Pages, chance: random.Random) -> None:
    """Let one stay be paid, and end in one of the ways in which stays end."""
    currency = chance.choice(CURRENCIES)
    provider = chance.choice([Provider.STRIPE, Provider.PAYPAL])
    price, fee = chance.randint(5_000, 500_000), chance.randint(100, 5_000)
    host_fee = price // 33
    ends = chance.choices(["coming", "completed", "canceled"], weights=[2, 6, 2])[0]
    status = BookingStatus.CONFIRMED if ends == "coming" else BookingStatus(ends)
    booking_id = pages.add("bookings", code=new_code(), status=status, currency=currency, listing_currency=currency)
    returned = chance.randint(1, price + fee) if ends == "canceled" else 0
    payment_id = _pay(pages, booking_id, provider, (price + fee, returned), currency)
    pages.post(
        "booking_confirmed",
        f"booking:{booking_id}",
        booking_confirmed(booking_id=booking_id, guest_fee_minor=fee, currency=currency),
        booking_id,
    )
    if ends == "coming":
        return
    host_fee = 0 if returned else host_fee
    kept_fee = 0 if returned >= fee else fee - returned
    payout = price + fee - returned - kept_fee - host_fee
    division = Division(
        booking_id=booking_id,
        host_id=pages.host_id,
        currency=currency,
        host_currency=currency,
        charged_minor=price + fee,
        guest_fee_minor=fee,
        fee_kept_minor=kept_fee,
        host_fee_minor=host_fee,
        host_payout_minor=payout,
        refund_minor=returned,
    )
    pages.post(f"booking_{ends}", f"booking:{booking_id}", money_divided(division), booking_id)
    if returned:
        _give_back(pages, (booking_id, payment_id), provider, returned, chance)
    if payout:
        payout_id = None
        if chance.random() < 0.8:
            payout_id = _pay_out(pages, provider, payout, currency, comes_back=chance.random() < 0.1)
        pages.add("payout_items", booking_id=booking_id, payout_id=payout_id, currency=currency, amount_minor=payout)


def _pay(pages: Pages, booking_id: int, provider: Provider, amounts: tuple[int, int], currency: str) -> int:
    amount, returned = amounts
    ends = PaymentStatus.PARTIALLY_REFUNDED if returned else PaymentStatus.CAPTURED
    payment_id = pages.add(
        "payments",
        booking_id=booking_id,
        provider=provider,
        provider_ref=f"p{new_id()}",
        currency=currency,
        status=PaymentStatus.REFUNDED if returned == amount else ends,
        amount_minor=amount,
        captured_minor=amount,
        refunded_minor=returned,
    )
    entries = payment_captured(booking_id=booking_id, provider=provider, amount_minor=amount, currency=currency)
    pages.post("payment_captured", f"payment:{payment_id}", entries, booking_id)
    return payment_id


def _give_back(pages: Pages, paid: tuple[int, int], provider: Provider, amount: int, chance: random.Random) -> None:
    booking_id, payment_id = paid
    currency = pages.rows["bookings"][-1]["currency"]
    has_left = chance.random() < 0.9
    refund_id = pages.add(
        "refunds",
        booking_id=booking_id,
        payment_id=payment_id,
        provider=provider,
        provider_ref=f"r{new_id()}",
        currency=currency,
        amount_minor=amount,
        status=RefundStatus.SUCCEEDED if has_left else RefundStatus.PENDING,
    )
    if has_left:
        entries = refund_sent(booking_id=booking_id, provider=provider, amount_minor=amount, currency=currency)
        pages.post("refund_sent", f"refund:{refund_id}", entries, booking_id)


def _pay_out(pages: Pages, provider: Provider, amount: int, currency: str, *, comes_back: bool) -> int:
    status = PayoutStatus.FAILED if comes_back else PayoutStatus.PAID
    payout_id = pages.add(
        "payouts",
        run_key=new_code() + new_code(),
        provider=provider,
        provider_ref=f"o{new_id()}",
        currency=currency,
        amount_minor=amount,
        status=status,
        failure_permanent=True if comes_back else None,
    )
    source = f"intent:{payout_id}"
    sent = Sent(amount=Money(amount, currency), worth_minor=amount)
    started = payout_started(host_id=pages.host_id, earned_minor=amount, netted_minor=0, currency=currency, sent=sent)
    paid = payout_paid(host_id=pages.host_id, provider=provider, amount_minor=amount, currency=currency)
    pages.post("payout_started", source, started)
    pages.post("payout_paid", source, paid)
    if comes_back:
        pages.post("payout_came_back", source, reversal(paid))
        pages.post("payout_failed", source, reversal(started))
    return payout_id


def _first_rows(connection: Connection, host_id: int) -> dict[str, Mapping[str, Any]]:
    """Return a row of every table that the others are like: the booked stay's, and such as it has none of yet."""
    booking, payment = (
        dict(connection.execute(select(model.__table__)).mappings().first() or {}) for model in (Booking, Payment)
    )
    now = clock.now()
    made = {"created_at": now, "updated_at": now, "version": 1}
    return {
        "bookings": booking,
        "payments": payment,
        "refunds": {**made, "reason": "canceled", "lines": [], "succeeded_at": None, "failure_code": None},
        "payouts": {**made, "host_id": host_id, "due_at": now, "attempts": 1, "held_reasons": []},
        "payout_items": {
            "host_id": host_id,
            "kind": PayoutItemKind.EARNING,
            "source": "stay",
            "due_at": now,
            "created_at": now,
        },
        "ledger_transactions": {"occurred_at": now, "created_at": now, "memo": ""},
    }


def _in_order(rows: Rows) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    for model in (Booking, Payment, Refund, Payout, PayoutItem, LedgerTransaction, LedgerEntry):
        table = model.__table__
        assert isinstance(table, Table)
        yield table, rows.get(table.name, [])
