"""Rehearsal outside production: what the provider reports, what time does, and the payer's confirmation page."""

from datetime import timedelta
from typing import Any

import flask
from flask import redirect, render_template
from werkzeug.wrappers import Response

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.domain import clock
from airbnb.domain.errors import NotFound
from airbnb.domain.permissions import Permission
from airbnb.extensions import current_settings
from airbnb.queries import bookings as booking_queries
from airbnb.queries import payments as queries
from airbnb.queries.bookings import Viewer
from airbnb.schemas.bookings import BookingSchema
from airbnb.schemas.payments import PaymentSchema
from airbnb.schemas.sandbox import SandboxAdvanceSchema, SandboxEventSchema
from airbnb.services.booking_views import view_booking
from airbnb.services.payment_views import payment_detail
from airbnb.unit_of_work import reading
from airbnb.workflows.sandbox import Moment, advance_booking, answer_on_page, is_asked_for, rehearse_event

bp = Blueprint("sandbox", __name__, url_prefix="/sandbox")
#: The page behind ``approval_url``: not part of the API.
page = flask.Blueprint("sandbox_page", __name__, url_prefix="/sandbox")


@bp.route("/payments/<id:payment_id>/events", methods=["POST"])
@requires(Permission.BOOK_STAYS)
@bp.arguments(SandboxEventSchema)
@bp.response(200, PaymentSchema)
@bp.alt_response(404, "NOT_FOUND")
def send_event(body: dict[str, Any], payment_id: int) -> dict[str, Any]:
    """Let the sandbox report something about a payment, late or twice if asked."""
    with reading() as session:
        payment = queries.get_payment_for(session, payment_id, user_id=current_user.id, is_staff=False)
    rehearse_event(payment, body["type"], delay=timedelta(seconds=body["delay_s"]), duplicate=body["duplicate"])
    with reading() as session:
        payment = queries.get_payment_for(session, payment_id, user_id=current_user.id, is_staff=False)
    return payment_detail(payment, is_payer=True)


@bp.route("/bookings/<string:key>/advance", methods=["POST"])
@requires(Permission.TAKE_PART_IN_BOOKINGS)
@bp.arguments(SandboxAdvanceSchema)
@bp.response(200, BookingSchema)
@bp.alt_response(404, "NOT_FOUND")
def advance(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Run a booking's timers as if it were one of its instants; its dates and the clock stay."""
    viewer = Viewer(user_id=current_user.id)
    booking_id = advance_booking(key, viewer, Moment(body["to"]))
    with reading() as session:
        booking = booking_queries.get_booking_for(session, str(booking_id), viewer)
        return view_booking(session, booking, viewer, now=clock.now())


@page.get("/approve/<string:provider_ref>")
def ask_payer(provider_ref: str) -> str:
    """Show the payer what a bank would ask."""
    if not is_asked_for(provider_ref):
        flask.abort(404)
    return render_template("sandbox/approve.html", provider_ref=provider_ref)


@page.post("/approve/<string:provider_ref>/<any(yes, no):answer>")
def take_answer(provider_ref: str, answer: str) -> Response | str:
    """Take the payer's answer and send them back to the frontend."""
    try:
        target = answer_on_page(provider_ref, ok=answer == "yes")
    except NotFound:
        flask.abort(404)
    return redirect(target or current_settings().frontend_url, code=303)


ask_payer.__dict__["__access__"] = take_answer.__dict__["__access__"] = "public"
