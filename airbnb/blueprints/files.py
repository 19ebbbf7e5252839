"""Stored files over HTTP, where the product itself serves them and takes them in."""

from flask import Blueprint, Response, abort, request

from airbnb.domain.uploads import CACHE_FOREVER
from airbnb.workflows.files import find_public_file, take_upload

SHOWN_TYPES = frozenset({"image/webp", "image/jpeg", "image/png"})

bp = Blueprint("files", __name__, url_prefix="/files")


@bp.get("/<path:key>")
def serve_file(key: str) -> Response:
    """Serve a public file."""
    found = find_public_file(key)
    if found is None:
        missing = Response("There is no such file.\n", status=404, mimetype="text/plain")
        # A photo that is still being made will be there in a moment.
        missing.headers["Cache-Control"] = "no-store"
        abort(missing)
    response = Response(found.data, mimetype=found.content_type)
    response.headers["Cache-Control"] = CACHE_FOREVER
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if found.content_type not in SHOWN_TYPES:
        response.headers["Content-Disposition"] = "attachment"
    return response


@bp.put("/<path:key>")
def take_file(key: str) -> Response:
    """Take in an upload at an address that was signed for it."""
    content_type = request.headers.get("Content-Type", "")
    take_upload(key, request.args, content_type=content_type, size=request.content_length or 0, read=request.get_data)
    return Response(status=204)


for view in (serve_file, take_file):
    view.__dict__["__access__"] = "public"
