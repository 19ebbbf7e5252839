"""What each event in money writes into the book: balanced entries, debits above zero and credits below.

Source: docs/rules/ledger.md.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from airbnb.domain.ledger_accounts import Account, clearing_account, is_account
from airbnb.domain.payout_exchange import Sent


class UnbalancedPosting(ValueError):
    """The entries do not sum to zero in every currency, or name an account that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line. Units: minor units of ``currency``; a debit is above zero, a credit below."""

    account: str
    amount_minor: int
    currency: str
    booking_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """How a booking's captured money is divided when its stay is over or canceled.

    Units: minor units of ``currency``, the one that was paid in; those named ``host_`` of ``host_currency``.
    ``guest_fee_minor`` is the guest service fee as charged, deferred until now; ``fee_kept_minor`` the part of it that
    is earned; ``coupon_minor`` what the platform adds for a coupon. ``exchanged_minor`` is what the ``host_`` amounts
    are worth in ``currency`` at the booking's rate; None when both currencies are the same.
    """

    booking_id: int
    host_id: int
    currency: str
    host_currency: str
    charged_minor: int
    guest_fee_minor: int
    fee_kept_minor: int
    host_fee_minor: int
    host_payout_minor: int
    taxes_minor: int = 0
    refund_minor: int = 0
    coupon_minor: int = 0
    exchanged_minor: int | None = None


def ensure_balanced(entries: Iterable[Entry]) -> None:
    """Refuse entries that do not sum to zero per currency, or stand on no account of the chart.

    Raises: UnbalancedPosting.
    """
    sums: dict[str, int] = defaultdict(int)
    for entry in entries:
        if not is_account(entry.account):
            raise UnbalancedPosting(f"there is no account {entry.account}")
        sums[entry.currency] += entry.amount_minor
    wrong = {currency: amount for currency, amount in sums.items() if amount}
    if wrong:
        raise UnbalancedPosting(f"off by {wrong}")


def payment_captured(*, booking_id: int, provider: str, amount_minor: int, currency: str) -> list[Entry]:
    """A guest's money has arrived at the provider: we hold it for the stay."""
    return [
        Entry(account=clearing_account(provider), amount_minor=amount_minor, currency=currency),
        Entry(account=Account.GUEST_FUNDS, amount_minor=-amount_minor, currency=currency, booking_id=booking_id),
    ]


def booking_confirmed(*, booking_id: int, guest_fee_minor: int, currency: str) -> list[Entry]:
    """The stay is agreed: the guest service fee is ours to come, and deferred while it can be refunded."""
    return [
        Entry(account=Account.GUEST_FUNDS, amount_minor=guest_fee_minor, currency=currency, booking_id=booking_id),
        Entry(account=Account.DEFERRED_FEES, amount_minor=-guest_fee_minor, currency=currency, booking_id=booking_id),
    ]


def booking_changed(*, booking_id: int, fee_minor: int, refund_minor: int, currency: str) -> list[Entry]:
    """Another stay is agreed: the deferred fee follows it, and what it costs less is owed back.

    Units: minor units; ``fee_minor`` is by how much the fee became more, below zero: less. What a stay costs more came
    with its payment.
    """
    held = Entry(
        account=Account.GUEST_FUNDS, amount_minor=refund_minor + fee_minor, currency=currency, booking_id=booking_id
    )
    return [
        held,
        replace(held, account=Account.DEFERRED_FEES, amount_minor=-fee_minor),
        replace(held, account=Account.REFUNDS_PAYABLE, amount_minor=-refund_minor),
    ]


def money_divided(division: Division) -> list[Entry]:
    """A stay is completed or canceled: what was held goes to host, platform, tax office and back to the guest.

    Where the host is paid in another currency, the host's part is changed at the booking's rate, and what rounding
    leaves over of it is posted apart.
    """
    one = division
    paid = [
        (Account.GUEST_FUNDS, one.charged_minor - one.guest_fee_minor),
        (Account.DEFERRED_FEES, one.guest_fee_minor),
        (Account.COUPON_EXPENSE, one.coupon_minor),
        (Account.REFUNDS_PAYABLE, -one.refund_minor),
        (Account.SERVICE_FEE_REVENUE, -one.fee_kept_minor),
        (Account.TAXES_PAYABLE, -one.taxes_minor),
    ]
    hosts = [(Account.HOST_PAYABLE, -one.host_payout_minor), (Account.SERVICE_FEE_REVENUE, -one.host_fee_minor)]
    if one.exchanged_minor is not None:
        left_over_minor = sum(amount for _, amount in paid) - one.exchanged_minor
        paid += [(Account.CURRENCY_EXCHANGE, -one.exchanged_minor), (Account.FX_ROUNDING, -left_over_minor)]
        hosts += [(Account.CURRENCY_EXCHANGE, one.host_payout_minor + one.host_fee_minor)]
    entries = [(*part, one.currency) for part in paid] + [(*part, one.host_currency) for part in hosts]
    return [
        Entry(
            account=account,
            amount_minor=amount_minor,
            currency=currency,
            booking_id=one.booking_id,
            user_id=one.host_id if account is Account.HOST_PAYABLE else None,
        )
        for (account, currency), amount_minor in _summed(entries).items()
    ]


def _summed(entries: Iterable[tuple[Account, int, str]]) -> dict[tuple[Account, str], int]:
    """Return what each account gets in each currency, in the order of the accounts' first entries."""
    sums: dict[tuple[Account, str], int] = defaultdict(int)
    for account, amount_minor, currency in entries:
        sums[account, currency] += amount_minor
    return sums


def payment_returned(*, booking_id: int, amount_minor: int, currency: str) -> list[Entry]:
    """Money came for a stay that no longer stands: it is owed back in full."""
    held = Entry(account=Account.GUEST_FUNDS, amount_minor=amount_minor, currency=currency, booking_id=booking_id)
    return [held, replace(held, account=Account.REFUNDS_PAYABLE, amount_minor=-amount_minor)]


def refund_sent(*, booking_id: int, provider: str, amount_minor: int, currency: str) -> list[Entry]:
    """A refund has left through the provider that the money came by."""
    return [
        Entry(account=Account.REFUNDS_PAYABLE, amount_minor=amount_minor, currency=currency, booking_id=booking_id),
        Entry(account=clearing_account(provider), amount_minor=-amount_minor, currency=currency),
    ]


def host_penalty(*, booking_id: int, host_id: int, amount_minor: int, currency: str) -> list[Entry]:
    """A host canceled on a guest and owes a penalty, which coming payouts pay."""
    owed = Entry(
        account=Account.HOST_RECEIVABLE,
        amount_minor=amount_minor,
        currency=currency,
        booking_id=booking_id,
        user_id=host_id,
    )
    return [owed, replace(owed, account=Account.PENALTY_INCOME, amount_minor=-amount_minor, user_id=None)]


def penalty_waived(*, booking_id: int, host_id: int, amount_minor: int, currency: str) -> list[Entry]:
    """Staff let a host off a penalty: it is owed back, whether coming payouts had paid it yet or not."""
    back = Entry(account=Account.PENALTY_INCOME, amount_minor=amount_minor, currency=currency, booking_id=booking_id)
    return [back, replace(back, account=Account.HOST_PAYABLE, amount_minor=-amount_minor, user_id=host_id)]


def earnings_taken_back(*, booking_id: int, host_id: int, amount_minor: int, currency: str) -> list[Entry]:
    """Earnings were posted before a stay was canceled: the host owes what is not kept, and coming payouts pay it."""
    owed = Entry(
        account=Account.HOST_RECEIVABLE,
        amount_minor=amount_minor,
        currency=currency,
        booking_id=booking_id,
        user_id=host_id,
    )
    return [owed, replace(owed, account=Account.HOST_PAYABLE, amount_minor=-amount_minor)]


def payout_started(*, host_id: int, earned_minor: int, netted_minor: int, currency: str, sent: Sent) -> list[Entry]:
    """A payout is on its way: earnings less what the host owed, in the currency of the host's account.

    What rounding up to the provider's step adds is ours to pay.
    Units: no amount is negative; the first two in ``currency``, which the earnings are in.
    """
    rounded_minor = sent.amount.amount_minor - sent.worth_minor
    owed = [
        Entry(account=Account.HOST_PAYABLE, amount_minor=earned_minor, currency=currency, user_id=host_id),
        Entry(account=Account.HOST_RECEIVABLE, amount_minor=-netted_minor, currency=currency, user_id=host_id),
    ]
    left = Entry(
        account=Account.PAYOUTS_IN_TRANSIT,
        amount_minor=-sent.amount.amount_minor,
        currency=sent.amount.currency,
        user_id=host_id,
    )
    rounded = Entry(account=Account.FX_ROUNDING, amount_minor=rounded_minor, currency=sent.amount.currency)
    if sent.rate is None:
        return [*owed, left, rounded]
    given = Entry(account=Account.CURRENCY_EXCHANGE, amount_minor=netted_minor - earned_minor, currency=currency)
    return [*owed, given, replace(given, amount_minor=sent.worth_minor, currency=sent.amount.currency), left, rounded]


def paid_by_hand(started: Iterable[Entry]) -> list[Entry]:
    """Staff paid from our own bank what a provider could not: as a payout that started, but ours left at once."""
    return [
        replace(entry, account=Account.PLATFORM_BANK, user_id=None)
        if entry.account == Account.PAYOUTS_IN_TRANSIT
        else entry
        for entry in started
    ]


def payout_paid(*, host_id: int, provider: str, amount_minor: int, currency: str) -> list[Entry]:
    """A payout has left our balance at the provider that pays the host."""
    return [
        Entry(account=Account.PAYOUTS_IN_TRANSIT, amount_minor=amount_minor, currency=currency, user_id=host_id),
        Entry(account=clearing_account(provider), amount_minor=-amount_minor, currency=currency),
    ]


def dispute_opened(*, booking_id: int, provider: str, amount_minor: int, currency: str) -> list[Entry]:
    """A payer's bank took a payment back while it looks into it."""
    held = Entry(account=Account.DISPUTES, amount_minor=amount_minor, currency=currency, booking_id=booking_id)
    return [held, Entry(account=clearing_account(provider), amount_minor=-amount_minor, currency=currency)]


def dispute_lost(*, booking_id: int, amount_minor: int, host_worth_minor: int, currency: str) -> list[Entry]:
    """The bank keeps what it took back: it is our loss, less what the host owes of it, which is posted beside."""
    taken = Entry(account=Account.DISPUTES, amount_minor=-amount_minor, currency=currency, booking_id=booking_id)
    return [replace(taken, account=Account.DISPUTE_LOSSES, amount_minor=amount_minor - host_worth_minor), taken]


def processor_fee(*, provider: str, fee_minor: int, currency: str) -> list[Entry]:
    """A provider took its fee off our balance; one that it gives back is below zero."""
    return [
        Entry(account=Account.PROCESSOR_FEES, amount_minor=fee_minor, currency=currency),
        Entry(account=clearing_account(provider), amount_minor=-fee_minor, currency=currency),
    ]


def sent_to_bank(*, provider: str, amount_minor: int, currency: str) -> list[Entry]:
    """A provider paid our balance out to our bank; what came back is below zero."""
    return [
        Entry(account=Account.PLATFORM_BANK, amount_minor=amount_minor, currency=currency),
        Entry(account=clearing_account(provider), amount_minor=-amount_minor, currency=currency),
    ]


def reversal(entries: Iterable[Entry]) -> list[Entry]:
    """Undo a posting by its opposite, as for a payout that came back; nothing is ever edited."""
    return [replace(entry, amount_minor=-entry.amount_minor) for entry in entries]


def combined(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries with one line for each account, in the order of the accounts' first lines."""
    sums: dict[Entry, int] = defaultdict(int)
    for entry in entries:
        sums[replace(entry, amount_minor=0)] += entry.amount_minor
    return [replace(line, amount_minor=amount_minor) for line, amount_minor in sums.items()]
