"""What staff keep back of hosts' money, and what that is worth."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.money import Money
from airbnb.domain.statuses import PayoutStatus
from airbnb.models.payouts import Payout, PayoutHold, PayoutItem

#: Money in these is still with us.
NOT_LEFT = (PayoutStatus.SCHEDULED, PayoutStatus.FAILED)


class Held(NamedTuple):
    """What of a host's money staff hold: all of it, or what some stays earn."""

    whole: bool
    booking_ids: frozenset[int]


def find_held(session: Session, host_id: int) -> Held:
    """Return what staff hold of a host's money now."""
    found = session.scalars(
        select(PayoutHold.booking_id).where(PayoutHold.host_id == host_id, PayoutHold.released_at.is_(None))
    ).all()
    return Held(None in found, frozenset(one for one in found if one is not None))


def find_open(session: Session, open_subject: str) -> PayoutHold | None:
    """Return the hold of a host or a stay, or None."""
    return session.scalar(select(PayoutHold).where(PayoutHold.open_subject == open_subject))


def lock_hold(session: Session, hold_id: int) -> PayoutHold:
    """Return a hold as it stands now, its row locked where locks exist. Raises: NotFound."""
    hold = session.scalar(
        select(PayoutHold).where(PayoutHold.id == hold_id).with_for_update().execution_options(populate_existing=True)
    )
    if hold is None:
        raise NotFound()
    return hold


def is_payout_held(session: Session, payout_id: int) -> bool:
    """Say whether staff hold something that a payout gathers, or all money of its host."""
    found = (
        select(PayoutHold.id)
        .join(PayoutItem, PayoutItem.host_id == PayoutHold.host_id)
        .where(
            PayoutItem.payout_id == payout_id,
            PayoutHold.released_at.is_(None),
            or_(PayoutHold.booking_id.is_(None), PayoutHold.booking_id == PayoutItem.booking_id),
        )
    )
    return session.scalar(found.limit(1)) is not None


def sum_held(session: Session, hold: PayoutHold) -> Sequence[Money]:
    """Return what a hold keeps back: a host's items, or a stay's, that have not left; one sum per currency.

    What is owed in a currency as a whole counts as nothing.
    """
    condition = PayoutItem.host_id == hold.host_id
    if hold.booking_id is not None:
        condition = PayoutItem.booking_id == hold.booking_id
    rows = session.execute(
        select(PayoutItem.currency, func.sum(PayoutItem.amount_minor))
        .outerjoin(Payout, Payout.id == PayoutItem.payout_id)
        .where(condition, or_(PayoutItem.payout_id.is_(None), Payout.status.in_(NOT_LEFT)))
        .group_by(PayoutItem.currency)
        .order_by(PayoutItem.currency)
    )
    return [Money(int(amount), currency) for currency, amount in rows if amount > 0]
