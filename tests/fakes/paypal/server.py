"""PayPal's HTTP: tokens, debug ids, request ids, and failures on demand."""

import base64
import json
import re
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request

from tests.fakes.paypal import orders, payouts, reports
from tests.fakes.paypal.books import Body, Books, PayPalError
from tests.fakes.paypal.control import make_control

CLIENT_ID, CLIENT_SECRET = "client-id-stand-in", "client-secret-stand-in"
#: Source: https://developer.paypal.com/api/rest/authentication/ (expires_in)
TOKEN_SECONDS = 32_400
DAY = 24 * 3600
#: How long a request id is known, by the start of the path.
#: Source: the PayPal-Request-Id header's description at each call in https://developer.paypal.com/docs/api/
KEY_SECONDS = {"/v2/checkout": 6 * 3600, "/v2/payments": 45 * DAY, "/v1/payments/payouts": 30 * DAY}
SPOILS_WORK = {"refuse", "error_500_before", "error_500_after"}

Action = Callable[[Books, str, Any, str], Body | None]
#: (method, path, kind of what is made) -> what is done with the books, the object's id, the body and our address.
_ACTIONS: tuple[tuple[str, str, str, Action], ...] = (
    ("POST", r"/v2/checkout/orders", "order", lambda b, _, p, base: orders.create_order(b, p, base)),
    ("GET", r"/v2/checkout/orders/([^/]+)", "order", lambda b, one, *_: orders.get_order(b, one)),
    ("PATCH", r"/v2/checkout/orders/([^/]+)", "", lambda b, one, p, _: orders.patch_order(b, one, p)),
    ("POST", r"/v2/checkout/orders/([^/]+)/authorize", "order", lambda b, one, *_: orders.authorize_order(b, one)),
    ("POST", r"/v2/checkout/orders/([^/]+)/capture", "order", lambda b, one, *_: orders.capture_order(b, one)),
    ("GET", r"/v2/payments/authorizations/([^/]+)", "", lambda b, one, *_: b.get("authorization", one)),
    (
        "POST",
        r"/v2/payments/authorizations/([^/]+)/capture",
        "capture",
        lambda b, one, p, _: orders.capture_authorization(b, one, p),
    ),
    (
        "POST",
        r"/v2/payments/authorizations/([^/]+)/void",
        "authorization",
        lambda b, one, *_: orders.void_authorization(b, one),
    ),
    ("GET", r"/v2/payments/captures/([^/]+)", "", lambda b, one, *_: b.get("capture", one)),
    (
        "POST",
        r"/v2/payments/captures/([^/]+)/refund",
        "refund",
        lambda b, one, p, base: orders.refund_capture(b, one, p, base),
    ),
    ("GET", r"/v2/payments/refunds/([^/]+)", "", lambda b, one, *_: b.get("refund", one)),
    ("POST", r"/v1/payments/payouts", "batch", lambda b, _, p, base: payouts.create_batch(b, p, base)),
    ("GET", r"/v1/payments/payouts/([^/]+)", "", lambda b, one, *_: b.get("batch", one)),
    ("GET", r"/v1/customer/disputes/([^/]+)", "", lambda b, one, *_: b.get("dispute", one)),
    ("GET", r"/v1/reporting/transactions", "", lambda b, *_: reports.list_transactions(b, request.args)),
    ("POST", r"/v1/notifications/verify-webhook-signature", "", lambda b, *_: reports.verify(request.get_data())),
)


def make_app(books: Books) -> Flask:
    """Return the stand-in as a web application."""
    app = Flask("paypal")
    app.register_blueprint(make_control(books))

    @app.post("/v1/oauth2/token")
    def token() -> Response:
        with books.lock:
            return _give_token(books)

    @app.route("/<any(v1, v2):version>/<path:rest>", methods=["GET", "POST", "PATCH"])
    def api(version: str, rest: str) -> Response:
        with books.lock:
            return _answer(books, request.host_url.rstrip("/"))

    return app


def _give_token(books: Books) -> Response:
    """Source: https://developer.paypal.com/api/rest/authentication/"""
    _note_call(books)
    wanted = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    fault = _due_fault(books, is_known=False)
    if fault is not None:
        return _spoil(_response(503, {"name": "SERVICE_UNAVAILABLE"}, "token"), fault)
    if request.headers.get("Authorization") != wanted:
        return _response(401, {"error": "invalid_client", "error_description": "Client Authentication failed"}, "token")
    made = f"A21-{secrets.token_hex(12)}"
    books.tokens[made] = books.now() + TOKEN_SECONDS
    return _response(200, {"access_token": made, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}, "token")


def _answer(books: Books, base: str) -> Response:
    debug_id = _note_call(books)
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if books.tokens.get(bearer, 0) < books.now():
        return _response(401, {"error": "invalid_token", "error_description": "The token expired"}, debug_id)
    known = _known(books)
    fault = _due_fault(books, is_known=known is not None)
    if fault is not None and fault["kind"] == "rate_limit":
        # Source: https://developer.paypal.com/api/rest/reference/rate-limiting/
        return _response(429, {"name": "RATE_LIMIT_REACHED"}, debug_id)
    try:
        status, body = (200, known) if known is not None else _act(books, base, fault)
    except PayPalError as error:
        return _spoil(_response(error.status, {**error.error, "debug_id": debug_id}, debug_id), fault)
    return _spoil(_response(status, body, debug_id), fault)


def _act(books: Books, base: str, fault: Body | None) -> tuple[int, Body | None]:
    kind = None if fault is None else fault["kind"]
    broken = {"name": "INTERNAL_SERVER_ERROR", "message": "Something broke"}
    if kind == "error_500_before":
        return 500, broken
    if kind == "refuse":
        assert fault is not None
        raise PayPalError(fault.get("status", 422), "UNPROCESSABLE_ENTITY", fault["code"])
    for method, pattern, made, action in _ACTIONS:
        match = re.fullmatch(pattern, request.path)
        if method == request.method and match:
            body = action(books, (match.groups() or ("",))[0], request.get_json(silent=True) or {}, base)
            _remember(books, made, body)
            if kind == "error_500_after":
                return 500, broken
            return (204, None) if body is None else (201 if method == "POST" else 200, body)
    raise PayPalError(404, "NOT_FOUND")


def _remember(books: Books, kind: str, body: Body | None) -> None:
    """Keep a request id. Refusals are not kept: only what a request made is told again."""
    key = request.headers.get("PayPal-Request-Id")
    if key and kind and body is not None:
        books.keys[(request.path, key)] = {"at": books.now(), "kind": kind, "id": body["id"]}


def _known(books: Books) -> Body | None:
    """Return what an earlier request with this id made, as it stands now, whatever this one asks for.

    Source: https://developer.paypal.com/api/rest/reference/idempotency/
    """
    known = books.keys.get((request.path, request.headers.get("PayPal-Request-Id", "")))
    lives = next((life for start, life in KEY_SECONDS.items() if request.path.startswith(start)), 0)
    if request.method != "POST" or known is None or books.now() - known["at"] > lives:
        return None
    return books.get(known["kind"], known["id"])


def _note_call(books: Books) -> str:
    debug_id = secrets.token_hex(6)
    key = request.headers.get("PayPal-Request-Id")
    books.calls.append({"method": request.method, "path": request.path, "key": key, "debug_id": debug_id})
    return debug_id


def _due_fault(books: Books, *, is_known: bool) -> Body | None:
    """Return what spoils this call; what spoils the work itself waits for a call that does some."""
    for fault in books.faults:
        if is_known and fault["kind"] in SPOILS_WORK:
            continue
        if fault.get("method", request.method) == request.method and re.match(fault["path"], request.path):
            fault["times"] -= 1
            if fault["times"] <= 0:
                books.faults.remove(fault)
            return fault
    return None


def _spoil(answer: Response, fault: Body | None) -> Response:
    """Lose or delay an answer that was made; the work is done."""
    if fault is not None and fault["kind"] == "stall":
        time.sleep(float(fault.get("seconds", 1)))
    if fault is not None and fault["kind"] == "lose_answer":
        wire: socket.socket = request.environ["werkzeug.socket"]
        wire.shutdown(socket.SHUT_RDWR)
    return answer


def _response(status: int, body: Any, debug_id: str) -> Response:
    content = "" if body is None else json.dumps(orders.shown(body))
    return Response(content, status, {"PayPal-Debug-Id": debug_id}, content_type="application/json")
