"""Everything stored about the caller, as a zip: asked for, looked after, fetched."""

from typing import Any

from flask import Blueprint as PlainBlueprint
from flask import Response, abort

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.limits import limited
from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.models.account_safety import DataExport
from airbnb.queries.exports import get_export_for
from airbnb.queries.users import lock_user
from airbnb.schemas.exports import ExportSchema
from airbnb.services.exports import ask_export, export_view
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.exports import ZIP, fetch_export

bp = Blueprint("exports", __name__, url_prefix="/users/me/exports", description="Everything stored about the caller")
downloads = PlainBlueprint("downloads", __name__, url_prefix="/downloads")


@bp.route("", methods=["POST"])
@limited("mail-me")
@requires()
@bp.response(202, ExportSchema)
def create_export() -> Any:
    """Have everything stored about the caller put into a zip; a mail says when it is there."""
    user_id, now = current_user.id, clock.now()
    export = in_transaction(lambda session: ask_export(session, lock_user(session, user_id).id, now=now))
    return _shown(export), 202, {"Location": f"/api/v1/users/me/exports/{export.id}"}


@bp.route("/<id:export_id>", methods=["GET"])
@requires()
@bp.response(200, ExportSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_export(export_id: int) -> dict[str, Any]:
    """Show how an export stands, and where it is fetched."""
    with reading() as session:
        return _shown(get_export_for(session, export_id, user_id=current_user.id))


@downloads.get("/<id:export_id>/<secret>")
def download_export(export_id: int, secret: str) -> Response:
    """Hand an export to who knows its address, for as long as it lives."""
    data = fetch_export(export_id, secret)
    if data is None:
        abort(Response("There is no such file, or not any more.\n", status=404, mimetype="text/plain"))
    response = Response(data, mimetype=ZIP)
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


download_export.__dict__["__access__"] = "public"


def _shown(export: DataExport) -> dict[str, Any]:
    settings = current_settings()
    return export_view(export, public_url=settings.public_url, secret=settings.secret_key, now=clock.now())
