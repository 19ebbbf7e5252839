"""The photos of a listing: uploaded, put in order, described and removed by its owner."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.domain import clock
from airbnb.domain.permissions import Permission
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.queries.listings import get_listing_for_host
from airbnb.schemas.photos import PhotoOrderSchema, PhotoSchema, PhotosSchema, PhotoTextSchema, PhotoUploadSchema
from airbnb.services import photos
from airbnb.services.listing_cards import photo_dict
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.photos import delete_photo, upload_photo

T = TypeVar("T")

bp = Blueprint("photos", __name__, url_prefix="/listings/<id:listing_id>/photos", description="Photos of listings")


@bp.route("", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(PhotoUploadSchema, location="files")
@bp.response(201, PhotoSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def add_photo(form: dict[str, Any], listing_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Upload a photo; its addresses are fixed at once and served when its sizes are made."""
    with closing(form.pop("file")) as file:
        photo = upload_photo(listing_id, current_user.id, file.read(), form)
    return _shown(photo), 201, {"Location": f"/api/v1/listings/{listing_id}"}


@bp.route("", methods=["PATCH"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(PhotoOrderSchema)
@bp.response(200, PhotosSchema)
@bp.alt_response(404, "NOT_FOUND")
def order_photos(body: dict[str, Any], listing_id: int) -> dict[str, Any]:
    """Put every photo in order, the cover first."""
    ordered: Sequence[ListingPhoto] = _changed(
        listing_id,
        lambda session, listing: photos.order_photos(session, listing, body["order"], now=clock.now()),
    )
    return {"photos": [_shown(photo) for photo in ordered]}


@bp.route("/<id:photo_id>", methods=["PATCH"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(PhotoTextSchema)
@bp.response(200, PhotoSchema)
@bp.alt_response(404, "NOT_FOUND")
def describe_photo(body: dict[str, Any], listing_id: int, photo_id: int) -> dict[str, Any]:
    """Change what is said about a photo."""
    return _shown(
        _changed(
            listing_id,
            lambda session, listing: photos.describe_photo(session, listing, photo_id, body, now=clock.now()),
        )
    )


@bp.route("/<id:photo_id>", methods=["DELETE"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
def remove_photo(listing_id: int, photo_id: int) -> None:
    """Remove a photo and its files."""
    delete_photo(listing_id, current_user.id, photo_id)


def _changed(listing_id: int, change: Callable[[Session, Listing], T]) -> T:
    host_id = current_user.id
    return in_transaction(
        lambda session: change(
            session, get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        )
    )


def _shown(photo: ListingPhoto) -> dict[str, Any]:
    return photo_dict(inspect(photo).dict)
