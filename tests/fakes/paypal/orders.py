"""Orders, authorisations, captures, refunds and disputes, as PayPal's pages describe them, in as far as we use them."""

from decimal import Decimal

from tests.fakes.paypal.books import Body, Books, PayPalError, checked, seconds, stamp, unprocessable

DAY = 24 * 3600
#: Source: https://developer.paypal.com/docs/checkout/standard/customize/authorization/ (29 days)
HOLD_SECONDS = 29 * DAY
#: Source: https://developer.paypal.com/payment-methods/uncaptured-payments (default: three hours)
ORDER_SECONDS = 3 * 3600
WAITING = {"CREATED", "PAYER_ACTION_REQUIRED", "APPROVED"}


def create_order(books: Books, params: Body, base: str) -> Body:
    """Source: https://developer.paypal.com/docs/api/orders/v2/#orders_create"""
    unit = params["purchase_units"][0]
    checked(unit["amount"])
    context = params["payment_source"]["paypal"]["experience_context"]
    order_id = books.new_id()
    order = {
        "id": order_id,
        "intent": params["intent"],
        "status": "PAYER_ACTION_REQUIRED",
        "create_time": stamp(books.now()),
        "purchase_units": [{"reference_id": "default", **unit}],
        "links": [
            {"rel": "self", "href": f"{base}/v2/checkout/orders/{order_id}", "method": "GET"},
            {"rel": "payer-action", "href": f"{base}/checkoutnow?token={order_id}", "method": "GET"},
        ],
        "_context": context,
        "_answer": None,
    }
    return books.add("order", order)


def get_order(books: Books, order_id: str) -> Body:
    """An order that waited for too long is gone; an authorisation that was held for too long is void.

    Source: https://developer.paypal.com/api/rest/webhooks/event-names/ (PAYMENT.AUTHORIZATION.VOIDED)
    """
    order = books.get("order", order_id)
    if order["status"] in WAITING and books.now() - seconds(order["create_time"]) > ORDER_SECONDS:
        raise PayPalError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
    for held in _payments(order).get("authorizations", []):
        lapse(books, held)
    return order


def approve(books: Books, order: Body, answer: str) -> None:
    """The payer agrees on PayPal's page. Source: https://developer.paypal.com/docs/api/orders/v2/ (APPROVED)"""
    order.update(status="APPROVED", _answer=answer, payer={"payer_id": "PAYER1", "email_address": "payer@example.test"})
    books.tell("CHECKOUT.ORDER.APPROVED", "checkout-order", shown(order))


def patch_order(books: Books, order_id: str, changes: list[Body]) -> None:
    """Source: https://developer.paypal.com/docs/api/orders/v2/#orders_patch"""
    order = get_order(books, order_id)
    if order["status"] not in WAITING:
        raise unprocessable("ORDER_ALREADY_COMPLETED")
    for change in changes:
        if change["path"] != "/purchase_units/@reference_id=='default'/custom_id" or change["op"] != "replace":
            raise unprocessable("NOT_PATCHABLE")
        order["purchase_units"][0]["custom_id"] = change["value"]


def authorize_order(books: Books, order_id: str) -> Body:
    """Source: https://developer.paypal.com/docs/api/orders/v2/#orders_authorize"""
    order = _ready(books, order_id, "AUTHORIZE")
    held = {**_part(books, order), "status": "CREATED", "expiration_time": stamp(books.now() + HOLD_SECONDS)}
    books.add("authorization", held)
    _payments(order)["authorizations"] = [held]
    order["status"] = "COMPLETED"
    books.move("T1300", held["amount"], _reference(order), held["id"], sign=1)
    books.tell("PAYMENT.AUTHORIZATION.CREATED", "authorization", held)
    return order


def capture_order(books: Books, order_id: str) -> Body:
    """Source: https://developer.paypal.com/docs/api/orders/v2/#orders_capture"""
    order = _ready(books, order_id, "CAPTURE")
    order["status"] = "COMPLETED"
    _take(books, order, order["purchase_units"][0]["amount"])
    return order


def capture_authorization(books: Books, held_id: str, params: Body) -> Body:
    """Source: https://developer.paypal.com/docs/api/payments/v2/#authorizations_capture"""
    held = books.get("authorization", held_id)
    lapse(books, held)
    if held["status"] == "VOIDED":
        raise unprocessable("AUTHORIZATION_VOIDED")
    if held["status"] == "CAPTURED":
        raise unprocessable("AUTHORIZATION_ALREADY_CAPTURED")
    amount = params.get("amount") or held["amount"]
    # Up to 115 % or 75 dollars more may be taken. Source: https://developer.paypal.com/docs/admin/auth-capture/
    most = min(Decimal(held["amount"]["value"]) * Decimal("1.15"), Decimal(held["amount"]["value"]) + 75)
    if checked(amount) > most:
        raise unprocessable("MAX_CAPTURE_AMOUNT_EXCEEDED")
    held["status"] = "CAPTURED" if params.get("final_capture") else "PARTIALLY_CAPTURED"
    return _take(books, books.get("order", held["supplementary_data"]["related_ids"]["order_id"]), amount)


def void_authorization(books: Books, held_id: str) -> Body:
    """Source: https://developer.paypal.com/docs/api/payments/v2/#authorizations_void"""
    held = books.get("authorization", held_id)
    lapse(books, held)
    if held["status"] == "VOIDED":
        raise unprocessable("PREVIOUSLY_VOIDED")
    if held["status"] != "CREATED":
        raise unprocessable("PREVIOUSLY_CAPTURED")
    held.update(status="VOIDED", update_time=stamp(books.now()))
    books.tell("PAYMENT.AUTHORIZATION.VOIDED", "authorization", held)
    return held


def lapse(books: Books, held: Body) -> None:
    if held["status"] == "CREATED" and books.now() >= seconds(held["expiration_time"]):
        held.update(status="VOIDED", update_time=held["expiration_time"])
        books.tell("PAYMENT.AUTHORIZATION.VOIDED", "authorization", held)


def refund_capture(books: Books, capture_id: str, params: Body, base: str) -> Body:
    """Source: https://developer.paypal.com/docs/api/payments/v2/#captures_refund"""
    capture = books.get("capture", capture_id)
    order = books.get("order", capture["supplementary_data"]["related_ids"]["order_id"])
    amount = params.get("amount") or capture["amount"]
    left = Decimal(capture["amount"]["value"]) - _returned(order)
    if left == 0:
        raise unprocessable("CAPTURE_FULLY_REFUNDED")
    if checked(amount) > left:
        raise unprocessable("REFUND_AMOUNT_EXCEEDED")
    if books.now() - seconds(capture["create_time"]) > 180 * DAY:
        raise unprocessable("REFUND_TIME_LIMIT_EXCEEDED")
    refund = {
        "id": books.new_id(),
        "status": "COMPLETED",
        "amount": amount,
        "custom_id": params.get("custom_id", ""),
        "create_time": stamp(books.now()),
        "links": [{"rel": "up", "href": f"{base}/v2/payments/captures/{capture_id}", "method": "GET"}],
    }
    books.add("refund", refund)
    _payments(order).setdefault("refunds", []).append(refund)
    _restate(order, capture)
    books.move("T1107", amount, refund["custom_id"], refund["id"], sign=-1)
    books.tell("PAYMENT.CAPTURE.REFUNDED", "refund", refund)
    return refund


def fail_refund(books: Books, refund: Body) -> None:
    """A refund to a bank comes back. Source: https://developer.paypal.com/docs/api/payments/v2/#definition-refund_status"""
    refund.update(status="FAILED", status_details={"reason": "ECHECK"})
    books.tell("PAYMENT.REFUND.FAILED", "refund", refund)


def open_dispute(books: Books, order: Body) -> Body:
    """Source: https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_get"""
    capture = _payments(order)["captures"][-1]
    dispute_id = f"PP-D-{books.new_id()}"
    dispute = {
        "id": dispute_id,
        "dispute_id": dispute_id,
        "create_time": stamp(books.now()),
        "disputed_transactions": [{"seller_transaction_id": capture["id"], "custom": _reference(order)}],
        "reason": "UNAUTHORISED",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": capture["amount"],
        "dispute_life_cycle_stage": "CHARGEBACK",
        "seller_response_due_date": stamp(books.now() + 10 * DAY),
    }
    books.add("dispute", dispute)
    books.move("T1201", capture["amount"], _reference(order), dispute_id, sign=-1)
    books.tell("CUSTOMER.DISPUTE.CREATED", "dispute", dispute)
    return dispute


def close_dispute(books: Books, dispute: Body, *, won: bool) -> None:
    outcome = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
    dispute.update(status="RESOLVED", dispute_outcome={"outcome_code": outcome})
    books.tell("CUSTOMER.DISPUTE.RESOLVED", "dispute", dispute)


def shown(body: Body) -> Body:
    """Return an object without what only the stand-in knows."""
    return {name: value for name, value in body.items() if not name.startswith("_")}


def _ready(books: Books, order_id: str, intent: str) -> Body:
    order = get_order(books, order_id)
    if order["intent"] != intent:
        raise unprocessable("ACTION_DOES_NOT_MATCH_INTENT")
    if order["status"] == "COMPLETED":
        raise unprocessable("ORDER_ALREADY_AUTHORIZED" if intent == "AUTHORIZE" else "ORDER_ALREADY_CAPTURED")
    if order["status"] != "APPROVED":
        raise unprocessable("ORDER_NOT_APPROVED")
    if order["_answer"] == "broke":
        # Source: https://developer.paypal.com/docs/checkout/standard/customize/handle-funding-failures/
        raise unprocessable("INSTRUMENT_DECLINED")
    return order


def _take(books: Books, order: Body, amount: Body) -> Body:
    capture = {**_part(books, order), "amount": amount, "status": "COMPLETED", "final_capture": True}
    books.add("capture", capture)
    _payments(order)["captures"] = [*_payments(order).get("captures", []), capture]
    fee = (Decimal(amount["value"]) * Decimal("0.03")).quantize(Decimal("0.01"))
    books.move("T0006", amount, _reference(order), capture["id"], sign=1, fee=str(fee))
    books.tell("PAYMENT.CAPTURE.COMPLETED", "capture", capture)
    return capture


def _part(books: Books, order: Body) -> Body:
    unit = order["purchase_units"][0]
    return {
        "id": books.new_id(),
        "amount": unit["amount"],
        "custom_id": unit.get("custom_id", ""),
        "invoice_id": unit.get("invoice_id", ""),
        "create_time": stamp(books.now()),
        "supplementary_data": {"related_ids": {"order_id": order["id"]}},
    }


def _reference(order: Body) -> str:
    return str(order["purchase_units"][0].get("invoice_id", ""))


def _payments(order: Body) -> Body:
    payments: Body = order["purchase_units"][0].setdefault("payments", {})
    return payments


def _returned(order: Body) -> Decimal:
    back = [one for one in _payments(order).get("refunds", []) if one["status"] != "FAILED"]
    return sum((Decimal(one["amount"]["value"]) for one in back), Decimal(0))


def _restate(order: Body, capture: Body) -> None:
    is_whole = _returned(order) == Decimal(capture["amount"]["value"])
    capture["status"] = "REFUNDED" if is_whole else "PARTIALLY_REFUNDED"
