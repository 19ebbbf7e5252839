"""A booking's receipts and credit notes, as JSON or as a PDF to keep."""

from typing import Any

from flask import Response, request

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.etags import name_etag
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.limits import limited
from airbnb.domain.errors import Forbidden, NotFound
from airbnb.domain.kinds import ActorKind
from airbnb.domain.permissions import Permission
from airbnb.queries import bookings as booking_queries
from airbnb.queries import documents as queries
from airbnb.queries.bookings import Viewer
from airbnb.schemas.document_texts import sheet_of
from airbnb.schemas.documents import ReceiptSchema
from airbnb.services.document_views import receipt_view
from airbnb.unit_of_work import reading
from airbnb.workflows.documents import PDF, draw_pdf

bp = Blueprint("receipts", __name__, url_prefix="/bookings", description="Receipts and credit notes")

JSON = "application/json"


@bp.route("/<string:key>/receipt")
@limited("document")
@requires(Permission.BOOK_STAYS, Permission.SEE_MONEY)
@bp.response(200, ReceiptSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_receipt(key: str) -> dict[str, Any] | Response:
    """Show what was issued for a booking's money, to its guest and to staff; ask for application/pdf to keep it."""
    viewer = Viewer(user_id=current_user.id, is_staff=current_user.may(Permission.SEE_MONEY))
    with reading() as session:
        booking = booking_queries.get_booking_for(session, key, viewer)
        if viewer.side_of(booking) is ActorKind.HOST:
            raise Forbidden()
        documents = queries.list_of_booking(session, booking.id)
    if not documents:
        raise NotFound()
    wanted = request.accept_mimetypes.best_match([JSON, PDF], default=JSON)
    name_etag("receipt", booking.id, documents[-1].number, wanted)
    if wanted == JSON:
        return receipt_view(documents)
    response = Response(draw_pdf([sheet_of(document) for document in documents]), mimetype=PDF)
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{booking.code}.pdf"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Accept")
    return response
