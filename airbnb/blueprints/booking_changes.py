"""Changes of bookings over HTTP: preview, ask, look, answer."""

from typing import Any

from airbnb.blueprints.http.api import PREFIX, Blueprint
from airbnb.blueprints.http.idempotency import current_claim, idempotent
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.paging import Page
from airbnb.domain.permissions import Permission
from airbnb.queries import booking_changes as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries.bookings import Viewer, get_booking_for
from airbnb.schemas.booking_changes import ChangeAskSchema, ChangePreviewSchema, ChangeSchema
from airbnb.schemas.paging import PageArgs, page_of
from airbnb.services.change_proposals import ChangeWish
from airbnb.services.change_views import change_view, proposal_view
from airbnb.unit_of_work import reading
from airbnb.workflows import booking_changes as workflows

bp = Blueprint("booking_changes", __name__, url_prefix="/bookings/<string:key>/changes")

SEES_BOOKINGS = (Permission.TAKE_PART_IN_BOOKINGS, Permission.SEE_BOOKINGS)


@bp.route("")
@requires(*SEES_BOOKINGS)
@bp.arguments(PageArgs, location="query")
@bp.response(200, page_of(ChangeSchema))
@bp.alt_response(404, "NOT_FOUND")
def list_changes(args: dict[str, Any], key: str) -> dict[str, Any]:
    """List what was asked for a booking, newest first."""
    viewer = _viewer()
    with reading() as session:
        booking = get_booking_for(session, key, viewer)
        page = queries.list_changes(session, booking.id, page_request(args))
        payments = payment_queries.list_of_booking(session, booking.id)
    side = viewer.side_of(booking)
    views = [change_view(booking, change, payments, side) for change in page.items]
    return envelope(Page(items=views, next_key=page.next_key), args)


@bp.route("/preview", methods=["POST"])
@requires(Permission.TAKE_PART_IN_BOOKINGS)
@bp.arguments(ChangeAskSchema)
@bp.response(200, ChangePreviewSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def preview_change(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Show what other dates or guests would cost, and what cancelling would give back then."""
    viewer = _viewer()
    wish = ChangeWish(stay=body["stay"], party=body["party"])
    booking, proposal = workflows.preview_change(key, viewer, wish)
    return proposal_view(booking, proposal, side=viewer.side_of(booking), now=clock.now())


@bp.route("", methods=["POST"])
@requires(Permission.TAKE_PART_IN_BOOKINGS)
@idempotent()
@bp.arguments(ChangeAskSchema)
@bp.response(201, ChangeSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def ask_change(body: dict[str, Any], key: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Ask the other side for other dates or guests; the agreed stay stands until both say yes and it is paid."""
    wish = ChangeWish(stay=body["stay"], party=body["party"])
    change_id = workflows.ask_change(key, _viewer(), wish, body["payment"], claim=current_claim())
    view = _shown(key, change_id)
    return view, 201, {"Location": f"{PREFIX}/bookings/{view['booking_id']}/changes/{change_id}"}


@bp.route("/<id:change_id>")
@requires(*SEES_BOOKINGS)
@bp.response(200, ChangeSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_change(key: str, change_id: int) -> dict[str, Any]:
    """Show one change of a booking."""
    return _shown(key, change_id)


@bp.route("/<id:change_id>/accept", methods=["POST"])
@requires(Permission.TAKE_PART_IN_BOOKINGS)
@idempotent(required=True)
@bp.response(200, ChangeSchema)
@bp.alt_response(404, "NOT_FOUND")
def accept_change(key: str, change_id: int) -> dict[str, Any]:
    """Say yes; the stay is swapped now, or as soon as the guest has paid what it costs more."""
    workflows.accept_change(key, change_id, _viewer(), claim=current_claim())
    return _shown(key, change_id)


@bp.route("/<id:change_id>/decline", methods=["POST"])
@requires(Permission.TAKE_PART_IN_BOOKINGS)
@idempotent()
@bp.response(200, ChangeSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def decline_change(key: str, change_id: int) -> dict[str, Any]:
    """Say no; the agreed stay stays as it is."""
    workflows.decline_change(key, change_id, _viewer(), claim=current_claim())
    return _shown(key, change_id)


@bp.route("/<id:change_id>/withdraw", methods=["POST"])
@requires(Permission.TAKE_PART_IN_BOOKINGS)
@idempotent()
@bp.response(200, ChangeSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def withdraw_change(key: str, change_id: int) -> dict[str, Any]:
    """Take back what one asked for."""
    workflows.withdraw_change(key, change_id, _viewer(), claim=current_claim())
    return _shown(key, change_id)


def _viewer() -> Viewer:
    return Viewer(user_id=current_user.id, is_staff=current_user.may(Permission.SEE_BOOKINGS))


def _shown(key: str, change_id: int) -> dict[str, Any]:
    viewer = _viewer()
    with reading() as session:
        booking = get_booking_for(session, key, viewer)
        change = queries.get_change(session, booking.id, change_id)
        payments = payment_queries.list_of_change(session, change_id)
    return change_view(booking, change, payments, viewer.side_of(booking))
