"""Stripe's HTTP: authentication, request ids, idempotency keys, and failures on demand."""

import hashlib
import json
import socket
import time
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, Response, request

from tests.fakes.stripe import forms
from tests.fakes.stripe.books import Body, Books, StripeError
from tests.fakes.stripe.control import make_control
from tests.fakes.stripe.routes import act

SECRET_KEY = "sk_test_stand_in"
#: Source: https://docs.stripe.com/api/idempotent_requests (keys may be removed once they are at least 24 hours old)
KEY_SECONDS = 24 * 3600
SPOILS_WORK = {"refuse", "error_500_before", "error_500_after"}


def make_app(books: Books) -> Flask:
    """Return the stand-in as a web application."""
    app = Flask("stripe")
    app.register_blueprint(make_control(books))

    @app.route("/v1/<path:rest>", methods=["GET", "POST", "DELETE"])
    def api(rest: str) -> Response:
        with books.lock:
            return _answer(books, request.host_url.rstrip("/"))

    return app


def _answer(books: Books, base: str) -> Response:
    request_id = books.new_id("req")
    raw = request.query_string.decode() if request.method == "GET" else request.get_data(as_text=True)
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    books.calls.append({"method": request.method, "path": request.path, "key": key, "request_id": request_id})
    if request.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
        return _response(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}, request_id)
    known = _known(books, key)
    fault = _due_fault(books, is_known=known is not None)
    if fault is not None and fault["kind"] == "rate_limit":
        # Nothing was done. Source: https://docs.stripe.com/rate-limits
        return _response(429, {"error": {"type": "invalid_request_error", "code": "rate_limit"}}, request_id)
    if known is not None:
        answer = _replay(known, raw, request_id)
    else:
        params = forms.read(parse_qsl(raw, keep_blank_values=True))
        status, body, is_saved = _act(books, params, base, fault)
        answer = _response(status, body, request_id)
        if key and is_saved:
            saved = {"at": books.now(), "print": _print(raw), "status": status, "body": body, "request_id": request_id}
            books.keys[key] = saved
    return _spoil(answer, fault)


def _act(books: Books, params: Body, base: str, fault: Body | None) -> tuple[int, Body, bool]:
    """Return status, body and whether the idempotency layer keeps them.

    Results are kept once the work began, refusals and 500s included; what fails validation is not.
    Source: https://docs.stripe.com/api/idempotent_requests
    """
    kind = None if fault is None else fault["kind"]
    broken = {"error": {"type": "api_error", "message": "Something broke"}}
    if kind == "error_500_before":
        return 500, broken, True
    try:
        if kind == "refuse":
            assert fault is not None
            raise StripeError(fault.get("status", 400), fault["code"])
        body = act(books, request.method, request.path, params, base)
    except StripeError as error:
        return error.status, {"error": error.error}, error.is_saved
    if kind == "error_500_after":
        # What a 500 did is not known to the caller. Source: https://docs.stripe.com/error-low-level#server-errors
        return 500, broken, False
    return 200, body, True


def _known(books: Books, key: str | None) -> Body | None:
    known = books.keys.get(key) if key else None
    if known is not None and books.now() - known["at"] > KEY_SECONDS:
        return None
    return known


def _replay(known: Body, raw: str, request_id: str) -> Response:
    """The same answer again, or an error for other parameters.

    Source: https://docs.stripe.com/api/idempotent_requests, https://docs.stripe.com/error-low-level#idempotency
    """
    if known["print"] != _print(raw):
        return _response(
            400, {"error": {"type": "idempotency_error", "message": "Keys are for one request"}}, request_id
        )
    headers = {"Idempotent-Replayed": "true", "Original-Request": known["request_id"]}
    return _response(known["status"], known["body"], request_id, **headers)


def _print(raw: str) -> str:
    return hashlib.sha256(f"{request.path} {sorted(parse_qsl(raw))}".encode()).hexdigest()


def _due_fault(books: Books, *, is_known: bool) -> Body | None:
    """Return what spoils this call; what spoils the work itself waits for a call that does some."""
    for fault in books.faults:
        if is_known and fault["kind"] in SPOILS_WORK:
            continue
        if fault.get("method", request.method) == request.method and request.path.startswith(fault["path"]):
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


def _response(status: int, body: Any, request_id: str, **headers: str) -> Response:
    content = json.dumps(body)
    return Response(content, status, {"Request-Id": request_id, **headers}, content_type="application/json")
