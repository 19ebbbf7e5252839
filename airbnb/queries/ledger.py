"""Reading and appending the double-entry book, and the sums that an audit compares."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, Table, and_, case, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.ids import MAX_ID, new_id
from airbnb.domain.kinds import MovementKind, PayoutItemKind
from airbnb.domain.ledger_accounts import Account, clearing_account
from airbnb.domain.postings import Entry
from airbnb.domain.staff_refunds import RefundRoute
from airbnb.domain.statuses import BookingStatus, DisputeStatus, PayoutStatus, RefundStatus
from airbnb.models.bookings import Booking
from airbnb.models.disputes import Dispute
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout, PayoutItem
from airbnb.models.provider_movements import ProviderMovement
from airbnb.models.users import User

#: Refunds that are still owed; a rerouted one left from our bank, or another one took its place.
OWED = (RefundStatus.PENDING, RefundStatus.FAILED)
#: Accounts that hold a booking's money until it is divided.
HELD = (Account.GUEST_FUNDS, Account.DEFERRED_FEES)
#: The accounts that a host's payout items explain, by their kind.
HOSTS = {PayoutItemKind.EARNING: Account.HOST_PAYABLE, PayoutItemKind.DEBIT: Account.HOST_RECEIVABLE}
#: Payouts whose items are still owed: one that failed for good was taken back in the book.
NOT_LEFT = or_(
    Payout.status == PayoutStatus.SCHEDULED,
    and_(Payout.status == PayoutStatus.FAILED, Payout.failure_permanent.is_(True)),
)
#: Accounts whose totals other tables explain, beside those of the providers.
EXPLAINED = (Account.PLATFORM_BANK, Account.PROCESSOR_FEES, Account.DISPUTES, Account.DISPUTE_LOSSES)
BY_TRANSFER = Refund.route == RefundRoute.BANK_TRANSFER
#: What left with a payout, in the currency that it left in.
SENT_MINOR = func.coalesce(Payout.sent_minor, Payout.amount_minor)
SENT_IN = func.coalesce(Payout.sent_currency, Payout.currency)
IS_PAID = Payout.status == PayoutStatus.PAID
IS_LOST = Dispute.status == DisputeStatus.LOST
_TO_BANK = case((ProviderMovement.kind == MovementKind.TO_BANK, ProviderMovement.amount_minor), else_=0)
_LISTED = select(
    ProviderMovement.provider,
    ProviderMovement.currency,
    func.sum(ProviderMovement.fee_minor),
    func.sum(_TO_BANK),
).group_by(ProviderMovement.provider, ProviderMovement.currency)
DIVIDED = (BookingStatus.COMPLETED, BookingStatus.CANCELED)
_INSERT_TRANSACTION = insert(cast(Table, LedgerTransaction.__table__))
_INSERT_ENTRIES = insert(cast(Table, LedgerEntry.__table__))
#: Kinds after which nothing of a booking is held any more.
DIVISIONS = ("booking_earned", "booking_completed", "booking_canceled")
#: An audit reads the book in parts of so many transactions or bookings, so that no statement of a long book is cut off.
PART = 20_000


class Fault(NamedTuple):
    """One thing that the book can't explain; amounts in minor units."""

    what: str
    subject: str
    booked_minor: int
    expected_minor: int


def has_transaction(session: Session, kind: str, source: str) -> bool:
    """Say whether an event is in the book already."""
    found = select(LedgerTransaction.id).where(LedgerTransaction.kind == kind, LedgerTransaction.source == source)
    return session.scalar(found) is not None


def list_entries(session: Session, kind: str, *, booking_id: int) -> list[Entry]:
    """Return the entries of a booking's events of one kind, in their order; none where none was posted."""
    rows = session.scalars(
        select(LedgerEntry)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerTransaction.kind == kind, LedgerTransaction.booking_id == booking_id)
        .order_by(LedgerTransaction.id, LedgerEntry.position)
    )
    return [
        Entry(
            account=row.account,
            amount_minor=row.amount_minor,
            currency=row.currency,
            booking_id=row.booking_id,
            user_id=row.user_id,
        )
        for row in rows
    ]


def list_entries_of(session: Session, transaction_id: int) -> Sequence[LedgerEntry]:
    """Return the lines of one transaction in their order."""
    lines = select(LedgerEntry).where(LedgerEntry.transaction_id == transaction_id)
    return session.scalars(lines.order_by(LedgerEntry.position)).all()


def append(
    session: Session, kind: str, source: str, entries: Sequence[Entry], *, now: datetime, booking_id: int | None
) -> bool:
    """Add one transaction with its entries; whether this caller was the one that added it."""
    transaction_id = new_id()
    header = {
        "id": transaction_id,
        "kind": kind,
        "source": source,
        "booking_id": booking_id,
        "occurred_at": now,
    }
    session.flush()  # the booking may be new
    try:
        session.execute(_INSERT_TRANSACTION, header)
    except IntegrityError:
        # The event is in the book already: a repeat, or somebody else posted it a moment ago.
        if has_transaction(session, kind, source):
            return False
        raise
    session.execute(_INSERT_ENTRIES, [_row(transaction_id, index, entry) for index, entry in enumerate(entries)])
    return True


def _row(transaction_id: int, position: int, entry: Entry) -> dict[str, Any]:
    return {
        "transaction_id": transaction_id,
        "position": position,
        "account": str(entry.account),
        "booking_id": entry.booking_id,
        "user_id": entry.user_id,
        "currency": entry.currency,
        "amount_minor": entry.amount_minor,
    }


def balances(session: Session, *conditions: Any) -> dict[tuple[str, str], int]:
    """Return the balance of every (account, currency), in minor units; those at zero are left out."""
    total = func.sum(LedgerEntry.amount_minor)
    rows = session.execute(
        select(LedgerEntry.account, LedgerEntry.currency, total)
        .where(*conditions)
        .group_by(LedgerEntry.account, LedgerEntry.currency)
        .having(total != 0)
    )
    return {(account, currency): int(amount) for account, currency, amount in rows}


def find_faults(session: Session) -> list[Fault]:
    """Return everything that the book can't explain; empty is what an audit hopes for.

    Money that moves while the audit reads can look like a fault, so only what a second look shows again is returned.
    """
    faults = _look(session)
    if not faults:
        return []
    again = {_off_by(fault) for fault in _look(session)}
    return [fault for fault in faults if _off_by(fault) in again]


def _look(session: Session) -> list[Fault]:
    faults: list[Fault] = []
    booked: dict[tuple[str, str], int] = defaultdict(int)
    for after, last in _parts(session, LedgerTransaction.id):
        part = and_(LedgerEntry.transaction_id > after, LedgerEntry.transaction_id <= last)
        faults += _unbalanced(session, part)
        for key, amount in balances(session, part).items():
            booked[key] += amount
    for after, last in _parts(session, Booking.id):
        faults += [*_unexplained_bookings(session, after, last), *_unexplained_refunds(session, after, last)]
    for after, last in _parts(session, User.id):
        faults += _unexplained_hosts(session, after, last)
    return [*faults, *_unexplained_totals(session, booked)]


def _off_by(fault: Fault) -> tuple[str, str, int]:
    """What stays the same of a fault while other money comes in and goes out."""
    return fault.what, fault.subject, fault.booked_minor - fault.expected_minor


def _parts(session: Session, ids: Any) -> Iterator[tuple[int, int]]:
    """Yield bounds, the first exclusive, between which all ids of a table lie, ``PART`` of them in each."""
    after = 0
    while True:
        last = session.scalar(select(ids).where(ids > after).order_by(ids).offset(PART - 1).limit(1))
        yield after, MAX_ID if last is None else last
        if last is None:
            return
        after = last


def _unbalanced(session: Session, part: Any) -> Iterable[Fault]:
    total = func.sum(LedgerEntry.amount_minor)
    rows = session.execute(
        select(LedgerEntry.transaction_id, LedgerEntry.currency, total)
        .where(part)
        .group_by(LedgerEntry.transaction_id, LedgerEntry.currency)
        .having(total != 0)
    )
    for transaction_id, currency, amount in rows:
        yield Fault("transaction does not balance", f"{transaction_id} {currency}", int(amount), 0)


def _unexplained_bookings(session: Session, after: int, last: int) -> Iterable[Fault]:
    """A booking's held money is what was captured less what goes back, or nothing once it is divided.

    What staff give back beside the division is borne by others and leaves it as it is.
    """
    held = _sum_by_booking(LedgerEntry.account.in_(HELD), after, last).subquery()
    paid = (
        select(
            Payment.booking_id.label("booking_id"),
            func.sum(Payment.captured_minor - Payment.refunded_minor).label("amount"),
        )
        .where(Payment.booking_id > after, Payment.booking_id <= last)
        .group_by(Payment.booking_id)
        .subquery()
    )
    beside = (
        select(Refund.booking_id.label("booking_id"), func.sum(Refund.beside_minor).label("amount"))
        .where(Refund.beside_minor > 0, Refund.booking_id > after, Refund.booking_id <= last)
        .group_by(Refund.booking_id)
        .subquery()
    )
    divided = (
        select(LedgerTransaction.id)
        .where(LedgerTransaction.booking_id == Booking.id, LedgerTransaction.kind.in_(DIVISIONS))
        .exists()
    )
    booked = func.coalesce(held.c.amount, 0)
    expected = case((divided, 0), else_=-func.coalesce(paid.c.amount, 0) - func.coalesce(beside.c.amount, 0))
    rows = session.execute(
        select(Booking.code, booked, expected)
        .outerjoin(held, held.c.booking_id == Booking.id)
        .outerjoin(paid, paid.c.booking_id == Booking.id)
        .outerjoin(beside, beside.c.booking_id == Booking.id)
        .where(
            Booking.id > after,
            Booking.id <= last,
            or_(
                booked != expected,
                and_(Booking.status.in_(DIVIDED), func.coalesce(paid.c.amount, 0) != 0, ~divided),
            ),
        )
    )
    for code, is_booked, is_expected in rows:
        yield Fault("booking's held money", code, int(is_booked), int(is_expected))


def _unexplained_refunds(session: Session, after: int, last: int) -> Iterable[Fault]:
    """What is owed back on a booking is its refunds that have not left, whether or not they failed."""
    owed = _sum_by_booking(LedgerEntry.account == Account.REFUNDS_PAYABLE, after, last).subquery()
    open_refunds = (
        select(Refund.booking_id.label("booking_id"), func.sum(Refund.amount_minor).label("amount"))
        .where(Refund.status.in_(OWED), Refund.booking_id > after, Refund.booking_id <= last)
        .group_by(Refund.booking_id)
        .subquery()
    )
    booked, expected = func.coalesce(owed.c.amount, 0), -func.coalesce(open_refunds.c.amount, 0)
    rows = session.execute(
        select(Booking.code, booked, expected)
        .outerjoin(owed, owed.c.booking_id == Booking.id)
        .outerjoin(open_refunds, open_refunds.c.booking_id == Booking.id)
        .where(Booking.id > after, Booking.id <= last, booked != expected)
    )
    for code, is_booked, is_expected in rows:
        yield Fault("booking's refunds owed", code, int(is_booked), int(is_expected))


def _unexplained_hosts(session: Session, after: int, last: int) -> Iterable[Fault]:
    """What hosts are owed, and what they owe, is to the unit what no payout has taken along yet; in each currency."""
    booked = session.execute(
        select(LedgerEntry.user_id, LedgerEntry.account, LedgerEntry.currency, func.sum(LedgerEntry.amount_minor))
        .where(LedgerEntry.user_id > after, LedgerEntry.user_id <= last, LedgerEntry.account.in_(HOSTS.values()))
        .group_by(LedgerEntry.user_id, LedgerEntry.account, LedgerEntry.currency)
    )
    open_items = session.execute(
        select(PayoutItem.host_id, PayoutItem.kind, PayoutItem.currency, func.sum(PayoutItem.amount_minor))
        .outerjoin(Payout, Payout.id == PayoutItem.payout_id)
        .where(PayoutItem.host_id > after, PayoutItem.host_id <= last, or_(PayoutItem.payout_id.is_(None), NOT_LEFT))
        .group_by(PayoutItem.host_id, PayoutItem.kind, PayoutItem.currency)
    )
    amounts: dict[tuple[int | None, str, str], int]
    amounts = {(host_id, account, currency): int(amount) for host_id, account, currency, amount in booked}
    expected: dict[tuple[int | None, str, str], int]
    expected = {(host_id, HOSTS[kind], currency): -int(amount) for host_id, kind, currency, amount in open_items}
    for host_id, account, currency in sorted({*amounts, *expected}):
        amount, right = (found.get((host_id, account, currency), 0) for found in (amounts, expected))
        if amount != right:
            what = "what a host is owed" if account == Account.HOST_PAYABLE else "what a host owes"
            yield Fault(what, f"{host_id} {currency}", amount, right)


def _unexplained_totals(session: Session, book: Mapping[tuple[str, str], int]) -> Iterable[Fault]:
    """Money at each provider is payments less refunds, payouts and what disputes took, per currency."""
    expected: dict[tuple[str, str], int] = defaultdict(int)
    for sign, pot, rows in _moved(session):
        for (provider, currency), amount in rows.items():
            expected[pot or clearing_account(provider), currency] += sign * amount
    for pot, condition in ((Account.DISPUTES, Dispute.closed_at.is_(None)), (Account.DISPUTE_LOSSES, IS_LOST)):
        taken = _totals(session, Dispute, Dispute.amount_minor, condition, Dispute.is_inquiry.is_(False))
        for (provider, currency), amount in taken.items():
            expected[pot, currency] += amount
            expected[clearing_account(provider), currency] -= amount
    for provider, currency, fee, to_bank in session.execute(_LISTED):
        expected[Account.PROCESSOR_FEES, currency] += int(fee)
        expected[Account.PLATFORM_BANK, currency] -= int(to_bank)
        expected[clearing_account(provider), currency] += int(to_bank - fee)
    booked = {
        key: amount
        for key, amount in book.items()
        if key[0].startswith(Account.GATEWAY_CLEARING) or key[0] in EXPLAINED
    }
    for account, currency in sorted({*expected, *booked}):
        amount, right = booked.get((account, currency), 0), expected[account, currency]
        if amount != right:
            yield Fault(f"money of {account}", currency, amount, right)


def _moved(session: Session) -> list[tuple[int, Account | None, dict[tuple[str, str], int]]]:
    """Return what moved, with its sign and pot; without a pot it is at the provider."""
    by_hand = Payout.by_hand_reference.is_not(None)
    return [
        (1, None, _totals(session, Payment, Payment.captured_minor)),
        (-1, None, _totals(session, Refund, Refund.amount_minor, Refund.status == RefundStatus.SUCCEEDED)),
        (-1, None, _totals(session, Payout, SENT_MINOR, IS_PAID, ~by_hand, currency=SENT_IN)),
        (-1, Account.PLATFORM_BANK, _totals(session, Payout, SENT_MINOR, IS_PAID, by_hand, currency=SENT_IN)),
        (-1, Account.PLATFORM_BANK, _totals(session, Refund, Refund.amount_minor, BY_TRANSFER)),
        (-1, Account.DISPUTE_LOSSES, _totals(session, Dispute, Dispute.host_worth_minor, IS_LOST)),
    ]


def _sum_by_booking(condition: Any, after: int, last: int) -> Select[int | None, int]:
    return (
        select(LedgerEntry.booking_id.label("booking_id"), func.sum(LedgerEntry.amount_minor).label("amount"))
        .where(condition, LedgerEntry.booking_id > after, LedgerEntry.booking_id <= last)
        .group_by(LedgerEntry.booking_id)
    )


def _totals(
    session: Session, model: Any, amount: Any, *conditions: Any, currency: Any = None
) -> dict[tuple[str, str], int]:
    code = model.currency if currency is None else currency
    rows = session.execute(
        select(model.provider, code, func.sum(amount)).where(*conditions).group_by(model.provider, code)
    )
    return {(provider, found): int(total) for provider, found, total in rows}
