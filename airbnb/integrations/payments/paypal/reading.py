"""PayPal's orders, refunds, disputes and movements in the protocol's words; pure.

Source: https://developer.paypal.com/docs/api/orders/v2/, https://developer.paypal.com/docs/api/payments/v2/
"""

from datetime import datetime, timedelta
from typing import Any

from airbnb.integrations.payments.abilities import DisputeStatus, GatewayDispute, GatewayMovement, MovementKind
from airbnb.integrations.payments.paypal.amounts import currency_of, from_paypal
from airbnb.integrations.payments.paypal.client import Body
from airbnb.integrations.payments.protocol import (
    GatewayPayment,
    GatewayPaymentStatus,
    GatewayRefund,
    GatewayRefundStatus,
    GatewayRefused,
)

NOT_FOUND = "not_found"
#: What stands before our reference in an order that we gave up before it held money: PayPal has no call for that.
GIVEN_UP = "void:"
#: PayPal promises the money of an authorisation for so long, although it may be captured for 29 days.
#: Source: https://developer.paypal.com/docs/checkout/standard/customize/authorization/ (honor period)
HONOURED_FOR = timedelta(days=3)

_AUTHORIZATION_STATUSES = {
    "CREATED": GatewayPaymentStatus.AUTHORIZED,
    "PENDING": GatewayPaymentStatus.PROCESSING,
    "DENIED": GatewayPaymentStatus.FAILED,
    "VOIDED": GatewayPaymentStatus.CANCELED,
    "EXPIRED": GatewayPaymentStatus.CANCELED,
    # A capture decides, once there is one.
    "CAPTURED": GatewayPaymentStatus.PROCESSING,
    "PARTIALLY_CAPTURED": GatewayPaymentStatus.PROCESSING,
}
_TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
_REFUND_STATUSES = {
    "COMPLETED": GatewayRefundStatus.SUCCEEDED,
    "FAILED": GatewayRefundStatus.FAILED,
    "CANCELLED": GatewayRefundStatus.FAILED,
}
_WON = frozenset({"RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER", "DENIED", "RESOLVED_WITH_PAYOUT"})
#: By the first letters of PayPal's event codes, the longest first.
#: Source: https://developer.paypal.com/docs/transaction-search/transaction-event-codes/
_MOVEMENT_KINDS = (
    ("T0001", MovementKind.PAYOUT),
    ("T00", MovementKind.PAYMENT),
    ("T04", MovementKind.TO_BANK),
    ("T1107", MovementKind.REFUND),
    ("T1114", MovementKind.PAYOUT_REVERSAL),
    ("T1106", MovementKind.DISPUTE),
    ("T12", MovementKind.DISPUTE),
)


def as_payment(order: Body) -> GatewayPayment:
    """Read an order with its authorisation, captures and refunds."""
    unit = unit_of(order)
    held, captures = authorization_of(order), _payments(unit, "captures")
    status = _payment_status(order, held, captures)
    taken = [one for one in captures if one["status"] in _TAKEN]
    back = [one for one in _payments(unit, "refunds") if one["status"] in ("COMPLETED", "PENDING")]
    return GatewayPayment(
        provider_ref=order["id"],
        reference=reference_of(unit).removeprefix(GIVEN_UP),
        status=status,
        amount_minor=from_paypal(unit["amount"]),
        currency=currency_of(unit["amount"]),
        captured_minor=sum(from_paypal(one["amount"]) for one in taken),
        refunded_minor=sum(from_paypal(one["amount"]) for one in back),
        approval_url=_approval_url(order) if status is GatewayPaymentStatus.REQUIRES_ACTION else None,
        failure_code=_failure_code(status, held, captures),
        capture_before=_capture_before(held) if status is GatewayPaymentStatus.AUTHORIZED else None,
    )


def as_refund(body: Body, *, payment_ref: str) -> GatewayRefund:
    """Read a refund of an order's capture; an eCheck's or a bank's takes days and is pending."""
    status = _REFUND_STATUSES.get(str(body["status"]), GatewayRefundStatus.PENDING)
    return GatewayRefund(
        provider_ref=body["id"],
        payment_ref=payment_ref,
        reference=reference_of(body),
        status=status,
        amount_minor=from_paypal(body["amount"]),
        currency=currency_of(body["amount"]),
        failure_code=_reason(body) or str(body["status"]).lower() if status is GatewayRefundStatus.FAILED else None,
    )


def as_dispute(body: Body, *, payment_ref: str) -> GatewayDispute:
    """Read a dispute; in its first stage payer and seller only talk."""
    due = body.get("seller_response_due_date")
    return GatewayDispute(
        provider_ref=body["dispute_id"],
        payment_ref=payment_ref,
        status=_dispute_status(body),
        amount_minor=from_paypal(body["dispute_amount"]),
        currency=currency_of(body["dispute_amount"]),
        reason=str(body["reason"]).lower(),
        is_inquiry=body.get("dispute_life_cycle_stage") == "INQUIRY",
        evidence_due_at=None if due is None else instant(due),
    )


def as_movement(info: Body) -> GatewayMovement:
    """Read a transaction that moved our balance; PayPal's fees are below zero.

    A payment is named by its capture there, and a payout by its item, so both are told apart by our reference.
    """
    code = str(info["transaction_event_code"])
    kind = next((kind for start, kind in _MOVEMENT_KINDS if code.startswith(start)), MovementKind.OTHER)
    fee = info.get("fee_amount")
    return GatewayMovement(
        provider_ref=info["transaction_id"],
        kind=kind,
        subject_ref=info["transaction_id"] if kind is MovementKind.REFUND else None,
        reference=info.get("custom_field") or info.get("invoice_id") or None,
        amount_minor=from_paypal(info["transaction_amount"]),
        fee_minor=0 if fee is None else -from_paypal(fee),
        currency=currency_of(info["transaction_amount"]),
        at=instant(info["transaction_initiation_date"]),
    )


def is_ours(info: Body, reference: str) -> bool:
    """Say whether a line of the report bears our reference."""
    return reference in (info.get("custom_field"), info.get("invoice_id"))


def forgotten_payment(provider_ref: str) -> GatewayPayment:
    """Return what stands for an order that nobody approved for hours: PayPal has forgotten it, and its amount."""
    return GatewayPayment(
        provider_ref=provider_ref, reference="", status=GatewayPaymentStatus.CANCELED, amount_minor=0, currency="XXX"
    )


def declined(order: Body, code: str) -> Body:
    """Return an approved order whose payer's money was refused as one with a denied authorisation."""
    unit = unit_of(order)
    denied = {"id": "", "status": "DENIED", "amount": unit["amount"], "status_details": {"reason": code}}
    return {**order, "purchase_units": [{**unit, "payments": {"authorizations": [denied]}}]}


def is_captured(order: Body) -> bool:
    """Say whether an order has a capture, whatever became of it."""
    return bool(_payments(unit_of(order), "captures"))


def unit_of(order: Body) -> Body:
    """Return an order's one purchase unit."""
    unit: Body = order["purchase_units"][0]
    return unit


def authorization_of(order: Body) -> Body | None:
    """Return an order's authorisation, once there is one."""
    found = _payments(unit_of(order), "authorizations")
    return found[-1] if found else None


def capture_of(order: Body) -> Body:
    """Return the capture that took an order's money. Raises: GatewayRefused while there is none."""
    found = [one for one in _payments(unit_of(order), "captures") if one["status"] in _TAKEN]
    if not found:
        raise GatewayRefused("not_captured")
    return found[-1]


def refunds_of(order: Body) -> list[Body]:
    """Return an order's refunds, the newest first."""
    return sorted(_payments(unit_of(order), "refunds"), key=lambda one: str(one["create_time"]), reverse=True)


def reference_of(body: Body) -> str:
    """Return our reference from an object, or an empty text."""
    return str(body.get("custom_id") or "")


def is_given_up(order: Body) -> bool:
    """Say whether we gave an order up before it held money."""
    return reference_of(unit_of(order)).startswith(GIVEN_UP)


def order_id_of(body: Body) -> str:
    """Return the order that an authorisation or a capture belongs to, or an empty text."""
    related = (body.get("supplementary_data") or {}).get("related_ids") or {}
    return str(related.get("order_id") or "")


def linked_id(body: Body, rel: str) -> str:
    """Return the id at the end of one of an object's links, or an empty text."""
    hrefs = [str(link["href"]) for link in body.get("links") or [] if link.get("rel") == rel]
    return hrefs[0].rstrip("/").rpartition("/")[2] if hrefs else ""


def instant(text: str) -> datetime:
    """Return PayPal's time as an instant."""
    return datetime.fromisoformat(text)


def _payments(unit: Body, kind: str) -> list[Body]:
    return list((unit.get("payments") or {}).get(kind) or [])


def _payment_status(order: Body, held: Body | None, captures: list[Body]) -> GatewayPaymentStatus:
    states = {str(one["status"]) for one in captures}
    if states & _TAKEN:
        return GatewayPaymentStatus.CAPTURED
    if "PENDING" in states:
        return GatewayPaymentStatus.PROCESSING
    if states & {"DECLINED", "FAILED"}:
        return GatewayPaymentStatus.FAILED
    if held is not None:
        return _AUTHORIZATION_STATUSES.get(str(held["status"]), GatewayPaymentStatus.PROCESSING)
    if order["status"] == "VOIDED" or is_given_up(order):
        return GatewayPaymentStatus.CANCELED
    if order["status"] in ("APPROVED", "COMPLETED"):
        return GatewayPaymentStatus.PROCESSING
    return GatewayPaymentStatus.REQUIRES_ACTION


def _failure_code(status: GatewayPaymentStatus, held: Body | None, captures: list[Body]) -> str | None:
    if status is GatewayPaymentStatus.FAILED:
        said = [_reason(one) for one in [*captures, *([held] if held else [])]]
        return next((reason for reason in said if reason), "declined")
    if status is GatewayPaymentStatus.CANCELED and held is not None and _is_over(held):
        return "authorization_expired"
    return None


def _reason(body: Body) -> str | None:
    reason = (body.get("status_details") or {}).get("reason")
    return None if reason is None else str(reason).lower()[:64]


def _is_over(held: Body) -> bool:
    """Whether an authorisation ended by itself: PayPal voids it when its time is up."""
    ended, last = held.get("update_time"), held.get("expiration_time")
    return held["status"] == "EXPIRED" or bool(ended and last and instant(ended) >= instant(last))


def _capture_before(held: Body | None) -> datetime | None:
    if held is None or not held.get("create_time"):
        return None
    promised = instant(held["create_time"]) + HONOURED_FOR
    last = held.get("expiration_time")
    return promised if last is None else min(promised, instant(last))


def _approval_url(order: Body) -> str | None:
    # PayPal names the link by how the order was made: "payer-action" with a payment source, "approve" without.
    rels = ("payer-action", "approve")
    return next((str(link["href"]) for link in order.get("links") or [] if link.get("rel") in rels), None)


def _dispute_status(body: Body) -> DisputeStatus:
    status = str(body["status"])
    if status == "RESOLVED":
        outcome: Any = (body.get("dispute_outcome") or {}).get("outcome_code")
        return DisputeStatus.WON if outcome in _WON else DisputeStatus.LOST
    if status in ("OPEN", "WAITING_FOR_SELLER_RESPONSE"):
        return DisputeStatus.NEEDS_RESPONSE
    return DisputeStatus.UNDER_REVIEW
