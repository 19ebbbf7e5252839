"""The browsable page of the OpenAPI document, with every asset served by the app itself."""

import importlib.resources
import secrets

from flask import Blueprint, Response, make_response, render_template, send_from_directory

from airbnb.blueprints.http.api import PREFIX
from airbnb.extensions import current_settings

ASSETS = str(importlib.resources.files("flask_swagger_ui") / "dist")
ASSETS_MAX_AGE_S = 86_400

bp = Blueprint("docs", __name__, url_prefix=f"{PREFIX}/docs")


@bp.get("")
def show_docs() -> Response:
    """Show the API's documentation."""
    nonce = secrets.token_urlsafe(16)
    page = make_response(render_template("api/docs.html", nonce=nonce, prefix=PREFIX))
    page.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; font-src 'self'; connect-src 'self' {current_settings().public_url}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    return page


@bp.get("/assets/<path:name>")
def docs_asset(name: str) -> Response:
    """Serve one file of Swagger UI."""
    return send_from_directory(ASSETS, name, max_age=ASSETS_MAX_AGE_S)


show_docs.__dict__["__access__"] = docs_asset.__dict__["__access__"] = "public"
