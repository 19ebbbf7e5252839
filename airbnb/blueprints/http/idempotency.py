"""The ``Idempotency-Key`` header: a route that carries it can be repeated without a second effect."""

import hashlib
import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, cast

import orjson
from flask import Response, g, make_response, request
from werkzeug.exceptions import HTTPException

from airbnb.blueprints.http.api import document
from airbnb.blueprints.http.identity import current_user
from airbnb.blueprints.http.parsing import json_or_none
from airbnb.domain import clock
from airbnb.domain.errors import DomainError, OutcomeUnknown
from airbnb.queries import idempotency as keys
from airbnb.queries.idempotency import Claim, KeyedRequest, StoredAnswer
from airbnb.unit_of_work import in_transaction

View = Callable[..., Any]

KEY = re.compile(r"[!-~]{1,255}")
REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("Location", "ETag", "Content-Type")


class IdempotencyKeyRequired(DomainError):
    """The route moves money and came without a key."""

    code = "idempotency_key_required"
    message = "Send an Idempotency-Key header with this request."


class IdempotencyKeyInvalid(DomainError):
    """The key is empty, too long or not visible ASCII."""

    code = "idempotency_key_invalid"
    message = "An Idempotency-Key is 1 to 255 visible ASCII characters."


def idempotent(*, required: bool = False) -> Callable[[View], View]:
    """Run a route once per key; place it under ``@requires`` and over ``@bp.arguments``.

    ``required`` marks the routes that move money: no key, no request, and the bare key is remembered longer.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            key = _sent_key(required)
            if key is None:
                return view(*args, **kwargs)
            keyed = KeyedRequest(
                user_id=current_user.id,
                key=key,
                fingerprint=_fingerprint(),
                route=request.endpoint or "",
                money=required,
            )
            claim = in_transaction(partial(keys.claim_key, keyed=keyed, now=clock.now()))
            if claim.answer is not None:
                return _replay(claim.answer)
            g.idempotency_claim = claim
            return _run(claim, partial(view, *args, **kwargs))

        return document(idempotency=required)(wrapper)

    return decorate


def current_claim() -> Claim | None:
    """Return the key that this request holds; the workflow writes its resource's id on it."""
    return cast("Claim | None", g.get("idempotency_claim"))


def _run(claim: Claim, view: Callable[[], Any]) -> Response:
    try:
        response = make_response(view())
    except OutcomeUnknown:
        _release(claim)
        raise
    except (DomainError, HTTPException):
        in_transaction(partial(keys.forget_key, claim=claim, now=clock.now()))
        raise
    except Exception:
        _release(claim)
        raise
    if 200 <= response.status_code < 300:
        in_transaction(partial(keys.store_answer, claim=claim, answer=_answer_of(response), now=clock.now()))
    else:
        in_transaction(partial(keys.forget_key, claim=claim, now=clock.now()))
    return response


def _release(claim: Claim) -> None:
    in_transaction(partial(keys.release_lease, claim=claim, now=clock.now()))


def _sent_key(required: bool) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        if required:
            raise IdempotencyKeyRequired()
        return None
    if not KEY.fullmatch(key):
        raise IdempotencyKeyInvalid()
    return key


def _fingerprint() -> str:
    """Return a digest of method, path and body; files count by their content."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if request.mimetype == "multipart/form-data":
        digest.update(orjson.dumps(sorted(request.form.items(multi=True))))
        for name, upload in sorted(request.files.items(multi=True), key=lambda item: item[0]):
            digest.update(name.encode() + hashlib.sha256(upload.stream.read()).digest())
            upload.stream.seek(0)
    else:
        digest.update(orjson.dumps(json_or_none(), option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


def _answer_of(response: Response) -> StoredAnswer:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    etag = g.get("etag")
    if etag:
        headers["ETag"] = f'"{etag}"'
    return StoredAnswer(status=response.status_code, body=response.get_data(), headers=headers)


def _replay(answer: StoredAnswer) -> Response:
    return Response(answer.body, status=answer.status, headers={**answer.headers, REPLAYED: "true"})
