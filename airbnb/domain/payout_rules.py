"""When a host's money is due, why it is held, and what debits leave of it.

Source: docs/rules/payouts.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from airbnb.domain.kinds import Provider

DEFAULT_DELAY = timedelta(hours=24)
ACCOUNT_CHANGE_HOLD = timedelta(hours=72)
#: Providers that ask hosts themselves: we keep nothing of them but the provider's name for the account.
ASK_THEMSELVES = frozenset({Provider.STRIPE})
#: Providers that check nothing beforehand: an address that can't be paid shows when it is paid.
NEED_NO_PROOF = frozenset({Provider.SANDBOX, Provider.PAYPAL})


class PayoutAnchor(StrEnum):
    """What the delay is counted from: check-out, or T."""

    COMPLETED = "completed"
    CHECK_IN = "check_in"


class HeldReason(StrEnum):
    """Why a due payout waits; shown to the host."""

    DISPUTE = "dispute"
    ACCOUNT_MISSING = "account_missing"
    ACCOUNT_UNVERIFIED = "account_unverified"
    ACCOUNT_CHANGED = "account_changed"
    EXCHANGE_RATE = "exchange_rate"
    STAFF = "staff"


class OnboardingState(StrEnum):
    """How far a host is with the questions of a provider that asks them itself."""

    NOT_NEEDED = "not_needed"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What holds depend on. ``has_account`` is False while the host has not said where to pay.

    ``has_rate`` is False while no current rate leads into the currency of the account.
    """

    has_account: bool = True
    is_verified: bool = True
    changed_at: datetime | None = None
    has_rate: bool = True
    has_open_dispute: bool = False
    held_by_staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetPayout:
    """What a run pays one host in one currency.

    Units: minor units. ``amount_minor`` is zero when it has to wait; ``netted_minor`` pairs each debit, in order, with
    what was taken of it; ``waiting_minor`` is carried to the next run (negative = still owed by the host).
    """

    amount_minor: int
    netted_minor: tuple[int, ...]
    waiting_minor: int


def due_at(
    *,
    check_in_at: datetime,
    check_out_at: datetime,
    anchor: PayoutAnchor = PayoutAnchor.COMPLETED,
    delay: timedelta = DEFAULT_DELAY,
) -> datetime:
    """Return when a stay's earnings are due.

    Source: docs/rules/payouts.md, "When money is due".
    """
    return (check_in_at if anchor is PayoutAnchor.CHECK_IN else check_out_at) + delay


def canceled_due_at(*, check_in_at: datetime, now: datetime, delay: timedelta = DEFAULT_DELAY) -> datetime:
    """Return when the host's share of a canceled booking is due: the later of T and now, and the delay.

    Source: docs/rules/payouts.md, "When money is due".
    """
    return max(check_in_at, now) + delay


def held_reasons(account: AccountFacts, *, now: datetime) -> tuple[HeldReason, ...]:
    """Return every reason why money that is due still waits; empty = it may leave.

    Needs: ``now`` is the instant of the run, which commands may set.
    Source: docs/rules/payouts.md, "Holds".
    """
    recently_changed = account.changed_at is not None and now < account.changed_at + ACCOUNT_CHANGE_HOLD
    found = {
        HeldReason.DISPUTE: account.has_open_dispute,
        HeldReason.ACCOUNT_MISSING: not account.has_account,
        HeldReason.ACCOUNT_UNVERIFIED: account.has_account and not account.is_verified,
        HeldReason.ACCOUNT_CHANGED: recently_changed,
        HeldReason.EXCHANGE_RATE: not account.has_rate,
        HeldReason.STAFF: account.held_by_staff,
    }
    return tuple(reason for reason, applies in found.items() if applies)


def net_payout(earnings_minor: Sequence[int], debits_minor: Sequence[int], *, minimum_minor: int = 0) -> NetPayout:
    """Net what a host owes against what is due; a rest below the minimum waits.

    Debits are taken in their order and only as far as the earnings reach.
    Units: minor units of one currency, none negative.
    Source: docs/rules/payouts.md, "Netting".
    """
    left_minor = sum(earnings_minor)
    netted = []
    for debit_minor in debits_minor:
        taken_minor = min(debit_minor, left_minor)
        netted.append(taken_minor)
        left_minor -= taken_minor
    owed_minor = sum(debits_minor) - sum(netted)
    if left_minor < max(minimum_minor, 1):
        return NetPayout(amount_minor=0, netted_minor=tuple(netted), waiting_minor=left_minor - owed_minor)
    return NetPayout(amount_minor=left_minor, netted_minor=tuple(netted), waiting_minor=0)
