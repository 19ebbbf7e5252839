"""Seasons and promotions of a listing, shown to its owner and set as whole lists."""

from typing import Any

from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.domain.permissions import Permission
from airbnb.models.listings import Listing
from airbnb.queries.listings import get_listing_for_host
from airbnb.queries.seasons import list_promotions, list_seasons
from airbnb.schemas.seasons import PromotionSchema, PromotionsSchema, SeasonSetSchema, SeasonsSchema
from airbnb.services.seasons import season_dict, set_promotions, set_seasons
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("seasons", __name__, url_prefix="/listings/<id:listing_id>", description="Seasons and promotions")


@bp.route("/seasons", methods=["GET"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(200, SeasonsSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_seasons(listing_id: int) -> dict[str, Any]:
    """Show the seasons in the order of their dates."""
    with reading() as session:
        return _seasons(session, get_listing_for_host(session, listing_id=listing_id, host_id=current_user.id))


@bp.route("/seasons", methods=["PUT"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(SeasonSetSchema(many=True))
@bp.response(200, SeasonsSchema)
@bp.alt_response(404, "NOT_FOUND")
def replace_seasons(body: list[dict[str, Any]], listing_id: int) -> dict[str, Any]:
    """Set all seasons: the list takes the place of what was there."""
    host_id = current_user.id

    def work(session: Session) -> dict[str, Any]:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        set_seasons(session, listing, body)
        return _seasons(session, listing)

    return in_transaction(work)


@bp.route("/promotions", methods=["GET"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(200, PromotionsSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_promotions(listing_id: int) -> dict[str, Any]:
    """Show the promotions in the order of their dates."""
    with reading() as session:
        get_listing_for_host(session, listing_id=listing_id, host_id=current_user.id)
        return {"data": list_promotions(session, listing_id)}


@bp.route("/promotions", methods=["PUT"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(PromotionSchema(many=True))
@bp.response(200, PromotionsSchema)
@bp.alt_response(404, "NOT_FOUND")
def replace_promotions(body: list[dict[str, Any]], listing_id: int) -> dict[str, Any]:
    """Set all promotions: the list takes the place of what was there."""
    host_id = current_user.id

    def work(session: Session) -> dict[str, Any]:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        set_promotions(session, listing, body)
        return {"data": list_promotions(session, listing_id)}

    return in_transaction(work)


def _seasons(session: Session, listing: Listing) -> dict[str, Any]:
    return {"data": [season_dict(season, listing.currency) for season in list_seasons(session, listing.id)]}
