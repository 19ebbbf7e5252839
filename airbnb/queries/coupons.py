"""Coupons and their uses, counted by the database so that parallel checkouts cannot use one too often."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from airbnb.models.pricing import Coupon, CouponRedemption
from airbnb.queries.changes import matched_rows


def find_by_code(session: Session, code: str) -> Coupon | None:
    """Return a coupon by its folded code."""
    return session.scalar(select(Coupon).where(Coupon.code == code))


def find_coupon(session: Session, coupon_id: int) -> Coupon | None:
    """Return a coupon as it stands now."""
    return session.get(Coupon, coupon_id, populate_existing=True)


def lock_coupon(session: Session, coupon_id: int) -> Coupon | None:
    """Return a coupon as it stands now, its row locked."""
    return session.get(Coupon, coupon_id, populate_existing=True, with_for_update=True)


def count_use(session: Session, coupon_id: int, *, is_limited: bool = True) -> bool:
    """Count one more use, if the coupon has one left; whether it had.

    One atomic UPDATE: of any number of checkouts at once, no more than the limit get through.
    """
    counted = update(Coupon).where(Coupon.id == coupon_id).values(uses=Coupon.uses + 1)
    if is_limited:
        counted = counted.where(or_(Coupon.max_uses.is_(None), Coupon.uses < Coupon.max_uses))
    return matched_rows(session, counted) == 1


def uncount_use(session: Session, coupon_id: int) -> None:
    """Give one use back."""
    session.execute(
        update(Coupon)
        .where(Coupon.id == coupon_id, Coupon.uses > 0)
        .values(uses=Coupon.uses - 1)
        .execution_options(synchronize_session=False)
    )


def slots_of(session: Session, coupon_id: int, guest_id: int) -> Collection[int]:
    """Return which of a guest's uses of a coupon are taken."""
    taken = select(CouponRedemption.slot).where(
        CouponRedemption.coupon_id == coupon_id,
        CouponRedemption.guest_id == guest_id,
        CouponRedemption.slot.is_not(None),
    )
    return {slot for slot in session.scalars(taken) if slot is not None}


def find_redemption(session: Session, booking_id: int) -> CouponRedemption | None:
    """Return a booking's use of a coupon as it stands now."""
    return session.get(CouponRedemption, booking_id, populate_existing=True)


def find_used(session: Session, booking_id: int) -> Coupon | None:
    """Return the coupon that a booking uses, if any."""
    uses = and_(CouponRedemption.coupon_id == Coupon.id, CouponRedemption.booking_id == booking_id)
    return session.scalar(select(Coupon).join(CouponRedemption, uses))


def release(session: Session, booking_id: int, *, now: datetime) -> bool:
    """Mark a booking's use as given back; whether this caller was the one that did."""
    released = (
        update(CouponRedemption)
        .where(CouponRedemption.booking_id == booking_id, CouponRedemption.slot.is_not(None))
        .values(slot=None, released_at=now)
    )
    return matched_rows(session, released) == 1
