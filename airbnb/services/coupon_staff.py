"""What staff do to coupons: give them out, change their limits, take them back.

Source: docs/rules/prices.md, "Coupons".
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.coupons import CouponDraft
from airbnb.domain.errors import InvalidTransition, NotFound, ValidationFailed
from airbnb.domain.ids import new_id
from airbnb.models.listings import Listing
from airbnb.models.pricing import Coupon
from airbnb.models.users import User
from airbnb.queries import coupons as queries
from airbnb.services import audit

#: What a coupon that somebody may hold already keeps for good.
FIXED = ("code", "funded_by", "currency", "percent_bps", "amount_minor")


def add_coupon(session: Session, draft: CouponDraft, *, cause: Cause) -> Coupon:
    """Give a coupon out.

    Raises: ValidationFailed naming the fields, ``code`` too when it is taken.
    """
    _check(session, draft)
    if queries.find_by_code(session, draft.code) is not None:
        raise ValidationFailed({"code": ["There is a coupon of this code."]})
    coupon = Coupon(id=new_id(), **asdict(draft), created_at=cause.at)
    session.add(coupon)
    session.flush()
    changes = {name: (None, _plain(value)) for name, value in asdict(draft).items()}
    audit.record_action(session, "add_coupon", Coupon, coupon.id, cause=cause, changes=changes)
    return coupon


def change_coupon(session: Session, coupon_id: int, draft: CouponDraft, *, cause: Cause) -> Coupon:
    """Change a coupon's times, limits and for what it is; what it takes off stays.

    A limit may be set below the uses there were: then there are no more.
    Locks: the coupon's row.
    Raises: NotFound; InvalidTransition for one that was taken back; ValidationFailed.
    """
    _check(session, draft)
    coupon = _lock(session, coupon_id)
    new = asdict(draft)
    kept = [name for name in FIXED if getattr(coupon, name) != new[name]]
    if kept:
        raise ValidationFailed({name: ["This cannot be changed any more: give another coupon out."] for name in kept})
    old = {name: getattr(coupon, name) for name in new}
    changes = {name: (_plain(old[name]), _plain(new[name])) for name in new if old[name] != new[name]}
    for name, value in new.items():
        setattr(coupon, name, value)
    session.flush()
    audit.record_action(session, "change_coupon", Coupon, coupon.id, cause=cause, changes=changes)
    return coupon


def retire_coupon(session: Session, coupon_id: int, *, cause: Cause) -> None:
    """Take a coupon back: nobody can use it from now on; bookings made with it keep what it took off.

    Raises: NotFound; InvalidTransition when it was taken back before.
    """
    coupon = _lock(session, coupon_id)
    coupon.retired_at = cause.at
    session.flush()
    changes = {"retired_at": (None, cause.at.isoformat())}
    audit.record_action(session, "retire_coupon", Coupon, coupon.id, cause=cause, changes=changes)


def _lock(session: Session, coupon_id: int) -> Coupon:
    coupon = queries.lock_coupon(session, coupon_id)
    if coupon is None:
        raise NotFound()
    if coupon.retired_at is not None:
        raise InvalidTransition()
    return coupon


def _check(session: Session, draft: CouponDraft) -> None:
    draft.check()
    for name, row_id, column in (("listing_id", draft.listing_id, Listing.id), ("host_id", draft.host_id, User.id)):
        if row_id is not None and session.scalar(select(column).where(column == row_id)) is None:
            raise ValidationFailed({name: ["There is nothing with this id."]})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
