"""What each test token and test account does at the sandbox provider, and when it says no; pure."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from airbnb.integrations.payments.protocol import (
    GatewayPayment,
    GatewayPaymentStatus,
    GatewayPayout,
    GatewayPayoutStatus,
    GatewayRefund,
    GatewayRefundStatus,
    GatewayRefused,
    PaymentRequest,
)
from airbnb.integrations.payments.sandbox_store import Body, new_ref

AUTHORIZATION_LIFETIME = timedelta(days=7)
REQUIRES_ACTION_TOKEN = "tok_requires_action"  # noqa: S105 - a test token that anyone may know
TIMEOUT_TOKEN = "tok_timeout"  # noqa: S105 - the same
CAPTURE_FAILS_TOKEN = "tok_capture_fails"  # noqa: S105 - the same
#: Tokens that are refused at once, and why.
DECLINES = {"tok_declined": "card_declined", "tok_insufficient_funds": "insufficient_funds"}
TOKENS = ("tok_ok", *DECLINES, REQUIRES_ACTION_TOKEN, TIMEOUT_TOKEN, CAPTURE_FAILS_TOKEN)
PAYOUT_FAILURES = {"fail_temporary": "bank_unavailable", "fail_permanent": "account_closed"}

Status = GatewayPaymentStatus


def check_amount(amount_minor: int, currency: str) -> None:
    """Refuse amounts and currencies that no provider would take. Raises: GatewayRefused."""
    if amount_minor <= 0:
        raise GatewayRefused("invalid_amount")
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise GatewayRefused("invalid_currency")


def check_currency(payment: Body, currency: str) -> None:
    """Refuse an amount in another currency than the payment's. Raises: GatewayRefused."""
    if payment["currency"] != currency:
        raise GatewayRefused("currency_mismatch")


def new_payment(request: PaymentRequest, now: datetime) -> Body:
    """Make the payment that the request's token leads to. Raises: GatewayRefused."""
    check_amount(request.amount_minor, request.currency)
    if request.token is not None and request.token not in TOKENS:
        raise GatewayRefused("unknown_token")
    payment: Body = {
        "provider_ref": new_ref("pay"),
        "reference": request.reference,
        "status": Status.REQUIRES_ACTION,
        "amount_minor": request.amount_minor,
        "currency": request.currency,
        "captured_minor": 0,
        "refunded_minor": 0,
        "capture": request.capture,
        "token": request.token,
        "return_url": request.return_url,
        "cancel_url": request.cancel_url,
        "description": request.description,
    }
    if request.token in DECLINES:
        payment.update(status=Status.FAILED, failure_code=DECLINES[request.token])
    elif request.token not in (None, REQUIRES_ACTION_TOKEN):
        grant(payment, now)
    return payment


def grant(payment: Body, now: datetime) -> None:
    """Authorise in place, and capture at once when the request asked for it."""
    payment["status"] = Status.AUTHORIZED
    payment["capture_before"] = (now + AUTHORIZATION_LIFETIME).isoformat()
    if payment["capture"]:
        take(payment, payment["amount_minor"], now)


def take(payment: Body, amount_minor: int, now: datetime) -> str | None:
    """Capture in place; return the code of a refusal that changed the payment and must be kept.

    Raises: GatewayRefused when nothing changed.
    """
    if payment["status"] == Status.CAPTURED:
        raise GatewayRefused("already_captured")
    if payment["status"] != Status.AUTHORIZED:
        raise GatewayRefused(f"payment_{payment['status']}")
    if not 0 < amount_minor <= payment["amount_minor"]:
        raise GatewayRefused("capture_exceeds_authorized")
    if now >= datetime.fromisoformat(payment["capture_before"]):
        payment.update(status=Status.CANCELED, failure_code="authorization_expired")
        return "authorization_expired"
    if payment["token"] == CAPTURE_FAILS_TOKEN:
        payment.update(status=Status.FAILED, failure_code="capture_failed")
        return "capture_failed"
    payment.update(status=Status.CAPTURED, captured_minor=amount_minor)
    return None


def give_up(payment: Body) -> bool:
    """Void in place; return whether that changed anything. Raises: GatewayRefused."""
    if payment["status"] == Status.CAPTURED:
        raise GatewayRefused("already_captured")
    if payment["status"] in (Status.CANCELED, Status.FAILED):
        return False
    payment["status"] = Status.CANCELED
    return True


def answer(payment: Body, ok: bool, now: datetime) -> bool:
    """Apply the payer's answer in place; return whether the payment was waiting for one."""
    if payment["status"] != Status.REQUIRES_ACTION:
        return False
    if ok:
        grant(payment, now)
    else:
        payment.update(status=Status.FAILED, failure_code="authentication_failed")
    return True


def give_back(payment: Body, amount_minor: int, reference: str) -> Body:
    """Count the refund on the payment in place and return it. Raises: GatewayRefused."""
    if not 0 < amount_minor <= payment["captured_minor"] - payment["refunded_minor"]:
        raise GatewayRefused("refund_exceeds_captured")
    payment["refunded_minor"] += amount_minor
    return {
        "provider_ref": new_ref("ref"),
        "payment_ref": payment["provider_ref"],
        "reference": reference,
        "status": GatewayRefundStatus.SUCCEEDED,
        "amount_minor": amount_minor,
        "currency": payment["currency"],
    }


def is_settled(payout: Body) -> bool:
    """Whether trying the payout again would change nothing."""
    return payout["status"] == GatewayPayoutStatus.PAID or bool(payout["permanent"])


def try_payout(payout: Body, details: Mapping[str, Any]) -> None:
    """Make one more attempt in place, with the outcome that the account's ``behaviour`` asks for."""
    payout["attempts"] += 1
    behaviour = str(details.get("behaviour"))
    times = details.get("times", 1)
    still_down = behaviour == "fail_temporary" and isinstance(times, int) and payout["attempts"] <= times
    if still_down or behaviour == "fail_permanent":
        payout.update(
            status=GatewayPayoutStatus.FAILED,
            failure_code=PAYOUT_FAILURES[behaviour],
            permanent=behaviour == "fail_permanent",
        )
    else:
        payout.update(status=GatewayPayoutStatus.PAID, failure_code=None, permanent=False)


def as_payment(body: Body, approval_base_url: str) -> GatewayPayment:
    """Turn a stored payment into the protocol's words."""
    waiting = body["status"] == Status.REQUIRES_ACTION
    lapses = body.get("capture_before") if body["status"] == Status.AUTHORIZED else None
    return GatewayPayment(
        provider_ref=body["provider_ref"],
        reference=body["reference"],
        status=Status(body["status"]),
        amount_minor=body["amount_minor"],
        currency=body["currency"],
        captured_minor=body["captured_minor"],
        refunded_minor=body["refunded_minor"],
        approval_url=f"{approval_base_url}/{body['provider_ref']}" if waiting else None,
        failure_code=body.get("failure_code"),
        capture_before=datetime.fromisoformat(lapses) if lapses else None,
    )


def as_refund(body: Body) -> GatewayRefund:
    """Turn a stored refund into the protocol's words."""
    return GatewayRefund(
        provider_ref=body["provider_ref"],
        payment_ref=body["payment_ref"],
        reference=body["reference"],
        status=GatewayRefundStatus(body["status"]),
        amount_minor=body["amount_minor"],
        currency=body["currency"],
    )


def as_payout(body: Body) -> GatewayPayout:
    """Turn a stored payout into the protocol's words."""
    return GatewayPayout(
        provider_ref=body["provider_ref"],
        reference=body["reference"],
        status=GatewayPayoutStatus(body["status"]),
        amount_minor=body["amount_minor"],
        currency=body["currency"],
        failure_code=body["failure_code"],
        permanent=body["permanent"],
    )


def fingerprint(*parameters: Any) -> str:
    """Digest a call's name and parameters, to tell a repeat from a key used for something else."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()
