"""What tests turn at the stand-in, and the payer's page for approval. None of this is PayPal's."""

import hashlib
import hmac
import json
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests
from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tests.fakes.paypal import orders, payouts
from tests.fakes.paypal.books import Body, Books, stamp

#: Stands for PayPal's certificate.
SIGNING_KEY = b"stand-in for the private key"


def signature(raw: bytes, webhook_id: str, *, transmission_id: str, at: str) -> str:
    """Sign what PayPal signs: the delivery's id and time, the webhook's id and the body's checksum.

    Source: https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod
    """
    text = f"{transmission_id}|{at}|{webhook_id}|{zlib.crc32(raw)}"
    return hmac.new(SIGNING_KEY, text.encode(), hashlib.sha256).hexdigest()


def signed_headers(raw: bytes, webhook_id: str, at: datetime) -> dict[str, str]:
    """Return the headers of a delivery. Source: https://developer.paypal.com/api/rest/webhooks/rest/"""
    transmission_id, time_ = hashlib.sha256(raw).hexdigest()[:32], stamp(at.timestamp())
    return {
        "Paypal-Auth-Algo": "SHA256withRSA",
        "Paypal-Cert-Url": "https://api.paypal.com/v1/notifications/certs/CERT-1",
        "Paypal-Transmission-Id": transmission_id,
        "Paypal-Transmission-Sig": signature(raw, webhook_id, transmission_id=transmission_id, at=time_),
        "Paypal-Transmission-Time": time_,
    }


def make_control(books: Books) -> Blueprint:
    """Return the routes beside the API."""
    bp = Blueprint("control", __name__)

    @bp.post("/control")
    def turn() -> Response:
        wanted = request.get_json()
        with books.lock:
            answer = _TURNS[wanted["do"]](books, wanted)
        return jsonify(answer)

    @bp.post("/control/deliver")
    def deliver() -> Response:
        return jsonify(_deliver(books, request.get_json()))

    @bp.route("/checkoutnow", methods=["GET", "POST"])
    def checkout() -> AnyResponse:
        """PayPal's page for the payer: a form, and its answer.

        Source: https://developer.paypal.com/docs/api/orders/v2/#definition-experience_context (return_url, cancel_url)
        """
        if request.method == "GET":
            return Response(
                "<form method=post><button name=answer value=ok>Pay</button></form>", content_type="text/html"
            )
        with books.lock:
            order = orders.get_order(books, request.args["token"])
            answer = request.form.get("answer", "no")
            if answer != "no" and order["status"] == "PAYER_ACTION_REQUIRED":
                orders.approve(books, order, answer)
            name = "cancel_url" if answer == "no" else "return_url"
            back = order["_context"].get(name, "https://www.paypal.com")
            return redirect(f"{back}?token={order['id']}&PayerID=PAYER1", 303)

    return bp


def _open_dispute(books: Books, wanted: Body) -> Body:
    return orders.open_dispute(books, books.get("order", wanted["id"]))


def _close_dispute(books: Books, wanted: Body) -> None:
    orders.close_dispute(books, books.get("dispute", wanted["id"]), won=wanted["won"])


def _lag(books: Books, wanted: Body) -> None:
    books.lag_s = wanted["seconds"]


_TURNS: dict[str, Callable[[Books, Body], Any]] = {
    "reset": lambda books, _: books.reset(),
    "clock": lambda books, wanted: books.stop_clock(wanted["at"]),
    "lag": _lag,
    "revoke": lambda books, _: books.tokens.clear(),
    "fault": lambda books, wanted: books.faults.append({"times": 1, **wanted["fault"]}),
    "list": lambda books, wanted: books.all(wanted["kind"]),
    "events": lambda books, _: books.events,
    "calls": lambda books, _: books.calls,
    "process_payouts": lambda books, _: payouts.process(books),
    "return_payouts": lambda books, _: payouts.return_items(books),
    "dispute": _open_dispute,
    "close_dispute": _close_dispute,
    "fail_refund": lambda books, wanted: orders.fail_refund(books, books.get("refund", wanted["id"])),
}


def _deliver(books: Books, wanted: Body) -> list[int]:
    """Post events to a webhook endpoint: in the order of ``ids`` (all, in theirs, if none), ``copies`` times each.

    PayPal promises no order and repeats what isn't answered with 2xx, up to 25 times in three days.
    Source: https://developer.paypal.com/api/rest/webhooks/rest/
    """
    with books.lock:
        by_id = {event["id"]: event for event in books.events}
        chosen = [by_id[one] for one in wanted.get("ids") or by_id]
        at = datetime.fromtimestamp(books.now(), UTC)
    time.sleep(wanted.get("delay_s", 0))
    statuses = []
    for event in chosen:
        raw = json.dumps(event, indent=1).encode()
        headers = {**signed_headers(raw, wanted["webhook_id"], at), "Content-Type": "application/json"}
        for _ in range(wanted.get("copies", 1)):
            statuses.append(requests.post(wanted["url"], data=raw, headers=headers, timeout=10).status_code)
    return statuses
