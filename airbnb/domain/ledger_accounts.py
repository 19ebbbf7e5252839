"""The chart of accounts: which pots of money the book knows, as data.

Source: docs/rules/ledger.md, "Accounts".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Account(StrEnum):
    """The accounts; ``gateway_clearing`` has one sub-account per provider."""

    GATEWAY_CLEARING = "gateway_clearing"
    PLATFORM_BANK = "platform_bank"
    HOST_RECEIVABLE = "host_receivable"
    GUEST_FUNDS = "guest_funds"
    DEFERRED_FEES = "deferred_fees"
    REFUNDS_PAYABLE = "refunds_payable"
    HOST_PAYABLE = "host_payable"
    PAYOUTS_IN_TRANSIT = "payouts_in_transit"
    TAXES_PAYABLE = "taxes_payable"
    HOST_REMITTED_TAX = "host_remitted_tax"
    DISPUTES = "disputes"
    SERVICE_FEE_REVENUE = "service_fee_revenue"
    PENALTY_INCOME = "penalty_income"
    PROCESSOR_FEES = "processor_fees"
    DISPUTE_LOSSES = "dispute_losses"
    DISPUTE_RECOVERIES = "dispute_recoveries"
    COUPON_EXPENSE = "coupon_expense"
    GOODWILL = "goodwill"
    CURRENCY_EXCHANGE = "currency_exchange"
    FX_ROUNDING = "fx_rounding"


class Side(StrEnum):
    """On which side of the balance an account normally stands."""

    ASSET = "asset"
    LIABILITY = "liability"
    REVENUE = "revenue"
    EXPENSE = "expense"


class Dimension(StrEnum):
    """Whose money an account is kept apart for."""

    PROVIDER = "provider"
    BOOKING = "booking"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What one account holds and for whom it is kept apart."""

    side: Side
    holds: str
    per: Dimension | None = None


CHART: Mapping[Account, AccountFacts] = {
    Account.GATEWAY_CLEARING: AccountFacts(Side.ASSET, "Money at a payment provider", Dimension.PROVIDER),
    Account.PLATFORM_BANK: AccountFacts(Side.ASSET, "Money in our own bank account"),
    Account.HOST_RECEIVABLE: AccountFacts(Side.ASSET, "What a host owes, such as penalties", Dimension.HOST),
    Account.GUEST_FUNDS: AccountFacts(Side.LIABILITY, "What a guest paid for a stay to come", Dimension.BOOKING),
    Account.DEFERRED_FEES: AccountFacts(
        Side.LIABILITY, "Guest service fees that may still be refunded", Dimension.BOOKING
    ),
    Account.REFUNDS_PAYABLE: AccountFacts(Side.LIABILITY, "Refunds owed to guests and not yet sent", Dimension.BOOKING),
    Account.HOST_PAYABLE: AccountFacts(Side.LIABILITY, "What a host earned and was not paid yet", Dimension.HOST),
    Account.PAYOUTS_IN_TRANSIT: AccountFacts(Side.LIABILITY, "Payouts on their way", Dimension.HOST),
    Account.TAXES_PAYABLE: AccountFacts(Side.LIABILITY, "Occupancy taxes that the platform hands on"),
    Account.HOST_REMITTED_TAX: AccountFacts(Side.LIABILITY, "Occupancy taxes passed to hosts", Dimension.HOST),
    Account.DISPUTES: AccountFacts(Side.ASSET, "Money that a card network holds back"),
    Account.SERVICE_FEE_REVENUE: AccountFacts(Side.REVENUE, "Service fees earned from guests and hosts"),
    Account.PENALTY_INCOME: AccountFacts(Side.REVENUE, "Penalties for cancelling on guests"),
    Account.PROCESSOR_FEES: AccountFacts(Side.EXPENSE, "What providers charge us"),
    Account.DISPUTE_LOSSES: AccountFacts(Side.EXPENSE, "What payers' banks took back for good"),
    Account.DISPUTE_RECOVERIES: AccountFacts(
        Side.REVENUE, "What canceled stays no longer owed, because payers' banks had taken it back"
    ),
    Account.GOODWILL: AccountFacts(Side.EXPENSE, "What staff gave back at the platform's cost"),
    Account.COUPON_EXPENSE: AccountFacts(Side.EXPENSE, "Coupons that the platform paid"),
    Account.CURRENCY_EXCHANGE: AccountFacts(
        Side.ASSET,
        "What was changed at stored rates: from the guest's currency into the listing's, and into that of a payout",
    ),
    Account.FX_ROUNDING: AccountFacts(Side.EXPENSE, "What conversion and its rounding leave over"),
}


def clearing_account(provider: str) -> str:
    """Return the name of one provider's clearing account."""
    return f"{Account.GATEWAY_CLEARING}:{provider}"


def is_account(name: str) -> bool:
    """Say whether a name is in the chart; a sub-account counts by what stands before the colon."""
    base, colon, part = name.partition(":")
    if base not in {account.value for account in Account}:
        return False
    needs_part = CHART[Account(base)].per is Dimension.PROVIDER
    return bool(part) if needs_part else not colon
