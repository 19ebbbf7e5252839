"""Stripe's objects in the protocol's words; pure.

Source: https://docs.stripe.com/payments/paymentintents/lifecycle and the object pages of https://docs.stripe.com/api
"""

from datetime import UTC, datetime
from typing import Any

from airbnb.domain.statuses import DisputeStatus
from airbnb.integrations.payments.abilities import (
    GatewayAccount,
    GatewayDispute,
    GatewayMovement,
    MovementKind,
)
from airbnb.integrations.payments.protocol import (
    GatewayPayment,
    GatewayPaymentStatus,
    GatewayPayout,
    GatewayPayoutStatus,
    GatewayRefund,
    GatewayRefundStatus,
)
from airbnb.integrations.payments.stripe.amounts import from_stripe
from airbnb.integrations.payments.stripe.client import Body

#: The key in every object's metadata under which our reference stands.
REFERENCE = "reference"
#: What a payment needs to be read whole; refunds are summed because released parts of a hold count as refunded too.
PAYMENT_EXPANSIONS = ("latest_charge", "latest_charge.refunds")

_PAYMENT_STATUSES = {
    "requires_payment_method": GatewayPaymentStatus.REQUIRES_ACTION,
    "requires_confirmation": GatewayPaymentStatus.REQUIRES_ACTION,
    "requires_action": GatewayPaymentStatus.REQUIRES_ACTION,
    "processing": GatewayPaymentStatus.PROCESSING,
    "requires_capture": GatewayPaymentStatus.AUTHORIZED,
    "succeeded": GatewayPaymentStatus.CAPTURED,
    "canceled": GatewayPaymentStatus.CANCELED,
}
_REFUND_STATUSES = {
    "succeeded": GatewayRefundStatus.SUCCEEDED,
    "failed": GatewayRefundStatus.FAILED,
    "canceled": GatewayRefundStatus.FAILED,
}
_DISPUTE_STATUSES = {
    "needs_response": DisputeStatus.NEEDS_RESPONSE,
    "under_review": DisputeStatus.UNDER_REVIEW,
    "won": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
    "closed": DisputeStatus.WON,  # an inquiry that came to nothing
    "lost": DisputeStatus.LOST,
}
_MOVEMENT_KINDS = {
    "charge": MovementKind.PAYMENT,
    "payment": MovementKind.PAYMENT,
    "refund": MovementKind.REFUND,
    "payment_refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND,
    "payment_failure_refund": MovementKind.REFUND,
    "transfer": MovementKind.PAYOUT,
    "transfer_refund": MovementKind.PAYOUT_REVERSAL,
    "transfer_cancel": MovementKind.PAYOUT_REVERSAL,
    "payout": MovementKind.TO_BANK,
    "payout_failure": MovementKind.TO_BANK,
    "payout_cancel": MovementKind.TO_BANK,
}


def as_payment(body: Body) -> GatewayPayment:
    """Read a PaymentIntent; the charge behind it counts when it was expanded."""
    currency = str(body["currency"]).upper()
    status = _payment_status(body)
    waits = status is GatewayPaymentStatus.REQUIRES_ACTION
    charge = body.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    return GatewayPayment(
        provider_ref=body["id"],
        reference=reference_of(body),
        status=status,
        amount_minor=from_stripe(body["amount"], currency),
        currency=currency,
        captured_minor=from_stripe(body.get("amount_received") or 0, currency),
        refunded_minor=from_stripe(_refunded(charge), currency),
        approval_url=_approval_url(body) if waits else None,
        client_secret=body.get("client_secret") if waits else None,
        failure_code=_failure_code(body, status),
        capture_before=_capture_before(charge) if status is GatewayPaymentStatus.AUTHORIZED else None,
    )


def as_refund(body: Body) -> GatewayRefund:
    """Read a Refund; what waits for the payer's bank details is pending."""
    currency = str(body["currency"]).upper()
    status = _REFUND_STATUSES.get(str(body["status"]), GatewayRefundStatus.PENDING)
    return GatewayRefund(
        provider_ref=body["id"],
        payment_ref=str(body.get("payment_intent") or ""),
        reference=reference_of(body),
        status=status,
        amount_minor=from_stripe(body["amount"], currency),
        currency=currency,
        failure_code=(body.get("failure_reason") or body["status"]) if status is GatewayRefundStatus.FAILED else None,
    )


def as_payout(body: Body) -> GatewayPayout:
    """Read a Transfer: it has arrived at the host's Stripe account when it exists, unless it was taken back whole."""
    currency = str(body["currency"]).upper()
    is_back = bool(body.get("reversed"))
    return GatewayPayout(
        provider_ref=body["id"],
        reference=reference_of(body),
        status=GatewayPayoutStatus.FAILED if is_back else GatewayPayoutStatus.PAID,
        amount_minor=from_stripe(body["amount"], currency),
        currency=currency,
        failure_code="reversed" if is_back else None,
        permanent=is_back,
    )


def as_account(body: Body) -> GatewayAccount:
    """Read an Account: verified when it takes transfers and Stripe pays them on to a bank."""
    capabilities = body.get("capabilities") or {}
    is_verified = (
        bool(body.get("details_submitted"))
        and bool(body.get("payouts_enabled"))
        and capabilities.get("transfers") == "active"
    )
    return GatewayAccount(
        provider_ref=body["id"],
        reference=reference_of(body),
        is_verified=is_verified,
        country_code=body.get("country"),
    )


def as_dispute(body: Body) -> GatewayDispute:
    """Read a Dispute; those named ``warning_…`` are inquiries."""
    currency, status = str(body["currency"]).upper(), str(body["status"])
    due = (body.get("evidence_details") or {}).get("due_by")
    return GatewayDispute(
        provider_ref=body["id"],
        payment_ref=str(body.get("payment_intent") or ""),
        status=_DISPUTE_STATUSES.get(status.removeprefix("warning_"), DisputeStatus.NEEDS_RESPONSE),
        amount_minor=from_stripe(body["amount"], currency),
        currency=currency,
        reason=str(body["reason"]),
        is_inquiry=status.startswith("warning_"),
        evidence_due_at=None if due is None else instant(due),
    )


def as_movement(body: Body) -> GatewayMovement:
    """Read a BalanceTransaction with its source expanded."""
    currency = str(body["currency"]).upper()
    source = body.get("source")
    source = source if isinstance(source, dict) else {"id": source}
    is_dispute = source.get("object") == "dispute"
    is_charge = source.get("object") == "charge"
    return GatewayMovement(
        provider_ref=body["id"],
        kind=MovementKind.DISPUTE if is_dispute else _MOVEMENT_KINDS.get(body["type"], MovementKind.OTHER),
        subject_ref=source.get("payment_intent") if is_charge else source.get("transfer") or source.get("id"),
        reference=reference_of(source) or None,
        amount_minor=from_stripe(body["amount"], currency),
        fee_minor=from_stripe(body["fee"], currency),
        currency=currency,
        at=instant(body["created"]),
    )


def reference_of(body: Body) -> str:
    """Return our reference from an object's metadata, or an empty text."""
    return str((body.get("metadata") or {}).get(REFERENCE, ""))


def instant(seconds: int) -> datetime:
    """Return Stripe's time as an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def _payment_status(body: Body) -> GatewayPaymentStatus:
    # A declined card leaves the intent waiting for another one: for us that attempt has failed.
    if body["status"] == "requires_payment_method" and body.get("last_payment_error"):
        return GatewayPaymentStatus.FAILED
    return _PAYMENT_STATUSES.get(str(body["status"]), GatewayPaymentStatus.PROCESSING)


def _failure_code(body: Body, status: GatewayPaymentStatus) -> str | None:
    error: dict[str, Any] = body.get("last_payment_error") or {}
    if status is GatewayPaymentStatus.FAILED:
        return str(error.get("decline_code") or error.get("code") or error.get("type") or "declined")[:64]
    if status is GatewayPaymentStatus.CANCELED and body.get("cancellation_reason") == "automatic":
        return "authorization_expired"
    return None


def _approval_url(body: Body) -> str | None:
    action = body.get("next_action") or {}
    return (action.get("redirect_to_url") or {}).get("url")


def _refunded(charge: Body) -> int:
    refunds = (charge.get("refunds") or {}).get("data", [])
    return sum(refund["amount"] for refund in refunds if refund["status"] not in ("failed", "canceled"))


def _capture_before(charge: Body) -> datetime | None:
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    seconds = card.get("capture_before")
    return None if seconds is None else instant(seconds)
