"""What tests turn at the stand-in, and the payer's page for 3-D Secure. None of this is Stripe's."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import requests
from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tests.fakes.stripe import connect, payments
from tests.fakes.stripe.books import Body, Books


def signature(raw: str, secret: str, at: int) -> str:
    """Return the ``Stripe-Signature`` header. Source: https://docs.stripe.com/webhooks/signature"""
    digest = hmac.new(secret.encode(), f"{at}.{raw}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def make_control(books: Books) -> Blueprint:
    """Return the routes beside the API."""
    bp = Blueprint("control", __name__)

    @bp.post("/control")
    def turn() -> Response:
        wanted = request.get_json()
        with books.lock:
            answer = _turn(books, wanted["do"], wanted)
        return jsonify(answer)

    @bp.post("/control/deliver")
    def deliver() -> Response:
        return jsonify(_deliver(books, request.get_json()))

    @bp.route("/3d-secure/<intent_id>", methods=["GET", "POST"])
    def challenge(intent_id: str) -> AnyResponse:
        """The bank's page: a form, and its answer. Source: https://docs.stripe.com/payments/3d-secure"""
        if request.method == "GET":
            return Response(
                "<form method=post><button name=answer value=ok>Yes</button></form>", content_type="text/html"
            )
        with books.lock:
            intent = books.get("payment_intent", intent_id)
            if intent["status"] == "requires_action" and request.form.get("answer") == "ok":
                payments.approve(books, intent)
            elif intent["status"] == "requires_action":
                payments.fail(books, intent, "payment_intent_authentication_failure")
            result = "succeeded" if intent["status"] in ("requires_capture", "succeeded") else "failed"
            # Source: https://docs.stripe.com/api/payment_intents/create#create_payment_intent-return_url
            return redirect(f"{intent['return_url']}?payment_intent={intent_id}&redirect_status={result}", 303)

    return bp


def _turn(books: Books, what: str, wanted: Body) -> Any:
    return _TURNS[what](books, wanted)


def _open_dispute(books: Books, wanted: Body) -> Body:
    intent = books.get("payment_intent", wanted["id"])
    return payments.open_dispute(books, books.get("charge", intent["latest_charge"]))


def _verify_account(books: Books, wanted: Body) -> None:
    connect.verify_account(books, books.get("account", wanted["id"]), ok=wanted.get("ok", True))


def _close_dispute(books: Books, wanted: Body) -> None:
    payments.close_dispute(books, books.get("dispute", wanted["id"]), won=wanted["won"])


_TURNS: dict[str, Callable[[Books, Body], Any]] = {
    "reset": lambda books, _: books.reset(),
    "clock": lambda books, wanted: books.stop_clock(wanted["at"]),
    "fault": lambda books, wanted: books.faults.append({"times": 1, **wanted["fault"]}),
    "list": lambda books, wanted: books.all(wanted["kind"]),
    "events": lambda books, _: books.events,
    "calls": lambda books, _: books.calls,
    "verify_account": _verify_account,
    "dispute": _open_dispute,
    "close_dispute": _close_dispute,
    "fail_refund": lambda books, wanted: payments.fail_refund(books, books.get("refund", wanted["id"])),
}


def _deliver(books: Books, wanted: Body) -> list[int]:
    """Post events to a webhook endpoint: in the order of ``ids`` (all, in theirs, if none), ``copies`` times each.

    Stripe promises neither an order nor a single delivery. Source: https://docs.stripe.com/webhooks#event-ordering
    """
    with books.lock:
        by_id = {event["id"]: event for event in books.events}
        chosen = [by_id[one] for one in wanted.get("ids") or by_id]
        at = books.now()
    time.sleep(wanted.get("delay_s", 0))
    statuses = []
    for event in chosen:
        raw = json.dumps(event, indent=2)
        headers = {"Stripe-Signature": signature(raw, wanted["secret"], at), "Content-Type": "application/json"}
        for _ in range(wanted.get("copies", 1)):
            statuses.append(requests.post(wanted["url"], data=raw.encode(), headers=headers, timeout=10).status_code)
    return statuses
