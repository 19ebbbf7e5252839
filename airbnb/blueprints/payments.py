"""Payments over HTTP, for those who paid."""

from typing import Any

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain.paging import Page
from airbnb.domain.permissions import Permission
from airbnb.queries import payments as queries
from airbnb.schemas.paging import PageArgs, page_of
from airbnb.schemas.payments import PaymentSchema
from airbnb.services.payment_views import payment_detail
from airbnb.unit_of_work import reading
from airbnb.workflows.payments import sync_payment as sync

bp = Blueprint("payments", __name__, url_prefix="/payments")


@bp.route("")
@requires(Permission.TAKE_PART_IN_BOOKINGS)
@bp.arguments(PageArgs, location="query")
@bp.response(200, page_of(PaymentSchema))
def list_payments(args: dict[str, Any]) -> dict[str, Any]:
    """List what the caller paid, newest first."""
    with reading() as session:
        page = queries.list_payments(session, current_user.id, page_request(args))
    views = [payment_detail(payment, is_payer=True) for payment in page.items]
    return envelope(Page(items=views, next_key=page.next_key), args)


@bp.route("/<id:payment_id>")
@requires(Permission.TAKE_PART_IN_BOOKINGS, Permission.SEE_MONEY)
@bp.response(200, PaymentSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_payment(payment_id: int) -> dict[str, Any]:
    """Show a payment to its payer and to staff."""
    return _shown(payment_id)


@bp.route("/<id:payment_id>/sync", methods=["POST"])
@requires(Permission.TAKE_PART_IN_BOOKINGS)
@bp.response(200, PaymentSchema)
@bp.alt_response(404, "NOT_FOUND")
def sync_payment(payment_id: int) -> dict[str, Any]:
    """Ask the provider where a payment stands, after coming back from it; safe to repeat."""
    sync(payment_id, user_id=current_user.id)
    return _shown(payment_id)


def _shown(payment_id: int) -> dict[str, Any]:
    is_staff = current_user.may(Permission.SEE_MONEY)
    with reading() as session:
        payment = queries.get_payment_for(session, payment_id, user_id=current_user.id, is_staff=is_staff)
    return payment_detail(payment, is_payer=payment.payer_id == current_user.id)
