"""PaymentIntents, their charges, refunds and disputes, as Stripe's pages describe them, in as far as we use them."""

from tests.fakes.stripe.books import Body, Books, StripeError, page, text, whole

#: What a test card does at once. Source: https://docs.stripe.com/testing (declined payments, authentication, disputes)
DECLINES = {
    "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", None),
}
NEEDS_ACTION = {"pm_card_authenticationRequired", "pm_card_threeDSecure2Required"}
WORKING = {"pm_card_visa", "pm_card_mastercard", "pm_card_refundFail", "pm_card_createDispute"}
HOLD_SECONDS = 7 * 24 * 3600
CURRENCIES = {"eur", "usd", "gbp", "jpy", "chf", "kwd", "isk"}
CANCELABLE = {"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture", "processing"}


def create_intent(books: Books, params: Body, base: str) -> Body:
    """Source: https://docs.stripe.com/api/payment_intents/create"""
    amount, currency = whole(params, "amount"), text(params, "currency")
    if currency not in CURRENCIES:
        raise StripeError(400, "parameter_invalid", param="currency", is_saved=False)
    if currency in ("kwd",) and amount % 10:
        raise StripeError(400, "amount_invalid", param="amount", is_saved=False)
    method = params.get("payment_method")
    if method is not None and method not in {*WORKING, *DECLINES, *NEEDS_ACTION}:
        raise StripeError(400, "resource_missing", param="payment_method")
    intent_id = books.new_id("pi")
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": params.get("capture_method", "automatic"),
        "cancellation_reason": None,
        "client_secret": f"{intent_id}_secret_{intent_id[::-1][:12]}",
        "created": books.now(),
        "currency": currency,
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": params.get("metadata", {}),
        "next_action": None,
        "payment_method": method,
        "return_url": params.get("return_url"),
        "status": "requires_payment_method",
    }
    books.add("payment_intent", intent)
    books.tell("payment_intent.created", intent)
    if str(params.get("confirm", "")).lower() == "true":
        confirm(books, intent, base)
    return intent


def confirm(books: Books, intent: Body, base: str) -> None:
    """Source: https://docs.stripe.com/payments/paymentintents/lifecycle, https://docs.stripe.com/payments/3d-secure"""
    method = intent["payment_method"]
    if method in DECLINES:
        fail(books, intent, *DECLINES[method])
        raise StripeError(402, intent["last_payment_error"]["code"], kind="card_error", **_declined(intent))
    if method in NEEDS_ACTION:
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "use_stripe_sdk"}
        if intent["return_url"]:
            page_url = f"{base}/3d-secure/{intent['id']}"
            intent["next_action"] = {
                "type": "redirect_to_url",
                "redirect_to_url": {"url": page_url, "return_url": intent["return_url"]},
            }
        books.tell("payment_intent.requires_action", intent)
        return
    approve(books, intent)


def _declined(intent: Body) -> Body:
    error = intent["last_payment_error"]
    more = {"decline_code": error["decline_code"]} if error.get("decline_code") else {}
    return {**more, "payment_intent": dict(intent)}


def fail(books: Books, intent: Body, code: str, decline_code: str | None = None) -> None:
    """A declined or unauthenticated intent asks for another payment method.

    Source: https://docs.stripe.com/payments/paymentintents/lifecycle
    """
    error = {"type": "card_error", "code": code, **({"decline_code": decline_code} if decline_code else {})}
    intent.update(status="requires_payment_method", last_payment_error=error, next_action=None, payment_method=None)
    books.tell("payment_intent.payment_failed", intent)


def approve(books: Books, intent: Body) -> None:
    """Authorise, and capture at once unless told otherwise.

    Source: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
    """
    charge = {
        "id": books.new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "captured": False,
        "created": books.now(),
        "currency": intent["currency"],
        "disputed": False,
        "metadata": dict(intent["metadata"]),
        "payment_intent": intent["id"],
        "payment_method_details": {
            "type": "card",
            "card": {"brand": "visa", "last4": "4242", "capture_before": books.now() + HOLD_SECONDS},
        },
        "refunded": False,
        "status": "succeeded",
    }
    books.add("charge", charge)
    intent.update(
        latest_charge=charge["id"],
        status="requires_capture",
        amount_capturable=intent["amount"],
        next_action=None,
        last_payment_error=None,
    )
    books.tell("payment_intent.amount_capturable_updated", intent)
    if intent["capture_method"] == "automatic":
        take(books, intent, intent["amount"])


def capture_intent(books: Books, intent_id: str, params: Body) -> Body:
    """Source: https://docs.stripe.com/api/payment_intents/capture"""
    intent = books.get("payment_intent", intent_id)
    if intent["status"] != "requires_capture":
        raise StripeError(400, "payment_intent_unexpected_state", payment_intent=dict(intent))
    charge = books.get("charge", intent["latest_charge"])
    if books.now() > charge["payment_method_details"]["card"]["capture_before"]:
        cancel(books, intent, "automatic")
        raise StripeError(400, "charge_expired_for_capture")
    amount = whole(params, "amount_to_capture") if "amount_to_capture" in params else intent["amount"]
    if amount > intent["amount"]:
        raise StripeError(400, "amount_too_large", param="amount_to_capture")
    take(books, intent, amount)
    return intent


def take(books: Books, intent: Body, amount: int) -> None:
    charge = books.get("charge", intent["latest_charge"])
    # What is released of the hold is counted as refunded on the charge, though no refund is made.
    charge.update(captured=True, amount_captured=amount, amount_refunded=charge["amount"] - amount)
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
    books.move("charge", amount, charge["currency"], charge["id"], fee=amount * 15 // 1000 + 25)
    books.tell("charge.captured", charge)
    books.tell("payment_intent.succeeded", intent)
    if intent["payment_method"] == "pm_card_createDispute":
        open_dispute(books, charge)


def cancel_intent(books: Books, intent_id: str) -> Body:
    """Source: https://docs.stripe.com/api/payment_intents/cancel"""
    intent = books.get("payment_intent", intent_id)
    if intent["status"] not in CANCELABLE:
        raise StripeError(400, "payment_intent_unexpected_state", payment_intent=dict(intent))
    cancel(books, intent, None)
    return intent


def cancel(books: Books, intent: Body, reason: str | None) -> None:
    intent.update(status="canceled", cancellation_reason=reason, amount_capturable=0, next_action=None)
    books.tell("payment_intent.canceled", intent)


def create_refund(books: Books, params: Body) -> Body:
    """Source: https://docs.stripe.com/api/refunds/create"""
    intent = books.get("payment_intent", text(params, "payment_intent"))
    if intent["status"] != "succeeded":
        raise StripeError(400, "payment_intent_unexpected_state")
    charge = books.get("charge", intent["latest_charge"])
    amount = whole(params, "amount") if "amount" in params else intent["amount_received"]
    given = sum(one["amount"] for one in refunds_of(books, charge["id"]) if one["status"] != "failed")
    if charge["disputed"]:
        raise StripeError(400, "charge_disputed")
    if given == charge["amount_captured"]:
        raise StripeError(400, "charge_already_refunded")
    if amount > charge["amount_captured"] - given:
        raise StripeError(400, "amount_too_large", param="amount")
    refund = {
        "id": books.new_id("re"),
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": books.now(),
        "currency": charge["currency"],
        "metadata": params.get("metadata", {}),
        "payment_intent": intent["id"],
        "status": "succeeded",
    }
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    books.add("refund", refund)
    books.move("refund", -amount, charge["currency"], refund["id"])
    books.tell("refund.created", refund)
    books.tell("charge.refunded", charge)
    return refund


def fail_refund(books: Books, refund: Body) -> None:
    """A bank sends a refund back days later. Source: https://docs.stripe.com/refunds#failed-refunds"""
    charge = books.get("charge", refund["charge"])
    refund.update(status="failed", failure_reason="lost_or_stolen_card")
    charge["amount_refunded"] -= refund["amount"]
    books.move("refund_failure", refund["amount"], refund["currency"], refund["id"])
    books.tell("refund.failed", refund)


def refunds_of(books: Books, charge_id: str) -> list[Body]:
    return [refund for refund in books.all("refund") if refund["charge"] == charge_id]


def list_refunds(books: Books, params: Body) -> Body:
    """Source: https://docs.stripe.com/api/refunds/list"""
    intent = params.get("payment_intent")
    return page([one for one in books.all("refund") if intent in (None, one["payment_intent"])], params)


def open_dispute(books: Books, charge: Body) -> Body:
    """The bank takes the money back at once, and a fee. Source: https://docs.stripe.com/disputes/how-disputes-work"""
    dispute = {
        "id": books.new_id("du"),
        "object": "dispute",
        "amount": charge["amount_captured"],
        "charge": charge["id"],
        "created": books.now(),
        "currency": charge["currency"],
        "evidence_details": {"due_by": books.now() + HOLD_SECONDS, "has_evidence": False},
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
    charge["disputed"] = True
    books.add("dispute", dispute)
    books.move("adjustment", -dispute["amount"], dispute["currency"], dispute["id"], fee=1500)
    books.tell("charge.dispute.created", dispute)
    return dispute


def close_dispute(books: Books, dispute: Body, *, won: bool) -> None:
    """Source: https://docs.stripe.com/disputes/how-disputes-work"""
    dispute["status"] = "won" if won else "lost"
    if won:
        books.move("adjustment", dispute["amount"], dispute["currency"], dispute["id"])
    books.tell("charge.dispute.closed", dispute)


def expand(books: Books, body: Body, paths: list[str]) -> Body:
    """Put objects in the place of their ids. Source: https://docs.stripe.com/api/expanding_objects"""
    shown = dict(body)
    if "latest_charge" in paths and body.get("latest_charge"):
        charge = dict(books.get("charge", body["latest_charge"]))
        if "latest_charge.refunds" in paths:
            charge["refunds"] = page(refunds_of(books, charge["id"]), {})
        shown["latest_charge"] = charge
    if "source" in paths and body.get("source"):
        kinds = ("charge", "refund", "transfer", "transfer_reversal", "dispute")
        found = [books.objects.get(kind, {}).get(body["source"]) for kind in kinds]
        shown["source"] = next(filter(None, found), body["source"])
    return shown
