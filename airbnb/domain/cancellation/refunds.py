"""How a cancellation divides a booking's money between guest, host, marketplace and tax office.

Source: docs/rules/cancellation.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from airbnb.domain.cancellation.money import BookedTax, BookingMoney
from airbnb.domain.cancellation.policies import NOTHING, CancellationPolicy, Grace, Keep, PolicyTerms
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.kinds import ActorKind
from airbnb.domain.money import allocate, apply_bps, half_up
from airbnb.domain.pricing.rules import CouponFunding
from airbnb.domain.pricing.shapes import LineKind
from airbnb.domain.stays import Stay, days_before_check_in, nights_begun
from airbnb.domain.taxes import RemittedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingTimes:
    """The times from which a cancellation is judged, as stored on the booking.

    ``confirmed_at`` is B, an aware instant; for a quote it is now.
    """

    stay: Stay
    check_in_time: time
    zone: str
    confirmed_at: datetime

    def days_before(self, days: int) -> datetime:
        """Return the instant so many days before T on the listing's clock, in UTC."""
        return days_before_check_in(self.stay, self.check_in_time, self.zone, days)

    def nights_begun(self, now: datetime) -> int:
        """Count the nights stayed."""
        return nights_begun(self.stay, self.check_in_time, self.zone, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """One part of the price: charged = kept + refund; a coupon's figures are negative."""

    kind: LineKind
    label_key: str
    charged_minor: int
    kept_minor: int

    @property
    def refund_minor(self) -> int:
        """What of it goes back to the guest."""
        return self.charged_minor - self.kept_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """The outcome of a cancellation.

    Units: minor units of the currency charged. ``due_minor`` is the sum of the lines' refunds; ``refund_minor`` the
    part of it that may move: never above captured minus refunded. ``host_kept_minor`` is the host subtotal kept,
    ``host_payout_minor`` what reaches the host of it, ``coupon_kept_minor`` the part of a coupon that is spent and
    ``coupon_expense_minor`` what of that the platform pays; ``platform_taxes_minor`` is what it hands on, included
    taxes too.
    """

    lines: tuple[RefundLine, ...]
    due_minor: int
    refund_minor: int
    is_full: bool
    host_kept_minor: int
    host_service_fee_minor: int
    host_payout_minor: int
    guest_service_fee_kept_minor: int
    taxes_kept_minor: int
    coupon_kept_minor: int
    coupon_expense_minor: int
    platform_taxes_minor: int


def refund_for(
    money: BookingMoney,
    terms: PolicyTerms,
    times: BookingTimes,
    *,
    now: datetime,
    canceled_by: ActorKind = ActorKind.GUEST,
    grace: Grace | None = None,
) -> Refund:
    """Divide a confirmed booking's money as its cancellation at ``now`` demands.

    1. The host keeps what the policy says of the pool; host or staff cancelling keep only the nights stayed.
    2. The guest service fee goes back with a full refund, or by share when host or staff cancel.
    3. Taxes are recomputed on what is kept. 4. A coupon pays first for what is kept.
    Units: minor units.
    Source: docs/rules/cancellation.md.
    """
    stayed = times.nights_begun(now)
    if canceled_by is ActorKind.GUEST:
        kept_minor = _kept(money, guest_keep(terms, times, now, grace or Grace()), stayed)
        return _capped(money, kept_minor, stayed)
    kept_minor = _kept(money, NOTHING, stayed)
    fee_kept_minor = _share(money.guest_service_fee_minor, kept_minor, money.host_subtotal_minor)
    return _divide(money, kept_minor, fee_kept_minor, stayed)


def _capped(money: BookingMoney, kept_minor: int, stayed: int) -> Refund:
    """Divide what a guest's cancellation leaves, the host keeping more where a change limited what comes back.

    What comes back falls as more is kept, so the least that keeps within the limit is searched by halving.
    """

    def divided(kept: int) -> Refund:
        return _divide(money, kept, money.guest_service_fee_minor if kept else 0, stayed)

    least = divided(kept_minor)
    if money.refund_cap_ppm is None:
        return least
    cap_minor = half_up(money.total_minor * money.refund_cap_ppm, 1_000_000)
    low, high = kept_minor, money.host_subtotal_minor
    if least.due_minor <= cap_minor:
        return least
    while low < high:
        middle = (low + high) // 2
        if divided(middle).due_minor <= cap_minor:
            high = middle
        else:
            low = middle + 1
    return divided(low)


def refund_as_chosen(
    money: BookingMoney, times: BookingTimes, refunds: Mapping[LineKind, int], *, now: datetime
) -> Refund:
    """Divide a confirmed booking's money as staff choose, line by line; what is not named is kept.

    Taxes are recomputed on what is kept and a coupon pays first for it, as in every cancellation.
    Units: ``refunds`` says per line what goes back, in minor units.
    Raises: ValidationFailed, naming the line, for more than it was charged, or than is left of the payments.
    """
    charged = {**dict(_host_parts(money)), LineKind.GUEST_SERVICE_FEE: money.guest_service_fee_minor}
    errors = {
        str(kind): ["Between nothing and what was charged."]
        for kind, refund_minor in refunds.items()
        if not 0 <= refund_minor <= charged.get(kind, 0)
    }
    if errors:
        raise ValidationFailed(errors)
    kept = {kind: charged_minor - refunds.get(kind, 0) for kind, charged_minor in charged.items()}
    fee_kept_minor = kept.pop(LineKind.GUEST_SERVICE_FEE)
    refund = _divide(money, sum(kept.values()), fee_kept_minor, times.nights_begun(now), shares=list(kept.values()))
    if refund.due_minor > money.refundable_minor:
        raise ValidationFailed({"refunds": ["More than is left of the payments."]})
    return refund


def kept_whole(money: BookingMoney) -> Refund:
    """Return how a booking's money is divided when nothing of it goes back."""
    return _divide(money, money.host_subtotal_minor, money.guest_service_fee_minor, money.night_count)


def guest_keep(terms: PolicyTerms, times: BookingTimes, now: datetime, grace: Grace) -> Keep:
    """Return what the host keeps beyond the nights stayed when the guest cancels; deadlines are inclusive."""
    if now <= _grace_end(terms, times, grace):
        return NOTHING
    for band in terms.bands:
        if now <= times.days_before(band.days_before):
            return band.keep
    return terms.after


def grace_ends_at(terms: PolicyTerms, times: BookingTimes, grace: Grace) -> datetime | None:
    """Return the last instant of the time to think again; None when the booking has none."""
    end = _grace_end(terms, times, grace)
    return end if end > times.confirmed_at else None


def _grace_end(terms: PolicyTerms, times: BookingTimes, grace: Grace) -> datetime:
    excluded = terms.name is CancellationPolicy.NON_REFUNDABLE and not grace.non_refundable
    if excluded or times.confirmed_at > times.days_before(grace.min_days_before):
        return times.confirmed_at - timedelta.resolution
    return times.confirmed_at + timedelta(hours=grace.hours)


def _kept(money: BookingMoney, keep: Keep, stayed: int) -> int:
    """Return the part of the pool that stays with the host; the rest's share is rounded half-up."""
    whole_minor = money.pool_of(stayed + keep.nights)
    return whole_minor + apply_bps(money.host_subtotal_minor - whole_minor, keep.rest_bps)


def _divide(
    money: BookingMoney, kept_minor: int, fee_kept_minor: int, stayed: int, *, shares: list[int] | None = None
) -> Refund:
    """Divide by what is kept of the host subtotal and of the fee; ``shares`` is what is kept of each host part."""
    host_fee_minor = apply_bps(kept_minor, money.host_fee_bps)
    earned_minor = kept_minor - host_fee_minor
    taxes_kept, left_minor = _taxes_kept(money, kept_minor, stayed, max(0, earned_minor))
    added_kept_minor = sum(kept for tax, kept in zip(money.taxes, taxes_kept, strict=True) if not tax.inclusive)
    coupon_kept_minor = min(money.coupon_minor, kept_minor + fee_kept_minor + added_kept_minor)
    parts = _host_parts(money)
    kept_of_parts = shares or allocate(kept_minor, [charged for _, charged in parts])
    host_lines = [(*part, kept) for part, kept in zip(parts, kept_of_parts, strict=True)]
    lines = tuple(_lines(money, host_lines, fee_kept_minor, taxes_kept, coupon_kept_minor))
    due_minor = sum(line.refund_minor for line in lines)
    of_host = money.coupon_funded_by is CouponFunding.HOST
    host_coupon_minor = min(coupon_kept_minor, left_minor) if of_host else 0
    return Refund(
        lines=lines,
        due_minor=due_minor,
        refund_minor=min(due_minor, money.refundable_minor),
        is_full=due_minor == money.total_minor and not kept_minor,
        host_kept_minor=kept_minor,
        host_service_fee_minor=host_fee_minor,
        host_payout_minor=_host_payout(money, earned_minor - host_coupon_minor, taxes_kept),
        guest_service_fee_kept_minor=fee_kept_minor,
        taxes_kept_minor=added_kept_minor,
        coupon_kept_minor=coupon_kept_minor,
        coupon_expense_minor=coupon_kept_minor - host_coupon_minor,
        platform_taxes_minor=sum(
            kept for tax, kept in zip(money.taxes, taxes_kept, strict=True) if tax.remitted_by is RemittedBy.PLATFORM
        ),
    )


def _taxes_kept(money: BookingMoney, kept_minor: int, stayed: int, left_minor: int) -> tuple[list[int], int]:
    """Return what is kept of each tax, and what the host has left after those that the platform takes out."""
    taxes_kept = []
    for tax in money.taxes:
        tax_minor = _tax_kept(tax, money, kept_minor, stayed)
        if tax.inclusive and tax.remitted_by is RemittedBy.PLATFORM:
            tax_minor = min(tax_minor, left_minor)
            left_minor -= tax_minor
        taxes_kept.append(tax_minor)
    return taxes_kept, left_minor


def _tax_kept(tax: BookedTax, money: BookingMoney, kept_minor: int, stayed: int) -> int:
    if tax.is_flat:
        return _share(tax.amount_minor, stayed, money.night_count)
    return _share(tax.amount_minor, kept_minor, money.host_subtotal_minor)


def _share(amount_minor: int, part: int, whole: int) -> int:
    return half_up(amount_minor * part, whole) if whole else 0


def _host_payout(money: BookingMoney, earned_minor: int, taxes_kept: list[int]) -> int:
    payout_minor = earned_minor
    for tax, kept_minor in zip(money.taxes, taxes_kept, strict=True):
        if tax.inclusive and tax.remitted_by is RemittedBy.PLATFORM:
            payout_minor -= kept_minor
        elif not tax.inclusive and tax.remitted_by is RemittedBy.HOST:
            payout_minor += kept_minor
    return payout_minor


def _host_parts(money: BookingMoney) -> tuple[tuple[LineKind, int], ...]:
    return (
        (LineKind.NIGHTS, money.nights_minor),
        (LineKind.EXTRA_GUESTS, money.extra_guests_minor),
        (LineKind.PETS, money.pets_minor),
        (LineKind.CLEANING, money.cleaning_minor),
    )


def _lines(
    money: BookingMoney,
    host_lines: list[tuple[LineKind, int, int]],
    fee_kept_minor: int,
    taxes_kept: list[int],
    coupon_kept_minor: int,
) -> Iterator[RefundLine]:
    parts = [
        *((kind, f"price_line.{kind}", charged, kept) for kind, charged, kept in host_lines),
        (
            LineKind.GUEST_SERVICE_FEE,
            f"price_line.{LineKind.GUEST_SERVICE_FEE}",
            money.guest_service_fee_minor,
            fee_kept_minor,
        ),
        (LineKind.COUPON, f"price_line.{LineKind.COUPON}", -money.coupon_minor, -coupon_kept_minor),
        *(
            (LineKind.TAX, tax.label_key, tax.amount_minor, kept)
            for tax, kept in zip(money.taxes, taxes_kept, strict=True)
            if not tax.inclusive
        ),
    ]
    for kind, label_key, charged_minor, part_kept_minor in parts:
        if charged_minor or kind is LineKind.NIGHTS:
            yield RefundLine(kind=kind, label_key=label_key, charged_minor=charged_minor, kept_minor=part_kept_minor)
