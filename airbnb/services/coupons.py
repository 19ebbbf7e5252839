"""Coupons in a guest's hands: what one takes off, using it exactly once, giving it back.

Source: docs/rules/prices.md, "Coupons".
"""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain import pricing
from airbnb.domain.coupons import fold_code
from airbnb.domain.price_errors import CouponExpired, CouponNotApplicable, CouponUnknown, CouponUsedUp
from airbnb.domain.pricing import LineKind
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.pricing import Coupon, CouponRedemption
from airbnb.queries import coupons as queries


def coupon_for(session: Session, code: str, listing: Listing, *, guest_id: int | None, now: datetime) -> pricing.Coupon:
    """Return what a coupon takes off a stay at a listing.

    Whether a use is left is told here for kindness; only ``redeem`` makes sure of it.
    Raises: CouponUnknown, CouponExpired, CouponUsedUp, CouponNotApplicable.
    """
    coupon = _find(session, code)
    if coupon.retired_at is not None:
        raise CouponUnknown()
    if now < coupon.valid_from or (coupon.valid_until is not None and now >= coupon.valid_until):
        raise CouponExpired()
    if coupon.listing_id not in (None, listing.id) or coupon.host_id not in (None, listing.host_id):
        raise CouponNotApplicable(reason="listing")
    if coupon.currency not in (None, listing.currency):
        raise CouponNotApplicable(reason="currency")
    if coupon.max_uses is not None and coupon.uses >= coupon.max_uses:
        raise CouponUsedUp()
    if guest_id is not None:
        _free_slot(session, coupon, guest_id)
    return pricing.Coupon(
        code=coupon.code,
        percent_bps=coupon.percent_bps or 0,
        amount_minor=coupon.amount_minor or 0,
        max_minor=coupon.max_minor,
        min_subtotal_minor=coupon.min_subtotal_minor or 0,
        funded_by=coupon.funded_by,
    )


def redeem(session: Session, booking: Booking, code: str, *, now: datetime, is_limited: bool = True) -> None:
    """Use a coupon for a booking, if it has a use left.

    ``is_limited`` False leaves the guard out, which tests do to show what it is good for.
    Needs: the guest's row is locked; nothing else is locked after this, for the coupon's row is a busy one.
    Raises: CouponUnknown, CouponUsedUp.
    Writes: the count, then the use.
    """
    coupon = _find(session, code)
    _count(session, coupon, is_limited=is_limited)
    slot = _free_slot(session, coupon, booking.guest_id)
    session.add(
        CouponRedemption(
            booking_id=booking.id, coupon_id=coupon.id, guest_id=booking.guest_id, slot=slot, redeemed_at=now
        )
    )
    session.flush()


def give_back(session: Session, booking: Booking, *, now: datetime) -> None:
    """Give a booking's use of a coupon back: nobody paid, or everything was refunded.

    The use is what counts, not the price's line: a change may have left nothing of it.
    Needs: the booking's row is locked.
    Idempotent.
    """
    redemption = queries.find_redemption(session, booking.id)
    if redemption is not None and queries.release(session, booking.id, now=now):
        queries.uncount_use(session, redemption.coupon_id)


def least_subtotal(session: Session, booking: Booking) -> int:
    """Return the host subtotal that the coupon of a booking asks for today; 0 without one.

    Units: minor units of the listing's currency.
    Needs: the booking's lines are loaded.
    """
    if all(line.kind is not LineKind.COUPON for line in booking.lines):
        return 0
    coupon = queries.find_used(session, booking.id)
    return 0 if coupon is None or coupon.currency != booking.listing_currency else coupon.min_subtotal_minor or 0


def can_take_again(session: Session, booking: Booking) -> bool:
    """Say whether a coupon that was given back has a use left for the same booking.

    Locks: the coupon's row, so that the answer holds until the end of the transaction.
    """
    redemption = queries.find_redemption(session, booking.id)
    if redemption is None or redemption.slot is not None:
        return True
    coupon = queries.lock_coupon(session, redemption.coupon_id)
    assert coupon is not None
    try:
        _free_slot(session, coupon, booking.guest_id)
    except CouponUsedUp:
        return False
    return coupon.max_uses is None or coupon.uses < coupon.max_uses


def take_again(session: Session, booking: Booking) -> None:
    """Use the coupon of a booking that comes back. Needs: ``can_take_again``, in the same transaction."""
    redemption = queries.find_redemption(session, booking.id)
    if redemption is None or redemption.slot is not None:
        return
    coupon = queries.lock_coupon(session, redemption.coupon_id)
    assert coupon is not None
    _count(session, coupon)
    redemption.slot = _free_slot(session, coupon, booking.guest_id)
    redemption.released_at = None
    session.flush()


def _find(session: Session, code: str) -> Coupon:
    folded = fold_code(code)
    coupon = None if folded is None else queries.find_by_code(session, folded)
    if coupon is None:
        raise CouponUnknown()
    return coupon


def _count(session: Session, coupon: Coupon, *, is_limited: bool = True) -> None:
    if not queries.count_use(session, coupon.id, is_limited=is_limited):
        raise CouponUsedUp()


def _free_slot(session: Session, coupon: Coupon, guest_id: int) -> int:
    """Return the first use that the guest has left. Raises: CouponUsedUp."""
    taken = queries.slots_of(session, coupon.id, guest_id)
    slot = next(number for number in range(1, len(taken) + 2) if number not in taken)
    if coupon.max_uses_per_guest is not None and slot > coupon.max_uses_per_guest:
        raise CouponUsedUp()
    return slot
