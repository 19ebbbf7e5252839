"""Live alerts as Server-Sent Events: a ticket, then a stream that stays open."""

from functools import partial
from typing import Any

from flask import Response, request

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, public, requires, token_ends_at
from airbnb.blueprints.streaming.hub import hub
from airbnb.blueprints.streaming.streams import bound_sending
from airbnb.domain import clock
from airbnb.domain.kinds import TokenPurpose
from airbnb.extensions import current_settings
from airbnb.schemas.streams import StreamQuery, StreamTicketSchema
from airbnb.services.one_time_tokens import LIFETIMES
from airbnb.services.streams import StreamHolder, make_ticket, use_ticket
from airbnb.unit_of_work import in_transaction

bp = Blueprint("streams", __name__, description="Live alerts")

EVENT_STREAM = "text/event-stream"


@bp.route("/notifications/stream-ticket", methods=["POST"])
@requires()
@bp.response(201, StreamTicketSchema)
def make_stream_ticket() -> dict[str, Any]:
    """Make a ticket that opens one stream within a minute, for browsers, whose EventSource sends no token."""
    make = partial(make_ticket, holder=_caller(), secret=current_settings().secret_key, now=clock.now())
    lifetime = LIFETIMES[TokenPurpose.STREAM_TICKET]
    return {"ticket": in_transaction(make), "expires_in": int(lifetime.total_seconds())}


@bp.route("/notifications/stream", methods=["GET"])
@public
@bp.arguments(StreamQuery, location="query")
@bp.response(200, {"type": "string"}, content_type=EVENT_STREAM, description="Server-Sent Events, until one side ends")
@bp.alt_response(401, "UNAUTHORIZED")
@bp.alt_response(403, "FORBIDDEN")
@bp.alt_response(503, "SERVICE_UNAVAILABLE")
def open_stream(args: dict[str, Any]) -> Response:
    """Open the caller's stream: by a ticket or a token, from now on or after the last event that arrived.

    Events are `notification` (as in GET /notifications), `message`, `booking`, `counters` (as in
    GET /users/me/counters) and `reauth`, after which the stream ends: come back with a new token or ticket. Each has
    an `id`; with the last one as `Last-Event-ID` (or `last_event_id`) nothing of the last 24 hours is missed.
    """
    streams = hub()
    streams.check_room()  # before the ticket is spent
    holder = _holder_of(args["ticket"]) if "ticket" in args else _caller()
    stream = streams.open(holder, request.headers.get("Last-Event-ID") or args.get("last_event_id"))
    bound_sending(request.environ.get("gunicorn.socket"))
    # Handed to the server as it is, without a wrapper that would live as long as the stream; the server closes it.
    response = Response(stream, mimetype=EVENT_STREAM, direct_passthrough=True)
    # Nobody on the way may keep, change or collect what is sent.
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _caller() -> StreamHolder:
    return StreamHolder(current_user.id, current_user.session_id, token_ends_at())


def _holder_of(ticket: str) -> StreamHolder:
    return in_transaction(partial(use_ticket, ticket=ticket, now=clock.now()))
