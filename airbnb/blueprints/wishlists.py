"""Lists of listings that people keep for later."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import PREFIX, Blueprint
from airbnb.blueprints.http.idempotency import current_claim, idempotent
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.models.wishlists import Wishlist
from airbnb.queries import wishlists as queries
from airbnb.queries.idempotency import attach_resource
from airbnb.queries.listings import get_public_listing
from airbnb.schemas.paging import page_of
from airbnb.schemas.wishlists import (
    WishlistCreateSchema,
    WishlistDetailSchema,
    WishlistPatchSchema,
    WishlistSchema,
    WishlistsQuery,
)
from airbnb.services import wishlists
from airbnb.services.search import join_hits
from airbnb.services.wishlist_views import wishlist_dict
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("wishlists", __name__, url_prefix="/wishlists", description="Lists of listings to come back to")


@bp.route("", methods=["GET"])
@requires()
@bp.arguments(WishlistsQuery, location="query")
@bp.response(200, page_of(WishlistSchema))
def list_wishlists(args: dict[str, Any]) -> dict[str, Any]:
    """List the caller's lists, the latest made first."""
    with reading() as session:
        page = queries.list_wishlists(session, current_user.id, page_request(args))
        glance = queries.glance_at(session, [one.id for one in page.items])
    return {**envelope(page, args), "data": [wishlist_dict(one, glance) for one in page.items]}


@bp.route("", methods=["POST"])
@requires()
@idempotent()
@bp.arguments(WishlistCreateSchema)
@bp.response(201, WishlistSchema)
def make_wishlist(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Start an empty list."""
    user_id, claim = current_user.id, current_claim()

    def work(session: Session) -> int:
        if claim is not None and claim.resource_id is not None:
            return claim.resource_id
        made = wishlists.make_wishlist(session, user_id, name=body["name"])
        attach_resource(session, claim, resource_type=Wishlist.__tablename__, resource_id=made.id)
        return made.id

    wishlist_id = in_transaction(work)
    return _shown(wishlist_id), 201, {"Location": f"{PREFIX}/wishlists/{wishlist_id}"}


@bp.route("/<id:wishlist_id>", methods=["GET"])
@requires()
@bp.arguments(WishlistsQuery, location="query")
@bp.response(200, WishlistDetailSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_wishlist(args: dict[str, Any], wishlist_id: int) -> Response:
    """Show a list and its published listings, the latest added first."""
    with reading() as session:
        wishlist = queries.get_wishlist_for(session, wishlist_id, user_id=current_user.id)
        glance = queries.glance_at(session, [wishlist_id])
        page = queries.list_items(session, wishlist_id, page_request(args))
        cards = queries.load_cards(session, [item.listing_id for item in page.items])
    # Like the hits of a search, the cards are JSON already.
    hits = [cards[item.listing_id] for item in page.items if item.listing_id in cards]
    beside = {**WishlistSchema().dump(wishlist_dict(wishlist, glance)), "page": envelope(page, args)["page"]}
    return Response(join_hits(hits, beside), mimetype="application/json")


@bp.route("/<id:wishlist_id>", methods=["PATCH"])
@requires()
@bp.arguments(WishlistPatchSchema)
@bp.response(200, WishlistSchema)
@bp.alt_response(404, "NOT_FOUND")
def rename_wishlist(body: dict[str, Any], wishlist_id: int) -> dict[str, Any]:
    """Give a list another name."""
    user_id = current_user.id

    def work(session: Session) -> None:
        wishlist = queries.get_wishlist_for(session, wishlist_id, user_id=user_id, lock=True)
        wishlist.name = body.get("name", wishlist.name)

    in_transaction(work)
    return _shown(wishlist_id)


@bp.route("/<id:wishlist_id>", methods=["DELETE"])
@requires()
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
def remove_wishlist(wishlist_id: int) -> None:
    """Remove a list; the listings are untouched."""
    user_id = current_user.id

    def work(session: Session) -> None:
        session.delete(queries.get_wishlist_for(session, wishlist_id, user_id=user_id, lock=True))

    in_transaction(work)


@bp.route("/<id:wishlist_id>/listings/<id:listing_id>", methods=["PUT"])
@requires()
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
def add_listing(wishlist_id: int, listing_id: int) -> None:
    """Put a published listing on a list; one that is there already stays."""
    user_id = current_user.id

    def work(session: Session) -> None:
        wishlist = queries.get_wishlist_for(session, wishlist_id, user_id=user_id, lock=True)
        get_public_listing(session, listing_id=listing_id)
        wishlists.add_listing(session, wishlist, listing_id)

    in_transaction(work)


@bp.route("/<id:wishlist_id>/listings/<id:listing_id>", methods=["DELETE"])
@requires()
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
def remove_listing(wishlist_id: int, listing_id: int) -> None:
    """Take a listing off a list."""
    user_id = current_user.id

    def work(session: Session) -> None:
        queries.get_wishlist_for(session, wishlist_id, user_id=user_id, lock=True)
        queries.remove_item(session, wishlist_id, listing_id)

    in_transaction(work)


def _shown(wishlist_id: int) -> dict[str, Any]:
    with reading() as session:
        wishlist = queries.get_wishlist_for(session, wishlist_id, user_id=current_user.id)
        return wishlist_dict(wishlist, queries.glance_at(session, [wishlist_id]))
