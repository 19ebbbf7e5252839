"""The one table that turns a refusal into an answer: problem+json as in RFC 9457."""

import logging
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import orjson
from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from airbnb import metrics
from airbnb.domain.errors import DomainError, ValidationFailed
from airbnb.extensions import current_settings
from airbnb.unit_of_work import is_unavailable

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
API_PREFIX = "/api/"
BUSY_RETRY_S = 1
#: An answer must not grow with the mistakes that it names.
MOST_ERRORS = 100


class Problem(NamedTuple):
    """How one code is answered."""

    status: int
    title: str


#: Every code that the API can answer; ``docs/api-errors.md`` explains each, checked by a test.
PROBLEMS: dict[str, Problem] = {
    "malformed_json": Problem(400, "The body is not JSON"),
    "malformed_request": Problem(400, "The request cannot be read"),
    "invalid_signature": Problem(400, "The signature does not match"),
    "unauthenticated": Problem(401, "Sign in first"),
    "token_expired": Problem(401, "The token has expired"),
    "token_reused": Problem(401, "The refresh token was used before"),
    "invalid_credentials": Problem(401, "The address or the password is wrong"),
    "totp_required": Problem(401, "A second factor is needed"),
    "invalid_totp_code": Problem(401, "The code is not good"),
    "forbidden": Problem(403, "Not allowed"),
    "email_not_verified": Problem(403, "The e-mail address is not verified"),
    "account_suspended": Problem(403, "The account is suspended"),
    "totp_setup_required": Problem(403, "Set up a second factor first"),
    "own_proposal": Problem(403, "Somebody else has to approve this"),
    "not_found": Problem(404, "Not found"),
    "method_not_allowed": Problem(405, "Method not allowed"),
    "not_acceptable": Problem(406, "Not available in that form"),
    "request_timeout": Problem(408, "The request took too long to arrive"),
    "email_taken": Problem(409, "The e-mail address is taken"),
    "totp_already_set_up": Problem(409, "A second factor is set up already"),
    "idempotency_conflict": Problem(409, "The same request is still running"),
    "idempotency_key_expired": Problem(409, "The Idempotency-Key has expired"),
    "invalid_transition": Problem(409, "Not possible in the present status"),
    "onboarding_unavailable": Problem(409, "This way to be paid needs no onboarding"),
    "dates_unavailable": Problem(409, "The dates are not available"),
    "listing_unavailable": Problem(409, "The listing cannot be booked"),
    "listing_has_bookings": Problem(409, "The listing still has bookings"),
    "too_many_feeds": Problem(409, "The listing imports as many calendars as it may"),
    "night_booked": Problem(409, "A night is booked"),
    "change_open": Problem(409, "Another change is open"),
    "price_changed": Problem(409, "The price has changed"),
    "refund_changed": Problem(409, "The refund has changed"),
    "too_many_attachments": Problem(409, "Too many pictures wait to be sent"),
    "too_many_photos": Problem(409, "The listing has as many photos as it may"),
    "too_many_webhook_endpoints": Problem(409, "As many webhook endpoints as one may have"),
    "too_many_wishlists": Problem(409, "As many lists as one may have"),
    "too_many_wishlist_items": Problem(409, "The list is full"),
    "upload_missing": Problem(409, "The file has not arrived"),
    "too_many_holds": Problem(409, "Too many unpaid bookings"),
    "too_many_attempts": Problem(409, "Too many payment attempts"),
    "approval_needed": Problem(409, "A second person has to agree"),
    "still_obliged": Problem(409, "Stays or money are under way"),
    "last_sign_in_method": Problem(409, "The last way in"),
    "already_reviewed": Problem(409, "Already reviewed"),
    "already_responded": Problem(409, "Already responded"),
    "approval_open": Problem(409, "The same was proposed already"),
    "precondition_failed": Problem(412, "Changed in the meantime"),
    "payload_too_large": Problem(413, "The body is too large"),
    "uri_too_long": Problem(414, "The address is too long"),
    "unsupported_media_type": Problem(415, "The media type is not supported"),
    "validation_failed": Problem(422, "Some values are not valid"),
    "invalid_token": Problem(422, "The token is not valid"),
    "search_too_wide": Problem(422, "The area is too wide for these dates"),
    "invalid_cursor": Problem(422, "The cursor is not valid"),
    "unsafe_url": Problem(422, "The address cannot be used"),
    "invalid_image": Problem(422, "The image cannot be used"),
    "idempotency_key_required": Problem(422, "An Idempotency-Key is needed"),
    "idempotency_key_invalid": Problem(422, "The Idempotency-Key is not valid"),
    "idempotency_key_reused": Problem(422, "The Idempotency-Key belongs to another request"),
    "listing_incomplete": Problem(422, "The listing is not complete"),
    "min_nights": Problem(422, "The stay is too short"),
    "max_nights": Problem(422, "The stay is too long"),
    "check_in_weekday": Problem(422, "No check-in on this weekday"),
    "check_out_weekday": Problem(422, "No check-out on this weekday"),
    "too_many_guests": Problem(422, "Too many guests"),
    "pets_not_allowed": Problem(422, "Pets are not allowed"),
    "advance_notice": Problem(422, "Too late for this check-in"),
    "outside_booking_window": Problem(422, "Too far ahead"),
    "refund_too_large": Problem(422, "More would go back than is left"),
    "nothing_to_refund": Problem(422, "Nothing would go back"),
    "coupon_unknown": Problem(422, "There is no such coupon"),
    "coupon_expired": Problem(422, "The coupon is not valid today"),
    "coupon_used_up": Problem(422, "The coupon is used up"),
    "coupon_not_applicable": Problem(422, "The coupon is not for this stay"),
    "currency_not_supported": Problem(422, "The amount cannot be paid in this currency"),
    "exchange_rate_unavailable": Problem(422, "There is no current exchange rate"),
    "own_listing": Problem(422, "This listing is yours"),
    "request_header_fields_too_large": Problem(431, "The headers are too large"),
    "rate_limited": Problem(429, "Too many requests"),
    "internal_error": Problem(500, "Something went wrong on our side"),
    "provider_unavailable": Problem(503, "The payment provider cannot be reached"),
    "busy": Problem(503, "Busy, please try again"),
    "streams_full": Problem(503, "Too many live streams are open"),
    "paused": Problem(503, "Paused for the moment"),
    "storage_unavailable": Problem(503, "The file store does not answer"),
}

#: The code for an HTTP error that Werkzeug or a library raised.
CODES_BY_STATUS = {
    400: "malformed_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    412: "precondition_failed",
    413: "payload_too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    422: "validation_failed",
    429: "rate_limited",
    431: "request_header_fields_too_large",
    503: "busy",
}


def problem(
    code: str,
    detail: str = "",
    *,
    errors: Mapping[str, list[str]] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Response:
    """Return the answer for one code; ``facts`` stand beside the standard members."""
    status, title = PROBLEMS[code]
    metrics.PROBLEMS.labels(code).inc()
    body: dict[str, Any] = {
        "type": f"{current_settings().public_url}/problems/{code.replace('_', '-')}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail or title,
        **(facts or {}),
        "request_id": g.get("request_id"),
    }
    if errors:
        body["errors"] = errors
    response = Response(orjson.dumps(body), status=status, content_type=PROBLEM_TYPE)
    if status == 503:
        response.headers["Retry-After"] = str(BUSY_RETRY_S)
    return response


def init_app(app: Flask) -> None:
    """Register the handlers for our refusals, for HTTP errors and for what nobody expected."""
    app.register_error_handler(DomainError, answer_domain_error)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(SQLAlchemyError, answer_database_error)
    app.register_error_handler(Exception, answer_unexpected)


def answer_domain_error(error: DomainError) -> Response:
    """Answer a rule's refusal with its code and facts."""
    errors = error.errors if isinstance(error, ValidationFailed) else None
    facts = dict(error.facts)
    retry_after = facts.pop("retry_after_s", None)
    if PROBLEMS[error.code].status == 503:
        logger.warning(error.code, exc_info=error)
    response = problem(error.code, error.detail, errors=errors, facts=facts)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def answer_http_error(error: HTTPException) -> Response | HTTPException:
    """Answer an HTTP error as a problem in the API; pages for people keep HTML."""
    if error.response is not None and isinstance(error.response, Response):
        return error.response
    if not request.path.startswith(API_PREFIX) or (error.code or 500) < 400:
        return error
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    code = CODES_BY_STATUS.get(error.code or 500, "internal_error")
    errors = dict(islice(flatten(data["messages"]), MOST_ERRORS)) if "messages" in data else None
    own_words = error.description if error.description != type(error).description else None
    response = problem(code, "" if errors else own_words or "", errors=errors)
    kept = {"content-type", "content-length"}
    for name, value in error.get_headers():
        if name.lower() not in kept:
            response.headers[name] = value
    return response


def answer_database_error(error: SQLAlchemyError) -> Response | HTTPException:
    """Answer that the database is away as what passes; any other error of it is one that nobody expected."""
    if not is_unavailable(error):
        return answer_unexpected(error)
    logger.warning("the database does not answer", exc_info=error)
    return problem("busy") if request.path.startswith(API_PREFIX) else ServiceUnavailable()


def answer_unexpected(error: Exception) -> Response | HTTPException:
    """Log an error that nobody expected and answer without its text."""
    logger.error("unexpected error", exc_info=error)
    if not request.path.startswith(API_PREFIX):
        return InternalServerError()
    return problem("internal_error")


def flatten(messages: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield ``(dotted path, messages)`` from webargs' nested messages, without the location at the front."""
    for location in messages.values() if isinstance(messages, dict) else [messages]:
        yield from _flatten(location, "")


def _flatten(node: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(node, dict):
        for key, value in node.items():
            here = "" if key == "_schema" else str(key)
            yield from _flatten(value, ".".join(part for part in (path, here) if part))
    else:
        yield path or "body", [str(text) for text in (node if isinstance(node, list) else [node])]
