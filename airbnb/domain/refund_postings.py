"""What refunds beside a booking's division write into the book, and how a later division takes them into account.

Source: docs/rules/ledger.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from airbnb.domain.ledger_accounts import Account
from airbnb.domain.money import half_up
from airbnb.domain.postings import Entry, combined
from airbnb.domain.staff_refunds import Borne, HostPart


def refund_given(
    owner: Entry, *, host_currency: str, borne: Borne, part: HostPart, exchanged_minor: int | None
) -> list[Entry]:
    """Staff give something back: it is owed to the guest, and each side bears its part.

    ``owner`` is an empty entry with the booking, its host and the currency that was charged; ``part`` is in the host's
    currency, and ``exchanged_minor`` what the whole of it is worth in the guest's, None where both are the same.
    """
    platform = replace(owner, user_id=None)
    host_minor = borne.host_lines_minor + borne.host_taxes_minor
    owed_minor = host_minor + borne.guest_fee_minor + borne.taxes_minor + borne.goodwill_minor
    entries = [
        replace(platform, account=Account.REFUNDS_PAYABLE, amount_minor=-owed_minor),
        replace(platform, account=Account.SERVICE_FEE_REVENUE, amount_minor=borne.guest_fee_minor),
        replace(platform, account=Account.TAXES_PAYABLE, amount_minor=borne.taxes_minor),
        replace(platform, account=Account.GOODWILL, amount_minor=borne.goodwill_minor),
        *host_owes(
            owner, host_currency=host_currency, part=part, worth_minor=host_minor, exchanged_minor=exchanged_minor
        ),
    ]
    return combined(entries)


def host_owes(
    owner: Entry, *, host_currency: str, part: HostPart, worth_minor: int, exchanged_minor: int | None
) -> list[Entry]:
    """Return the host's side of money that goes back, ``worth_minor`` in the guest's currency."""
    hosts = replace(owner, currency=host_currency)
    entries = [
        replace(hosts, account=Account.HOST_RECEIVABLE, amount_minor=part.owed_minor),
        replace(hosts, account=Account.SERVICE_FEE_REVENUE, amount_minor=part.fee_minor, user_id=None),
    ]
    if exchanged_minor is None:
        return entries
    guests = replace(owner, user_id=None)
    return [
        *entries,
        replace(guests, account=Account.CURRENCY_EXCHANGE, amount_minor=exchanged_minor),
        replace(guests, account=Account.FX_ROUNDING, amount_minor=worth_minor - exchanged_minor),
        replace(hosts, account=Account.CURRENCY_EXCHANGE, amount_minor=-part.whole_minor, user_id=None),
    ]


def refund_rounded(*, booking_id: int, extra_minor: int, currency: str) -> list[Entry]:
    """A provider moves money in steps: what rounding up adds to a refund is owed too."""
    extra = Entry(account=Account.FX_ROUNDING, amount_minor=extra_minor, currency=currency, booking_id=booking_id)
    return [extra, replace(extra, account=Account.REFUNDS_PAYABLE, amount_minor=-extra_minor)]


def refund_rerouted(*, booking_id: int, amount_minor: int, currency: str) -> list[Entry]:
    """Staff sent a refund from our own bank that could not go back where it came from."""
    owed = Entry(account=Account.REFUNDS_PAYABLE, amount_minor=amount_minor, currency=currency, booking_id=booking_id)
    return [owed, Entry(account=Account.PLATFORM_BANK, amount_minor=-amount_minor, currency=currency)]


def refund_doubled(*, booking_id: int, amount_minor: int, currency: str) -> list[Entry]:
    """A refund arrived after it had been sent another way: the guest has it twice, at the platform's cost."""
    owed = Entry(account=Account.REFUNDS_PAYABLE, amount_minor=-amount_minor, currency=currency, booking_id=booking_id)
    return [replace(owed, account=Account.GOODWILL, amount_minor=amount_minor), owed]


def refund_covered(*, booking_id: int, amount_minor: int, currency: str) -> list[Entry]:
    """A division owes what the guest's bank took back already: it is not sent a second time."""
    owed = Entry(account=Account.REFUNDS_PAYABLE, amount_minor=amount_minor, currency=currency, booking_id=booking_id)
    return [owed, replace(owed, account=Account.DISPUTE_RECOVERIES, amount_minor=-amount_minor)]


def refund_offset(given: Sequence[Entry], part_minor: int, *, currency: str) -> list[Entry]:
    """A division owes what had been given before: so much of it is taken back from those who bore it.

    ``given`` is everything posted so far of refunds beside the booking's divisions. What a host bore is owed back,
    whether coming payouts had paid it yet or not.
    Units: ``part_minor`` of ``currency``, the one that was charged; at most what was given.
    """
    bearers = combined(_as_owed(entry) for entry in given if entry.account != Account.REFUNDS_PAYABLE)
    whole_minor = -sum(entry.amount_minor for entry in given if entry.account == Account.REFUNDS_PAYABLE)
    by_currency: dict[str, list[Entry]] = defaultdict(list)
    for entry in bearers:
        if entry.amount_minor:
            by_currency[entry.currency].append(entry)
    entries = [
        one
        for name, lines in by_currency.items()
        for one in _scaled(lines, part_minor, whole_minor, target_minor=part_minor if name == currency else 0)
    ]
    booking_id = next(entry.booking_id for entry in given)
    owed = Entry(account=Account.REFUNDS_PAYABLE, amount_minor=part_minor, currency=currency, booking_id=booking_id)
    return [owed, *(_as_payable(replace(one, amount_minor=-one.amount_minor)) for one in entries)]


def _scaled(lines: list[Entry], part: int, whole: int, *, target_minor: int) -> Iterable[Entry]:
    """Return lines in proportion; the largest takes what rounding leaves, so that they sum to the target."""
    largest = max(lines, key=lambda entry: abs(entry.amount_minor))
    others = [
        replace(entry, amount_minor=half_up(entry.amount_minor * part, whole))
        for entry in lines
        if entry is not largest
    ]
    yield replace(largest, amount_minor=target_minor - sum(entry.amount_minor for entry in others))
    yield from others


def _as_owed(entry: Entry) -> Entry:
    """What was owed back to a host before counts against what the host owed."""
    return replace(entry, account=Account.HOST_RECEIVABLE) if entry.account == Account.HOST_PAYABLE else entry


def _as_payable(entry: Entry) -> Entry:
    return replace(entry, account=Account.HOST_PAYABLE) if entry.account == Account.HOST_RECEIVABLE else entry
