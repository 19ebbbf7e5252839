"""Quotes: what a stay costs, for anyone."""

from typing import Any

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import optional_user, public
from airbnb.blueprints.http.limits import limited
from airbnb.domain import clock
from airbnb.domain.figures import Figure
from airbnb.domain.kinds import Provider
from airbnb.domain.orders import Wish
from airbnb.domain.permissions import Permission
from airbnb.domain.provider_currencies import ensure_taken
from airbnb.extensions import current_settings
from airbnb.schemas.quotes import QuoteQuery, QuoteSchema
from airbnb.services.quote_views import quote_view
from airbnb.services.quotes import fees_in_force, quote_listing
from airbnb.unit_of_work import reading
from airbnb.workflows.figures import happened
from airbnb.workflows.outside import gateway_names

bp = Blueprint("quotes", __name__, url_prefix="/listings")


@bp.route("/<id:listing_id>/quote")
@limited("search", "coupon-guess")
@public
@bp.arguments(QuoteQuery, location="query")
@bp.response(200, QuoteSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def show_quote(wish: Wish, listing_id: int) -> dict[str, Any]:
    """Price a stay; a stay that cannot be booked is refused with the code that booking it would give."""
    user, settings = optional_user(), current_settings()
    happened(Figure.QUOTES)
    with reading() as session:
        offer = quote_listing(
            session,
            listing_id,
            wish,
            fees=fees_in_force(settings),
            now=clock.now(),
            viewer_id=user.id if user else None,
        )
    ensure_taken(map(Provider, gateway_names()), offer.quote.total_minor, offer.quote.currency)
    is_owner = user is not None and user.id == offer.listing.host_id
    is_staff = user is not None and user.may(Permission.SEE_BOOKINGS)
    return quote_view(offer, secret=settings.quote_secret, shows_payout=is_owner or is_staff)
