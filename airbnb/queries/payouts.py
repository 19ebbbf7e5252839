"""Payouts, the items they gather, and the accounts they go to."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from airbnb.domain.errors import NotFound
from airbnb.domain.kinds import PayoutItemKind
from airbnb.domain.money import Money
from airbnb.domain.paging import Page, PageRequest
from airbnb.domain.statuses import PayoutStatus
from airbnb.models.bookings import Booking
from airbnb.models.payouts import Payout, PayoutAccount, PayoutItem
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page

#: Items with their booking, which the host knows by its code.
WITH_ITEMS = selectinload(Payout.items).joinedload(PayoutItem.booking).load_only(Booking.code)


class Share(NamedTuple):
    """Whose items of which currency are waiting."""

    host_id: int
    currency: str


def find_account(session: Session, user_id: int) -> PayoutAccount | None:
    """Return where a host is paid, or None."""
    return session.scalar(select(PayoutAccount).where(PayoutAccount.user_id == user_id))


def find_account_by_id(session: Session, account_id: int) -> PayoutAccount | None:
    """Return a payout account, or None."""
    return session.get(PayoutAccount, account_id)


def lock_account(session: Session, account_id: int) -> PayoutAccount:
    """Return a payout account as it stands now, its row locked where locks exist. Raises: NotFound."""
    account = session.scalar(
        select(PayoutAccount)
        .where(PayoutAccount.id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if account is None:
        raise NotFound()
    return account


def get_payout_for(session: Session, payout_id: int, *, user_id: int, is_staff: bool) -> Payout:
    """Return a payout with its items, to its host and to staff. Raises: NotFound."""
    payout = session.scalar(select(Payout).where(Payout.id == payout_id).options(WITH_ITEMS))
    if payout is None or not (is_staff or payout.host_id == user_id):
        raise NotFound()
    return payout


def get_payout(session: Session, payout_id: int) -> Payout:
    """Return a payout alone. Raises: NotFound."""
    payout = session.get(Payout, payout_id)
    if payout is None:
        raise NotFound()
    return payout


def list_of_booking(session: Session, booking_id: int, status: PayoutStatus) -> Sequence[Payout]:
    """Return the payouts in a status that gather something of a booking."""
    gathered = select(PayoutItem.payout_id).where(PayoutItem.booking_id == booking_id)
    return session.scalars(
        select(Payout).where(Payout.id.in_(gathered), Payout.status == status).order_by(Payout.id)
    ).all()


def list_payouts(session: Session, host_id: int, page: PageRequest) -> Page[Payout]:
    """Return one page of a host's payouts with items, newest first."""
    statement = select(Payout).where(Payout.host_id == host_id).options(WITH_ITEMS)
    return fetch_page(session, statement, [SortKey(Payout.id)], page)


def lock_payout(session: Session, payout_id: int) -> Payout:
    """Return a payout as it stands now, its row locked where locks exist. Raises: NotFound."""
    payout = session.scalar(
        select(Payout).where(Payout.id == payout_id).with_for_update().execution_options(populate_existing=True)
    )
    if payout is None:
        raise NotFound()
    return payout


def list_due_shares(session: Session, *, now: datetime, limit: int) -> Sequence[Share]:
    """Return hosts and currencies with earnings to send, or with a payout that waits."""
    items = (
        select(PayoutItem.host_id, PayoutItem.currency)
        .where(PayoutItem.payout_id.is_(None), PayoutItem.due_at <= now, PayoutItem.kind == PayoutItemKind.EARNING)
        .distinct()
        .limit(limit)
    )
    waiting = select(Payout.host_id, Payout.currency).where(Payout.status == PayoutStatus.SCHEDULED).limit(limit)
    found = {Share(*row) for statement in (items, waiting) for row in session.execute(statement)}
    return sorted(found)


def list_retriable_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return failed payouts to try again: temporary ones that are due, permanent ones with another account since."""
    temporary = (Payout.failure_permanent.is_(False)) & (Payout.due_at <= now)
    changed = (Payout.failure_permanent.is_(True)) & (PayoutAccount.changed_at > Payout.updated_at)
    return session.scalars(
        select(Payout.id)
        .outerjoin(PayoutAccount, PayoutAccount.user_id == Payout.host_id)
        .where(Payout.status == PayoutStatus.FAILED, or_(temporary, changed))
        .order_by(Payout.due_at, Payout.id)
        .limit(limit)
    ).all()


def list_failed_for_good(session: Session, host_id: int) -> Sequence[int]:
    """Return ids of a host's payouts that only another account can help."""
    return session.scalars(
        select(Payout.id).where(
            Payout.host_id == host_id, Payout.status == PayoutStatus.FAILED, Payout.failure_permanent.is_(True)
        )
    ).all()


def lock_waiting_payouts(session: Session, share: Share) -> Sequence[Payout]:
    """Return the payouts of a host that were made and have not left, locked where locks exist."""
    return session.scalars(
        select(Payout)
        .where(
            Payout.host_id == share.host_id,
            Payout.currency == share.currency,
            Payout.status == PayoutStatus.SCHEDULED,
        )
        .order_by(Payout.id)
        .with_for_update()
    ).all()


def list_open_items(
    session: Session, share: Share, *, payout_ids: Collection[int], now: datetime
) -> Sequence[PayoutItem]:
    """Return a host's due items of no payout, and those of some that have not left; the oldest first."""
    of_which = or_(PayoutItem.payout_id.is_(None), PayoutItem.payout_id.in_(payout_ids))
    return session.scalars(
        select(PayoutItem)
        .where(
            PayoutItem.host_id == share.host_id,
            PayoutItem.currency == share.currency,
            PayoutItem.due_at <= now,
            of_which,
        )
        .order_by(PayoutItem.due_at, PayoutItem.id)
        .execution_options(populate_existing=True)
    ).all()


def claim_items(session: Session, item_ids: Collection[int], *, payout_id: int, out_of: Collection[int]) -> bool:
    """Put items into a payout by compare-and-set, whether free or in one of those given; whether all were still so."""
    claim = (
        update(PayoutItem)
        .where(PayoutItem.id.in_(item_ids), or_(PayoutItem.payout_id.is_(None), PayoutItem.payout_id.in_(out_of)))
        .values(payout_id=payout_id)
    )
    return matched_rows(session, claim) == len(item_ids)


def list_items_from(session: Session, booking_id: int, sources: Collection[str]) -> Sequence[PayoutItem]:
    """Return what of a booking's earnings and debits came from some sources."""
    return session.scalars(
        select(PayoutItem).where(PayoutItem.booking_id == booking_id, PayoutItem.source.in_(sources))
    ).all()


def sum_earned(session: Session, booking_id: int) -> int:
    """Return what a stay earned its host less what was taken off it, in minor units of the listing's currency.

    The penalty for cancelling another stay's guest is no part of it.
    """
    total = select(func.sum(PayoutItem.amount_minor)).where(
        PayoutItem.booking_id == booking_id, PayoutItem.source.not_like("penalty%")
    )
    return int(session.scalar(total) or 0)


def list_items(session: Session, payout_id: int) -> Sequence[PayoutItem]:
    """Return what a payout gathers."""
    return session.scalars(select(PayoutItem).where(PayoutItem.payout_id == payout_id).order_by(PayoutItem.id)).all()


class ReceivedRow(NamedTuple):
    """One payout that arrived: what was earned and what left of it, each in its own currency."""

    paid_at: datetime
    earned: Money
    sent: Money


def list_received(
    session: Session, host_id: int, *, first: datetime | None, until: datetime | None
) -> Sequence[ReceivedRow]:
    """Return every payout that reached a host in ``[first, until)``, the oldest first."""
    statement = (
        select(Payout)
        .where(Payout.host_id == host_id, Payout.status == PayoutStatus.PAID)
        .order_by(Payout.paid_at, Payout.id)
    )
    if first is not None:
        statement = statement.where(Payout.paid_at >= first)
    if until is not None:
        statement = statement.where(Payout.paid_at < until)
    return [
        ReceivedRow(payout.paid_at, Money(payout.amount_minor, payout.currency), payout.sent)
        for payout in session.scalars(statement)
        if payout.paid_at is not None
    ]


class EarningRow(NamedTuple):
    """One item of a host's earnings; ``is_paid`` when its payout has arrived."""

    due_at: datetime
    currency: str
    amount_minor: int
    is_paid: bool


def list_earnings(
    session: Session, host_id: int, *, first: datetime | None, until: datetime | None
) -> Sequence[EarningRow]:
    """Return every item of a host due in ``[first, until)``, the oldest first."""
    paid = func.coalesce(Payout.status == PayoutStatus.PAID, False)
    statement = (
        select(PayoutItem.due_at, PayoutItem.currency, PayoutItem.amount_minor, paid)
        .outerjoin(Payout, Payout.id == PayoutItem.payout_id)
        .where(PayoutItem.host_id == host_id)
        .order_by(PayoutItem.due_at, PayoutItem.id)
    )
    if first is not None:
        statement = statement.where(PayoutItem.due_at >= first)
    if until is not None:
        statement = statement.where(PayoutItem.due_at < until)
    return [EarningRow(due, currency, amount, bool(done)) for due, currency, amount, done in session.execute(statement)]
