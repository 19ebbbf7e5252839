"""Where payment providers report: checked on the raw body, stored once, answered fast, handled by a task."""

from flask import request

from airbnb.blueprints.http.api import Blueprint, accepts_any_query, reads_any_body
from airbnb.blueprints.http.identity import public
from airbnb.domain.kinds import Provider
from airbnb.workflows.webhooks import receive_event

MAX_BODY_BYTES = 256 * 1024

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@bp.route("/sandbox", methods=["POST"])
@accepts_any_query
@reads_any_body
@public
@bp.response(200)
@bp.alt_response(400, "BAD_REQUEST")
def receive_sandbox_event() -> None:
    """Take an event of the sandbox provider."""
    _receive(Provider.SANDBOX)


@bp.route("/stripe", methods=["POST"])
@accepts_any_query
@reads_any_body
@public
@bp.response(200)
@bp.alt_response(400, "BAD_REQUEST")
@bp.alt_response(404, "NOT_FOUND")
def receive_stripe_event() -> None:
    """Take an event of Stripe, of the platform's own account or of a host's."""
    _receive(Provider.STRIPE)


@bp.route("/paypal", methods=["POST"])
@accepts_any_query
@reads_any_body
@public
@bp.response(200)
@bp.alt_response(400, "BAD_REQUEST")
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(503, "SERVICE_UNAVAILABLE")
def receive_paypal_event() -> None:
    """Take an event of PayPal, which is asked whether it sent it; while it can't say, it is to send it again."""
    _receive(Provider.PAYPAL)


def _receive(provider: Provider) -> None:
    request.max_content_length = MAX_BODY_BYTES
    receive_event(provider, dict(request.headers), request.get_data(cache=False))
