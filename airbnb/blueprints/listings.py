"""Listings: made, shown, changed, published and put away."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.etags import check_if_match, name_etag
from airbnb.blueprints.http.idempotency import current_claim, idempotent
from airbnb.blueprints.http.identity import current_user, optional_user, public, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.causes import by_host
from airbnb.domain.listing_drafts import ListingDraft
from airbnb.domain.listing_rules import Completeness
from airbnb.domain.money import Money
from airbnb.domain.paging import Page
from airbnb.domain.permissions import Permission
from airbnb.extensions import current_settings
from airbnb.models.listings import Listing
from airbnb.queries.idempotency import attach_resource
from airbnb.queries.listings import cover_photos, get_listing_for_host, get_listing_page, list_host_listings
from airbnb.schemas.listings import (
    CompletenessSchema,
    HostListingSchema,
    ListingCreateSchema,
    ListingPatchSchema,
    ListingQuery,
    ListingSchema,
)
from airbnb.schemas.paging import PageArgs, page_of
from airbnb.services import listings
from airbnb.services.display_prices import display_in
from airbnb.services.listing_cards import photo_dict
from airbnb.services.listing_views import page_dict
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("listings", __name__, url_prefix="/listings", description="Listings")
mine = Blueprint("host_listings", __name__, url_prefix="/users/me/listings", description="The caller's listings")

ETAG = "listing"


@bp.route("", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@idempotent()
@bp.arguments(ListingCreateSchema)
@bp.response(201, ListingSchema)
def create_listing(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Describe a new place; it stays a draft until it is published."""
    host_id, claim, settings = current_user.id, current_claim(), current_settings()

    def work(session: Session) -> int:
        if claim is not None and claim.resource_id is not None:
            return claim.resource_id
        draft = ListingDraft(**body)
        made = listings.create_listing(
            session, host_id=host_id, draft=draft, now=clock.now(), location_secret=settings.location_secret
        )
        attach_resource(session, claim, resource_type="listings", resource_id=made.id)
        return made.id

    listing_id = in_transaction(work)
    return _shown(listing_id), 201, {"Location": f"/api/v1/listings/{listing_id}"}


@bp.route("/<id:listing_id>", methods=["GET"])
@public
@bp.arguments(ListingQuery, location="query")
@bp.response(200, ListingSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_listing(args: dict[str, Any], listing_id: int) -> dict[str, Any]:
    """Show a listing; the exact place only to its owner, staff and guests with a confirmed booking."""
    return _shown(listing_id, args.get("currency"))


@bp.route("/<id:listing_id>", methods=["PATCH"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(ListingPatchSchema)
@bp.response(200, ListingSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(412, "PRECONDITION_FAILED")
def update_listing(body: dict[str, Any], listing_id: int) -> dict[str, Any]:
    """Change a listing."""
    secret = current_settings().location_secret

    def change(session: Session, listing: Listing) -> Listing:
        return listings.update_listing(session, listing, body, now=clock.now(), location_secret=secret)

    return _changed(listing_id, change)


@bp.route("/<id:listing_id>", methods=["DELETE"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def archive_listing(listing_id: int) -> None:
    """Put a listing away for good; refused while guests are still to come."""
    host_id = current_user.id
    in_transaction(
        lambda session: listings.archive_listing(
            session, _own(session, listing_id, host_id), cause=by_host(host_id, now=clock.now())
        )
    )


@bp.route("/<id:listing_id>/publish", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(200, ListingSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def publish_listing(listing_id: int) -> dict[str, Any]:
    """Show a listing to guests, or hand it to staff where they look at it first."""
    cause, review = by_host(current_user.id, now=clock.now()), current_settings().listing_review
    return _changed(
        listing_id,
        lambda session, listing: listings.publish_listing(session, listing, review=review, cause=cause),
    )


@bp.route("/<id:listing_id>/unpublish", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(200, ListingSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def unpublish_listing(listing_id: int) -> dict[str, Any]:
    """Take a listing out of search; its bookings stand."""
    cause = by_host(current_user.id, now=clock.now())
    return _changed(listing_id, lambda session, listing: listings.unpublish_listing(session, listing, cause=cause))


@bp.route("/<id:listing_id>/completeness", methods=["GET"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(200, CompletenessSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_completeness(listing_id: int) -> Completeness:
    """Say what is missing before a listing may be published."""
    with reading() as session:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=current_user.id)
        return listings.completeness_of(session, listing)


@mine.route("", methods=["GET"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@mine.arguments(PageArgs, location="query")
@mine.response(200, page_of(HostListingSchema))
def list_my_listings(args: dict[str, Any]) -> dict[str, Any]:
    """List the caller's listings in every status but archived, newest first."""
    with reading() as session:
        page = list_host_listings(session, host_id=current_user.id, page=page_request(args))
        covers = cover_photos(session, [listing.id for listing in page.items])
    items = [_line(listing, covers) for listing in page.items]
    return envelope(Page(items=items, next_key=page.next_key), args)


def _changed(listing_id: int, change: Callable[[Session, Listing], Listing]) -> dict[str, Any]:
    """Change the caller's listing in one transaction and show it."""
    host_id = current_user.id

    in_transaction(lambda session: change(session, _own(session, listing_id, host_id)))
    return _shown(listing_id)


def _own(session: Session, listing_id: int, host_id: int) -> Listing:
    listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
    check_if_match(ETAG, listing.id, listing.version, "owner")
    return listing


def _shown(listing_id: int, currency: str | None = None) -> dict[str, Any]:
    user = optional_user()
    viewer_id = user.id if user else None
    is_staff = user is not None and user.may(Permission.SEE_LISTINGS)
    with reading() as session:
        page = get_listing_page(session, listing_id=listing_id, viewer_id=viewer_id, is_staff=is_staff)
        display = display_in(session, currency, unless=page.head["currency"])
    is_owner = page.head["host_id"] == viewer_id
    sees_door = is_owner or is_staff or page.knows_door
    seen_as = "owner" if is_owner or is_staff else "guest" if sees_door else "public"
    name_etag(ETAG, listing_id, page.head["version"], seen_as, *([currency] if currency else []))
    return page_dict(page, sees_door=sees_door, display=display)


def _line(listing: Listing, covers: dict[int, Any]) -> dict[str, Any]:
    cover, price = covers.get(listing.id), listing.nightly_price_minor
    return {
        **{name: getattr(listing, name) for name in HostListingSchema().fields if hasattr(listing, name)},
        "nightly_price": None if price is None else Money(price, listing.currency),
        "cover_photo": photo_dict(cover) if cover else None,
    }
