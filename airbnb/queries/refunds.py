"""Refunds: what went back of a booking or payment, and in which way."""

from collections.abc import Iterator, Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.kinds import Provider
from airbnb.domain.staff_refunds import RefundRoute
from airbnb.domain.statuses import RefundStatus
from airbnb.models.payments import Refund

#: Refunds whose money is back at the guest.
RETURNED = or_(Refund.status == RefundStatus.SUCCEEDED, Refund.route == RefundRoute.BANK_TRANSFER)
#: Refunds that stand for themselves: of those that went another way, only a transfer has no refund of its own.
NOT_REPLACED = or_(Refund.status != RefundStatus.REROUTED, Refund.route == RefundRoute.BANK_TRANSFER)
#: Why there is a refund that arrived beside the way that another one took, as long as both stay.
DOUBLED = "doubled"
STILL_DOUBLE = and_(Refund.reason == DOUBLED, Refund.status == RefundStatus.SUCCEEDED)


def sum_succeeded_refunds(session: Session, payment_id: int) -> int:
    """Return what of a payment has arrived back at the guest, in minor units, by whatever way."""
    total = select(func.sum(Refund.amount_minor)).where(Refund.payment_id == payment_id, RETURNED)
    return int(session.scalar(total) or 0)


def lock_refund(session: Session, refund_id: int) -> Refund:
    """Return a refund as it stands now, locked where locks exist. Raises: NotFound."""
    refund = session.scalar(
        select(Refund).where(Refund.id == refund_id).with_for_update().execution_options(populate_existing=True)
    )
    if refund is None:
        raise NotFound()
    return refund


def find_refund_by_ref(session: Session, provider: Provider, provider_ref: str) -> Refund | None:
    """Return the refund that a provider calls so, or None."""
    return session.scalar(select(Refund).where(Refund.provider == provider, Refund.provider_ref == provider_ref))


def list_refunds(session: Session, booking_id: int) -> Sequence[Refund]:
    """Return what went back of a booking, as it stands now, the oldest first; no refund is told twice."""
    return session.scalars(
        select(Refund)
        .where(Refund.booking_id == booking_id, NOT_REPLACED)
        .order_by(Refund.id)
        .execution_options(populate_existing=True)
    ).all()


def list_beside(session: Session, booking_id: int) -> Sequence[Refund]:
    """Return the refunds of a booking that no division of its money took into account whole, the oldest first."""
    return session.scalars(
        select(Refund)
        .where(Refund.booking_id == booking_id, Refund.beside_minor > 0)
        .order_by(Refund.id)
        .execution_options(populate_existing=True)
    ).all()


def find_double(session: Session, refund_id: int) -> Refund | None:
    """Return as what a refund arrived after it had been sent another way, or None."""
    return session.scalar(select(Refund).where(Refund.doubles_id == refund_id))


def find_last_replacement(session: Session, refund: Refund) -> Refund:
    """Return the last of those that took the place of a refund one after the other; itself if there was none."""
    following: Refund | None = refund
    while following is not None:
        last = following
        following = session.scalar(select(Refund).where(Refund.replaces_id == last.id))
    return last


def list_doubles_beside(session: Session, refund: Refund) -> Iterator[Refund]:
    """Yield what arrived late beside a refund, itself first: the doubles of those whose place it took."""
    if refund.doubles_id is not None:
        yield refund
    earlier_id = refund.replaces_id
    while earlier_id is not None:
        double = find_double(session, earlier_id)
        if double is not None:
            yield double
        earlier_id = session.get_one(Refund, earlier_id).replaces_id


def get_refund(session: Session, refund_id: int) -> Refund | None:
    """Return a refund, or None."""
    return session.get(Refund, refund_id)
