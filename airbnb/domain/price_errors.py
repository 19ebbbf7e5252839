"""The refusals of coupons and currencies, with the codes that the API promises.

Source: docs/rules/prices.md, "Coupons"; docs/rules/money.md.
"""

from airbnb.domain.errors import DomainError


class CouponUnknown(DomainError):
    """There is no such coupon, or it is not given out any more."""

    code = "coupon_unknown"
    message = "There is no such coupon."


class CouponExpired(DomainError):
    """The coupon's time is over, or has not come yet."""

    code = "coupon_expired"
    message = "This coupon is not valid today."


class CouponUsedUp(DomainError):
    """The coupon was used as often as it may be, by everybody or by this guest."""

    code = "coupon_used_up"
    message = "This coupon was used as often as it may be."


class CouponNotApplicable(DomainError):
    """The coupon is not for this stay; ``reason`` is ``listing``, ``currency``, ``min_subtotal`` or ``nothing_off``."""

    code = "coupon_not_applicable"
    message = "This coupon cannot be used for this stay."


class CurrencyNotSupported(DomainError):
    """No way to pay takes this amount; ``reason`` is ``currency``, ``step``, ``min`` or ``max``."""

    code = "currency_not_supported"
    message = "This amount cannot be paid in {currency}."
