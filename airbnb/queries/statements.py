"""Lines of the double-entry book as hosts and staff read them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain.ledger_accounts import Account
from airbnb.domain.money import Money
from airbnb.domain.paging import Page, PageRequest
from airbnb.models.bookings import Booking
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.queries.paging import SortKey, fetch_page

#: What a host has to get, and what a host owes.
OF_HOSTS = (Account.HOST_PAYABLE, Account.HOST_RECEIVABLE)
#: Events by which money leaves for a host, or comes back.
SENDING = ("payout_started", "payout_failed", "payout_by_hand")
#: Ids rise with time, so this is the order of posting.
ORDER = (SortKey(LedgerEntry.transaction_id), SortKey(LedgerEntry.position))


def list_of_host(
    session: Session, user_id: int, page: PageRequest, *, first: datetime | None, until: datetime | None
) -> Page[LedgerEntry]:
    """Return one page of the lines on a host's accounts posted in ``[first, until)``, newest first."""
    statement = (
        select(LedgerEntry)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerEntry.user_id == user_id, LedgerEntry.account.in_(OF_HOSTS))
    )
    if first is not None:
        statement = statement.where(LedgerTransaction.occurred_at >= first)
    if until is not None:
        statement = statement.where(LedgerTransaction.occurred_at < until)
    return fetch_page(session, statement, ORDER, page)


def list_of_booking(session: Session, booking_id: int, page: PageRequest) -> Page[LedgerEntry]:
    """Return one page of every line posted for a booking, newest first."""
    statement = (
        select(LedgerEntry)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerTransaction.booking_id == booking_id)
    )
    return fetch_page(session, statement, ORDER, page)


def transactions_of(session: Session, entries: Collection[LedgerEntry]) -> Mapping[int, LedgerTransaction]:
    """Return the transactions of some lines by id."""
    ids = {entry.transaction_id for entry in entries}
    rows = session.scalars(select(LedgerTransaction).where(LedgerTransaction.id.in_(ids)))
    return {row.id: row for row in rows}


def sent_of(session: Session, entries: Collection[LedgerEntry]) -> Mapping[int, Money]:
    """Return what left with the payouts among the transactions of some lines, by transaction; in what it left in."""
    ids = {entry.transaction_id for entry in entries}
    rows = session.execute(
        select(LedgerEntry.transaction_id, LedgerEntry.currency, LedgerEntry.amount_minor)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(
            LedgerEntry.transaction_id.in_(ids),
            LedgerTransaction.kind.in_(SENDING),
            LedgerEntry.account.in_((Account.PAYOUTS_IN_TRANSIT, Account.PLATFORM_BANK)),
        )
    )
    return {transaction_id: Money(abs(amount), currency) for transaction_id, currency, amount in rows}


def codes_of(session: Session, entries: Collection[LedgerEntry]) -> Mapping[int, str]:
    """Return the codes of the bookings of some lines by id."""
    ids = {entry.booking_id for entry in entries if entry.booking_id is not None}
    rows = session.execute(select(Booking.id, Booking.code).where(Booking.id.in_(ids)))
    return {row.id: row.code for row in rows}
