"""The photos of a listing: uploaded, put in order, described and removed by its owner."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.limits import limited
from airbnb.domain import clock
from airbnb.domain.permissions import Permission
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.queries.listings import get_listing_for_host
from airbnb.schemas.photo_uploads import SignedUploadSchema, UploadRequestSchema
from airbnb.schemas.photos import PhotoOrderSchema, PhotoSchema, PhotosSchema, PhotoTextSchema, PhotoUploadSchema
from airbnb.services import photos
from airbnb.services.listing_cards import photo_dict
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.photo_uploads import begin_upload, complete_upload
from airbnb.workflows.photos import delete_photo, upload_photo

T = TypeVar("T")

bp = Blueprint("photos", __name__, url_prefix="/listings/<id:listing_id>/photos", description="Photos of listings")


@bp.route("", methods=["POST"])
@limited("upload")
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


@bp.route("/uploads", methods=["POST"])
@limited("upload")
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(UploadRequestSchema)
@bp.response(201, SignedUploadSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def begin_direct_upload(body: dict[str, Any], listing_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Get a signed address to which a photo is sent straight; complete the upload afterwards."""
    begun = begin_upload(listing_id, current_user.id, **body)
    signed = begun.signed
    shown = {
        "upload_id": begun.upload_id,
        "url": signed.url,
        "method": signed.method,
        "headers": signed.headers,
        "fields_": signed.fields,
        "expires_at": begun.expires_at,
    }
    return shown, 201, {"Location": f"/api/v1/listings/{listing_id}/photos/uploads/{begun.upload_id}/complete"}


@bp.route("/uploads/<upload_id>/complete", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(PhotoTextSchema)
@bp.response(201, PhotoSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def complete_direct_upload(
    body: dict[str, Any], listing_id: int, upload_id: str
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Add the photo that was sent. Repeating it answers the same."""
    photo = complete_upload(listing_id, current_user.id, upload_id, body)
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
