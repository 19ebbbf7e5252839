"""PayPal's payouts in the protocol's words, as batches of one item and as lines of the report; pure.

Source: https://developer.paypal.com/docs/api/payments.payouts-batch/v1/
"""

from airbnb.integrations.payments.paypal.amounts import currency_of, from_paypal
from airbnb.integrations.payments.paypal.client import Body
from airbnb.integrations.payments.protocol import GatewayPayout, GatewayPayoutStatus

#: What ended without the money being with the host; everything else is on its way, also what nobody has claimed yet.
_PAYOUT_ENDS = frozenset({"FAILED", "RETURNED", "BLOCKED", "REFUNDED", "REVERSED", "DENIED", "CANCELED"})
#: Failures of a payout that pass: the same account may be paid later.
#: Source: https://developer.paypal.com/docs/payouts/standard/reference/errors/
_PASSING_FAILURES = frozenset(
    {
        "INTERNAL_ERROR",
        "INSUFFICIENT_FUNDS",
        "SENDER_ACCOUNT_LOCKED",
        "TRANSACTION_LIMIT_EXCEEDED",
        "POS_LIMIT_EXCEEDED",
    }
)
#: A transaction's letter in the report.
_REPORTED_PAYOUTS = {
    "S": GatewayPayoutStatus.PAID,
    "V": GatewayPayoutStatus.FAILED,
    "D": GatewayPayoutStatus.FAILED,
}


def as_payout(batch: Body) -> GatewayPayout:
    """Read a batch, which is always of one item.

    Paid is what has arrived at a PayPal account. What its receiver has not claimed stays on its way, for at most 30
    days; after that PayPal returns it.
    """
    header = batch["batch_header"]
    item = (batch.get("items") or [{}])[0]
    state = str(item.get("transaction_status") or header["batch_status"])
    if header["batch_status"] in ("DENIED", "CANCELED"):
        state = str(header["batch_status"])
    amount = (item.get("payout_item") or {}).get("amount") or header.get("amount") or {"value": "0", "currency": "XXX"}
    errors = item.get("errors") or header.get("errors") or {}
    name = str(errors.get("name") or "") if isinstance(errors, dict) else ""
    status = GatewayPayoutStatus.PROCESSING
    if state in _PAYOUT_ENDS:
        status = GatewayPayoutStatus.FAILED
    elif state == "SUCCESS" and item:
        status = GatewayPayoutStatus.PAID
    return GatewayPayout(
        provider_ref=header["payout_batch_id"],
        reference=batch_reference(header),
        status=status,
        amount_minor=from_paypal(amount),
        currency=currency_of(amount),
        failure_code=(name or state).lower()[:64] if status is GatewayPayoutStatus.FAILED else None,
        permanent=status is GatewayPayoutStatus.FAILED and name not in _PASSING_FAILURES,
    )


def as_reported_payout(info: Body) -> GatewayPayout:
    """Read a payout's line of the report, where amounts that left us are below zero."""
    status = _REPORTED_PAYOUTS.get(str(info.get("transaction_status")), GatewayPayoutStatus.PROCESSING)
    failed = status is GatewayPayoutStatus.FAILED
    return GatewayPayout(
        provider_ref=info["transaction_id"],
        reference=str(info.get("custom_field") or info.get("invoice_id") or ""),
        status=status,
        amount_minor=abs(from_paypal(info["transaction_amount"])),
        currency=currency_of(info["transaction_amount"]),
        failure_code="returned" if failed else None,
        permanent=failed,
    )


def batch_reference(header: Body) -> str:
    """Return our reference from a batch's name; what follows a slash tells attempts apart."""
    return str((header.get("sender_batch_header") or {}).get("sender_batch_id", "")).partition("/")[0]
