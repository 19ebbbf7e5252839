"""What a changed stay costs: kept nights at their price, new ones at today's, the rest at the booking's rates.

Source: docs/rules/booking-changes.md, "The price".
"""

from collections.abc import Iterator
from dataclasses import replace

from airbnb.domain.change_nights import night_lines, price_nights
from airbnb.domain.change_rates import Rates, local_rules, local_taxes
from airbnb.domain.money import apply_bps, half_up
from airbnb.domain.price_errors import CouponNotApplicable
from airbnb.domain.pricing import CouponFunding, LineKind, Party, PriceLine, PriceRules, funding_of
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.domain.pricing.steps import Basis, CouponWorth, extra_lines, settle
from airbnb.domain.stay_terms import HostMoney, StayTerms
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy


def reprice(before: StayTerms, stay: Stay, party: Party, rates: Rates) -> StayTerms:
    """Return what a stay costs after a change of its dates or party.

    1. Kept nights keep their price unless the stay's length now reaches another discount of length; new nights cost
    what they do today. 2. Extra guests, pets and cleaning at the booking's fees. 3. Service fees at its rates, its
    coupon by the share that the stay keeps, its taxes. 4. The host's part moves by the difference.
    Units: minor units of the booking's currency; the host's of the listing's.
    Raises: CouponNotApplicable when the stay gets cheaper than the booking's coupon asks for.
    Source: docs/rules/booking-changes.md, "The price".
    """
    local = replace(rates, rules=local_rules(rates, before.currency))
    nights = price_nights(before, stay, local)
    priced = tuple(night.priced for night in nights)
    host_lines = [*night_lines(nights), *_extras(before, stay, party, local.rules)]
    subtotal_minor = sum(line.amount_minor for line in host_lines)
    fee_minor = before.amount_of(LineKind.GUEST_SERVICE_FEE)
    if subtotal_minor != before.host_subtotal_minor:
        fee_minor = rates.fees.guest_fee(subtotal_minor)
    basis = Basis(
        nights=priced,
        host_lines=host_lines,
        party=party,
        guest_fee_minor=fee_minor,
        host_fee_minor=rates.fees.host_fee(subtotal_minor),
    )
    settled = settle(basis, local_taxes(rates, before.currency), _coupon(before, subtotal_minor))
    changed = replace(
        before,
        stay=stay,
        party=party,
        nights=priced,
        lines=settled.lines,
        taxes_included=settled.taxes_included,
    )
    after = replace(changed, host=_host_money(before, changed, rates))
    _check_coupon(before, after, rates.coupon_min_minor)
    return after


def _extras(before: StayTerms, stay: Stay, party: Party, rules: PriceRules) -> Iterator[PriceLine]:
    """Yield the fees beside the nights: those that the booking has at its own rates, others at today's."""
    booked = before.line_of(LineKind.EXTRA_GUESTS)
    pets_minor = before.amount_of(LineKind.PETS) if before.party.pets else rules.pet_fee_minor
    return extra_lines(
        extra_guest_nights=_extra_guests(before, booked, party, rules) * stay.length,
        extra_guest_fee_minor=(
            rules.extra_guest_fee_minor if booked is None else half_up(booked.amount_minor, booked.quantity)
        ),
        pets_minor=pets_minor if party.pets else 0,
        cleaning_minor=before.amount_of(LineKind.CLEANING),
    )


def _extra_guests(before: StayTerms, booked: PriceLine | None, party: Party, rules: PriceRules) -> int:
    """Return how many guests are beyond those included; who was included when the stay was booked still is."""
    if booked is not None:
        included = before.party.guests - booked.quantity // before.stay.length
    elif rules.included_guests is None:
        return 0
    else:
        included = max(rules.included_guests, before.party.guests)
    return max(0, party.guests - included)


def _coupon(before: StayTerms, subtotal_minor: int) -> CouponWorth | None:
    """Return what is left of the booking's coupon: the share of it that the stay keeps, never more than it was."""
    funded_by = funding_of(before.lines)
    if funded_by is None:
        return None
    worth_minor, old_minor = -before.amount_of(LineKind.COUPON), before.host_subtotal_minor
    if subtotal_minor < old_minor:
        worth_minor = half_up(worth_minor * subtotal_minor, old_minor)
    return CouponWorth(amount_minor=worth_minor, funded_by=funded_by)


def _check_coupon(before: StayTerms, after: StayTerms, least_minor: int) -> None:
    """Refuse a cheaper stay that the booking's coupon is not for."""
    if funding_of(before.lines) is not None and after.host.subtotal_minor < min(
        least_minor, before.host.subtotal_minor
    ):
        raise CouponNotApplicable(reason="min_subtotal")


def _host_money(before: StayTerms, after: StayTerms, rates: Rates) -> HostMoney:
    """Return the host's part: what it was, moved by the difference at the stored rate, so that no rounding adds up.

    What a rate's rounding would take below nothing is left at nothing.
    """

    def moved(old_minor: int, new_minor: int) -> int:
        if rates.exchange_rate is None:
            return new_minor - old_minor
        back = 1 / rates.exchange_rate
        return convert_amount(new_minor - old_minor, back, source=before.currency, target=rates.rules.currency)

    old = before.host
    subtotal_minor = max(0, old.subtotal_minor + moved(before.host_subtotal_minor, after.host_subtotal_minor))
    fee_minor = apply_bps(subtotal_minor, rates.fees.host_bps)
    taxes_minor = max(0, old.taxes_minor + moved(_host_taxes(before), _host_taxes(after)))
    coupon_minor = moved(_host_coupon(before), _host_coupon(after))
    withheld_minor = moved(_withheld(before), _withheld(after))
    gained_minor = subtotal_minor - old.subtotal_minor - (fee_minor - old.service_fee_minor)
    payout_minor = old.payout_minor + gained_minor + (taxes_minor - old.taxes_minor) + coupon_minor - withheld_minor
    return HostMoney(
        subtotal_minor=subtotal_minor,
        service_fee_minor=fee_minor,
        taxes_minor=taxes_minor,
        payout_minor=max(0, payout_minor),
    )


def _host_taxes(terms: StayTerms) -> int:
    return sum(line.amount_minor for line in terms.lines if line.remitted_by is RemittedBy.HOST)


def _host_coupon(terms: StayTerms) -> int:
    return terms.amount_of(LineKind.COUPON) if funding_of(terms.lines) is CouponFunding.HOST else 0


def _withheld(terms: StayTerms) -> int:
    return sum(tax.amount_minor for tax in terms.taxes_included if tax.remitted_by is RemittedBy.PLATFORM)
